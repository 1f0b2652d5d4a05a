// Waiting for a condition instead of for a time: long enough for a busy machine, looked at often enough to be quick.
import { expect } from 'vitest'

const LONGEST_WAIT_MS = 15_000
const INTERVAL_MS = 10

/** `await eventually(() => store.size).toBe(3)` */
export function eventually<V>(look: () => V): ReturnType<typeof expect.poll<V>> {
  return expect.poll(look, { timeout: LONGEST_WAIT_MS, interval: INTERVAL_MS })
}
