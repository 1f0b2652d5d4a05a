// How long to wait before trying again: longer after each failure, spread out, short again after a quiet spell.

export interface BackoffOptions {
  readonly baseMs: number
  readonly factor: number
  /** Before jitter. */
  readonly maxMs: number
  /** Up to this fraction of the delay is added, so that many clients do not come back at once. */
  readonly jitter: number
  /** A failure this long after the one before starts from the base again. */
  readonly resetAfterMs: number
  /** Milliseconds that only grow. */
  readonly monotonic: () => number
  /** 0 to 1. */
  readonly random: () => number
}

/** client-go's for list and watch: 0.8 s, doubling to 30 s, up to twice that with jitter, reset after 2 minutes. */
export const LIST_WATCH_BACKOFF = { baseMs: 800, factor: 2, maxMs: 30_000, jitter: 1, resetAfterMs: 120_000 } as const

export class Backoff {
  readonly #options: BackoffOptions
  #delayMs: number
  #lastFailure = Number.NEGATIVE_INFINITY

  constructor(options: BackoffOptions) {
    this.#options = options
    this.#delayMs = options.baseMs
  }

  /** Call at each failure: milliseconds to wait before the next try. */
  next(): number {
    const { baseMs, factor, maxMs, jitter, resetAfterMs, monotonic, random } = this.#options
    const now = monotonic()
    if (now - this.#lastFailure >= resetAfterMs) this.#delayMs = baseMs
    this.#lastFailure = now
    const delayMs = this.#delayMs
    this.#delayMs = Math.min(delayMs * factor, maxMs)
    return delayMs * (1 + jitter * random())
  }
}
