// What the verbs of the client rely on, asked of the real API server: snapshots in pages, preconditions, owners of fields,
// subresources, warnings, sizes.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KubeClient } from '../../src/kube/client.ts'
import { isConflict, isNotFound, type KubeError } from '../../src/kube/errors.ts'
import type { Condition, KubeObject, Resource } from '../../src/kube/resource.ts'
import type { Draft } from '../../src/kube/write.ts'
import { CONFIG_MAPS, type ConfigMap } from '../support/config-maps.ts'
import { type OwnNamespace, openNamespace } from '../support/own-namespace.ts'

interface Service extends KubeObject {
  readonly spec?: {
    readonly externalName?: string
    readonly type?: string
    readonly ports?: readonly { readonly port: number }[]
  }
  readonly status?: { readonly conditions?: readonly Condition[] }
}
interface Deployment extends KubeObject {
  readonly spec: { readonly replicas?: number; readonly selector: object; readonly template: object }
}

const SERVICES: Resource<Service> = { ...CONFIG_MAPS, plural: 'services', kind: 'Service', object: undefined as never }
const DEPLOYMENTS: Resource<Deployment> = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
}
const fieldManager = 'certwright-test'
const warnings: string[] = []

let own: OwnNamespace
let client: KubeClient
let namespace: string

beforeAll(async () => {
  own = await openNamespace('kube', (text) => warnings.push(text))
  ;({ client, namespace } = own)
})

afterAll(() => own[Symbol.asyncDispose]())

const refTo = (name: string) => ({ name, namespace })
const create = (name: string, fields: Omit<Draft<ConfigMap>, 'metadata'> = {}, labels: Record<string, string> = {}) =>
  client.create(CONFIG_MAPS, { metadata: { name, namespace, labels }, ...fields }, { fieldManager })
const failure = (call: Promise<unknown>) => call.then(() => undefined).catch((error: unknown) => error as KubeError)

describe('lists', () => {
  it('show in all their pages what was there at the first', async () => {
    for (const name of ['page-1', 'page-2', 'page-3']) await create(name, {}, { paged: 'yes' })
    const options = { namespace, labelSelector: 'paged=yes', limit: 1 }
    const first = await client.list(CONFIG_MAPS, options)
    await client.delete(CONFIG_MAPS, refTo('page-2'))
    await create('page-4', {}, { paged: 'yes' })
    const second = await client.list(CONFIG_MAPS, { ...options, continue: first.continue })
    const third = await client.list(CONFIG_MAPS, { ...options, continue: second.continue })
    const pages = [first, second, third]
    expect(pages.map(({ items }) => items.map(({ metadata }) => metadata.name))).toEqual([
      ['page-1'],
      ['page-2'],
      ['page-3'],
    ])
    expect(pages.map(({ resourceVersion }) => resourceVersion)).toEqual(Array(3).fill(first.resourceVersion))
    expect(third).not.toHaveProperty('continue')
    expect(await failure(client.list(CONFIG_MAPS, { ...options, continue: 'nonsense' }))).toMatchObject({ status: 400 })
  })

  it('that the API server would compress come as they are', async () => {
    const data = { text: 'größe-日本-🦊 '.repeat(10_000) }
    await create('large', { data }, { large: 'yes' })
    const { items } = await client.list(CONFIG_MAPS, { namespace, labelSelector: 'large=yes' })
    expect(items.map((item) => item.data)).toEqual([data])
  })
})

describe('a watch', () => {
  it('ends when the server ends it', async () => {
    const { resourceVersion } = await client.list(CONFIG_MAPS, { namespace })
    const { signal } = new AbortController()
    const watch = client.watch(CONFIG_MAPS, { namespace, resourceVersion, timeoutSeconds: 1, signal })
    const types: string[] = []
    for await (const { type } of watch) types.push(type)
    expect(types.filter((type) => type !== 'BOOKMARK')).toEqual([])
  })
})

describe('an apply', () => {
  const apply = (name: string, data: Record<string, string>, manager: string, metadata: object = {}) =>
    client.apply(CONFIG_MAPS, { metadata: { ...refTo(name), ...metadata }, data }, { fieldManager: manager })

  it('creates what is not there, and takes back what it no longer says', async () => {
    expect(await apply('applied', { a: '1', b: '1' }, 'one')).toMatchObject({ data: { a: '1', b: '1' } })
    expect((await apply('applied', { b: '1' }, 'one')).data).toEqual({ b: '1' })
  })

  it('does not take a field from another manager, unless forced', async () => {
    await apply('owned', { a: '1' }, 'one')
    const error = await failure(apply('owned', { a: '2' }, 'two'))
    expect(error).toSatisfy(isConflict)
    expect(error?.message).toContain('conflict with "one": .data.a')
    const options = { fieldManager: 'two', force: true }
    const forced = await client.apply(CONFIG_MAPS, { metadata: refTo('owned'), data: { a: '2' } }, options)
    expect(forced.data).toEqual({ a: '2' })
    expect(await failure(apply('owned', { a: '1' }, 'one'))).toSatisfy(isConflict)
  })

  it('may depend on a resourceVersion or a uid', async () => {
    const { metadata } = await create('preconditioned')
    const { uid, resourceVersion } = metadata
    const applied = await apply('preconditioned', { a: '1' }, 'one', { uid, resourceVersion })
    expect(applied.data).toEqual({ a: '1' })
    expect(await failure(apply('preconditioned', { a: '2' }, 'one', { resourceVersion }))).toSatisfy(isConflict)
    // Not a Conflict, but definite all the same.
    expect(await failure(apply('preconditioned', { a: '2' }, 'one', { uid: randomUUID() }))).toMatchObject({
      status: 422,
      reason: 'Invalid',
    })
    expect(await failure(apply('nowhere', { a: '1' }, 'one', { uid }))).toSatisfy(isConflict)
    expect(await failure(client.get(CONFIG_MAPS, refTo('nowhere')))).toSatisfy(isNotFound)
  })
})

describe('a subresource', () => {
  const condition: Condition = {
    type: 'Tested',
    status: 'True',
    reason: 'Here',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }

  it('status changes nothing else, and nothing else changes it', async () => {
    const spec = { type: 'ExternalName', externalName: 'a.example' }
    const { metadata } = await client.create(SERVICES, { metadata: refTo('svc'), spec }, { fieldManager })
    const { resourceVersion } = metadata
    const both = { spec: { externalName: 'b.example' }, status: { conditions: [condition] } }
    const patch = (subresource?: 'status') =>
      client.mergePatch(
        SERVICES,
        refTo('svc'),
        { metadata: { resourceVersion }, ...both },
        { fieldManager, ...(subresource && { subresource }) },
      )
    const patched = await patch('status')
    expect(patched).toMatchObject({ spec, status: { conditions: [condition] } })
    const late = await failure(patch('status'))
    expect(late).toSatisfy(isConflict)
    expect(late?.message).toContain(`patch services/status "${namespace}/svc": `)
    const cleared = { spec: { externalName: 'c.example' }, status: { conditions: null } }
    const main = await client.mergePatch(SERVICES, refTo('svc'), cleared, { fieldManager })
    expect(main).toMatchObject({ spec: { externalName: 'c.example' }, status: { conditions: [condition] } })
    expect(await client.get(SERVICES, refTo('svc'), { subresource: 'status' })).toEqual(main)
  })

  it('status is applied, with owners of its own', async () => {
    const object = { metadata: refTo('svc-applied'), spec: { type: 'ExternalName', externalName: 'a.example' } }
    await client.apply(SERVICES, object, { fieldManager: 'one' })
    const status = { metadata: refTo('svc-applied'), status: { conditions: [condition] } }
    const options = { fieldManager: 'one', subresource: 'status' }
    expect(await client.apply(SERVICES, status, options)).toMatchObject(status)
    expect(await client.apply(SERVICES, object, { fieldManager: 'one' })).toMatchObject(status)
  })

  it('scale is another object', async () => {
    const labels = { app: 'none' }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'none', image: 'none' }] } }
    const spec = { replicas: 0, selector: { matchLabels: labels }, template }
    await client.create(DEPLOYMENTS, { metadata: refTo('scaled'), spec }, { fieldManager })
    const scale = await client.get<KubeObject>(DEPLOYMENTS, refTo('scaled'), { subresource: 'scale' })
    expect(scale).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: {} })
  })
})

describe('a deletion', () => {
  it('may depend on a resourceVersion', async () => {
    const { metadata } = await create('deleted')
    const { resourceVersion } = metadata
    const changed = await client.mergePatch(CONFIG_MAPS, refTo('deleted'), { data: { a: '1' } }, { fieldManager })
    const late = client.delete(CONFIG_MAPS, refTo('deleted'), { preconditions: { resourceVersion } })
    expect(await failure(late)).toSatisfy(isConflict)
    const preconditions = { resourceVersion: changed.metadata.resourceVersion, uid: metadata.uid }
    await client.delete(CONFIG_MAPS, refTo('deleted'), { preconditions })
    expect(await failure(client.delete(CONFIG_MAPS, refTo('deleted')))).toSatisfy(isNotFound)
  })

  it('waits for finalizers, not we for it', async () => {
    const finalizers = ['certwright.dev/test']
    await create('finalized')
    const finalize = (patch: object) =>
      client.mergePatch<KubeObject>(CONFIG_MAPS, refTo('finalized'), { metadata: patch }, { fieldManager })
    await finalize({ finalizers })
    await client.delete(CONFIG_MAPS, refTo('finalized'))
    expect((await client.get(CONFIG_MAPS, refTo('finalized'))).metadata.deletionTimestamp).toBeDefined()
    await finalize({ finalizers: null })
    expect(await failure(client.get(CONFIG_MAPS, refTo('finalized')))).toSatisfy(isNotFound)
  })
})

describe('the API server', () => {
  it('warns of fields that it drops', async () => {
    await create('warned', { nope: 1 } as object)
    expect(warnings).toContain('unknown field "nope"')
  })

  it('refuses what is too large, in time to say so', async () => {
    const huge = create('huge', { data: { a: 'x'.repeat(4 * 1024 * 1024) } })
    expect(await failure(huge)).toMatchObject({ status: 413, reason: 'RequestEntityTooLarge', answered: true })
  })

  it('does not know a kind that is not installed', async () => {
    const unknown = { ...CONFIG_MAPS, group: 'nobody.example', plural: 'things', kind: 'Thing' }
    expect(await failure(client.list(unknown, { namespace }))).toMatchObject({ status: 404, reason: 'NotFound' })
  })
})
