// A reflector over the fake API server, its store, what the store told, and a clock that moves only when told.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import type { KubeConnection } from '../../src/kube/connection.ts'
import { Reflector, type ReflectorOptions } from '../../src/runtime/reflector.ts'
import { Store } from '../../src/runtime/store.ts'
import { CONFIG_MAPS, type ConfigMap } from './config-maps.ts'
import { eventually } from './eventually.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeKubeApi, type SeenRequest } from './fake-kube-api.ts'

export const COLLECTION = '/api/v1/namespaces/ns/configmaps'

export const isWatch = ({ query }: SeenRequest): boolean => query.has('watch')
/** A page of a full list; the short look of a reflector in doubt is none. */
export const isList = (request: SeenRequest): boolean => !isWatch(request) && request.query.get('limit') !== '1'

export class Reflecting {
  readonly api: FakeKubeApi
  readonly clock = new FakeClock()
  readonly store: Store<ConfigMap>
  /** `+a`, `~a`, `-a`: what the store told of the object `a`. */
  readonly told: string[] = []
  readonly lines: string[] = []
  readonly stop = new AbortController()
  running: Promise<void> = Promise.resolve()
  synced: Promise<void> = Promise.resolve()
  readonly #connection: KubeConnection
  readonly #folder: string

  private constructor(api: FakeKubeApi, connection: KubeConnection, folder: string) {
    this.api = api
    this.#connection = connection
    this.#folder = folder
    this.store = new Store<ConfigMap>({ log: { error: (_fields, message) => this.lines.push(message) } })
    this.store.onChange(({ key, previous, current }) => {
      this.told.push(`${previous === undefined ? '+' : current === undefined ? '-' : '~'}${key.slice('ns/'.length)}`)
    })
  }

  static async open(): Promise<Reflecting> {
    const api = await FakeKubeApi.start({ kinds: { configmaps: 'ConfigMap' } })
    const folder = await mkdtemp(join(tmpdir(), 'reflector-'))
    await writeFile(join(folder, 'config'), api.kubeconfig())
    return new Reflecting(api, await loadKubeConnection({ kubeconfig: join(folder, 'config') }), folder)
  }

  async close(): Promise<void> {
    this.stop.abort()
    await this.running
    await this.api.close()
    await this.#connection.close()
    await rm(this.#folder, { recursive: true })
  }

  start(options: Partial<ReflectorOptions<ConfigMap>> = {}): void {
    const say = (_fields: unknown, message: string): void => void this.lines.push(message)
    const reflector = new Reflector<ConfigMap>({
      client: new KubeClient({ connection: this.#connection, userAgent: 'certwright/test' }),
      resource: CONFIG_MAPS,
      namespace: 'ns',
      store: this.store,
      clock: this.clock,
      random: () => 0,
      log: { info: say, warn: say, error: say },
      ...options,
    })
    this.running = reflector.run(this.stop)
    this.synced = reflector.synced
  }

  put(name: string, content = {}) {
    return this.api.objects.put(COLLECTION, name, content)
  }

  delete(name: string): void {
    this.api.objects.delete(COLLECTION, name)
  }

  names(): string[] {
    return this.store.list().map(({ metadata }) => metadata.name)
  }

  lists(): number {
    return this.api.requests.filter(isList).length
  }

  /** Waits until the `count`th watch is open. */
  watching(count = 1): Promise<void> {
    return eventually(() => ({
      asked: this.api.requests.filter(isWatch).length,
      open: this.api.watches,
    })).toEqual({ asked: count, open: 1 })
  }

  /** Where the last watch began. */
  place(): string | null | undefined {
    return this.api.requests.filter(isWatch).at(-1)?.query.get('resourceVersion')
  }

  /** Waits until the reflector waits, and lets it go on; checks that it waits exactly as long as it should. */
  async retryAfter(ms: number): Promise<void> {
    await eventually(() => this.clock.pending).toBe(1)
    await this.clock.advance(ms - 1)
    expect(this.clock.pending).toBe(1)
    await this.clock.advance(1)
    expect(this.clock.pending).toBe(0)
  }
}
