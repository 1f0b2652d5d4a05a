// What somebody needs who was shown a failure: the conditions of everything, and the operator's last lines.
import { z } from 'zod'
import type { Cluster } from '../cluster/cluster.ts'
import type { Screen } from './screen.ts'
import type { Stage } from './stage.ts'

const KINDS = 'sectigoissuers,sectigoclusterissuers,certificates,certificaterequests,certificateorders'

/** Enough to see how it came about, few enough for a screen. */
const LAST_LINES = 20

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string(),
  message: z.string().default(''),
})

const list = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
      status: z.object({ conditions: z.array(condition).default([]) }).default({ conditions: [] }),
    }),
  ),
})

/** Never throws: the failure itself is what has to be told. */
export async function explainFailure({ cluster, operator }: Stage, screen: Screen): Promise<void> {
  if (cluster !== undefined) {
    screen.note('\nWhat the resources say:')
    screen.note((await readyConditions(cluster).catch(wordsOf)) || 'there are none')
  }
  if (operator !== undefined) {
    screen.note("\nThe operator's last lines:")
    screen.output(operator.logs().slice(-LAST_LINES).join('\n'))
  }
}

async function readyConditions(cluster: Cluster): Promise<string> {
  const { stdout } = await cluster.kubectl(['get', KINDS, '--all-namespaces', '-o', 'json'])
  const lines = list.parse(JSON.parse(stdout)).items.map(({ kind, metadata, status }) => {
    const name = [metadata.namespace, metadata.name].filter(Boolean).join('/')
    const ready = status.conditions.find(({ type }) => type === 'Ready')
    return `${kind} ${name}: ${ready ? `Ready is ${ready.status}, ${ready.reason}: ${ready.message}` : 'no Ready condition'}`
  })
  return lines.join('\n')
}

export function wordsOf(error: unknown): string {
  if (error instanceof SuppressedError)
    return `${wordsOf(error.suppressed)}\nand while stopping: ${wordsOf(error.error)}`
  return error instanceof Error ? error.message : String(error)
}
