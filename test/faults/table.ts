// The closing table: a line for each fault, in plain text.
import type { Outcome } from './scene.ts'

const COLUMNS: readonly (readonly [string, (outcome: Outcome) => string | number])[] = [
  ['fault', ({ fault }) => fault],
  ['recovered ms', ({ recoveredMs }) => recoveredMs],
  ['changes', ({ changes }) => changes],
  ['told', ({ told }) => told],
  ['lists', ({ lists }) => lists],
  ['watches', ({ watches }) => watches],
  ['writes', ({ writes }) => writes],
  ['connections', ({ connections }) => connections],
  ['open', ({ open }) => open],
  ['failures', ({ failures }) => [...failures].map(([what, times]) => `${times} x ${what}`).join(', ')],
]

export function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => COLUMNS.map(([, cell]) => String(cell(outcome))))
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(COLUMNS.map(([head]) => head)), line(COLUMNS.map(() => '---')), ...rows.map(line)].join('\n')
}
