// The closing tables of a soak, in plain text, and its verdict.
import { duration } from '../../cluster/progress.ts'
import { textTable } from '../../faults/table.ts'
import { growthOf, leaks } from './growth.ts'
import { duplicates, failures, unfinished, wrongs } from './judgement.ts'
import type { Life } from './replica.ts'
import type { SoakReport } from './soak.ts'

/** Sentences about everything that is wrong. None: all is well. */
export function problemsOf({ evidence, lives, heldAtEnd, lockedLogins }: SoakReport): readonly string[] {
  return [
    ...wrongs(evidence),
    ...unfinished(evidence),
    ...lives
      .filter(({ unexpected }) => unexpected)
      .map(({ replica, pid, ended }) => `process ${pid} of replica ${replica} ended ${ended}`),
    ...lockedLogins.map((login) => `SCM has locked login ${login}`),
    ...leaks(lives, heldAtEnd),
  ]
}

export function told(report: SoakReport): string {
  const { evidence, lives, done, happened, calmMs } = report
  const { orders, records, requests, certificates } = evidence
  const issued = requests.filter(({ reason }) => reason === 'Issued')
  return [
    countTable('what people did', done),
    countTable('what went wrong', happened),
    countTable('how processes ended', countsOf(lives.map(({ ended }) => ended ?? 'lives'))),
    countTable('errors in their logs', errorsOf(lives)),
    countTable('failed requests', failures(evidence)),
    growthTable(lives),
    textTable(
      ['requests', 'issued', 'records', 'orders', 'duplicates', 'Certificates at the end', 'calm after'],
      [
        [
          requests.length,
          issued.length,
          records.length,
          orders.length,
          duplicates(evidence).length,
          certificates.length,
          duration(calmMs),
        ].map(String),
      ],
    ),
  ].join('\n\n')
}

function growthTable(lives: readonly Life[]): string {
  const growth = growthOf(lives)
  if (growth === undefined) return 'no process lived long enough to be compared with itself'
  const { life, rssMib, heapMib, toScm, toApiServer } = growth
  const mib = (values: readonly number[]): string[] => values.map((value) => `${value.toFixed(1)} MiB`)
  const rows = [
    ['memory (RSS), median', ...mib(rssMib)],
    ['heap, least', ...mib(heapMib)],
    ['connections to SCM, median', ...toScm.map(String)],
    ['connections to the API server, median', ...toApiServer.map(String)],
  ]
  return textTable([`the oldest process, looked at ${life.samples.length} times`, 'first third', 'last third'], rows)
}

function errorsOf(lives: readonly Life[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const [message, times] of lives.flatMap(({ errors }) => [...errors])) {
    counts.set(message, (counts.get(message) ?? 0) + times)
  }
  return counts
}

function countsOf(words: readonly string[]): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(words, (word) => word)].map(([word, { length }]) => [word, length]))
}

/** The most frequent first. */
function countTable(title: string, counts: ReadonlyMap<string, number>): string {
  const rows = [...counts].toSorted(([, one], [, other]) => other - one)
  return textTable(
    [title, 'times'],
    rows.length === 0 ? [['none', '']] : rows.map(([what, times]) => [what, String(times)]),
  )
}
