import { expect, it } from 'vitest'
import type { FakeKubeApi } from '../../test/support/fake-kube-api.ts'
import { COLLECTION, failure, start } from '../../test/support/fake-kube-calls.ts'

it('gives events, and asks for bookmarks', async () => {
  const { api, watch } = await start()
  const events = watch()
  const first = events.next()
  await expect.poll(() => api.watches).toBe(1)
  api.objects.put(COLLECTION, 'größe')
  expect((await first).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'größe' } } })
  api.objects.delete(COLLECTION, 'größe')
  expect((await events.next()).value).toMatchObject({ type: 'DELETED' })
  api.endWatches()
  expect(await events.next()).toEqual({ done: true, value: undefined })
  expect(Object.fromEntries(api.requests[0]?.query ?? [])).toMatchObject({
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: '300',
  })
})

it('ends its connection when the loop is left, or the signal aborts', async () => {
  const { api, watch } = await start()
  const left = watch()
  const event = left.next()
  await expect.poll(() => api.watches).toBe(1)
  api.objects.put(COLLECTION, 'b')
  await event
  await left.return()
  await expect.poll(() => api.watches).toBe(0)

  const caller = new AbortController()
  const aborted = watch({ signal: caller.signal }).next()
  await expect.poll(() => api.watches).toBe(1)
  caller.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  await expect.poll(() => api.watches).toBe(0)
})

it.each<[string, (api: FakeKubeApi) => void, string]>([
  ['a reset', (api) => api.resetWatches(), 'Unreachable'],
  ['bad JSON', (api) => api.sendRaw('{"type"\n'), 'MalformedAnswer'],
])('fails at %s', async (_what, fault, reason) => {
  const { api, watch } = await start()
  const next = watch().next()
  await expect.poll(() => api.watches).toBe(1)
  fault(api)
  expect(await failure(next)).toMatchObject({ reason, answered: false })
})

it('fails before it begins where the place is gone', async () => {
  const { api, watch } = await start()
  api.objects.compact()
  expect(await failure(watch({ resourceVersion: '1' }).next())).toMatchObject({ status: 410 })
})
