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
import { apiVersionOf, type KubeObject, keyOf, type Resource } from '../kube/resource.ts'
import type { WatchEvent } from '../kube/watch-stream.ts'
import { Backoff, LIST_WATCH_BACKOFF } from './backoff.ts'
import type { Clock } from './clock.ts'
import { listAll } from './list-all.ts'
import type { Logger } from './log.ts'
import { Outage } from './outage.ts'
import { isOlder } from './resource-version.ts'
import { isSame, type Store } from './store.ts'

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
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** 0 to 1. Default: Math.random. */
  readonly random?: () => number
}

/** The server ends a watch after a random 5 to 10 minutes, so that not all watches of a cluster come back at once. */
const SHORTEST_WATCH_SECONDS = 300
const WATCH_SPREAD_SECONDS = 300
/** A watch that ends sooner is a failure whatever it said, or an unwell server would be asked in a hot loop. */
const SHORT_WATCH_MS = 1_000
/**
 * The API server sends a bookmark every minute, however quiet the resource is. Silence for longer means that nobody is
 * there any more, though the connection is, or that the watch began in the server's future (see {@link Reflector.#wentBack}).
 */
const LONGEST_SILENCE_MS = 180_000
/** An API server that asks for more patience than this is asked again all the same. */
const LONGEST_RETRY_AFTER_MS = 60_000

export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>
  readonly #backoff: Backoff
  readonly #random: () => number
  readonly #outage: Outage
  readonly #firstList = Promise.withResolvers<void>()
  #fieldSelector: string | undefined
  /** Where the next watch begins; absent: list first. */
  #resourceVersion: string | undefined
  /** Something failed since the last list or event: is the API server still the one we knew? */
  #inDoubt = false
  #doing: 'list' | 'watch' = 'list'

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.#random = options.random ?? Math.random
    this.#fieldSelector = options.fieldSelector
    const { clock, log, resource } = options
    this.#outage = new Outage({ log, resource })
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
        if (this.#inDoubt && (await this.#wentBack(signal))) this.#resourceVersion = undefined
        this.#resourceVersion ??= await this.#list(signal)
        await this.#watch(this.#resourceVersion, signal)
      } catch (error) {
        if (signal.aborted) break
        if (this.#giveUpFieldSelector(error)) continue
        if (needsList(error)) this.#resourceVersion = undefined
        this.#inDoubt = true
        await this.#pause(error, signal)
      }
    }
    this.#firstList.reject(signal.reason)
  }

  async #list(signal: AbortSignal): Promise<string> {
    this.#doing = 'list'
    const { client, resource, store } = this.#options
    store.forgetWrites()
    const list = await listAll({ client, resource, scope: this.#scope(signal), keep: (item) => this.#heldOrKept(item) })
    store.replace(list.items, list)
    this.#firstList.resolve()
    this.#inDoubt = false
    this.#outage.works('list')
    return list.resourceVersion
  }

  /**
   * Has the API server's time gone back behind what we know, because its etcd was restored from a backup? It would take a
   * watch from our place, but tell nothing of what happens until its versions have come that far again. (Unnoticed goes only
   * what catches up before we ask: as many changes in a minute or two as there were since the backup.)
   */
  async #wentBack(signal: AbortSignal): Promise<boolean> {
    if (this.#resourceVersion === undefined) return false
    this.#doing = 'watch'
    const { client, resource, namespace, store } = this.#options
    const { resourceVersion } = await client.list(resource, { namespace, limit: 1, signal })
    this.#inDoubt = false
    return isOlder(resourceVersion, store.newest)
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    this.#doing = 'watch'
    const { client, resource, clock } = this.#options
    const timeoutSeconds = SHORTEST_WATCH_SECONDS + Math.floor(this.#random() * WATCH_SPREAD_SECONDS)
    const started = clock.monotonic()
    const silence = new AbortController()
    // Not the clock's: the server counts real seconds.
    const timer = setTimeout(() => silence.abort(), LONGEST_SILENCE_MS)
    try {
      const scope = this.#scope(AbortSignal.any([signal, silence.signal]))
      for await (const event of client.watch(resource, { ...scope, resourceVersion, timeoutSeconds })) {
        timer.refresh()
        this.#take(event)
      }
    } catch (error) {
      if (!silence.signal.aborted) throw error
      this.#resourceVersion = undefined
      throw this.#unanswered('Timeout', `not even a bookmark within ${LONGEST_SILENCE_MS} ms`)
    } finally {
      clearTimeout(timer)
    }
    if (clock.monotonic() - started < SHORT_WATCH_MS) throw this.#unanswered('Unreachable', 'it ended at once')
  }

  #take(event: WatchEvent<T>): void {
    const { resource, store } = this.#options
    if (event.type === 'ERROR') throw errorFromEvent({ verb: 'watch', resource: resource.plural }, event.object)
    if (!isOf(resource, event.object)) throw this.#unanswered('MalformedAnswer', 'an event is of another kind')
    const { resourceVersion } = event.object.metadata
    if (event.type === 'BOOKMARK') store.passed(resourceVersion)
    else {
      const kept = event.type === 'DELETED' ? undefined : this.#kept(event.object)
      if (kept === undefined) store.remove(keyOf(event.object.metadata), resourceVersion)
      else store.upsert(kept)
    }
    this.#resourceVersion = resourceVersion
    this.#outage.works('watch')
  }

  /** In a list that follows another nearly everything is as it was: that is not held twice until the last page has come. */
  #heldOrKept(item: T): T | undefined {
    const held = this.#options.store.get(keyOf(item.metadata))
    return held !== undefined && isSame(held, item) ? held : this.#kept(item)
  }

  /** What the store is to hold of an object. One that our own code cannot digest must not keep all others out. */
  #kept(object: T): T | undefined {
    const { select, transform, log, resource } = this.#options
    try {
      if (select?.(object) === false) return undefined
      const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { managedFields?: unknown }
      const slim = { ...object, metadata }
      return transform === undefined ? slim : transform(slim)
    } catch (err) {
      log.error(
        { err, resource: resource.plural, object: keyOf(object.metadata) },
        'an object cannot be read: left out',
      )
      return undefined
    }
  }

  #scope(signal: AbortSignal) {
    return { namespace: this.#options.namespace, fieldSelector: this.#fieldSelector, signal }
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
    this.#outage.failed(this.#doing, error)
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0
    const ms = Math.max(this.#backoff.next(), Math.min(asked, LONGEST_RETRY_AFTER_MS))
    // Rejects only when aborted, and then the loop ends by itself.
    await this.#options.clock.sleep(ms, { signal }).catch(() => undefined)
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

function isOf(resource: Resource, { kind, apiVersion }: KubeObject): boolean {
  return kind === resource.kind && apiVersion === apiVersionOf(resource)
}
