// The dice of a soak: the same draws for the same seed, though what they meet is never twice the same.
import { randomFrom } from '../../support/random.ts'

export interface Chance {
  /** Happens in so many of all cases, 0 to 1. */
  happens(share: number): boolean
  /** From `least` to `most`. */
  between(least: number, most: number): number
  oneOf<T>(things: readonly [T, ...T[]]): T
  /** Undefined where there is none. */
  anyOf<T>(things: readonly T[]): T | undefined
  /** All of them in a random order, and again in another. */
  endlessly<T>(things: readonly T[]): Generator<T, never, void>
}

/** `role`: whoever draws has a row of their own, so that nobody's draws depend on how often others came first. */
export function chanceOf(seed: number, role: number): Chance {
  const random = randomFrom(seed * ROLES + role)
  const anyOf = <T>(things: readonly T[]): T | undefined => things[Math.floor(random() * things.length)]
  return {
    happens: (share) => random() < share,
    between: (least, most) => least + random() * (most - least),
    oneOf: (things) => anyOf(things) ?? things[0],
    anyOf,
    *endlessly(things) {
      for (;;) {
        const drawn = things.map((thing) => ({ thing, lot: random() })).toSorted((one, other) => one.lot - other.lot)
        yield* drawn.map(({ thing }) => thing)
      }
    },
  }
}

const ROLES = 10
