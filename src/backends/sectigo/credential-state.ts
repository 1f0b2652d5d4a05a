// What is known of one credential, fed by every call of everybody who uses it. SCM counts failed logins and locks
// accounts, so a credential that was never accepted is tried by one call alone, and after a refusal no call is sent. And an
// order that is sent into an outage is an order of unknown fate, so while calls by a way to SCM fail only reads are sent by it,
// one at a time after a few, and orders wait until a read has succeeded.
import type { Failure } from './failure.ts'

export const CREDENTIAL_WORDS = ['untried', 'accepted', 'throttled', 'down', 'refused'] as const
export type CredentialWord = (typeof CREDENTIAL_WORDS)[number]

/** Why no order can be sent, for a condition. */
export type Hindrance = Pick<Failure, 'kind' | 'message'>

/** A way to SCM, by identity: issuers of one login may differ in whom they trust, in their proxy and in the path. */
export type Way = object

/** A read that finds out whether orders may be sent again. */
export interface Probe {
  readonly way: Way
  /** Sends it; what it met instead of a good answer. */
  read(): Promise<Hindrance | undefined>
}

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
/** Secrets that are changed together are seen changed within this time: without a watch each is read about once a minute. */
const SAME_CHANGE_MS = 120_000
/** A read whose turn is farther away than this is not kept waiting: whoever asked can wait better than a connection. */
const PATIENCE_MS = 30_000
/** What keeps orders back for less than this is not worth a write for each request that waits. */
const WORTH_SAYING_MS = 5_000
/** The pause after "too many requests" that does not say how long. */
export const PAUSE_IF_UNSAID_MS = 5_000

const PAUSED: Failure = {
  kind: 'RateLimited',
  code: 'Paused',
  message: 'SCM asked for a pause: too many requests',
}

/** What a way has met since its last good answer. */
interface Trouble {
  /** The last of so many failures in a row. */
  readonly why: Failure
  readonly times: number
  /** When the first one was, and when the next read may find out. */
  readonly since: number
  readonly until: number
}

export class CredentialState {
  readonly #clock: CredentialClock
  readonly #onPause: (ms: number) => void
  #accepted = false
  #refusal: Failure | undefined
  #pausedUntil = Number.NEGATIVE_INFINITY
  /** When the first pause since the last good answer was. */
  #pausedSince: number | undefined
  /** How often a call told something. */
  #told = 0
  readonly #troubles = new WeakMap<Way, Trouble>()
  /** Pending while the one call is under way that finds out. */
  #trial: Promise<void> | undefined
  readonly #recoveries = new WeakMap<Way, Promise<void>>()
  readonly #retriedFor = new Set<string>()
  /** The last trial after a refusal, and whose word it was, or would have been. */
  #retried = { at: Number.NEGATIVE_INFINITY, users: new Set<string>() }
  readonly #waiting = new Set<() => void>()

  constructor({ clock, onPause = () => {} }: CredentialStateOptions) {
    this.#clock = clock
    this.#onPause = onPause
  }

  /** Why no call is sent any more. */
  get refusal(): Failure | undefined {
    return this.#refusal
  }

  word(way: Way): CredentialWord {
    if (this.#refusal !== undefined) return 'refused'
    if (this.#pauseLeft > 0) return 'throttled'
    if (this.#troubles.has(way)) return 'down'
    return this.#accepted ? 'accepted' : 'untried'
  }

  /** May an order be sent now? */
  fit(way: Way): boolean {
    return this.word(way) === 'accepted'
  }

  /** Why a read is not sent now; asked before its turn and again at it. */
  heldBack(way: Way): Failure | undefined {
    if (this.#refusal !== undefined) return this.#refusal
    if (this.#pauseLeft > PATIENCE_MS) return { ...PAUSED, retryAfterMs: this.#pauseLeft }
    const trouble = this.#troubles.get(way)
    if (trouble === undefined || trouble.times < FAILURES_TO_OPEN) return undefined
    const left = trouble.until - this.#clock.monotonic()
    return left > 0 ? { ...trouble.why, retryAfterMs: left } : undefined
  }

  /**
   * What has kept orders from being sent by this way for some seconds: undefined when nothing does, or not for long. (A
   * refusal ends all waiting and is no hindrance to it.)
   */
  hindrance(way: Way): Hindrance | undefined {
    if (this.fit(way)) return undefined
    const { why, since } =
      this.#pauseLeft > 0 ? { why: PAUSED, since: this.#pausedSince } : { ...this.#troubles.get(way) }
    return since !== undefined && this.#clock.monotonic() - since >= WORTH_SAYING_MS ? why : undefined
  }

  refuse(why: Failure): void {
    this.#told++
    this.#refusal ??= why
    this.#accepted = false
    this.#changed()
  }

  accept(way: Way): void {
    if (this.#refusal !== undefined) return
    this.#told++
    this.#accepted = true
    this.#troubles.delete(way)
    this.#pausedSince = undefined
    this.#retriedFor.clear()
    this.#retried = { at: Number.NEGATIVE_INFINITY, users: new Set() }
    this.#changed()
  }

  /** A call by this way found nobody, not SCM, or an answer that says that SCM cannot. */
  fail(way: Way, why: Failure): void {
    this.#told++
    const now = this.#clock.monotonic()
    const { since = now, times = 0 } = this.#troubles.get(way) ?? {}
    this.#troubles.set(way, { why, since, times: times + 1, until: now + probePause(times + 1) })
  }

  /** SCM asked to be left alone for so long. */
  pause(ms: number): void {
    this.#told++
    const now = this.#clock.monotonic()
    this.#pausedSince ??= now
    this.#pausedUntil = Math.max(this.#pausedUntil, now + ms)
    this.#onPause(ms)
  }

  /**
   * One more trial after a refusal. `reason` identifies what justifies it, and justifies it once, whoever says it again.
   * Reasons of several users soon after each other are taken for one: the same login may be in fifty Secrets, and all of
   * them are touched when somebody deploys.
   */
  retryFor(reason: string, user: string): void {
    if (this.#refusal === undefined || this.#retriedFor.has(reason)) return
    this.#retriedFor.add(reason)
    const now = this.#clock.monotonic()
    const { at, users } = this.#retried
    if (now - at < SAME_CHANGE_MS && !users.has(user)) {
      users.add(user)
      return
    }
    this.#retried = { at: now, users: new Set([user]) }
    this.#refusal = undefined
    this.#changed()
  }

  /**
   * Makes a call: at once when the credential was accepted and the way is not failing, else after the calls before it, until
   * one of them told.
   */
  async take<Outcome>(way: Way, call: () => Promise<Outcome>): Promise<Outcome> {
    while (this.#trial !== undefined && !this.#goesWell(way)) await this.#trial
    if (this.#goesWell(way) || this.#refusal !== undefined) return call()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#trial = promise
    try {
      return await call()
    } finally {
      this.#trial = undefined
      resolve()
    }
  }

  #goesWell(way: Way): boolean {
    return this.#accepted && (this.#troubles.get(way)?.times ?? 0) < FAILURES_TO_OPEN
  }

  /**
   * Resolves when an order may be sent, or when the credential is refused. Until then it asks with the probe, one for all
   * who wait, after the pauses. Rejects with the signal's reason when aborted first.
   */
  async untilFit(probe: Probe, signal: AbortSignal): Promise<void> {
    const { way } = probe
    while (!this.fit(way) && this.#refusal === undefined) {
      signal.throwIfAborted()
      const askAt = this.#troubles.get(way)?.until ?? Number.NEGATIVE_INFINITY
      const wait = Math.max(this.#pauseLeft, askAt - this.#clock.monotonic())
      if (wait > 0) await this.#change(wait, signal)
      else {
        const recovery = this.#recoveries.get(way) ?? this.#recover(probe)
        this.#recoveries.set(way, recovery)
        await Promise.race([recovery, this.#change(undefined, signal)])
      }
    }
  }

  async #recover({ way, read }: Probe): Promise<void> {
    const told = this.#told
    try {
      const why = await read()
      if (told === this.#told && why !== undefined) this.fail(way, { ...why, code: why.kind })
    } finally {
      this.#recoveries.delete(way)
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

/** After so many failures in a row. */
function probePause(failures: number): number {
  return Math.min(PROBE_LONGEST_MS, PROBE_FIRST_MS * 2 ** Math.min(failures - 1, 10))
}
