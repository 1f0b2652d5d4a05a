// npm run test:matrix: every cell, not the sample of `npm test`.
//
//   npm run test:matrix -- --cells 40 --seed 7     a sample
//   npm run test:matrix -- --scale 1               waits as long as in production: hours
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../tools/root.ts'

const { values } = parseArgs({
  options: {
    cells: { type: 'string', default: 'all' },
    seed: { type: 'string', default: '1' },
    scale: { type: 'string', default: '300' },
  },
})
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const env = { MATRIX_CELLS: values.cells, MATRIX_SEED: values.seed, MATRIX_SCALE: values.scale }
const run = spawn(process.execPath, [vitest, 'run', `--root=${root}`, '--project=matrix'], {
  stdio: 'inherit',
  env: { ...process.env, ...env },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => run.kill(signal))
const [exitCode] = (await once(run, 'exit')) as [number | null]
process.exitCode = exitCode ?? 1
