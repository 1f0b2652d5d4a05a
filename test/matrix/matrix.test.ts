// Exactly once, as a matrix: whatever is interrupted, wherever, however, there is one order and the request is Issued. Which cells
// are run, and how fast time goes, is in the environment; see run.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, runCell, Starved } from './cell.ts'
import { allCells, type Cell, sampleOf } from './cells.ts'
import { type Stage, setStage } from './stage.ts'

const { MATRIX_CELLS = '24', MATRIX_SEED = '1', MATRIX_SCALE = '300' } = process.env
const timeScale = Number(MATRIX_SCALE)
const cells =
  MATRIX_CELLS === 'all' ? allCells() : sampleOf(allCells(), { count: Number(MATRIX_CELLS), seed: Number(MATRIX_SEED) })

let stage: Stage
beforeAll(async () => {
  stage = await setStage()
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
  process.stdout.write(`\n${table()}\n`)
})

const ISSUED = { request: 'Issued', key: 'right', record: 'Issued' }
const DECLINED = { request: 'Failed', key: 'none', record: 'Failed' }
const outcomes = new Map<Cell, Outcome | Error>()

describe.concurrent('contract 15: a request interrupted at', () => {
  it.each(cells.map((cell, n) => [titleOf(cell), cell, n] as const))('%s', async (_title, cell, n) => {
    const name = (): string => `m-${n}-${Date.now().toString(36)}`
    const attempt = (): Promise<Outcome> => runCell(stage, cell, { name: name(), timeScale })
    const outcome = await attempt()
      .catch((error: unknown) => (error instanceof Starved ? attempt() : Promise.reject(error)))
      .catch((error: Error) => error)
    outcomes.set(cell, outcome)
    process.stdout.write(`matrix: ${outcomes.size} of ${cells.length}: ${titleOf(cell)}: ${verdictOf(outcome)}\n`)
    if (outcome instanceof Error) throw outcome
    expect(outcome).toMatchObject({ orders: 1, ...(cell.effect === 'cancel' ? DECLINED : ISSUED) })
  })
})

function titleOf({ effect, cut, end, product, speed }: Cell): string {
  return `${effect}, ${cut}: ${end} (${product}, ${speed} CA)`
}

function verdictOf(outcome: Outcome | Error): string {
  if (outcome instanceof Error) return 'broken off'
  return `${outcome.request}, orders: ${outcome.orders} (${outcome.seconds} s)`
}

function table(): string {
  const rows = cells.map((cell) => {
    const outcome = outcomes.get(cell)
    const told =
      outcome === undefined || outcome instanceof Error
        ? ['?', 'broken off', '', '', '']
        : [`${outcome.orders}`, outcome.request, outcome.key, outcome.record, `${outcome.seconds}`]
    return [cell.effect, cell.cut, cell.end, cell.product, cell.speed, ...told]
  })
  const head = ['effect', 'cut', 'end', 'product', 'CA', 'orders', 'request', 'key', 'record', 'seconds']
  const widths = head.map((title, n) => Math.max(title.length, ...rows.map((row) => row[n]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((text, n) => text.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd()
  return [head, ...rows].map(line).join('\n')
}
