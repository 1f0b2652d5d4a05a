// Grants the right to make one call, for all users of one login at a time: no faster than the login's rate, no more at a
// time than its limit, the important first, fairly among those who wait, and nobody put off for ever.
import type { Clock } from './clock.ts'

export interface Limits {
  /** Calls a second on average. A second's worth may come at once after a quiet second. */
  readonly requestsPerSecond: number
  readonly concurrentRequests: number
}

export interface Turn {
  /** Lower goes first, but for every eighth grant. Equal ranks take turns. */
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

/** Waiters by issuer, then namespace, oldest first. Maps and sets keep their order of insertion; whoever had a turn is put last. */
type Round = Lines<Lines<Set<Waiter>>>

const MS_PER_SECOND = 1_000
/**
 * Every so many grants one goes round by issuer and namespace whatever the rank, and in a namespace to whoever waits longest:
 * a search for a lost order must end although enrolments keep coming, and a namespace that sends thousands of them must not
 * keep the first look at another's order waiting. Among m namespaces, whoever finds n others of his own waiting is granted
 * within 8 x m x (n + 1) grants, and the important still have seven of eight.
 */
const WHATEVER_THE_RANK_EVERY = 8

export class Scheduler {
  readonly #clock: Clock
  readonly #ranks = new Map<number, Round>()
  /** All who wait, whatever their rank. */
  readonly #everyone: Round = new Map()
  #limits: Limits
  #waiting = 0
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
    return this.#waiting
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
      getInLine(
        entry(this.#ranks, rank, () => new Map()),
        waiter,
      )
      getInLine(this.#everyone, waiter)
      this.#waiting++
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
    const whateverTheRank = ++this.#grants % WHATEVER_THE_RANK_EVERY === 0
    const round = whateverTheRank ? this.#everyone : this.#ranks.get(Math.min(...this.#ranks.keys()))
    const waiter = firstIn(round)
    if (waiter === undefined) return undefined
    const ofItsRank = this.#ranks.get(waiter.rank)
    this.#remove(waiter)
    putLast(ofItsRank, waiter)
    if (whateverTheRank) putLast(this.#everyone, waiter)
    return waiter
  }

  /** Takes the waiter out, and with it every line it leaves empty. Once: neither a grant nor an abort comes twice. */
  #remove(waiter: Waiter): void {
    const ofItsRank = this.#ranks.get(waiter.rank)
    leaveLine(ofItsRank, waiter)
    if (ofItsRank?.size === 0) this.#ranks.delete(waiter.rank)
    leaveLine(this.#everyone, waiter)
    this.#waiting--
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

function getInLine(round: Round, waiter: Waiter): void {
  const namespaces = entry(round, waiter.issuer, () => new Map())
  entry(namespaces, waiter.namespace, () => new Set()).add(waiter)
}

function leaveLine(round: Round | undefined, waiter: Waiter): void {
  const namespaces = round?.get(waiter.issuer)
  const waiters = namespaces?.get(waiter.namespace)
  waiters?.delete(waiter)
  if (waiters?.size === 0) namespaces?.delete(waiter.namespace)
  if (namespaces?.size === 0) round?.delete(waiter.issuer)
}

function firstIn(round: Round | undefined): Waiter | undefined {
  return firstOf(firstOf(firstOf(round?.values())?.values()))
}

/** Its issuer had a turn, and its namespace. */
function putLast(round: Round | undefined, { issuer, namespace }: Waiter): void {
  moveToEnd(round, issuer)
  moveToEnd(round?.get(issuer), namespace)
}

function firstOf<Value>(values: Iterable<Value> | undefined): Value | undefined {
  for (const value of values ?? []) return value
  return undefined
}

function moveToEnd<Value>(lines: Lines<Value> | undefined, key: string): void {
  const line = lines?.get(key)
  if (lines === undefined || line === undefined) return
  lines.delete(key)
  lines.set(key, line)
}
