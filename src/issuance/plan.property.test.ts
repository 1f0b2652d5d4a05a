// The rules together, in histories that nobody thought of: test/fuzz/order-core has the world, and says what must hold in it.
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { orderCoreProperties } from '../../test/fuzz/order-core/properties.ts'

/** Fixed, so that a run says the same each time; `npm run fuzz` takes others. */
const SEEDS = [1, 2, 3]
/** For each seed: a few seconds. */
const HISTORIES = 150

describe.each(orderCoreProperties)('the rules of issuing: $name', ({ property }) => {
  it.each(SEEDS)('holds in the histories of seed %i', { timeout: 120_000 }, async (seed) => {
    await fc.assert(property, { seed, numRuns: HISTORIES })
  })
})
