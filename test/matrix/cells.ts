// The cells of the matrix, and a sample of them that is the same for the same seed.
import { CUTS, type Cut } from '../support/intercepting-proxy.ts'
import { randomFrom } from '../support/random.ts'
import { EFFECTS, type EffectName, SPEEDS, type Speed } from './effects.ts'

/** What happens to the process that is caught, and who goes on. */
export const ENDS = ['killed, restarted', 'killed, another leads', 'stopped, another leads, continued'] as const
export type End = (typeof ENDS)[number]

export const PRODUCTS = ['ssl', 'device'] as const
export type Product = (typeof PRODUCTS)[number]

export interface Cell {
  readonly effect: EffectName
  readonly cut: Cut
  readonly end: End
  readonly product: Product
  readonly speed: Speed
}

export function allCells(): readonly Cell[] {
  const effects = Object.keys(EFFECTS) as EffectName[]
  return effects.flatMap((effect) =>
    CUTS.flatMap((cut) =>
      ENDS.flatMap((end) =>
        PRODUCTS.flatMap((product) =>
          SPEEDS.filter((speed) => (EFFECTS[effect].speed ?? speed) === speed).map((speed) => ({
            effect,
            cut,
            end,
            product,
            speed,
          })),
        ),
      ),
    ),
  )
}

/** `count` cells in which every effect, and every other value, comes about equally often. */
export function sampleOf(cells: readonly Cell[], { count, seed }: { readonly count: number; readonly seed: number }) {
  const random = randomFrom(seed)
  const shuffled = cells.map((cell) => ({ cell, at: random() })).toSorted((a, b) => a.at - b.at)
  const chosen: Cell[] = []
  const used = new Map<string, number>()
  const rarity = (cell: Cell): number => Object.values(cell).reduce((sum, value) => sum + (used.get(value) ?? 0), 0)
  const left = shuffled.map(({ cell }) => cell)
  while (chosen.length < count && left.length > 0) {
    // An effect first that came least often, then what is rarest of the rest.
    const effects = (cell: Cell): number => (used.get(cell.effect) ?? 0) * 1_000
    const next = left.toSorted((a, b) => effects(a) + rarity(a) - effects(b) - rarity(b))[0]
    if (next === undefined) break
    left.splice(left.indexOf(next), 1)
    chosen.push(next)
    for (const value of Object.values(next)) used.set(value, (used.get(value) ?? 0) + 1)
  }
  return chosen
}
