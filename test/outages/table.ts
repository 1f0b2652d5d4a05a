// The closing table: a line for each outage, in plain text.
import { seconds, textTable } from '../faults/table.ts'
import type { Outcome } from './scenario.ts'

export interface Row extends Outcome {
  readonly outage: string
  /** In each of its minutes, of the operator's clock. */
  readonly calls: readonly number[]
  /** What a certificate of another login takes, and took meanwhile (real ms). */
  readonly usualMs: number
  readonly meanwhileMs: number
  readonly timeScale: number
}

const COLUMNS: readonly (readonly [string, (row: Row) => string | number])[] = [
  ['outage', ({ outage }) => outage],
  ['lasted', ({ began, ended, timeScale }) => seconds((ended - began) * timeScale)],
  ['requests', ({ requests }) => requests],
  ['Issued', ({ issued }) => issued],
  ['Failed', ({ failed }) => failed],
  ['orders', ({ orders }) => orders],
  ['calls per minute', ({ calls }) => calls.join(' ')],
  ['recovered in', ({ ended, recovered, timeScale }) => seconds((recovered - ended) * timeScale)],
  ['neighbour', ({ usualMs, meanwhileMs }) => `${seconds(usualMs)}, ${seconds(meanwhileMs)} meanwhile`],
  ['said', ({ said }) => [...new Set(said)].join(' | ')],
]

export function tableOf(rows: readonly Row[]): string {
  return textTable(
    COLUMNS.map(([head]) => head),
    rows.map((row) => COLUMNS.map(([, cell]) => String(cell(row)))),
  )
}
