// The verbs of the Kubernetes API for any resource: raw JSON both ways, so that nothing a newer server says is lost.
// Reads wait and ask again where the server says when; writes are sent once, whatever happens.
import { setTimeout as sleep } from 'node:timers/promises'
import { CredentialsReplaced } from './connection.ts'
import { type Asked, errorFromTransport, KubeError, unanswered } from './errors.ts'
import { pathOf, queryOf } from './path.ts'
import { apiVersionOf, type KubeObject, keyOf, type ObjectRef, type Resource } from './resource.ts'
import { type Exchange, Transport, type TransportOptions } from './transport.ts'
import { MalformedStream, type WatchEvent, watchEvents } from './watch-stream.ts'
import type { Draft, MergePatch, PartialObject } from './write.ts'

interface Abortable {
  readonly signal?: AbortSignal | undefined
}

/** Of one call. */
interface CallOptions extends Abortable {
  /** Per HTTP request, from its start to the end of its answer. Default: the client's. */
  readonly timeoutMs?: number | undefined
}

interface Selection {
  /** Absent: all namespaces, or a cluster-scoped resource. */
  readonly namespace?: string | undefined
  readonly fieldSelector?: string | undefined
  readonly labelSelector?: string | undefined
}

export interface ListOptions extends Selection, CallOptions {
  /** Items a page. */
  readonly limit?: number | undefined
  /** From the page before. */
  readonly continue?: string | undefined
  /** Absent: a consistent read. */
  readonly resourceVersion?: string | undefined
}

export interface WatchOptions extends Selection {
  readonly resourceVersion: string
  /** After this the server ends the watch. */
  readonly timeoutSeconds: number
  readonly signal: AbortSignal
}

export interface KubeList<T extends KubeObject> {
  readonly items: readonly T[]
  /** A watch from here misses nothing. */
  readonly resourceVersion: string
  /** There is another page. */
  readonly continue?: string
}

/** `status`, `scale`, or another that takes and gives the object itself. */
type Subresource = string

interface Write extends CallOptions {
  readonly fieldManager: string
}

/** etcd takes objects of at most 1.5 MiB by default, the API server of 3 MiB. */
const LONGEST_OBJECT_BYTES = 8 * 1024 * 1024
/** A whole list at once, which is asked for only where pages are too slow; more than this is better refused than held. */
const LONGEST_LIST_BYTES = 64 * 1024 * 1024
/** 250 usual objects are a few MiB. While it is read a page costs its size several times over, in a heap of 230 MiB. */
const LONGEST_PAGE_BYTES = 16 * 1024 * 1024
/** A read that is put off more often or for longer goes back to its caller's own back-off. */
const MOST_READ_RETRIES = 3
const LONGEST_RETRY_WAIT_MS = 10_000

export interface KubeClientOptions extends TransportOptions {
  /** How a read waits out `Retry-After`. */
  readonly sleep?: (ms: number, options: Abortable) => Promise<unknown>
}

export class KubeClient {
  readonly #transport: Transport
  readonly #sleep: NonNullable<KubeClientOptions['sleep']>

  constructor({ sleep = sleepUntilAborted, ...options }: KubeClientOptions) {
    this.#transport = new Transport(options)
    this.#sleep = sleep
  }

  async get<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    options: CallOptions & { readonly subresource?: Subresource } = {},
  ): Promise<T> {
    const { subresource, signal, timeoutMs } = options
    const asked = { verb: 'get', resource: withSubresource(resource, subresource), object: keyOf(ref) } as const
    const path = pathOf(resource, { ...ref, subresource })
    const longestAnswer = LONGEST_OBJECT_BYTES
    return objectIn(asked, await this.#read({ asked, method: 'GET', path, longestAnswer, signal, timeoutMs }))
  }

  /** One page. Items get the `apiVersion` and `kind` that built-in kinds leave out in lists. */
  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<KubeList<T>> {
    const { namespace, signal, timeoutMs, ...parameters } = options
    const asked = { verb: 'list', resource: resource.plural, object: namespace } as const
    const path = pathOf(resource, { namespace }) + queryOf(parameters)
    const longestAnswer = parameters.limit === undefined ? LONGEST_LIST_BYTES : LONGEST_PAGE_BYTES
    const answer = (await this.#read({ asked, method: 'GET', path, longestAnswer, signal, timeoutMs })) as {
      readonly apiVersion?: string
      readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown }
      readonly items?: unknown
    } | null
    const resourceVersion = answer?.metadata?.resourceVersion
    if (!Array.isArray(answer?.items) || typeof resourceVersion !== 'string') {
      throw unanswered(asked, 'MalformedAnswer', 'the answer is not a list')
    }
    const type = { apiVersion: answer.apiVersion, kind: resource.kind }
    const items = answer.items.map((item: unknown): T => ({ ...type, ...objectIn<T>(asked, item) }))
    const next = answer.metadata?.continue
    return { items, resourceVersion, ...(typeof next === 'string' && next !== '' && { continue: next }) }
  }

  /**
   * Events as they come, until the server ends the watch, or we do because its connection stands for credentials that have
   * been replaced. Bookmarks are asked for. An ERROR event is handed on, see `errorFromEvent`. Leaving the loop or aborting
   * ends the connection.
   * @throws KubeError, or the signal's reason.
   */
  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>, void, void> {
    const { namespace, signal, ...parameters } = options
    const asked = { verb: 'watch', resource: resource.plural, object: namespace } as const
    const path = pathOf(resource, { namespace }) + queryOf({ watch: true, allowWatchBookmarks: true, ...parameters })
    const exchange = { asked, method: 'GET', path, longestAnswer: LONGEST_OBJECT_BYTES, signal } as const
    const bytes = await this.#transport.open(exchange)
    try {
      yield* watchEvents<T>(bytes)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (error instanceof CredentialsReplaced) return
      if (error instanceof MalformedStream) throw unanswered(asked, 'MalformedAnswer', error.message)
      throw errorFromTransport(asked, error)
    }
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: Draft<T>, options: Write): Promise<T> {
    const { namespace } = object.metadata
    const asked = { verb: 'create', resource: resource.plural, object: keyOf(object.metadata) } as const
    const path = pathOf(resource, { namespace }) + queryOf({ fieldManager: options.fieldManager })
    const contentType = 'application/json'
    return this.#write({ asked, method: 'POST', path, contentType, body: typed(resource, object) }, options)
  }

  /**
   * RFC 7396: what is absent stays, `null` removes, lists are replaced whole. `metadata.resourceVersion` in the patch
   * makes it a precondition: anything newer answers Conflict.
   */
  async mergePatch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    patch: MergePatch<T>,
    options: Write & { readonly subresource?: Subresource },
  ): Promise<T> {
    const { subresource, fieldManager } = options
    const asked = { verb: 'patch', resource: withSubresource(resource, subresource), object: keyOf(ref) } as const
    const path = pathOf(resource, { ...ref, subresource }) + queryOf({ fieldManager })
    const contentType = 'application/merge-patch+json'
    return this.#write({ asked, method: 'PATCH', path, contentType, body: patch }, options)
  }

  /** Server-side apply: `object` holds what this field manager wants to own, and nothing else. */
  async apply<T extends KubeObject>(
    resource: Resource<T>,
    object: PartialObject<T>,
    options: Write & { readonly subresource?: Subresource; readonly force?: boolean },
  ): Promise<T> {
    const { subresource, fieldManager, force } = options
    const ref = object.metadata
    const asked = { verb: 'apply', resource: withSubresource(resource, subresource), object: keyOf(ref) } as const
    const path = pathOf(resource, { ...ref, subresource }) + queryOf({ fieldManager, force })
    // JSON is YAML; the API server of today takes no JSON type for an apply.
    const contentType = 'application/apply-patch+yaml'
    return this.#write({ asked, method: 'PATCH', path, contentType, body: typed(resource, object) }, options)
  }

  /** Resolves when the API server has taken the deletion on; finalizers may keep the object for longer. */
  async delete(
    resource: Resource,
    ref: ObjectRef,
    options: CallOptions & {
      readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
    } = {},
  ): Promise<void> {
    const { preconditions, signal, timeoutMs } = options
    await this.#transport.exchange({
      asked: { verb: 'delete', resource: resource.plural, object: keyOf(ref) },
      method: 'DELETE',
      path: pathOf(resource, ref),
      contentType: 'application/json',
      body: { apiVersion: 'v1', kind: 'DeleteOptions', ...(preconditions && { preconditions }) },
      longestAnswer: LONGEST_OBJECT_BYTES,
      signal,
      timeoutMs,
    })
  }

  async #read(exchange: Exchange): Promise<unknown> {
    for (let retries = 0; ; retries++) {
      try {
        return await this.#transport.exchange(exchange)
      } catch (error) {
        const waitMs = retries < MOST_READ_RETRIES ? retryAfter(error) : undefined
        if (waitMs === undefined) throw error
        await this.#sleep(waitMs, { signal: exchange.signal })
      }
    }
  }

  async #write<T extends KubeObject>(
    what: Pick<Exchange, 'asked' | 'method' | 'path' | 'contentType' | 'body'>,
    { signal, timeoutMs }: CallOptions,
  ): Promise<T> {
    const exchange = { ...what, longestAnswer: LONGEST_OBJECT_BYTES, signal, timeoutMs }
    return objectIn(what.asked, await this.#transport.exchange(exchange))
  }
}

async function sleepUntilAborted(ms: number, { signal }: Abortable): Promise<void> {
  await sleep(ms, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
}

/** How long the API server asks us to wait before the same read, or undefined where it does not, or asks too much. */
function retryAfter(error: unknown): number | undefined {
  if (!(error instanceof KubeError) || error.retryAfterMs === undefined) return undefined
  if (error.status !== 429 && error.status < 500) return undefined
  return error.retryAfterMs <= LONGEST_RETRY_WAIT_MS ? error.retryAfterMs : undefined
}

function objectIn<T extends KubeObject>(asked: Asked, answer: unknown): T {
  const object = answer as Partial<T> | null
  if (typeof object?.metadata?.name === 'string' && typeof object.metadata.resourceVersion === 'string') {
    return object as T
  }
  throw unanswered(asked, 'MalformedAnswer', 'the answer is not an object')
}

function typed<O extends object>(resource: Resource, object: O): O & { apiVersion: string; kind: string } {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind }
}

function withSubresource(resource: Resource, subresource: string | undefined): string {
  return subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`
}
