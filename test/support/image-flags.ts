// Node's flags as the operator has them in its Pod, for one that runs beside the cluster: a host has no memory limit.
import { parse } from 'yaml'
import { z } from 'zod'
import { chartFile } from '../chart/chart-files.ts'
import { stage } from '../chart/dockerfile.ts'

const PERCENTAGE = '--max-old-space-size-percentage='
const Values = z.object({ resources: z.object({ limits: z.object({ memory: z.string().regex(/^\d+Mi$/) }) }) })

/** For NODE_OPTIONS: what the Dockerfile says, with shares of the chart's limit in MiB. */
export function imageFlags(): string {
  const limitMiB = Number.parseInt(Values.parse(parse(chartFile('values.yaml'))).resources.limits.memory, 10)
  const flags = stage()
    .words('ENTRYPOINT')
    .filter((word) => word.startsWith('--'))
  const size = (flag: string): number => Math.round((Number(flag.slice(PERCENTAGE.length)) / 100) * limitMiB)
  return flags.map((flag) => (flag.startsWith(PERCENTAGE) ? `--max-old-space-size=${size(flag)}` : flag)).join(' ')
}
