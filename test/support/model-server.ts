// An API server as a model: objects under one revision, a log of events that can be compacted, lists in small pages as of one
// revision, watches from any. No network: for thousands of histories with faults in a second.
import type { KubeClient, ListOptions, WatchOptions } from '../../src/kube/client.ts'
import { KubeError } from '../../src/kube/errors.ts'
import type { WatchEvent } from '../../src/kube/watch-stream.ts'
import type { Clock } from '../../src/runtime/clock.ts'
import type { ConfigMap } from './config-maps.ts'

interface Logged {
  readonly revision: number
  readonly event: WatchEvent<ConfigMap>
}

interface OpenWatch {
  readonly from: number
  /** In the order of arrival; `end` closes the stream after what came before it. */
  readonly queue: (WatchEvent<ConfigMap> | KubeError | 'end')[]
  wake: () => void
}

const PAGE_ITEMS = 2
/** How long an answer and an event are on their way, so that things happen between them. */
const ANSWER_MS = 500
const EVENT_MS = 40

export const LOST = new KubeError({ status: 0, reason: 'Unreachable', message: 'lost', answered: false })
export const DOWN = new KubeError({ status: 503, reason: 'ServiceUnavailable', message: 'down', answered: true })
const EXPIRED = new KubeError({ status: 410, reason: 'Expired', message: 'too old', answered: true })

export class ModelServer {
  readonly objects = new Map<string, ConfigMap>()
  /** How the next calls fail. */
  readonly faults: KubeError[] = []
  /** How far one change moves the revision: many things change that are not watched. */
  stride = 1
  readonly #clock: Clock
  readonly #watches = new Set<OpenWatch>()
  #log: Logged[] = []
  #revision = 1
  #oldest = 1
  #uids = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get client(): Pick<KubeClient, 'list' | 'watch'> {
    return {
      list: (_resource, options = {}) => this.#list(options),
      watch: (_resource, options) => this.#watch(options),
    } as Pick<KubeClient, 'list' | 'watch'>
  }

  /** Creates or changes an object and gives it as it is answered to whoever wrote it. */
  put(name: string): ConfigMap {
    const before = this.objects.get(name)
    const uid = before?.metadata.uid ?? `uid-${++this.#uids}`
    const resourceVersion = String(this.#next())
    const creationTimestamp = '2026-01-01T00:00:00Z'
    const metadata = { name, namespace: 'ns', uid, resourceVersion, creationTimestamp }
    const object: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata }
    this.objects.set(name, object)
    this.#record({ type: before === undefined ? 'ADDED' : 'MODIFIED', object })
    return object
  }

  delete(name: string): void {
    const gone = this.objects.get(name)
    if (gone === undefined) return
    this.objects.delete(name)
    const metadata = { ...gone.metadata, resourceVersion: String(this.#next()) }
    this.#record({ type: 'DELETED', object: { ...gone, metadata } })
  }

  /** Something that is not watched changes. */
  tick(): void {
    this.#next()
  }

  compact(): void {
    this.#oldest = this.#revision
  }

  /** Everything is again as it was `changes` ago; meanwhile the server is away. */
  restore(changes: number): void {
    const to = Math.max(1, this.#revision - changes * this.stride)
    this.#oldest = Math.min(this.#oldest, to)
    for (const { revision, event } of this.#log.toReversed()) {
      if (revision <= to || event.type === 'ERROR') continue
      const { name } = event.object.metadata
      const before = this.#log.findLast((other) => other.revision < revision && nameOf(other) === name)
      if (before === undefined || before.event.type === 'DELETED') this.objects.delete(name)
      else if (before.event.type !== 'ERROR') this.objects.set(name, before.event.object as ConfigMap)
    }
    this.#log = this.#log.filter(({ revision }) => revision <= to)
    this.#revision = to
    this.faults.push(LOST)
    this.endWatches(LOST)
  }

  endWatches(how: KubeError | 'end'): void {
    for (const watch of this.#watches) push(watch, how)
  }

  /** With a compaction, and as an ERROR event in the stream. */
  expireWatches(): void {
    this.compact()
    const object = { kind: 'Status', code: 410, reason: 'Expired' }
    for (const watch of this.#watches) push(watch, { type: 'ERROR', object })
  }

  bookmark(): void {
    const metadata = { resourceVersion: String(this.#revision) } as ConfigMap['metadata']
    const event = { type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata } } as const
    for (const watch of this.#watches) if (this.#revision >= watch.from) push(watch, event)
  }

  /** The last event comes a second time. */
  repeat(): void {
    const last = this.#log.at(-1)
    if (last !== undefined) for (const watch of this.#watches) if (last.revision > watch.from) push(watch, last.event)
  }

  async #list({ limit, continue: next, signal }: ListOptions) {
    await this.#arrive(signal ?? undefined)
    // A page is cut from the state of its token's revision, which the names after the last one are enough to find.
    const { revision, items } = next === undefined ? this.#snapshot() : (JSON.parse(next) as Snapshot)
    if (next !== undefined && revision < this.#oldest) throw EXPIRED
    const page = limit === undefined ? items : items.slice(0, PAGE_ITEMS)
    const rest = items.slice(page.length)
    const more = rest.length > 0 && { continue: JSON.stringify({ revision, items: rest }) }
    return { items: page, resourceVersion: String(revision), ...more }
  }

  #snapshot(): Snapshot {
    return { revision: this.#revision, items: [...this.objects.values()] }
  }

  async *#watch({ resourceVersion, signal }: WatchOptions): AsyncGenerator<WatchEvent<ConfigMap>, void, void> {
    await this.#arrive(signal)
    const from = Number(resourceVersion)
    if (from < this.#oldest) throw EXPIRED
    const missed = this.#log.filter(({ revision }) => revision > from).map(({ event }) => event)
    const watch: OpenWatch = { from, queue: missed, wake: () => undefined }
    const wake = (): void => watch.wake()
    signal.addEventListener('abort', wake)
    this.#watches.add(watch)
    try {
      for (;;) {
        signal.throwIfAborted()
        const next = watch.queue.shift()
        if (next === undefined) {
          await new Promise<void>((resolve) => {
            watch.wake = resolve
          })
          continue
        }
        await this.#clock.sleep(EVENT_MS, { signal })
        if (next === 'end') return
        if (next instanceof KubeError) throw next
        yield next
      }
    } finally {
      this.#watches.delete(watch)
      signal.removeEventListener('abort', wake)
    }
  }

  async #arrive(signal: AbortSignal | undefined): Promise<void> {
    await this.#clock.sleep(ANSWER_MS, signal === undefined ? {} : { signal })
    const fault = this.faults.shift()
    if (fault !== undefined) throw fault
  }

  #next(): number {
    this.#revision += this.stride
    return this.#revision
  }

  #record(event: WatchEvent<ConfigMap>): void {
    this.#log.push({ revision: this.#revision, event })
    for (const watch of this.#watches) if (this.#revision > watch.from) push(watch, event)
  }
}

interface Snapshot {
  readonly revision: number
  readonly items: readonly ConfigMap[]
}

function push(watch: OpenWatch, what: OpenWatch['queue'][number]): void {
  watch.queue.push(what)
  watch.wake()
}

function nameOf({ event }: Logged): string | undefined {
  return event.type === 'ERROR' ? undefined : event.object.metadata.name
}
