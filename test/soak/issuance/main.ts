// npm run soak: the whole product under random trouble, for as long as is asked.
//
//   npm run soak                               half an hour
//   npm run soak -- --minutes 5 --seed 7       the same draws as any other run with that seed
//   npm run soak -- --table soak.txt           the closing table as a file, too
//
// Exits with 1 and says what is wrong when a need was ordered twice, a request is stuck or failed without a reason, a Secret is not
// what its Certificate asks for, a process crashed, or memory or connections grow.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { build } from '../../tools/build.ts'
import { soak } from './soak.ts'
import { problemsOf, told } from './table.ts'

const DEFAULT_MINUTES = '30'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: DEFAULT_MINUTES },
    seed: { type: 'string', default: '1' },
    table: { type: 'string' },
  },
})
const minutes = Number(values.minutes)
const seed = Number(values.seed)
if (!(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write('--minutes must be above 0, and --seed a whole number\n')
  process.exit(2)
}
await build()
const report = await soak({ minutes, seed, log: say })
const problems = problemsOf(report)
const verdict =
  problems.length === 0 ? 'every need was ordered once, and everything has come right' : problems.join('\n')
const table = `${told(report)}\n\n${verdict}`
say(`\n${table}`)
if (values.table !== undefined) await writeFile(values.table, `${table}\n`)
process.exitCode = problems.length === 0 ? 0 : 1
