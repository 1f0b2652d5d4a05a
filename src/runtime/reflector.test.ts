import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CONFIG_MAPS, type ConfigMap } from '../../test/support/config-maps.ts'
import { eventually } from '../../test/support/eventually.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { FakeKubeApi, type SeenRequest } from '../../test/support/fake-kube-api.ts'
import { KubeClient } from '../kube/client.ts'
import { loadKubeConnection } from '../kube/config.ts'
import type { KubeConnection } from '../kube/connection.ts'
import { Reflector, type ReflectorOptions } from './reflector.ts'
import { Store } from './store.ts'

const COLLECTION = '/api/v1/namespaces/ns/configmaps'
const isWatch = ({ query }: SeenRequest) => query.has('watch')
const isList = (request: SeenRequest) => !isWatch(request)

let api: FakeKubeApi
let connection: KubeConnection
let folder: string
let clock: FakeClock
let store: Store<ConfigMap>
let told: string[]
let lines: string[]
let stop: AbortController
let running: Promise<void>
let synced: Promise<void>

beforeEach(async () => {
  api = await FakeKubeApi.start({ kinds: { configmaps: 'ConfigMap' } })
  folder = await mkdtemp(join(tmpdir(), 'reflector-'))
  await writeFile(join(folder, 'config'), api.kubeconfig())
  connection = await loadKubeConnection({ kubeconfig: join(folder, 'config') })
  clock = new FakeClock()
  store = new Store<ConfigMap>({ log: { error: (_fields, message) => lines.push(message) } })
  told = []
  lines = []
  stop = new AbortController()
  running = Promise.resolve()
  store.onChange(({ key, previous, current }) => {
    told.push(`${previous === undefined ? '+' : current === undefined ? '-' : '~'}${key.slice('ns/'.length)}`)
  })
})

afterEach(async () => {
  stop.abort()
  await running
  await api.close()
  await connection.close()
  await rm(folder, { recursive: true })
})

function start(options: Partial<ReflectorOptions<ConfigMap>> = {}): void {
  const reflector = new Reflector<ConfigMap>({
    client: new KubeClient({ connection, userAgent: 'certwright/test' }),
    resource: CONFIG_MAPS,
    namespace: 'ns',
    store,
    clock,
    random: () => 0,
    log: { info: (_fields, message) => lines.push(message), warn: (_fields, message) => lines.push(message) },
    ...options,
  })
  running = reflector.run(stop)
  synced = reflector.synced
}

const put = (name: string, content = {}) => api.objects.put(COLLECTION, name, content)
const names = () => store.list().map(({ metadata }) => metadata.name)
/** Waits until the `count`th watch is open. */
const watching = (count = 1) =>
  expect
    .poll(() => ({ asked: api.requests.filter(isWatch).length, open: api.watches }))
    .toEqual({ asked: count, open: 1 })
const lastWatch = () => api.requests.filter(isWatch).at(-1)?.query.get('resourceVersion')

/** Waits until the reflector waits, and lets it go on; checks that it waited no longer than it should. */
async function retryAfter(ms: number): Promise<void> {
  await eventually(() => clock.pending).toBe(1)
  await clock.advance(ms - 1)
  expect(clock.pending).toBe(1)
  await clock.advance(1)
  expect(clock.pending).toBe(0)
}

describe('a list and a watch', () => {
  it('fill the store and follow every change', async () => {
    put('a')
    start()
    await synced
    expect(store.synced).toBe(true)
    await watching()
    put('b')
    put('a', { data: { k: 'v' } })
    api.objects.delete(COLLECTION, 'b')
    await eventually(() => told).toEqual(['+a', '+b', '~a', '-b'])
    expect(store.get('ns/a')).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { k: 'v' } })
  })

  it('are consistent, in pages, and ask the server to end the watch after 5 to 10 minutes', async () => {
    for (let number = 0; number < 251; number++) put(`c${number}`)
    start({ random: () => 0.999 })
    await watching()
    expect(store.size).toBe(251)
    const lists = api.requests.filter(isList).map(({ query }) => Object.fromEntries(query))
    expect(lists).toEqual([{ limit: '250' }, { limit: '250', continue: '250' }])
    expect(api.requests.at(-1)?.query.get('timeoutSeconds')).toBe('599')
  })

  it('keep objects small', async () => {
    put('a', { data: { k: 'v' } })
    start({ transform: ({ data: _, ...rest }) => rest })
    await watching()
    put('b', { data: { k: 'v' } })
    await eventually(names).toEqual(['a', 'b'])
    for (const one of store.list()) {
      expect(one).not.toHaveProperty('data')
      expect(one.metadata).not.toHaveProperty('managedFields')
    }
  })

  it('remove what stops being selected', async () => {
    start({ select: ({ data }) => data?.['mine'] === 'yes' })
    put('a', { data: { mine: 'yes' } })
    put('b', { data: { mine: 'no' } })
    await watching()
    put('c', { data: { mine: 'yes' } })
    put('a', { data: { mine: 'no' } })
    await eventually(() => told).toEqual(['+a', '+c', '-a'])
  })

  it('do without a field selector that the server refuses', async () => {
    put('a', { data: { mine: 'yes' } })
    put('b')
    api.failNext(isList, { status: 400, reason: 'BadRequest', message: 'field label not supported: spec.x' })
    start({ fieldSelector: 'spec.x=y', select: ({ data }) => data?.['mine'] === 'yes' })
    await watching()
    expect(names()).toEqual(['a'])
    const selectors = api.requests.map(({ query }) => query.get('fieldSelector'))
    expect(selectors).toEqual(['spec.x=y', null, null])
    expect(lines).toEqual(['the API server does not know the field selector: selecting here'])
  })
})

describe('a watch that ends', () => {
  it('goes on from the last event or bookmark, at once if it lasted', async () => {
    start()
    await watching()
    const { metadata } = put('a')
    await eventually(names).toEqual(['a'])
    await clock.advance(1000)
    api.endWatches()
    await watching(2)
    expect(lastWatch()).toBe(metadata.resourceVersion)
    api.sendBookmark('ConfigMap', '5000')
    await clock.advance(1000)
    // The bookmark is on its way before the end is.
    api.endWatches()
    await watching(3)
    expect(lastWatch()).toBe('5000')
    expect(api.requests.filter(isList)).toHaveLength(1)
    expect(lines).toEqual([])
  })

  it('at once, is not asked for again in a hot loop', async () => {
    start()
    await watching()
    api.endWatches()
    await retryAfter(800)
    await watching(2)
    api.endWatches()
    await retryAfter(1600)
    await watching(3)
    expect(lines).toEqual(['watch of configmaps failed, trying again'])
  })

  it('without a word for minutes, not even a bookmark, stood nowhere: a list follows', async () => {
    put('a')
    start()
    await watching()
    await clock.advance(179_999)
    api.endWatches()
    await watching(2)
    expect(api.requests.filter(isList)).toHaveLength(1)
    await clock.advance(180_000)
    api.endWatches()
    await watching(3)
    expect(api.requests.filter(isList)).toHaveLength(2)
    expect(told).toEqual(['+a'])
  })

  it.each<[string, () => void]>([
    ['reset', () => api.resetWatches()],
    ['ended by an error event', () => api.sendRaw('{"type":"ERROR","object":{"kind":"Status","code":500}}\n')],
  ])('%s, goes on where it was, without a list', async (_what, fault) => {
    start()
    await watching()
    put('a')
    await eventually(names).toEqual(['a'])
    const place = api.objects.resourceVersion
    fault()
    await retryAfter(800)
    await watching(2)
    expect(lastWatch()).toBe(place)
    expect(api.requests.filter(isList)).toHaveLength(1)
  })

  it('because the server is silent beyond its own time-out, is ended here', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const ends: AbortSignal[] = []
      const client = {
        list: async () => ({ items: [], resourceVersion: '1' }),
        async *watch(_resource: unknown, { signal }: { readonly signal: AbortSignal }) {
          ends.push(signal)
          await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        },
      }
      start({ client })
      await vi.advanceTimersByTimeAsync(0)
      expect(ends).toHaveLength(1)
      await vi.advanceTimersByTimeAsync(309_999)
      expect(ends[0]?.aborted).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect(ends[0]?.aborted).toBe(true)
    } finally {
      vi.useRealTimers()
    }
    await retryAfter(800)
    expect(lines).toEqual(['watch of configmaps failed, trying again'])
  })
})

describe('a place that is gone', () => {
  it.each<[string, () => void]>([
    [
      'as an error event',
      () => api.sendRaw('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n'),
    ],
    [
      'as a status',
      () => {
        api.objects.compact()
        api.resetWatches()
      },
    ],
    ['as unreadable bytes', () => api.sendRaw('{"type":"ADDED",\n')],
    ['as an event of another kind', () => api.sendBookmark('Secret', '1')],
  ])('%s, leads to a list, which finds what was missed', async (_what, fault) => {
    put('a')
    put('b')
    start()
    await watching()
    fault()
    await eventually(() => clock.pending).toBe(1)
    api.objects.delete(COLLECTION, 'a')
    put('c')
    api.objects.compact()
    // One pause after the fault; one more where only the next watch finds the place gone.
    await eventually(async () => {
      await clock.advance(30_000)
      return names()
    }).toEqual(['b', 'c'])
    expect(told).toEqual(['+a', '+b', '+c', '-a'])
    expect(api.requests.filter(isList)).toHaveLength(2)
  })
})

describe('a server in trouble', () => {
  it('is asked less and less often, and complained of once', async () => {
    const down = { status: 500 }
    // The client itself asks once more after a reset.
    api.failNext(isList, down, down, down, 'reset', 'reset')
    put('a')
    start()
    for (const ms of [800, 1600, 3200, 6400]) await retryAfter(ms)
    await synced
    expect(names()).toEqual(['a'])
    expect(lines).toEqual([
      'list of configmaps failed, trying again',
      'list of configmaps failed, trying again',
      'list of configmaps works again',
    ])
  })

  it('is given the time it asks for', async () => {
    start()
    await watching()
    api.failNext(isWatch, { status: 429, headers: { 'retry-after': '20' } })
    api.resetWatches()
    await retryAfter(800)
    await retryAfter(20_000)
    await watching(3)
    expect(api.requests.filter(isList)).toHaveLength(1)
  })

  it('may not know the resource yet', async () => {
    const unknown = { ...CONFIG_MAPS, plural: 'widgets', kind: 'Widget' }
    start({ resource: unknown })
    await retryAfter(800)
    await retryAfter(1600)
    expect(store.synced).toBe(false)
    expect(lines).toEqual(['list of widgets failed, trying again'])
  })

  it('does not stop a stop', async () => {
    api.failNext(isList, 'hang')
    start()
    await eventually(() => api.requests).toHaveLength(1)
    stop.abort(new Error('shutting down'))
    await running
    await expect(synced).rejects.toThrow('shutting down')
    expect(api.watches).toBe(0)
  })
})
