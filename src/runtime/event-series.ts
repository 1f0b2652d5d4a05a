// Which events are worth a write: the same event again is counted instead of created, and an object that talks too much
// is silenced for a while. No I/O here.
import type { Clock } from './clock.ts'

export interface Limit {
  readonly burst: number
  /** Milliseconds after which one more is allowed. */
  readonly refillMs: number
}

/** One event at the API server, or about to be there. */
export interface Series {
  /** How often it was emitted, the first time included. */
  count: number
  /** Wall clock, milliseconds since the epoch. */
  lastObservedAt: number
  /** Is a write of it waiting to be sent? That write will carry what is counted until then. */
  queued: boolean
  /** Where it is once it was created. */
  at: { readonly namespace: string; readonly name: string } | undefined
}

interface Seen {
  readonly series: Series
  seenAt: number
}

interface Allowance {
  tokens: number
  filledAt: number
}

/** Two equal events that are further apart are two events (client-go tools/events finishTime). */
const SERIES_MS = 6 * 60_000

/** An object may say this much; more is a loop, not news (client-go EventSourceObjectSpamFilter). */
const OBJECT_LIMIT: Limit = { burst: 25, refillMs: 5 * 60_000 }

/** Bounds memory: some thousand objects that had an event within minutes, at a few hundred bytes each. */
const MOST_REMEMBERED = 4_096

export class SeriesBook {
  readonly #clock: Clock
  readonly #limit: Limit
  /** Both maps are kept in order of last use, so that the longest unused goes first. */
  readonly #series = new Map<string, Seen>()
  readonly #allowances = new Map<string, Allowance>()

  constructor({ clock, limit = OBJECT_LIMIT }: { readonly clock: Clock; readonly limit?: Limit }) {
    this.#clock = clock
    this.#limit = limit
  }

  /**
   * Counts one event. @param event what makes two events the same. @param object whose allowance it uses.
   * @returns the series to write, or undefined when nothing is to be sent: a write waits already, or the object has used
   * up its allowance. What is counted then goes with the next write of the series.
   */
  count(event: string, object: string): Series | undefined {
    const now = this.#clock.monotonic()
    const seen = this.#series.get(event)
    const current = seen !== undefined && now - seen.seenAt < SERIES_MS ? seen.series : undefined
    const series = current ?? { count: 0, lastObservedAt: 0, queued: false, at: undefined }
    series.count++
    series.lastObservedAt = this.#clock.now()
    putLast(this.#series, event, { series, seenAt: now })
    if (series.queued || !this.#allow(object, now)) return undefined
    series.queued = true
    return series
  }

  #allow(object: string, now: number): boolean {
    const { burst, refillMs } = this.#limit
    const allowance = this.#allowances.get(object) ?? { tokens: burst, filledAt: now }
    allowance.tokens = Math.min(burst, allowance.tokens + (now - allowance.filledAt) / refillMs)
    allowance.filledAt = now
    putLast(this.#allowances, object, allowance)
    if (allowance.tokens < 1) return false
    allowance.tokens--
    return true
  }
}

function putLast<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= MOST_REMEMBERED) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
