// A reflector over the fake API server, its store, what the store told, and a clock that moves only when told.
import { expect } from 'vitest'
import { Reflector, type ReflectorOptions } from '../../src/runtime/reflector.ts'
import { Store } from '../../src/runtime/store.ts'
import { CONFIG_MAPS, type ConfigMap } from './config-maps.ts'
import { FakeClock } from './fake-clock.ts'
import type { FakeKubeApi, SeenRequest } from './fake-kube-api.ts'
import { COLLECTION } from './fake-kube-calls.ts'
import { type FakeClient, startFakeClient } from './fake-kube-client.ts'

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
  readonly #fake: FakeClient

  private constructor(fake: FakeClient) {
    this.api = fake.api
    this.#fake = fake
    this.store = new Store<ConfigMap>({ log: { error: (_fields, message) => this.lines.push(message) } })
    this.store.onChange(({ key, previous, current }) => {
      this.told.push(`${previous === undefined ? '+' : current === undefined ? '-' : '~'}${key.slice('ns/'.length)}`)
    })
  }

  static async open(): Promise<Reflecting> {
    return new Reflecting(await startFakeClient())
  }

  async close(): Promise<void> {
    this.stop.abort()
    await this.running
    await this.#fake[Symbol.asyncDispose]()
  }

  start(options: Partial<ReflectorOptions<ConfigMap>> = {}): void {
    const say = (_fields: unknown, message: string): void => void this.lines.push(message)
    const reflector = new Reflector<ConfigMap>({
      client: this.#fake.client,
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
    return expect
      .poll(() => ({
        asked: this.api.requests.filter(isWatch).length,
        open: this.api.watches,
      }))
      .toEqual({ asked: count, open: 1 })
  }

  /** Where the last watch began. */
  place(): string | null | undefined {
    return this.api.requests.filter(isWatch).at(-1)?.query.get('resourceVersion')
  }

  /** Waits until the reflector waits, and lets it go on; checks that it waits exactly as long as it should. */
  async retryAfter(ms: number): Promise<void> {
    await expect.poll(() => this.clock.pending).toBe(1)
    await this.clock.advance(ms - 1)
    expect(this.clock.pending).toBe(1)
    await this.clock.advance(1)
    expect(this.clock.pending).toBe(0)
  }
}
