// The work queue between watch events and reconciles, with the semantics of client-go util/workqueue: a key is never run
// twice at once and never lost. A key added while it runs is remembered and runs again afterwards. Unlike there, namespaces
// take turns: thousands of keys of one of them keep nobody else's waiting.
import type { Clock } from './clock.ts'

/** What a queue tells about itself; the names are those of controller-runtime's workqueue metrics. */
export interface QueueMetrics {
  added(): void
  /** A key was put off: requeued later, or after a failure. */
  retried(): void
  /** Seconds from add to get. */
  waited(seconds: number): void
  /** Seconds from get to done. */
  worked(seconds: number): void
  /** Called once; `facts` is asked at every scrape. */
  observe(facts: () => QueueFacts): void
}

export interface QueueFacts {
  /** Keys that wait for a worker. Delayed keys are not among them. */
  readonly depth: number
  /** Seconds, summed over all keys in work. */
  readonly unfinishedSeconds: number
  /** Seconds that the slowest key in work has taken so far. */
  readonly longestRunningSeconds: number
}

export interface WorkQueueOptions {
  readonly clock: Clock
  /** Milliseconds before the first retry of a failing key. Default 1,000. */
  readonly baseMs?: number
  /** Milliseconds that no retry exceeds. Default 5 minutes. */
  readonly maxMs?: number
  /** 0 to 1, for the jitter. Default: Math.random. */
  readonly random?: () => number
  readonly metrics?: QueueMetrics
}

/** Quick enough for a lost race with another writer, slow enough not to hammer a server that just failed. */
const DEFAULT_BASE_MS = 1_000

/** A cure by an operator or an ended outage is noticed within this time even if no watch event tells of it. */
const DEFAULT_MAX_MS = 5 * 60_000

/** Retries are up to this part shorter than computed, so that keys that failed together do not come back together. */
const JITTER = 0.25

/** 2^30 times any base is beyond any maximum; a larger exponent only risks Infinity. */
const MAX_EXPONENT = 30

const MS_PER_SECOND = 1_000

interface Delayed {
  readonly at: number
  readonly cancel: () => void
}

export class WorkQueue {
  readonly #clock: Clock
  readonly #baseMs: number
  readonly #maxMs: number
  readonly #random: () => number
  readonly #metrics: QueueMetrics | undefined
  /**
   * Keys to hand out by their namespace, each line oldest first and none empty; the namespace that had a turn is last. Each
   * key is also in #dirty, and none is in #processing.
   */
  readonly #ready = new Map<string, string[]>()
  /** Keys that must run (again), with the time of their first add since they last ran. */
  readonly #dirty = new Map<string, number>()
  /** Keys handed out and not yet done, with the time they were handed out. */
  readonly #processing = new Map<string, number>()
  readonly #delayed = new Map<string, Delayed>()
  readonly #failures = new Map<string, number>()
  readonly #getters: ((key: string | undefined) => void)[] = []
  readonly #idle: (() => void)[] = []
  #shutDown = false

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock
    this.#baseMs = options.baseMs ?? DEFAULT_BASE_MS
    this.#maxMs = options.maxMs ?? DEFAULT_MAX_MS
    this.#random = options.random ?? Math.random
    this.#metrics = options.metrics
    this.#metrics?.observe(() => this.#facts())
  }

  /** How many keys wait for a worker. */
  get depth(): number {
    let depth = 0
    for (const line of this.#ready.values()) depth += line.length
    return depth
  }

  /** Queues the key, unless it waits already. A key in work runs again after `done`. */
  add(key: string): void {
    if (this.#shutDown || this.#dirty.has(key)) return
    this.#metrics?.added()
    this.#dirty.set(key, this.#clock.monotonic())
    if (!this.#processing.has(key)) this.#offer(key)
  }

  /**
   * Adds the key after `ms`. Of several calls for one key the earliest time counts. The key may run before, for other
   * reasons, and then still runs at that time.
   */
  addAfter(key: string, ms: number): void {
    if (Number.isNaN(ms)) throw new RangeError(`the delay of key ${key} is not a number`)
    if (this.#shutDown) return
    this.#metrics?.retried()
    if (ms <= 0) {
      this.add(key)
      return
    }
    const at = this.#clock.monotonic() + ms
    const earlier = this.#delayed.get(key)
    if (earlier !== undefined && earlier.at <= at) return
    earlier?.cancel()
    const cancel = this.#clock.after(ms, () => {
      this.#delayed.delete(key)
      this.add(key)
    })
    this.#delayed.set(key, { at, cancel })
  }

  /**
   * Adds the key after its own back-off, which doubles with each call until `forget`. Times asked for before count no more: what
   * was to be looked at then fails now.
   */
  addRateLimited(key: string): void {
    if (this.#shutDown) return
    this.#delayed.get(key)?.cancel()
    this.#delayed.delete(key)
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const backoffMs = Math.min(this.#baseMs * 2 ** Math.min(failures, MAX_EXPONENT), this.#maxMs)
    this.addAfter(key, backoffMs * (1 - JITTER * this.#random()))
  }

  /** The key succeeded (or was given up): its next failure starts at the base delay again. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** The next key, as soon as there is one; undefined once the queue is shut down. Each key needs a `done`. */
  async get(): Promise<string | undefined> {
    const key = this.#takeReady()
    if (key === undefined) {
      return this.#shutDown ? undefined : new Promise((resolve) => this.#getters.push(resolve))
    }
    this.#handOut(key)
    return key
  }

  /** The key's run is over, however it ended. */
  done(key: string): void {
    const since = this.#processing.get(key)
    if (since === undefined) return
    this.#processing.delete(key)
    this.#metrics?.worked((this.#clock.monotonic() - since) / MS_PER_SECOND)
    if (this.#dirty.has(key)) this.#offer(key)
    this.#resolveIdle()
  }

  /**
   * Takes no more keys and forgets the delayed ones. With `drain` the keys that wait are still handed out (again, if they
   * were added while they ran), without it none is. Resolves when no key is waiting or in work.
   */
  async shutDown({ drain }: { readonly drain: boolean }): Promise<void> {
    this.#shutDown = true
    for (const { cancel } of this.#delayed.values()) cancel()
    this.#delayed.clear()
    if (!drain) {
      this.#ready.clear()
      this.#dirty.clear()
    }
    for (const resolve of this.#getters.splice(0)) resolve(undefined)
    const idle = new Promise<void>((resolve) => this.#idle.push(resolve))
    this.#resolveIdle()
    await idle
  }

  #offer(key: string): void {
    const getter = this.#getters.shift()
    if (getter === undefined) {
      const namespace = namespaceOf(key)
      const line = this.#ready.get(namespace)
      if (line === undefined) this.#ready.set(namespace, [key])
      else line.push(key)
      return
    }
    this.#handOut(key)
    getter(key)
  }

  #takeReady(): string | undefined {
    const [next] = this.#ready
    if (next === undefined) return undefined
    const [namespace, line] = next
    const key = line.shift()
    this.#ready.delete(namespace)
    if (line.length > 0) this.#ready.set(namespace, line)
    return key
  }

  #handOut(key: string): void {
    const now = this.#clock.monotonic()
    this.#metrics?.waited((now - (this.#dirty.get(key) ?? now)) / MS_PER_SECOND)
    this.#dirty.delete(key)
    this.#processing.set(key, now)
  }

  #resolveIdle(): void {
    if (!this.#shutDown || this.#dirty.size > 0 || this.#processing.size > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #facts(): QueueFacts {
    const now = this.#clock.monotonic()
    const ages = [...this.#processing.values()].map((since) => (now - since) / MS_PER_SECOND)
    return {
      depth: this.depth,
      unfinishedSeconds: ages.reduce((sum, age) => sum + age, 0),
      longestRunningSeconds: Math.max(0, ...ages),
    }
  }
}

/** Of `namespace/name`; what has none shares one line. */
function namespaceOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')))
}
