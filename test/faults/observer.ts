// What is under test, wired as the operator wires it: a client, a reflector that fills a store, a queue that the store feeds,
// and a controller that fulfils wishes. Everything it hears, does and complains of is kept for the judgement.
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import type { KubeConnection } from '../../src/kube/connection.ts'
import { KubeError } from '../../src/kube/errors.ts'
import { type KubeObject, keyOf, type Resource, refOf } from '../../src/kube/resource.ts'
import type { KubeCall } from '../../src/kube/transport.ts'
import { type Clock, systemClock } from '../../src/runtime/clock.ts'
import { Controller } from '../../src/runtime/controller.ts'
import type { Logger } from '../../src/runtime/log.ts'
import { WorkQueue } from '../../src/runtime/queue.ts'
import { Reflector } from '../../src/runtime/reflector.ts'
import { type Change, Store } from '../../src/runtime/store.ts'
import { HAVE, have, versionOf, want } from './resources.ts'

export interface ObserverOptions {
  readonly kubeconfig: string
  readonly resource: Resource
  readonly namespace: string
  /** Waits are so many times shorter: a second stands for as many. */
  readonly scale: number
  /** The API server ends each watch after so long. It does what it is asked; default: what the reflector asks. */
  readonly watchSeconds?: number | undefined
}

const WORKERS = 3
/** Writes, a list and a watch at a time; and a pool opens another before it has noticed that one is cut. */
export const MOST_CONNECTIONS = WORKERS + 5
/** Enough to see what is wrong; more would only fill the screen. */
const MOST_DIFFERENCES = 20
const RECONCILE_TIMEOUT_MS = 60_000
const fieldManager = 'certwright-faults-observer'

export class Observer implements AsyncDisposable {
  readonly store: Store<KubeObject>
  /** What was complained of and how often: `404 NotFound`, `0 Unreachable`. An outage of the watch is one complaint. */
  readonly complaints = new Map<string, number>()
  /** Bugs. */
  readonly problems: string[] = []
  readonly counts = { told: 0, lists: 0, watches: 0, writes: 0 }
  readonly #namespace: string
  /** What a handler believes that has only listened, by key. */
  readonly #told = new Map<string, string>()
  /** The version that the last reconcile of each key saw. */
  readonly #reconciled = new Map<string, string>()
  readonly #connection: KubeConnection
  readonly #client: KubeClient
  readonly #resource: Resource
  readonly #controller: Controller
  readonly #stop = new AbortController()
  readonly #running: Promise<void>

  /** Returns while the first list is on its way. */
  static async start(options: ObserverOptions): Promise<Observer> {
    const clock = systemClock({ scale: options.scale })
    const { kubeconfig } = options
    return new Observer(options, clock, await loadKubeConnection({ kubeconfig, monotonic: () => clock.monotonic() }))
  }

  private constructor(
    { resource, namespace, watchSeconds }: ObserverOptions,
    clock: Clock,
    connection: KubeConnection,
  ) {
    const log = this.#logger()
    this.#connection = connection
    this.#resource = resource
    this.#namespace = namespace
    this.#client = new KubeClient({
      connection,
      userAgent: 'certwright-faults/observer',
      observe: (call) => this.#count(call),
    })
    const client: Pick<KubeClient, 'list' | 'watch'> = {
      list: this.#client.list.bind(this.#client),
      watch: (asked, given) =>
        this.#client.watch(asked, { ...given, timeoutSeconds: watchSeconds ?? given.timeoutSeconds }),
    }
    this.store = new Store({ log })
    const queue = new WorkQueue({ clock })
    const realClock = systemClock()
    this.#controller = new Controller({
      name: 'observer',
      workers: WORKERS,
      queue,
      reconcile: async (key, { signal }) => this.#reconcile(key, signal),
      realClock,
      log,
      reconcileTimeoutMs: RECONCILE_TIMEOUT_MS,
    })
    this.store.onChange((change) => {
      this.#hear(change)
      queue.add(change.key)
    })
    const reflector = new Reflector({ client, resource, namespace, store: this.store, clock, log })
    this.#running = reflector.run({ signal: this.#stop.signal })
    this.#controller.start()
  }

  /** Is it known, and its wish fulfilled? */
  knows(name: string): boolean {
    const object = this.store.get(keyOf({ name, namespace: this.#namespace }))
    return object !== undefined && have(object) === want(object)
  }

  /** In words and bounded, where the store, what its handlers were told or what was reconciled is not this. None: all is well. */
  differences(truth: readonly KubeObject[]): string[] {
    const wanted = new Map(truth.map((object) => [keyOf(object.metadata), versionOf(object)]))
    const stored = new Map(this.store.list().map((object) => [keyOf(object.metadata), versionOf(object)]))
    return [
      ...differing('stored', stored, wanted),
      ...differing('told', this.#told, wanted),
      ...differing('reconciled', this.#reconciled, wanted),
      ...truth.filter((object) => have(object) !== want(object)).map(({ metadata }) => `unfulfilled: ${metadata.name}`),
      ...this.problems,
    ].slice(0, MOST_DIFFERENCES)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#controller.drain()
    this.#stop.abort(new Error('the test is over'))
    await this.#running
    await this.#connection.close()
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<object> {
    const seen = this.store.get(key)
    if (seen === undefined) {
      this.#reconciled.delete(key)
      return {}
    }
    this.#reconciled.set(key, versionOf(seen))
    const wish = want(seen)
    if (have(seen) === wish) return {}
    const { resourceVersion } = seen.metadata
    const patch = { metadata: { resourceVersion, annotations: { [HAVE]: wish } } }
    this.store.wrote(await this.#client.mergePatch(this.#resource, refOf(key), patch, { fieldManager, signal }))
    return {}
  }

  #hear({ key, previous, current }: Change<KubeObject>): void {
    this.counts.told++
    const before = previous === undefined ? undefined : versionOf(previous)
    if (this.#told.get(key) !== before) this.problems.push(`${key} was told with a gap`)
    if (current === undefined) this.#told.delete(key)
    else this.#told.set(key, versionOf(current))
  }

  #count({ verb }: KubeCall): void {
    if (verb === 'list') this.counts.lists++
    else if (verb === 'watch') this.counts.watches++
    else this.counts.writes++
  }

  #logger(): Logger {
    const warn: Logger['warn'] = ({ err }) => {
      if (!(err instanceof KubeError)) return
      const what = `${err.status} ${err.reason}`
      this.complaints.set(what, (this.complaints.get(what) ?? 0) + 1)
    }
    const error: Logger['error'] = ({ err }, message) => void this.problems.push(`${message}: ${err}`)
    const silent = (): void => undefined
    const logger: Logger = { debug: silent, info: silent, warn, error, fatal: error, child: () => logger }
    return logger
  }
}

function* differing(
  what: string,
  found: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): Iterable<string> {
  for (const key of new Set([...found.keys(), ...wanted.keys()])) {
    const [is, should] = [found.get(key), wanted.get(key)]
    if (is !== should) yield `${what}: ${key} is ${is ?? 'not there'}, should be ${should ?? 'gone'}`
  }
}
