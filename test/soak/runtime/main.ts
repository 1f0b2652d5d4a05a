// npm run soak:runtime: the controller runtime under one fault after another, for as long as is asked.
//
//   npm run soak:runtime                     ten minutes
//   npm run soak:runtime -- --minutes 60
//
// Exits with 1 when anything differs from the truth at the end, or more is held than is stated.
import { parseArgs } from 'node:util'
import { MOST_CONNECTIONS } from '../../faults/observer.ts'
import { seconds, textTable } from '../../faults/table.ts'
import { type SoakReport, soak } from './soak.ts'

const DEFAULT_MINUTES = 10
/** For compiled code. One object a second that is not let go would be more. */
const MOST_GROWTH_MIB = 8

const say = (line: string): void => void process.stdout.write(`${line}\n`)

function told(report: SoakReport): string {
  const { suffered, changes, failedChanges, lists, watches, writes, connections, open, heldMib } = report
  const [before, after] = heldMib.map((mib) => `${mib.toFixed(1)} MiB`)
  return [
    textTable(
      ['fault', 'times', 'slowest recovery'],
      suffered.map(({ fault, times, slowestRecoveryMs }) => [fault, String(times), seconds(slowestRecoveryMs)]),
    ),
    '',
    textTable(
      [
        'changes',
        'failed themselves',
        'told',
        'lists',
        'watches',
        'writes',
        'connections',
        'held before',
        'held after',
      ],
      [
        [
          changes,
          failedChanges,
          report.told,
          lists,
          watches,
          writes,
          `${connections}, ${open} open`,
          before,
          after,
        ].map(String),
      ],
    ),
  ].join('\n')
}

function problemsOf({ differences, open, heldMib: [before, after] }: SoakReport): readonly string[] {
  return [
    ...differences,
    ...(open > MOST_CONNECTIONS ? [`${open} connections are open, ${MOST_CONNECTIONS} are enough`] : []),
    ...(after - before > MOST_GROWTH_MIB ? [`more is held by ${(after - before).toFixed(1)} MiB`] : []),
  ]
}

const { values } = parseArgs({ options: { minutes: { type: 'string' } } })
const minutes = Number(values.minutes ?? DEFAULT_MINUTES)
if (!(minutes > 0)) {
  process.stderr.write('--minutes must be above 0\n')
  process.exit(2)
}
const report = await soak({ minutes, log: say })
say(told(report))
const problems = problemsOf(report)
say(problems.length === 0 ? 'the store is what the API server lists' : problems.join('\n'))
process.exitCode = problems.length === 0 ? 0 : 1
