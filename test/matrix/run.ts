// npm run test:matrix: every cell, not the sample of `npm test`.
//
//   npm run test:matrix -- --cells 40 --seed 7     a sample
//   npm run test:matrix -- --scale 1               waits as long as in production: hours
import { parseArgs } from 'node:util'
import { runProject } from '../tools/run-project.ts'

const { values } = parseArgs({
  options: {
    cells: { type: 'string', default: 'all' },
    seed: { type: 'string', default: '1' },
    scale: { type: 'string', default: '300' },
  },
})
await runProject('matrix', { MATRIX_CELLS: values.cells, MATRIX_SEED: values.seed, MATRIX_SCALE: values.scale })
