// Grants the right to make one call, for all users of one login at a time: no faster than the login's rate, no more at a
// time than its limit, the important first, fairly among those who wait, and nobody put off for ever.
import type { Clock } from './clock.ts'

export interface Limits {
  /** Calls a second on average. A second's worth may come at once after a quiet second. */
  readonly requestsPerSecond: number
  readonly concurrentRequests: number
}

export interface Turn {
  /** Lower goes first, but for every eighth grant, which goes to whoever waits longest. Equal ranks take turns. */
  readonly rank: number
  /** Within a rank, issuers take turns; */
  readonly issuer: string
  /** and within an issuer, namespaces do; within a namespace the oldest goes first. */
  readonly namespace: string
  readonly signal: AbortSignal
}

interface Waiter extends Omit<Turn, 'signal'> {
  grant(): void
}

type Lines<Next> = Map<string, Next>

/** Waiters by issuer, then namespace. Maps and sets keep their order of insertion; whoever had a turn is put last. */
type Rank = Lines<Lines<Set<Waiter>>>

const MS_PER_SECOND = 1_000
/**
 * Every so many grants one goes to whoever waits longest, whatever its rank: a search for a lost order must end although
 * enrolments keep coming. Whoever finds n others waiting is granted within 8 x (n + 1) grants, and the important
 * still have seven of eight.
 */
const LONGEST_WAITING_EVERY = 8

export class Scheduler {
  readonly #clock: Clock
  readonly #ranks = new Map<number, Rank>()
  #limits: Limits
  /** All who wait, oldest first. */
  readonly #waiters = new Set<Waiter>()
  #inUse = 0
  #grants = 0
  /** Calls that the rate allows now; a fraction while the next one builds up. */
  #tokens: number
  #filledAt: number
  #pausedUntil = Number.NEGATIVE_INFINITY
  #cancelTimer: (() => void) | undefined

  constructor({ clock, ...limits }: Limits & { readonly clock: Clock }) {
    this.#clock = clock
    this.#limits = checked(limits)
    this.#tokens = capacity(limits)
    this.#filledAt = clock.monotonic()
  }

  /** How many wait for a turn. */
  get waiting(): number {
    return this.#waiters.size
  }

  /** How many turns are granted and not yet released. */
  get inUse(): number {
    return this.#inUse
  }

  /** Takes effect for everything not yet granted. */
  setLimits(limits: Limits): void {
    this.#fill()
    this.#limits = checked(limits)
    this.#grant()
  }

  /** Grants nothing for so long; turns that are granted go on. Of several pauses the last to end counts. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + ms)
    this.#grant()
  }

  /**
   * Resolves when the caller may make one call. The function it gives must be called when the call is over; calling it
   * again does nothing. Rejects with the signal's reason when aborted first; the place in line is then gone.
   */
  acquire({ rank, issuer, namespace, signal }: Turn): Promise<() => void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason)
        return
      }
      const waiter: Waiter = {
        rank,
        issuer,
        namespace,
        grant: () => {
          signal.removeEventListener('abort', onAbort)
          resolve(this.#release())
        },
      }
      const onAbort = (): void => {
        this.#remove(waiter)
        reject(signal.reason)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      const issuers = entry(this.#ranks, rank, () => new Map())
      const namespaces = entry(issuers, issuer, () => new Map())
      entry(namespaces, namespace, () => new Set()).add(waiter)
      this.#waiters.add(waiter)
      this.#grant()
    })
  }

  #release(): () => void {
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#inUse--
      this.#grant()
    }
  }

  #grant(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#fill()
    const pausedMs = this.#pausedUntil - this.#clock.monotonic()
    if (pausedMs > 0) {
      if (this.waiting > 0) this.#cancelTimer = this.#clock.after(Math.ceil(pausedMs), () => this.#grant())
      return
    }
    while (this.waiting > 0 && this.#inUse < this.#limits.concurrentRequests && this.#tokens >= 1) {
      this.#tokens--
      this.#inUse++
      this.#takeNext()?.grant()
    }
    if (this.waiting === 0 || this.#inUse >= this.#limits.concurrentRequests) return
    // Rounded up: a timer that comes a hair early finds a token that is not quite whole, and must be set again.
    const waitMs = Math.ceil(((1 - this.#tokens) / this.#limits.requestsPerSecond) * MS_PER_SECOND)
    this.#cancelTimer = this.#clock.after(waitMs, () => this.#grant())
  }

  #fill(): void {
    const now = this.#clock.monotonic()
    const earned = ((now - this.#filledAt) / MS_PER_SECOND) * this.#limits.requestsPerSecond
    this.#tokens = Math.min(this.#tokens + earned, capacity(this.#limits))
    this.#filledAt = now
  }

  #takeNext(): Waiter | undefined {
    const waiter = ++this.#grants % LONGEST_WAITING_EVERY === 0 ? firstOf(this.#waiters) : this.#mostImportant()
    if (waiter === undefined) return undefined
    const issuers = this.#ranks.get(waiter.rank)
    const namespaces = issuers?.get(waiter.issuer)
    this.#remove(waiter)
    putLast(issuers, waiter.issuer)
    putLast(namespaces, waiter.namespace)
    return waiter
  }

  #mostImportant(): Waiter | undefined {
    const issuers = this.#ranks.get(Math.min(...this.#ranks.keys()))
    const namespaces = firstOf(issuers?.values())
    return firstOf(firstOf(namespaces?.values()))
  }

  /** Takes the waiter out, and with it every line it leaves empty. */
  #remove(waiter: Waiter): void {
    const { rank, issuer, namespace } = waiter
    if (!this.#waiters.delete(waiter)) return
    const issuers = this.#ranks.get(rank)
    const namespaces = issuers?.get(issuer)
    const waiters = namespaces?.get(namespace)
    waiters?.delete(waiter)
    if (waiters?.size === 0) namespaces?.delete(namespace)
    if (namespaces?.size === 0) issuers?.delete(issuer)
    if (issuers?.size === 0) this.#ranks.delete(rank)
  }
}

function checked(limits: Limits): Limits {
  // Negated, so that NaN fails too.
  if (!(limits.requestsPerSecond > 0)) throw new RangeError('requestsPerSecond must be above 0')
  if (!(limits.concurrentRequests >= 1)) throw new RangeError('concurrentRequests must be at least 1')
  return limits
}

/**
 * A second's worth, so that the few calls of one certificate need not wait for each other; at least one, or a rate below
 * one a second would never grant.
 */
function capacity(limits: Limits): number {
  return Math.max(1, limits.requestsPerSecond)
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

function firstOf<Value>(values: Iterable<Value> | undefined): Value | undefined {
  for (const value of values ?? []) return value
  return undefined
}

function putLast<Value>(lines: Lines<Value> | undefined, key: string): void {
  const line = lines?.get(key)
  if (lines === undefined || line === undefined) return
  lines.delete(key)
  lines.set(key, line)
}
