import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CONFIG_MAPS } from '../../test/support/config-maps.ts'
import { FAKE_TOKEN, type FakeKubeApi, type SeenRequest } from '../../test/support/fake-kube-api.ts'
import { a, COLLECTION, failure, fieldManager, start } from '../../test/support/fake-kube-calls.ts'
import { type FakeClient, startFakeClient } from '../../test/support/fake-kube-client.ts'
import type { KubeClient } from './client.ts'
import { isAnswerTooLarge } from './errors.ts'
import type { KubeCall } from './transport.ts'

let fake: FakeClient
let api: FakeKubeApi
let client: KubeClient
let calls: readonly KubeCall[]
let waits: number[]

beforeEach(async () => {
  waits = []
  fake = await startFakeClient({ sleep: async (ms) => waits.push(ms) })
  ;({ api, client, calls } = fake)
})

afterEach(() => fake[Symbol.asyncDispose]())

const any = () => true
const method = (name: string) => (request: SeenRequest) => request.method === name

describe('reading', () => {
  it('gets one object whole, as the server said it', async () => {
    api.objects.put(COLLECTION, 'a', { data: { k: 'v' }, unknownField: { deep: [1, null] } })
    expect(await client.get(CONFIG_MAPS, a)).toMatchObject({ data: { k: 'v' }, unknownField: { deep: [1, null] } })
    const [request] = api.requests
    expect(request?.headers).toMatchObject({ accept: 'application/json', 'user-agent': 'certwright/test' })
  })

  it('lists in pages, and gives items their type', async () => {
    for (const name of ['a', 'b', 'c']) api.objects.put(COLLECTION, name)
    const first = await client.list(CONFIG_MAPS, { namespace: 'ns', limit: 2, labelSelector: 'x=y' })
    expect(first.items.map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata.name])).toEqual([
      ['v1', 'ConfigMap', 'a'],
      ['v1', 'ConfigMap', 'b'],
    ])
    const second = await client.list(CONFIG_MAPS, { namespace: 'ns', limit: 2, continue: first.continue })
    expect(second.items.map(({ metadata }) => metadata.name)).toEqual(['c'])
    expect(second).not.toHaveProperty('continue')
    expect(api.requests[0]?.query.get('labelSelector')).toBe('x=y')
  })

  it('says who was asked for what when the answer is no', async () => {
    const error = await failure(client.get(CONFIG_MAPS, a))
    expect(error).toMatchObject({ status: 404, reason: 'NotFound', answered: true })
    expect(error.message).toBe('get configmaps "ns/a": "a" not found')
  })

  it('waits as long as the server asks, and asks again', async () => {
    api.objects.put(COLLECTION, 'a')
    api.failNext(
      any,
      { status: 429, headers: { 'retry-after': '2' } },
      { status: 503, headers: { 'retry-after': '1' } },
    )
    expect((await client.get(CONFIG_MAPS, a)).metadata.name).toBe('a')
    expect(waits).toEqual([2000, 1000])
    expect(calls.map(({ code }) => code)).toEqual(['429', '503', '200'])
  })

  it('does not ask for ever, nor wait for long', async () => {
    const busy = { status: 429, headers: { 'retry-after': '1' } }
    api.failNext(any, busy, busy, busy, busy)
    expect(await failure(client.list(CONFIG_MAPS))).toMatchObject({ status: 429, retryAfterMs: 1000 })
    expect(api.requests).toHaveLength(4)
    api.failNext(any, { status: 503, headers: { 'retry-after': '3600' } })
    expect(await failure(client.list(CONFIG_MAPS))).toMatchObject({ status: 503 })
    expect(api.requests).toHaveLength(5)
  })

  it('does not ask again where the server did not say when', async () => {
    api.failNext(any, { status: 500 })
    expect(await failure(client.get(CONFIG_MAPS, a))).toMatchObject({ status: 500, reason: 'InternalError' })
    expect(api.requests).toHaveLength(1)
  })

  it.each([
    ['a page of a proxy', '<html>'],
    ['something else', '{"kind":"Pong"}'],
    ['null', 'null'],
  ])('does not take %s for an object or a list', async (_what, body) => {
    api.failNext(any, { status: 200, body }, { status: 200, body })
    expect(await failure(client.get(CONFIG_MAPS, a))).toMatchObject({ reason: 'MalformedAnswer' })
    expect(await failure(client.list(CONFIG_MAPS))).toMatchObject({ reason: 'MalformedAnswer' })
  })

  it('holds no answer without end', async () => {
    api.failNext(any, { status: 200, body: ' '.repeat(8 * 1024 * 1024 + 1) })
    expect(await failure(client.get(CONFIG_MAPS, a))).toMatchObject({ reason: 'AnswerTooLarge' })
    api.failNext(any, { status: 200, body: ' '.repeat(16 * 1024 * 1024 + 1) })
    const failed = await failure(client.list(CONFIG_MAPS, { limit: 250 }))
    expect(isAnswerTooLarge(failed)).toBe(true)
  })
})

describe('writing', () => {
  const create = (signal?: AbortSignal) =>
    client.create(CONFIG_MAPS, { metadata: a, data: { k: '1' } }, { fieldManager, signal })

  it('creates, patches on a resourceVersion, applies and deletes', async () => {
    const created = await create()
    const patch = { metadata: { resourceVersion: created.metadata.resourceVersion }, data: { k: '2', gone: null } }
    const patched = await client.mergePatch(CONFIG_MAPS, a, patch, { fieldManager })
    expect(patched.data).toMatchObject({ k: '2' })
    const late = await failure(client.mergePatch(CONFIG_MAPS, a, patch, { fieldManager, subresource: 'status' }))
    expect(late).toMatchObject({ status: 409, reason: 'Conflict', answered: true })
    expect(late.message).toContain('patch configmaps/status "ns/a"')
    await client.apply(CONFIG_MAPS, { metadata: a, data: { k: '3' } }, { fieldManager, force: true })
    await client.delete(CONFIG_MAPS, a, { preconditions: { uid: created.metadata.uid } })
    expect(await failure(client.get(CONFIG_MAPS, a))).toMatchObject({ status: 404 })

    const sent = api.requests.map(({ method: verb, path, query, headers }) =>
      [verb, path, String(query), headers['content-type']].join(' '),
    )
    expect(sent.slice(0, 5)).toEqual([
      `POST ${COLLECTION} fieldManager=certwright application/json`,
      `PATCH ${COLLECTION}/a fieldManager=certwright application/merge-patch+json`,
      `PATCH ${COLLECTION}/a/status fieldManager=certwright application/merge-patch+json`,
      `PATCH ${COLLECTION}/a fieldManager=certwright&force=true application/apply-patch+yaml`,
      `DELETE ${COLLECTION}/a  application/json`,
    ])
    expect(JSON.parse(api.requests[0]?.body ?? '')).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: a })
    expect(JSON.parse(api.requests[4]?.body ?? '')).toMatchObject({ preconditions: { uid: created.metadata.uid } })
  })

  it('is never repeated', async () => {
    api.failNext(method('POST'), { status: 429, headers: { 'retry-after': '1' } }, { status: 503 }, 'reset')
    expect(await failure(create())).toMatchObject({ status: 429, retryAfterMs: 1000, answered: true })
    expect(await failure(create())).toMatchObject({ status: 503 })
    expect(await failure(create())).toMatchObject({ status: 0, reason: 'Unreachable', answered: false })
    expect(api.requests).toHaveLength(3)
    expect(waits).toEqual([])
  })

  it('that meets its namesake is told so', async () => {
    await create()
    expect(await failure(create())).toMatchObject({ status: 409, reason: 'AlreadyExists' })
  })
})

describe('time', () => {
  it('is limited, exactly', async () => {
    const impatient = await start({ timeoutMs: 200 })
    impatient.api.failNext(any, 'hang')
    const started = performance.now()
    const error = await failure(impatient.get())
    expect(error).toMatchObject({ reason: 'Timeout', answered: false })
    expect(error.message).toBe('get configmaps "ns/a": no answer within 200 ms')
    expect(performance.now() - started).toBeLessThan(600)
    expect(impatient.calls.map(({ code }) => code)).toEqual(['<error>'])
  })

  it('is also limited for a watch to begin', async () => {
    const impatient = await start({ timeoutMs: 100 })
    impatient.api.failNext(any, 'hang')
    expect(await failure(impatient.watch().next())).toMatchObject({ reason: 'Timeout' })
  })

  it('ends with the caller, whose reason it gives', async () => {
    const caller = new AbortController()
    api.failNext(any, 'hang')
    const call = client.get(CONFIG_MAPS, a, { signal: caller.signal })
    await expect.poll(() => api.requests).toHaveLength(1)
    caller.abort(new Error('shutting down'))
    await expect(call).rejects.toThrow('shutting down')
    await expect(client.get(CONFIG_MAPS, a, { signal: caller.signal })).rejects.toThrow('shutting down')
  })
})

describe('connections and credentials', () => {
  it('makes a thousand calls over few connections', async () => {
    api.objects.put(COLLECTION, 'a')
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 50 }, () => client.get(CONFIG_MAPS, a)))
    }
    expect(api.requests).toHaveLength(1000)
    expect(api.connections).toBeLessThanOrEqual(16)
  })

  it('lets watches keep no call waiting', async () => {
    api.objects.put(COLLECTION, 'a')
    const caller = new AbortController()
    const watches = Array.from({ length: 20 }, () =>
      client
        .watch(CONFIG_MAPS, { namespace: 'ns', resourceVersion: '100', timeoutSeconds: 300, signal: caller.signal })
        .next(),
    )
    await Promise.all(watches)
    expect(await client.get(CONFIG_MAPS, a)).toMatchObject({ kind: 'ConfigMap' })
    caller.abort()
  })

  it('shows no token in any error', async () => {
    const errors = [await failure(client.get(CONFIG_MAPS, a))]
    api.failNext(any, 'reset', { status: 502, body: `you sent ${FAKE_TOKEN}` })
    errors.push(await failure(client.get(CONFIG_MAPS, a)), await failure(client.get(CONFIG_MAPS, a)))
    for (const error of errors) {
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(FAKE_TOKEN)
      expect(error.stack).not.toContain(FAKE_TOKEN)
    }
  })
})
