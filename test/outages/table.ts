// The closing table: a line for each outage, in plain text.
import { seconds, textTable } from '../faults/table.ts'
import type { Outcome } from './scenario.ts'

export interface Row extends Outcome {
  readonly outage: string
  /** To what was away, in each minute of the operator's clock; or on average. */
  readonly calls: readonly number[]
  /** What a certificate of another login took meanwhile (real ms): at the same operator, and at one that met no outage. */
  readonly neighbourMs?: number
  readonly farAwayMs?: number
  readonly timeScale: number
}

const COLUMNS: readonly (readonly [string, (row: Row) => string | number])[] = [
  ['outage', ({ outage }) => outage],
  ['lasted', ({ began, ended, timeScale }) => seconds((ended - began) * timeScale)],
  ['requests', ({ requests }) => requests],
  ['Issued', ({ issued }) => issued],
  ['Failed', ({ failed }) => failed],
  ['orders', ({ orders }) => orders],
  ['doubled', ({ doubled }) => doubled],
  [
    'calls per minute',
    ({ calls: [first = 0, ...later] }) => (later.length === 0 ? first : `${first}, then up to ${Math.max(...later)}`),
  ],
  ['recovered in', ({ ended, recovered, timeScale }) => seconds((recovered - ended) * timeScale)],
  ['neighbour', ({ neighbourMs }) => (neighbourMs === undefined ? '' : seconds(neighbourMs))],
  ['and far away', ({ farAwayMs }) => (farAwayMs === undefined ? '' : seconds(farAwayMs))],
]

export function outageTable(rows: readonly Row[]): string {
  return textTable(
    COLUMNS.map(([head]) => head),
    rows.map((row) => COLUMNS.map(([, cell]) => String(cell(row)))),
  )
}
