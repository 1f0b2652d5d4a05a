// Keeps a store equal to what the API server has of one resource: a full list, then a watch from where the list ended, for
// as long as the process lives, through every failure. After client-go's reflector; client-node's informer dies at the first 5xx.
import type { KubeClient } from '../kube/client.ts'
import {
  errorFromEvent,
  isExpired,
  isResourceVersionTooLarge,
  KubeError,
  type OwnReason,
  unanswered,
} from '../kube/errors.ts'
import { type KubeObject, keyOf, type Resource } from '../kube/resource.ts'
import type { WatchEvent } from '../kube/watch-stream.ts'
import { Backoff, LIST_WATCH_BACKOFF } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'
import type { Store } from './store.ts'

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, 'list' | 'watch'>
  readonly resource: Resource<T>
  /** Absent: all namespaces, or a cluster-scoped resource. */
  readonly namespace?: string
  /** Given up for good when the API server does not know the field; `select` alone decides then. */
  readonly fieldSelector?: string
  /** Which objects the store holds. Give it with a `fieldSelector`, to say the same. */
  readonly select?: (object: T) => boolean
  /** Makes objects smaller before they are kept. `managedFields` never get that far. */
  readonly transform?: (object: T) => T
  readonly store: Store<T>
  readonly clock: Clock
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** 0 to 1. Default: Math.random. */
  readonly random?: () => number
}

/**
 * As fast as client-go's 500, with less memory. Every list is consistent and paged: an API server ignores `limit` for lists
 * from its cache (`resourceVersion=0`), and 10,000 CertificateRequests in one answer are more than the client takes.
 */
const PAGE_ITEMS = 250
/** The server ends a watch after a random 5 to 10 minutes, so that not all watches of a cluster come back at once. */
const SHORTEST_WATCH_SECONDS = 300
const WATCH_SPREAD_SECONDS = 300
/** The server should have ended the watch this long ago: nobody is there. */
const DEAD_PEER_GRACE_MS = 10_000
/** A watch that ends sooner is a failure whatever it said, or an unwell server would be asked in a hot loop. */
const SHORT_WATCH_MS = 1_000
/**
 * Bookmarks come about once a minute. A watch that stays silent for longer than this stands at a place that lies in the
 * future: after etcd was restored from a backup, the API server takes such a watch and tells it nothing.
 */
const SUSPICIOUS_SILENCE_MS = 180_000
/** An API server that asks for more patience than this is asked again all the same. */
const LONGEST_RETRY_AFTER_MS = 60_000

export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>
  readonly #backoff: Backoff
  readonly #random: () => number
  readonly #firstList = Promise.withResolvers<void>()
  #fieldSelector: string | undefined
  /** Where the next watch begins; absent: list first. */
  #resourceVersion: string | undefined
  #doing: 'list' | 'watch' = 'list'
  /** What was last complained of, so that an outage is one line and not one a try. */
  #complaint: { readonly about: 'list' | 'watch'; readonly what: string } | undefined

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.#random = options.random ?? Math.random
    this.#fieldSelector = options.fieldSelector
    const { clock } = options
    this.#backoff = new Backoff({ ...LIST_WATCH_BACKOFF, monotonic: () => clock.monotonic(), random: this.#random })
    // Nobody has to wait for it: without this, a run that ends early would be an unhandled rejection.
    this.#firstList.promise.catch(() => undefined)
  }

  /** Resolves after the first full list; rejects with the signal's reason when the run ends before. */
  get synced(): Promise<void> {
    return this.#firstList.promise
  }

  /** Resolves when `signal` aborts, and never otherwise. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#resourceVersion ??= await this.#list(signal)
        await this.#watch(this.#resourceVersion, signal)
      } catch (error) {
        if (signal.aborted) break
        if (this.#giveUpFieldSelector(error)) continue
        if (needsList(error)) this.#resourceVersion = undefined
        await this.#pause(error, signal)
      }
    }
    this.#firstList.reject(signal.reason)
  }

  async #list(signal: AbortSignal): Promise<string> {
    this.#doing = 'list'
    const { client, resource, namespace, store } = this.#options
    const scope = { namespace, fieldSelector: this.#fieldSelector, signal }
    store.forgetWrites()
    const items: T[] = []
    let next: string | undefined
    for (;;) {
      const page = await client.list(resource, { ...scope, limit: PAGE_ITEMS, continue: next })
      for (const item of page.items) if (this.#isSelected(item)) items.push(this.#slim(item))
      next = page.continue
      if (next !== undefined) continue
      store.replace(items, page)
      this.#firstList.resolve()
      this.#recovered('list')
      return page.resourceVersion
    }
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    this.#doing = 'watch'
    const { client, resource, namespace, clock } = this.#options
    const timeoutSeconds = SHORTEST_WATCH_SECONDS + Math.floor(this.#random() * WATCH_SPREAD_SECONDS)
    const started = clock.monotonic()
    const deadPeer = new AbortController()
    // Not the clock's: the server counts real seconds.
    const timer = setTimeout(() => deadPeer.abort(), timeoutSeconds * 1000 + DEAD_PEER_GRACE_MS)
    const events = client.watch(resource, {
      namespace,
      fieldSelector: this.#fieldSelector,
      resourceVersion,
      timeoutSeconds,
      signal: AbortSignal.any([signal, deadPeer.signal]),
    })
    let silent = true
    try {
      for await (const event of events) {
        silent = false
        this.#take(event)
      }
    } catch (error) {
      if (!deadPeer.signal.aborted) throw error
      throw this.#unanswered('Timeout', `the server did not end it after ${timeoutSeconds} s`)
    } finally {
      clearTimeout(timer)
    }
    const lasted = clock.monotonic() - started
    if (lasted < SHORT_WATCH_MS) throw this.#unanswered('Unreachable', 'it ended at once')
    if (silent && lasted >= SUSPICIOUS_SILENCE_MS) this.#resourceVersion = undefined
  }

  #take(event: WatchEvent<T>): void {
    const { resource, store } = this.#options
    if (event.type === 'ERROR') throw errorFromEvent({ verb: 'watch', resource: resource.plural }, event.object)
    if (event.object.kind !== resource.kind) throw this.#unanswered('MalformedAnswer', 'an event is of another kind')
    const { resourceVersion } = event.object.metadata
    if (event.type === 'BOOKMARK') store.passed(resourceVersion)
    else if (event.type === 'DELETED' || !this.#isSelected(event.object)) {
      store.remove(keyOf(event.object.metadata), resourceVersion)
    } else store.upsert(this.#slim(event.object))
    this.#resourceVersion = resourceVersion
    this.#recovered('watch')
  }

  #isSelected(object: T): boolean {
    return this.#options.select?.(object) ?? true
  }

  #slim(object: T): T {
    const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { managedFields?: unknown }
    const slim = { ...object, metadata }
    return this.#options.transform?.(slim) ?? slim
  }

  /** Older API servers select custom resources by name and namespace only, and answer 400 to anything else. */
  #giveUpFieldSelector(error: unknown): boolean {
    if (this.#fieldSelector === undefined || !(error instanceof KubeError) || error.status !== 400) return false
    const { log, resource } = this.#options
    log.info(
      { resource: resource.plural, err: error },
      'the API server does not know the field selector: selecting here',
    )
    this.#fieldSelector = undefined
    this.#resourceVersion = undefined
    return true
  }

  async #pause(error: unknown, signal: AbortSignal): Promise<void> {
    this.#complain(error)
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0
    const ms = Math.max(this.#backoff.next(), Math.min(asked, LONGEST_RETRY_AFTER_MS))
    // Rejects only when aborted, and then the loop ends by itself.
    await this.#options.clock.sleep(ms, { signal }).catch(() => undefined)
  }

  #complain(error: unknown): void {
    const what = error instanceof KubeError ? `${error.status} ${error.reason}` : String(error)
    if (this.#complaint?.about === this.#doing && this.#complaint.what === what) return
    this.#complaint = { about: this.#doing, what }
    const { log, resource } = this.#options
    log.warn({ resource: resource.plural, err: error }, `${this.#doing} of ${resource.plural} failed, trying again`)
  }

  #recovered(what: 'list' | 'watch'): void {
    if (this.#complaint?.about !== what) return
    this.#complaint = undefined
    const { log, resource } = this.#options
    log.info({ resource: resource.plural }, `${what} of ${resource.plural} works again`)
  }

  #unanswered(reason: OwnReason, message: string): KubeError {
    return unanswered({ verb: 'watch', resource: this.#options.resource.plural }, reason, message)
  }
}

/**
 * May a watch not go on from where it was? After 410 and the like the place is gone; what we could not read or were refused
 * may never be told again. After a lost connection, 429 or 5xx the place is still good.
 */
function needsList(error: unknown): boolean {
  if (!(error instanceof KubeError)) return true
  if (isExpired(error) || isResourceVersionTooLarge(error) || error.reason === 'MalformedAnswer') return true
  return error.status >= 400 && error.status < 500 && error.status !== 429
}
