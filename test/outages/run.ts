// npm run test:outages: every outage for longer and with more requests than in `npm test`.
//
//   npm run test:outages -- --minutes 60 --waiting 20 --crowd 1000
//   npm run test:outages -- --scale 1               waits as long as in production: hours
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../tools/root.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    waiting: { type: 'string', default: '15' },
    crowd: { type: 'string', default: '500' },
    scale: { type: 'string', default: '10' },
  },
})
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const env = {
  OUTAGES_MINUTES: values.minutes,
  OUTAGES_WAITING: values.waiting,
  OUTAGES_CROWD: values.crowd,
  OUTAGES_SCALE: values.scale,
}
const run = spawn(process.execPath, [vitest, 'run', `--root=${root}`, '--project=outages'], {
  stdio: 'inherit',
  env: { ...process.env, ...env },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => run.kill(signal))
const [exitCode] = (await once(run, 'exit')) as [number | null]
process.exitCode = exitCode ?? 1
