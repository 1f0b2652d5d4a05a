// A clock that moves only when a test says so, so that minutes and days are tested in milliseconds.
import { setImmediate as macrotask } from 'node:timers/promises'
import type { Clock } from '../../src/runtime/clock.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

export class FakeClock implements Clock {
  #now: number
  #monotonic = 0
  readonly #timers = new Set<Timer>()

  /** `now`: the wall clock at the start, in milliseconds since the epoch. */
  constructor(options: { readonly now?: number } = {}) {
    this.#now = options.now ?? Date.UTC(2026, 0, 1)
  }

  now(): number {
    return this.#now
  }

  since(wall: number): number {
    return this.#now - wall
  }

  monotonic(): number {
    return this.#monotonic
  }

  sleep(ms: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const onAbort = (): void => {
        cancel()
        reject(signal?.reason)
      }
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      })
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { at: this.#monotonic + Math.max(ms, 0), callback }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size
  }

  /**
   * Moves both clocks on by `ms` and runs what falls due on the way, in order of time, then of setting. Before, between
   * and after the timers every promise that can settle without real I/O does; timers set on the way count too.
   */
  async advance(ms: number): Promise<void> {
    await macrotask()
    const end = this.#monotonic + ms
    for (let due = this.#firstDue(end); due !== undefined; due = this.#firstDue(end)) {
      this.#timers.delete(due)
      this.#moveTo(Math.max(due.at, this.#monotonic))
      due.callback()
      await macrotask()
    }
    this.#moveTo(end)
    await macrotask()
  }

  /** Steps the wall clock alone, as NTP or an administrator does. */
  stepWall(ms: number): void {
    this.#now += ms
  }

  /** Moves both clocks on without running any timer: what a process sees first when it was paused. */
  jump(ms: number): void {
    this.#moveTo(this.#monotonic + ms)
  }

  #moveTo(at: number): void {
    this.#now += at - this.#monotonic
    this.#monotonic = at
  }

  #firstDue(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer
    }
    return first
  }
}
