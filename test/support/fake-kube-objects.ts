// What the fake API server holds: objects by collection, one resourceVersion for all, and the events since the beginning.
import type { Fault } from './fake-kube-api.ts'

export type Json = { readonly [name: string]: unknown }

interface FakeObject extends Json {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Json & { readonly name: string; readonly uid: string; readonly resourceVersion: string }
}

interface LoggedEvent {
  readonly collection: string
  readonly resourceVersion: number
  readonly event: Json
}

interface Operation {
  readonly method: string
  readonly collection: string
  readonly plural: string
  readonly name: string | undefined
  readonly query: URLSearchParams
  readonly body: string
  readonly uid: string
}

export type Answer = { readonly status: number; readonly object: Json } | { readonly fault: Exclude<Fault, string> }

export class FakeObjects {
  readonly #kinds: Readonly<Record<string, string>>
  readonly #tell: (collection: string, event: Json, resourceVersion: number) => void
  readonly #collections = new Map<string, Map<string, FakeObject>>()
  readonly #events: LoggedEvent[] = []
  #resourceVersion = 100
  #oldest = 0

  constructor(
    kinds: Readonly<Record<string, string>>,
    tell: (collection: string, event: Json, resourceVersion: number) => void,
  ) {
    this.#kinds = kinds
    this.#tell = tell
  }

  get resourceVersion(): string {
    return String(this.#resourceVersion)
  }

  knows(plural: string): boolean {
    return this.#kinds[plural] !== undefined
  }

  /** Creates or replaces `/api/v1/namespaces/ns/configmaps`, `a`, as another client would. */
  put(collection: string, name: string, content: Json = {}): FakeObject {
    const before = this.#of(collection).get(name)
    const [, group, namespace, plural = ''] = /^(.*?)(?:\/namespaces\/([^/]+))?\/([a-z]+)$/.exec(collection) ?? []
    const object: FakeObject = {
      ...before,
      ...content,
      apiVersion: (group ?? '').replace(/^\/apis?\//, ''),
      kind: this.#kinds[plural] ?? '',
      metadata: {
        creationTimestamp: '2026-01-01T00:00:00Z',
        uid: `uid-of-${name}-${this.#resourceVersion}`,
        managedFields: [{ manager: 'someone' }],
        ...before?.metadata,
        ...(content['metadata'] as Json | undefined),
        name,
        ...(namespace !== undefined && { namespace }),
        resourceVersion: String(++this.#resourceVersion),
      },
    }
    this.#of(collection).set(name, object)
    this.#record(collection, before === undefined ? 'ADDED' : 'MODIFIED', object)
    return object
  }

  delete(collection: string, name: string): FakeObject | undefined {
    const gone = this.#of(collection).get(name)
    if (gone === undefined) return undefined
    this.#of(collection).delete(name)
    const metadata = { ...gone.metadata, resourceVersion: String(++this.#resourceVersion) }
    this.#record(collection, 'DELETED', { ...gone, metadata })
    return gone
  }

  /** Forgets all events until now: watches from before answer 410. */
  compact(): void {
    this.#oldest = this.#resourceVersion
  }

  /** As from a backup of etcd: all is again as it was at `resourceVersion`, which is where versions go on from. */
  restore(resourceVersion: string): void {
    this.#resourceVersion = Number(resourceVersion)
    const kept = this.#events.filter((logged) => logged.resourceVersion <= this.#resourceVersion)
    this.#events.splice(0, this.#events.length, ...kept)
    this.#collections.clear()
    for (const { collection, event } of kept) {
      const object = event['object'] as FakeObject
      if (event['type'] === 'DELETED') this.#of(collection).delete(object.metadata.name)
      else this.#of(collection).set(object.metadata.name, object)
    }
  }

  since(collection: string, resourceVersion: string): readonly Json[] | 'expired' {
    const from = Number(resourceVersion)
    if (from < this.#oldest) return 'expired'
    return this.#events
      .filter((logged) => logged.collection === collection && logged.resourceVersion > from)
      .map(({ event }) => event)
  }

  answer(operation: Operation): Answer {
    const { method, collection, name, body, uid } = operation
    const sent = (body === '' ? {} : JSON.parse(body)) as Json & { readonly metadata?: Json }
    if (method === 'GET' && name === undefined) return { status: 200, object: this.#page(operation) }
    if (method === 'POST') {
      const created = String(sent.metadata?.['name'])
      if (this.#of(collection).has(created)) return refused(409, 'AlreadyExists', `"${created}" already exists`)
      const { metadata } = sent
      return { status: 201, object: this.put(collection, created, { ...sent, metadata: { ...metadata, uid } }) }
    }
    const before = this.#of(collection).get(name ?? '')
    if (before === undefined || name === undefined) return refused(404, 'NotFound', `"${name}" not found`)
    if (method === 'GET') return { status: 200, object: before }
    const expected = sent.metadata?.['resourceVersion']
    if (expected !== undefined && expected !== before.metadata.resourceVersion) {
      return refused(409, 'Conflict', `cannot be fulfilled on "${name}": the object has been modified`)
    }
    if (method === 'PATCH') return { status: 200, object: this.put(collection, name, sent) }
    this.delete(collection, name)
    return { status: 200, object: { kind: 'Status', status: 'Success' } }
  }

  /** Pages are cut from the state of now; built-in kinds leave `apiVersion` and `kind` out of items. */
  #page({ collection, plural, query }: Operation): Json {
    const all = [...this.#of(collection).values()].map(({ apiVersion: _a, kind: _k, ...item }) => item)
    const start = Number(query.get('continue') ?? 0)
    const end = start + Number(query.get('limit') ?? all.length)
    const metadata = { resourceVersion: this.resourceVersion, ...(end < all.length && { continue: String(end) }) }
    return { apiVersion: 'v1', kind: `${this.#kinds[plural]}List`, metadata, items: all.slice(start, end) }
  }

  #of(collection: string): Map<string, FakeObject> {
    const objects = this.#collections.get(collection) ?? new Map<string, FakeObject>()
    this.#collections.set(collection, objects)
    return objects
  }

  #record(collection: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: FakeObject): void {
    const event = { type, object }
    const resourceVersion = Number(object.metadata.resourceVersion)
    this.#events.push({ collection, resourceVersion, event })
    this.#tell(collection, event, resourceVersion)
  }
}

function refused(status: number, reason: string, message: string): Answer {
  return { fault: { status, reason, message } }
}
