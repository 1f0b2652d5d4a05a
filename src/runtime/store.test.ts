import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../kube/resource.ts'
import { type Change, Store } from './store.ts'

interface Thing extends KubeObject {
  readonly owner?: string
}

function thing(name: string, resourceVersion: string, owner?: string, uid = `uid-${name}`): Thing {
  const metadata = { name, namespace: 'ns', uid, resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z' }
  return { apiVersion: 'v1', kind: 'Thing', metadata, ...(owner !== undefined && { owner }) }
}

function storeOfThings() {
  const errors: object[] = []
  const store = new Store<Thing>({
    log: { error: (fields) => errors.push(fields) },
    indexes: {
      byOwner: (one) => {
        if (one.owner === 'throws') throw new Error('bad index')
        return one.owner === undefined ? [] : [one.owner]
      },
    },
  })
  const told: string[] = []
  const word = ({ key, previous, current }: Change<Thing>) =>
    `${key}: ${previous?.metadata.resourceVersion ?? '-'} > ${current?.metadata.resourceVersion ?? '-'}`
  store.onChange((change) => told.push(word(change)))
  return { store, told, errors }
}

describe('Store', () => {
  it('is synced by the first list', () => {
    const { store } = storeOfThings()
    store.upsert(thing('a', '5'))
    expect(store.synced).toBe(false)
    store.replace([], { resourceVersion: '10' })
    expect(store.synced).toBe(true)
  })

  it('tells what a list added, changed and removed, and nothing of what it left alone', () => {
    const { store, told } = storeOfThings()
    store.replace([thing('a', '1'), thing('b', '2'), thing('c', '3')], { resourceVersion: '10' })
    told.length = 0
    store.replace([thing('b', '2'), thing('c', '12'), thing('d', '13')], { resourceVersion: '20' })
    expect(told).toEqual(['ns/c: 3 > 12', 'ns/d: - > 13', 'ns/a: 1 > -'])
    expect(store.list().map(({ metadata }) => metadata.name)).toEqual(['b', 'c', 'd'])
  })

  it('tells events', () => {
    const { store, told } = storeOfThings()
    store.upsert(thing('a', '1'))
    store.upsert(thing('a', '2'))
    store.remove('ns/a', '3')
    store.remove('ns/a', '3')
    expect(told).toEqual(['ns/a: - > 1', 'ns/a: 1 > 2', 'ns/a: 2 > -'])
    expect(store.get('ns/a')).toBeUndefined()
  })

  it('tells an event that comes twice once, and nothing of a deletion of what it does not have', () => {
    const { store, told } = storeOfThings()
    store.upsert(thing('a', '1'))
    store.upsert(thing('a', '1'))
    store.remove('ns/b', '2')
    expect(told).toEqual(['ns/a: - > 1'])
  })

  it('tells of another object under the same name, whether an event or a list shows it', () => {
    const { store } = storeOfThings()
    const uids: (string | undefined)[][] = []
    store.onChange(({ previous, current }) => uids.push([previous?.metadata.uid, current?.metadata.uid]))
    store.upsert(thing('a', '1', undefined, 'first'))
    store.upsert(thing('a', '3', undefined, 'second'))
    store.replace([thing('a', '7', undefined, 'third')], { resourceVersion: '10' })
    expect(uids).toEqual([
      [undefined, 'first'],
      ['first', 'second'],
      ['second', 'third'],
    ])
  })

  it('believes the order of events rather than their versions, which begin anew where etcd does', () => {
    const { store, told } = storeOfThings()
    store.upsert(thing('a', '500'))
    store.upsert(thing('a', '20'))
    expect(told).toEqual(['ns/a: - > 500', 'ns/a: 500 > 20'])
  })

  it('finds by index, through change and removal', () => {
    const { store } = storeOfThings()
    const names = (owner: string) => store.byIndex('byOwner', owner).map(({ metadata }) => metadata.name)
    store.replace([thing('a', '1', 'x'), thing('b', '2', 'x'), thing('c', '3')], { resourceVersion: '10' })
    expect(names('x')).toEqual(['a', 'b'])
    store.upsert(thing('a', '11', 'y'))
    store.remove('ns/b', '12')
    expect([names('x'), names('y')]).toEqual([[], ['a']])
    expect(() => store.byIndex('byColour', 'x')).toThrow('byColour')
  })

  it('goes on when a handler or an index throws, and says so', () => {
    const { store, errors } = storeOfThings()
    const seen: string[] = []
    store.onChange(() => {
      throw new Error('bad handler')
    })
    store.onChange(({ key }) => seen.push(key))
    store.upsert(thing('a', '1', 'throws'))
    expect(seen).toEqual(['ns/a'])
    expect(store.get('ns/a')?.owner).toBe('throws')
    expect(errors).toHaveLength(2)
  })

  it('stops telling who has left', () => {
    const { store } = storeOfThings()
    const seen: string[] = []
    const leave = store.onChange(({ key }) => seen.push(key))
    leave()
    store.upsert(thing('a', '1'))
    expect(seen).toEqual([])
  })
})

describe('our own last write', () => {
  it('is there at once, and told once', () => {
    const { store, told } = storeOfThings()
    store.replace([thing('a', '10', 'x')], { resourceVersion: '10' })
    told.length = 0
    store.wrote(thing('a', '12', 'y'))
    expect(store.byIndex('byOwner', 'y')).toHaveLength(1)
    store.upsert(thing('a', '12', 'y'))
    expect(told).toEqual(['ns/a: 10 > 12'])
  })

  it('is not undone by an older event, and is by a newer one', () => {
    const { store } = storeOfThings()
    store.replace([thing('a', '10')], { resourceVersion: '10' })
    store.wrote(thing('a', '15'))
    store.upsert(thing('a', '12'))
    expect(store.get('ns/a')?.metadata.resourceVersion).toBe('15')
    store.upsert(thing('a', '16'))
    expect(store.get('ns/a')?.metadata.resourceVersion).toBe('16')
  })

  it('compares as numbers of any size', () => {
    const { store } = storeOfThings()
    store.wrote(thing('a', '10000000000000000001'))
    store.upsert(thing('a', '9999999999999999999'))
    store.upsert(thing('a', '10000000000000000000'))
    expect(store.get('ns/a')?.metadata.resourceVersion).toBe('10000000000000000001')
  })

  it('is not removed by an older deletion of a namesake, and is by a newer one', () => {
    const { store } = storeOfThings()
    store.replace([thing('a', '10')], { resourceVersion: '10' })
    store.wrote(thing('a', '15', undefined, 'recreated'))
    store.remove('ns/a', '13')
    expect(store.get('ns/a')?.metadata.uid).toBe('recreated')
    store.remove('ns/a', '17')
    expect(store.get('ns/a')).toBeUndefined()
  })

  it('does not bring back what was deleted before its answer arrived', () => {
    const { store } = storeOfThings()
    store.replace([], { resourceVersion: '10' })
    store.upsert(thing('a', '12'))
    store.remove('ns/a', '13')
    store.wrote(thing('a', '12'))
    expect(store.get('ns/a')).toBeUndefined()
  })

  it('says nothing new once a bookmark has passed it', () => {
    const { store } = storeOfThings()
    store.replace([], { resourceVersion: '10' })
    store.passed('20')
    store.wrote(thing('a', '15'))
    expect(store.get('ns/a')).toBeUndefined()
  })

  it('survives a list that was cut before it, whether listed or not', () => {
    const { store } = storeOfThings()
    store.replace([thing('a', '9')], { resourceVersion: '10' })
    store.wrote(thing('a', '15'))
    store.wrote(thing('b', '16'))
    store.replace([thing('a', '9')], { resourceVersion: '12' })
    expect(store.list().map(({ metadata }) => metadata.resourceVersion)).toEqual(['15', '16'])
    store.replace([thing('a', '15')], { resourceVersion: '17' })
    expect(store.list().map(({ metadata }) => metadata.resourceVersion)).toEqual(['15'])
  })

  it('does not outlive an etcd that was restored: a list asked for afterwards is right', () => {
    const { store } = storeOfThings()
    store.replace([], { resourceVersion: '1000' })
    store.wrote(thing('a', '1001'))
    store.forgetWrites()
    store.replace([], { resourceVersion: '500' })
    expect(store.list()).toEqual([])
    store.wrote(thing('a', '501'))
    expect(store.list()).toHaveLength(1)
  })

  it('counts for the newest version heard of, until the watch has passed it', () => {
    const { store } = storeOfThings()
    store.replace([], { resourceVersion: '9' })
    expect(store.newest).toBe('9')
    store.wrote(thing('a', '12'))
    store.wrote(thing('b', '11'))
    expect(store.newest).toBe('12')
    store.passed('13')
    expect(store.newest).toBe('13')
  })

  it('is superseded by our next one only', () => {
    const { store } = storeOfThings()
    store.wrote(thing('a', '15'))
    store.wrote(thing('a', '17'))
    store.wrote(thing('a', '16'))
    expect(store.get('ns/a')?.metadata.resourceVersion).toBe('17')
  })
})
