// What a reflector does when a watch ends, when its place is gone, and when the API server is in trouble.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CONFIG_MAPS } from '../../test/support/config-maps.ts'
import { isList, isWatch, Reflecting } from '../../test/support/reflecting.ts'

let world: Reflecting

beforeEach(async () => {
  world = await Reflecting.open()
})
afterEach(() => world.close())

describe('a watch that ends', () => {
  it('goes on from the last event or bookmark, at once if it lasted', async () => {
    world.start()
    await world.watching()
    const { metadata } = world.put('a')
    await expect.poll(() => world.names()).toEqual(['a'])
    await world.clock.advance(1000)
    world.api.endWatches()
    await world.watching(2)
    expect(world.place()).toBe(metadata.resourceVersion)
    world.api.sendBookmark('ConfigMap', '5000')
    await world.clock.advance(1000)
    // The bookmark is on its way before the end is.
    world.api.endWatches()
    await world.watching(3)
    expect(world.place()).toBe('5000')
    expect(world.api.requests.filter((request) => !isWatch(request))).toHaveLength(1)
    expect(world.lines).toEqual([])
  })

  it('at once, is not asked for again in a hot loop', async () => {
    world.start()
    await world.watching()
    world.api.endWatches()
    await world.retryAfter(800)
    await world.watching(2)
    world.api.endWatches()
    await world.retryAfter(1600)
    await world.watching(3)
    expect(world.lines).toEqual(['watch of configmaps failed, trying again'])
  })

  it.each<[string, () => void]>([
    ['reset', () => world.api.resetWatches()],
    ['ended by an error event', () => world.api.sendRaw('{"type":"ERROR","object":{"kind":"Status","code":500}}\n')],
  ])('%s, goes on where it was, without a list', async (_what, fault) => {
    world.start()
    await world.watching()
    world.put('a')
    await expect.poll(() => world.names()).toEqual(['a'])
    const place = world.api.objects.resourceVersion
    fault()
    await world.retryAfter(800)
    await world.watching(2)
    expect(world.place()).toBe(place)
    expect(world.lists()).toBe(1)
  })

  it('without a word for three minutes, not even a bookmark, is ended here: a list follows', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let lists = 0
    const ends: AbortSignal[] = []
    const bookmark = Promise.withResolvers<void>()
    const client = {
      list: async () => ({ items: [], resourceVersion: String(++lists) }),
      async *watch(_resource: unknown, { signal }: { readonly signal: AbortSignal }) {
        ends.push(signal)
        await bookmark.promise
        const metadata = { resourceVersion: '5' }
        if (ends.length === 1) yield { type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata } }
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
    }
    try {
      world.start({ client: client as never })
      await vi.advanceTimersByTimeAsync(179_999)
      bookmark.resolve()
      await vi.advanceTimersByTimeAsync(179_999)
      expect(ends.map(({ aborted }) => aborted)).toEqual([false])
      await vi.advanceTimersByTimeAsync(1)
      expect(ends.map(({ aborted }) => aborted)).toEqual([true])
    } finally {
      vi.useRealTimers()
    }
    await world.retryAfter(800)
    expect([ends.length, lists]).toEqual([2, 2])
    expect(world.lines).toEqual(['watch of configmaps failed, trying again'])
  })
})

describe('a place that is gone', () => {
  it.each<[string, () => void]>([
    [
      'as an error event',
      () => world.api.sendRaw('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n'),
    ],
    [
      'as a status',
      () => {
        world.api.objects.compact()
        world.api.resetWatches()
      },
    ],
    ['as unreadable bytes', () => world.api.sendRaw('{"type":"ADDED",\n')],
    ['as an event of another kind', () => world.api.sendBookmark('Secret', '1')],
    ['as an event of another version', () => world.api.sendBookmark('ConfigMap', '1', 'v2')],
  ])('%s, leads to a list, which finds what was missed', async (_what, fault) => {
    world.put('a')
    world.put('b')
    world.start()
    await world.watching()
    fault()
    await expect.poll(() => world.clock.pending).toBe(1)
    world.delete('a')
    world.put('c')
    world.api.objects.compact()
    // One pause after the fault; one more where only the next watch finds the place gone.
    await expect
      .poll(async () => {
        await world.clock.advance(30_000)
        return world.names()
      })
      .toEqual(['b', 'c'])
    expect(world.told).toEqual(['+a', '+b', '+c', '-a'])
    expect(world.lists()).toBe(2)
  })

  it('because etcd was restored from a backup, leads to a list even where the server takes the watch', async () => {
    world.put('old')
    const backup = world.api.objects.resourceVersion
    world.put('lost')
    for (let number = 0; number < 5; number++) world.put('old', { data: { k: String(number) } })
    world.start()
    await world.watching()
    world.api.objects.restore(backup)
    world.api.resetWatches()
    world.put('new')
    await world.retryAfter(800)
    await expect.poll(() => world.names()).toEqual(['old', 'new'])
    await world.watching(2)
    world.put('newer')
    await expect.poll(() => world.names()).toEqual(['old', 'new', 'newer'])
    expect(world.lists()).toBe(2)
    expect(world.store.get('ns/old')?.data).toBeUndefined()
  })
})

describe('a server in trouble', () => {
  it('is asked less and less often, and complained of once', async () => {
    const down = { status: 500 }
    // The client itself asks once more after a reset.
    world.api.failNext(isList, down, down, down, 'reset', 'reset')
    world.put('a')
    world.start()
    for (const ms of [800, 1600, 3200, 6400]) await world.retryAfter(ms)
    await world.synced
    expect(world.names()).toEqual(['a'])
    expect(world.lines).toEqual([
      'list of configmaps failed, trying again',
      'list of configmaps failed, trying again',
      'list of configmaps works again',
    ])
  })

  it('is asked quickly again once it was well for two minutes', async () => {
    world.api.failNext(isList, { status: 500 }, { status: 500 })
    world.start()
    for (const ms of [800, 1600]) await world.retryAfter(ms)
    await world.watching()
    await world.clock.advance(120_000)
    world.api.resetWatches()
    await world.retryAfter(800)
    await world.watching(2)
  })

  it('is given the time it asks for', async () => {
    world.start()
    await world.watching()
    world.api.failNext(isWatch, { status: 429, headers: { 'retry-after': '20' } })
    world.api.resetWatches()
    await world.retryAfter(800)
    await world.retryAfter(20_000)
    await world.watching(3)
    expect(world.lists()).toBe(1)
  })

  it('is not given an hour', async () => {
    world.start()
    await world.watching()
    world.api.failNext(isWatch, { status: 503, headers: { 'retry-after': '3600' } })
    world.api.resetWatches()
    await world.retryAfter(800)
    await world.retryAfter(60_000)
    await world.watching(3)
  })

  it.each([401, 403])('that refuses with %d is asked for a list when it lets us in again', async (status) => {
    world.start()
    await world.watching()
    world.api.failNext(isWatch, { status })
    world.api.resetWatches()
    await world.retryAfter(800)
    world.put('a')
    await world.retryAfter(1600)
    await expect.poll(() => world.names()).toEqual(['a'])
    await world.watching(3)
    expect(world.lists()).toBe(2)
  })

  it('may not know the resource yet', async () => {
    const unknown = { ...CONFIG_MAPS, plural: 'widgets', kind: 'Widget' }
    world.start({ resource: unknown })
    await world.retryAfter(800)
    await world.retryAfter(1600)
    expect(world.store.synced).toBe(false)
    expect(world.lines).toEqual(['list of widgets failed, trying again'])
  })
})
