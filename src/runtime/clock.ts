// Time as everything in the operator sees it. Passed in, so that tests own it.
import { setTimeout as sleep } from 'node:timers/promises'

export interface Clock {
  /** Wall clock in milliseconds since the epoch. May step. Only for what is written down or compared with foreign times. */
  now(): number
  /** How much waiting has passed since a moment of the wall clock, in the milliseconds of `sleep`: for waits that outlive a process. */
  since(wall: number): number
  /** Milliseconds that only ever grow, for measuring how long something has lasted. */
  monotonic(): number
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Calls back once after `ms`, however long that is; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

/** setTimeout fires at once above 2^31-1 ms (24.8 days); longer delays are walked in steps. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * The machine's clock. With `scale` every wait is `scale` times shorter, and `monotonic` runs as much faster, so that
 * measured and waited durations agree; `now` stays true, because it is compared with other machines' times.
 * Only tests scale (`--time-scale`).
 */
export function systemClock(options: { readonly scale?: number } = {}): Clock {
  const scale = options.scale ?? 1
  return {
    now: () => Date.now(),
    since: (wall) => (Date.now() - wall) * scale,
    monotonic: () => performance.now() * scale,
    async sleep(ms, { signal } = {}) {
      let left = ms / scale
      do {
        const step = Math.min(left, LONGEST_TIMER_MS)
        await sleep(step, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
        left -= step
      } while (left > 0)
    },
    after(ms, callback) {
      let left = ms / scale
      let timer: NodeJS.Timeout
      const arm = (): void => {
        const step = Math.min(left, LONGEST_TIMER_MS)
        left -= step
        timer = setTimeout(() => (left > 0 ? arm() : callback()), step)
      }
      arm()
      return () => clearTimeout(timer)
    },
  }
}
