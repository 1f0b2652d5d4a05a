// What a reflector does while all is well: a list, a watch, and what of the objects the store holds.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isList, Reflecting } from '../../test/support/reflecting.ts'

let world: Reflecting

beforeEach(async () => {
  world = await Reflecting.open()
})
afterEach(() => world.close())

describe('a list and a watch', () => {
  it('fill the store and follow every change', async () => {
    world.put('a')
    world.start()
    await world.synced
    expect(world.store.synced).toBe(true)
    await world.watching()
    world.put('b')
    world.put('a', { data: { k: 'v' } })
    world.delete('b')
    await expect.poll(() => world.told).toEqual(['+a', '+b', '~a', '-b'])
    expect(world.store.get('ns/a')).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { k: 'v' } })
  })

  it('are consistent, in pages, and ask the server to end the watch after 5 to 10 minutes', async () => {
    for (let number = 0; number < 251; number++) world.put(`c${number}`)
    world.start({ random: () => 0.999 })
    await world.watching()
    expect(world.store.size).toBe(251)
    const lists = world.api.requests.filter(isList).map(({ query }) => Object.fromEntries(query))
    expect(lists).toEqual([{ limit: '250' }, { limit: '250', continue: '250' }])
    const watch = world.api.requests.at(-1)?.query
    expect(watch?.get('timeoutSeconds')).toBe('599')
    expect(watch?.get('allowWatchBookmarks')).toBe('true')
  })
})

describe('what the store holds', () => {
  it('is small', async () => {
    world.put('a', { data: { k: 'v' } })
    world.start({ transform: ({ data: _, ...rest }) => rest })
    await world.watching()
    world.put('b', { data: { k: 'v' } })
    await expect.poll(() => world.names()).toEqual(['a', 'b'])
    for (const one of world.store.list()) {
      expect(one).not.toHaveProperty('data')
      expect(one.metadata).not.toHaveProperty('managedFields')
    }
  })

  it('is not held twice during a list that follows another', async () => {
    world.put('same')
    world.put('changed')
    world.start()
    await world.watching()
    const before = world.store.get('ns/same')
    world.api.sendRaw('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n')
    world.put('changed', { data: { k: 'v' } })
    await world.retryAfter(800)
    await world.watching(2)
    expect(world.store.get('ns/same')).toBe(before)
    expect(world.store.get('ns/changed')?.data).toEqual({ k: 'v' })
    expect(world.lists()).toBe(2)
  })

  it('is what is selected, and no longer what stops being so', async () => {
    world.start({ select: ({ data }) => data?.['mine'] === 'yes' })
    world.put('a', { data: { mine: 'yes' } })
    world.put('b', { data: { mine: 'no' } })
    await world.watching()
    world.put('c', { data: { mine: 'yes' } })
    world.put('a', { data: { mine: 'no' } })
    await expect.poll(() => world.told).toEqual(['+a', '+c', '-a'])
  })

  it('is all but the one object that our own code cannot read', async () => {
    world.put('bad')
    world.put('good', { data: { k: '1' } })
    world.start({
      transform: (one) => {
        if (one.data === undefined) throw new TypeError('no data')
        return one
      },
    })
    await world.watching()
    expect(world.names()).toEqual(['good'])
    world.put('bad', { data: { k: 'cured' } })
    await expect.poll(() => world.names()).toEqual(['good', 'bad'])
    world.put('good', { data: undefined })
    await expect.poll(() => world.names()).toEqual(['bad'])
    expect(world.lines).toEqual(['an object cannot be read: left out', 'an object cannot be read: left out'])
  })
})

describe('a field selector', () => {
  const mine = { fieldSelector: 'spec.x=y', select: ({ data }: { data?: object }) => data !== undefined }

  it('goes with every list and watch', async () => {
    world.start({ ...mine, select: () => true })
    await world.watching()
    expect(world.api.requests.map(({ query }) => query.get('fieldSelector'))).toEqual(['spec.x=y', 'spec.x=y'])
  })

  it('that the server refuses is done without', async () => {
    world.put('a', { data: { mine: 'yes' } })
    world.put('b')
    world.api.failNext(isList, { status: 400, reason: 'BadRequest', message: 'field label not supported: spec.x' })
    world.start(mine)
    await world.watching()
    expect(world.names()).toEqual(['a'])
    const selectors = world.api.requests.map(({ query }) => query.get('fieldSelector'))
    expect(selectors).toEqual(['spec.x=y', null, null])
    expect(world.lines).toEqual(['the API server does not know the field selector: selecting here'])
  })
})

describe('the end', () => {
  it('comes with the signal, also while the server hangs', async () => {
    world.api.failNext(isList, 'hang')
    world.start()
    await expect.poll(() => world.api.requests).toHaveLength(1)
    world.stop.abort(new Error('shutting down'))
    await world.running
    await expect(world.synced).rejects.toThrow('shutting down')
    expect(world.api.watches).toBe(0)
  })

  it('ends an open watch, and none is opened after it', async () => {
    world.start()
    await world.watching()
    world.stop.abort(new Error('shutting down'))
    await world.running
    await expect.poll(() => world.api.watches).toBe(0)
    expect(world.clock.pending).toBe(0)
  })

  it('between the list and the watch opens no watch', async () => {
    world.put('a')
    world.store.onChange(() => world.stop.abort(new Error('shutting down')))
    world.start()
    await world.running
    expect(world.api.requests).toHaveLength(1)
  })
})
