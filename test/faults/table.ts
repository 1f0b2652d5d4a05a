// The closing table: a line for each fault, in plain text.
import { complaintsOf, type Outcome } from './scene.ts'

const COLUMNS: readonly (readonly [string, (outcome: Outcome) => string | number])[] = [
  ['fault', ({ fault }) => fault],
  ['lasted', ({ lastedMs }) => seconds(lastedMs)],
  ['recovered in', ({ recoveredMs }) => seconds(recoveredMs)],
  ['changes', ({ changes }) => changes],
  ['told', ({ told }) => told],
  ['lists', ({ lists }) => lists],
  ['watches', ({ watches }) => watches],
  ['writes', ({ writes }) => writes],
  ['connections', ({ connections, open }) => `${connections}, ${open} open`],
  ['complaints', complaintsOf],
]

export function faultTable(outcomes: readonly Outcome[]): string {
  return textTable(
    COLUMNS.map(([head]) => head),
    outcomes.map((outcome) => COLUMNS.map(([, cell]) => String(cell(outcome)))),
  )
}

/** Columns as wide as their widest cell. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)))
  return all
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
