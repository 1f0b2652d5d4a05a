// What is known of one credential, fed by every call of everybody who uses it. SCM counts failed logins and locks
// accounts, so a credential that was never accepted is tried by one call alone, and after a refusal no call is sent. And an
// order that is sent into an outage is an order of unknown fate, so while calls fail only reads are sent, one at a time
// after a few, and orders wait until a read has succeeded.
import type { Failure } from './failure.ts'

export const CREDENTIAL_WORDS = ['untried', 'accepted', 'throttled', 'down', 'refused'] as const
export type CredentialWord = (typeof CREDENTIAL_WORDS)[number]

/** The part of the runtime's clock that is used here. */
export interface CredentialClock {
  monotonic(): number
  after(ms: number, callback: () => void): () => void
}

export interface CredentialStateOptions {
  readonly clock: CredentialClock
  /** SCM asked for a pause of so many milliseconds: nothing of this login may begin before. */
  readonly onPause?: (ms: number) => void
}

/** So many failures in a row, and reads too are sent one at a time with pauses; fewer may be one bad connection. */
const FAILURES_TO_OPEN = 3
/** First and longest pause between two reads that find out whether SCM is back; doubles at each failure. */
const PROBE_FIRST_MS = 1_000
const PROBE_LONGEST_MS = 30_000
/** A read whose turn is farther away than this is not kept waiting: whoever asked can wait better than a connection. */
const PATIENCE_MS = 30_000
/** The pause after "too many requests" that does not say how long. */
export const PAUSE_IF_UNSAID_MS = 5_000

export class CredentialState {
  readonly #clock: CredentialClock
  readonly #onPause: (ms: number) => void
  #accepted = false
  #refusal: Failure | undefined
  /** Failures in a row, the last of them, and when the next read may find out. */
  #failures = 0
  #lastFailure: Failure | undefined
  #probeAt = Number.NEGATIVE_INFINITY
  #pausedUntil = Number.NEGATIVE_INFINITY
  /** Pending while the one call is under way that finds out. */
  #trial: Promise<void> | undefined
  #recovery: Promise<void> | undefined
  readonly #retriedFor = new Set<string>()
  readonly #waiting = new Set<() => void>()

  constructor({ clock, onPause = () => {} }: CredentialStateOptions) {
    this.#clock = clock
    this.#onPause = onPause
  }

  /** Why no call is sent any more. */
  get refusal(): Failure | undefined {
    return this.#refusal
  }

  get word(): CredentialWord {
    if (this.#refusal !== undefined) return 'refused'
    if (this.#pauseLeft > 0) return 'throttled'
    if (this.#failures > 0) return 'down'
    return this.#accepted ? 'accepted' : 'untried'
  }

  /** May an order be sent now? */
  get fit(): boolean {
    return this.word === 'accepted'
  }

  /** Why a read is not sent now; asked before its turn and again at it. */
  get heldBack(): Failure | undefined {
    if (this.#refusal !== undefined) return this.#refusal
    if (this.#pauseLeft > PATIENCE_MS) {
      const message = 'SCM asked for a pause: too many requests'
      return { kind: 'RateLimited', code: 'Paused', message, retryAfterMs: this.#pauseLeft }
    }
    if (this.#failures < FAILURES_TO_OPEN || this.#lastFailure === undefined) return undefined
    const left = this.#probeAt - this.#clock.monotonic()
    return left > 0 ? { ...this.#lastFailure, retryAfterMs: left } : undefined
  }

  refuse(why: Failure): void {
    this.#refusal ??= why
    this.#accepted = false
    this.#changed()
  }

  accept(): void {
    if (this.#refusal !== undefined) return
    this.#accepted = true
    this.#failures = 0
    this.#retriedFor.clear()
    this.#changed()
  }

  /** A call found nobody, or an answer that says that SCM cannot. */
  fail(why: Failure): void {
    this.#failures++
    this.#lastFailure = why
    this.#probeAt =
      this.#clock.monotonic() + Math.min(PROBE_LONGEST_MS, PROBE_FIRST_MS * 2 ** Math.min(this.#failures - 1, 10))
    // As if it had never been accepted: one call at a time, until one succeeds.
    if (this.#failures >= FAILURES_TO_OPEN) this.#accepted = false
  }

  /** SCM asked to be left alone for so long. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + ms)
    this.#onPause(ms)
  }

  /** One more trial after a refusal. `reason` identifies what justifies it, and justifies it once, whoever says it again. */
  retryFor(reason: string): void {
    if (this.#refusal === undefined || this.#retriedFor.has(reason)) return
    this.#retriedFor.add(reason)
    this.#refusal = undefined
    this.#changed()
  }

  /** Makes a call: at once when the credential was accepted, else after the calls before it, until one of them told. */
  async take<Outcome>(call: () => Promise<Outcome>): Promise<Outcome> {
    while (this.#trial !== undefined && !this.#accepted) await this.#trial
    if (this.#accepted || this.#refusal !== undefined) return call()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#trial = promise
    try {
      return await call()
    } finally {
      this.#trial = undefined
      resolve()
    }
  }

  /**
   * Resolves when an order may be sent, or when the credential is refused. Until then it asks with `read`, one for all who
   * wait, after the pauses. Rejects with the signal's reason when aborted first.
   */
  async untilFit(read: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
    while (!this.fit && this.#refusal === undefined) {
      signal.throwIfAborted()
      const wait = Math.max(this.#pauseLeft, this.#probeAt - this.#clock.monotonic())
      if (wait > 0) await this.#change(wait, signal)
      else {
        this.#recovery ??= this.#recover(read)
        await Promise.race([this.#recovery, this.#change(undefined, signal)])
      }
    }
  }

  async #recover(read: () => Promise<unknown>): Promise<void> {
    try {
      await read()
    } finally {
      this.#recovery = undefined
      // It told nothing, not even a failure: not asked again at once.
      if (!this.fit) this.#probeAt = Math.max(this.#probeAt, this.#clock.monotonic() + PROBE_FIRST_MS)
      this.#changed()
    }
  }

  get #pauseLeft(): number {
    return Math.max(0, this.#pausedUntil - this.#clock.monotonic())
  }

  #changed(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  /** Resolves at the next change, or after `ms`. */
  #change(ms: number | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', onAbort)
        cancel?.()
        settle()
      }
      const wake = (): void => end(resolve)
      const onAbort = (): void => end(() => reject(signal.reason))
      const cancel = ms === undefined ? undefined : this.#clock.after(ms, wake)
      this.#waiting.add(wake)
      if (signal.aborted) onAbort()
      else signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}
