// Client, reflector and store against the real API server: what the fake one only claims.
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KubeClient } from '../../src/kube/client.ts'
import { isAlreadyExists, isConflict, isNotFound, KubeError } from '../../src/kube/errors.ts'
import type { KubeObject, Resource } from '../../src/kube/resource.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { Reflector } from '../../src/runtime/reflector.ts'
import { Store } from '../../src/runtime/store.ts'
import { CONFIG_MAPS, type ConfigMap } from '../support/config-maps.ts'
import { type OwnNamespace, openNamespace } from '../support/own-namespace.ts'

const fieldManager = 'certwright-test'
const LOST = new KubeError({ status: 0, reason: 'Unreachable', message: 'cut by the test', answered: false })

let own: OwnNamespace
let client: KubeClient
let namespace: string

beforeEach(async () => {
  own = await openNamespace('kube')
  ;({ client, namespace } = own)
})

afterEach(() => own[Symbol.asyncDispose]())

const create = (name: string, data: Record<string, string> = {}) =>
  client.create(CONFIG_MAPS, { metadata: { name, namespace, labels: { made: 'here' } }, data }, { fieldManager })

const failure = (call: Promise<unknown>) => call.then(() => undefined).catch((error: unknown) => error)

describe('the client', () => {
  it('creates, gets and lists', async () => {
    const created = await create('a', { k: 'v' })
    expect(created).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { k: 'v' } })
    expect(await client.get(CONFIG_MAPS, { name: 'a', namespace })).toEqual(created)
    for (const name of ['b', 'c']) await create(name)
    const first = await client.list(CONFIG_MAPS, { namespace, limit: 2, labelSelector: 'made=here' })
    const second = await client.list(CONFIG_MAPS, {
      namespace,
      limit: 2,
      labelSelector: 'made=here',
      continue: first.continue,
    })
    expect([...first.items, ...second.items].map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['ConfigMap', 'a'],
      ['ConfigMap', 'b'],
      ['ConfigMap', 'c'],
    ])
    const one = await client.list(CONFIG_MAPS, { namespace, fieldSelector: 'metadata.name=b' })
    expect(one.items.map(({ metadata }) => metadata.name)).toEqual(['b'])
  })

  it('patches on a resourceVersion: what has changed since is a Conflict', async () => {
    const { metadata } = await create('a', { k: '1', gone: 'soon' })
    const ref = { name: 'a', namespace }
    const patch = { metadata: { resourceVersion: metadata.resourceVersion }, data: { k: '2', gone: null } }
    const patched = await client.mergePatch(CONFIG_MAPS, ref, patch, { fieldManager })
    expect(patched.data).toEqual({ k: '2' })
    expect(await failure(client.mergePatch(CONFIG_MAPS, ref, patch, { fieldManager }))).toSatisfy(isConflict)
  })

  it('applies what it owns', async () => {
    await create('a', { k: '1' })
    const mine = { metadata: { name: 'a', namespace }, data: { mine: 'yes' } }
    const applied = await client.apply(CONFIG_MAPS, mine, { fieldManager: 'another' })
    expect(applied.data).toEqual({ k: '1', mine: 'yes' })
    const theirs = { metadata: { name: 'a', namespace }, data: { k: '2' } }
    expect(await failure(client.apply(CONFIG_MAPS, theirs, { fieldManager: 'another' }))).toSatisfy(isConflict)
    const forced = await client.apply(CONFIG_MAPS, theirs, { fieldManager: 'another', force: true })
    expect(forced.data).toEqual({ k: '2' })
  })

  it('deletes only what it means to', async () => {
    const { metadata } = await create('a')
    const ref = { name: 'a', namespace }
    const other = { preconditions: { uid: randomUUID() } }
    expect(await failure(client.delete(CONFIG_MAPS, ref, other))).toSatisfy(isConflict)
    await client.delete(CONFIG_MAPS, ref, { preconditions: { uid: metadata.uid } })
    expect(await failure(client.get(CONFIG_MAPS, ref))).toSatisfy(isNotFound)
  })

  it('tells refusals apart', async () => {
    await create('a')
    expect(await failure(create('a'))).toSatisfy(isAlreadyExists)
    expect(await failure(create('NO NAME'))).toMatchObject({ status: 422, reason: 'Invalid', answered: true })
    expect(await failure(client.list(CONFIG_MAPS, { namespace, fieldSelector: 'data.k=v' }))).toMatchObject({
      status: 400,
    })
    expect(await failure(client.get(CONFIG_MAPS, { name: '..', namespace }))).toSatisfy(isNotFound)
  })
})

describe('the reflector', () => {
  interface Running {
    readonly store: Store<ConfigMap>
    readonly told: string[]
    readonly lists: object[]
    readonly watches: { readonly from: string; readonly cut: () => void }[]
    readonly stop: () => Promise<void>
  }

  function reflect(): Running {
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
    const store = new Store<ConfigMap>({ log, indexes: { byKey: ({ data }) => Object.keys(data ?? {}) } })
    const told: string[] = []
    store.onChange(({ previous, current }) => {
      const name = (current ?? previous)?.metadata.name
      if (name !== 'kube-root-ca.crt') told.push(`${previous ? (current ? '~' : '-') : '+'}${name}`)
    })
    const lists: object[] = []
    const watches: { from: string; cut: () => void }[] = []
    const end = new AbortController()
    const reflector = new Reflector<ConfigMap>({
      client: {
        list: (resource, options = {}) => {
          // A list of one is only a look at where the server stands.
          if (options.limit !== 1) lists.push(resource)
          return client.list(resource, options)
        },
        watch: <T extends KubeObject>(resource: Resource<T>, options: Parameters<KubeClient['watch']>[1]) => {
          const cut = new AbortController()
          watches.push({ from: options.resourceVersion, cut: () => cut.abort(LOST) })
          return client.watch(resource, { ...options, signal: AbortSignal.any([options.signal, cut.signal]) })
        },
      },
      resource: CONFIG_MAPS,
      namespace,
      store,
      clock: systemClock({ scale: 20 }),
      log,
    })
    const running = reflector.run(end)
    const stop = async (): Promise<void> => {
      end.abort()
      await running
    }
    return { store, told, lists, watches, stop }
  }

  it('follows creation, change and deletion, by key and index', async () => {
    await create('before', { x: '1' })
    const { store, told, stop } = reflect()
    await expect.poll(() => store.synced).toBe(true)
    await create('a', { y: '1' })
    await client.mergePatch(CONFIG_MAPS, { name: 'a', namespace }, { data: { z: '1' } }, { fieldManager })
    await client.delete(CONFIG_MAPS, { name: 'before', namespace })
    await expect.poll(() => told).toEqual(['+before', '+a', '~a', '-before'])
    expect(store.byIndex('byKey', 'z').map(({ metadata }) => metadata.name)).toEqual(['a'])
    expect(store.byIndex('byKey', 'x')).toEqual([])
    expect(store.get(`${namespace}/a`)?.metadata).not.toHaveProperty('managedFields')
    await stop()
  })

  it('counts our own write at once, and tells it once', async () => {
    const { store, told, stop } = reflect()
    await expect.poll(() => store.synced).toBe(true)
    store.wrote(await create('a', { k: '1' }))
    expect(store.get(`${namespace}/a`)?.data).toEqual({ k: '1' })
    await create('b')
    await expect.poll(() => told).toEqual(['+a', '+b'])
    await stop()
  })

  it('goes on after a cut watch, from the last event, and misses nothing', async () => {
    const { told, lists, watches, stop } = reflect()
    await expect.poll(() => watches.length).toBe(1)
    const { metadata } = await create('a')
    await expect.poll(() => told).toEqual(['+a'])
    watches[0]?.cut()
    await create('b')
    await client.delete(CONFIG_MAPS, { name: 'a', namespace })
    await expect.poll(() => told).toEqual(['+a', '+b', '-a'])
    expect(BigInt(watches[1]?.from ?? 0)).toBeGreaterThanOrEqual(BigInt(metadata.resourceVersion))
    expect(lists).toHaveLength(1)
    await stop()
  })

  it('is moved on by bookmarks', { timeout: 60_000 }, async () => {
    const { resourceVersion } = await client.list(CONFIG_MAPS, { namespace })
    // Something that is not watched moves on.
    const elsewhere = { name: `bookmark-${namespace}`, namespace: 'default' }
    const { metadata } = await client.create(CONFIG_MAPS, { metadata: elsewhere }, { fieldManager })
    await client.delete(CONFIG_MAPS, elsewhere)
    const { signal } = new AbortController()
    const bookmarked = async (): Promise<bigint> => {
      let last = 0n
      const watch = client.watch<ConfigMap>(CONFIG_MAPS, { namespace, resourceVersion, timeoutSeconds: 4, signal })
      for await (const { type, object } of watch) {
        if (type === 'BOOKMARK') last = BigInt(object.metadata.resourceVersion)
      }
      return last
    }
    // Before it ends a watch, the API server mostly says how far it came.
    await expect.poll(bookmarked).toBeGreaterThanOrEqual(BigInt(metadata.resourceVersion))
  })
})
