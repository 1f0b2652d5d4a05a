// Lease, events and controller against the real API server: what only it can say about times, limits and versions.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KubeClient } from '../../src/kube/client.ts'
import { KubeError } from '../../src/kube/errors.ts'
import { keyOf, refOf } from '../../src/kube/resource.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { Controller } from '../../src/runtime/controller.ts'
import { EventRecorder, events } from '../../src/runtime/events.ts'
import { LeaderElector, type LeaderElectorOptions, leaderIdentity } from '../../src/runtime/leader.ts'
import { leases } from '../../src/runtime/lease.ts'
import { createLogger, type Logger } from '../../src/runtime/log.ts'
import { WorkQueue } from '../../src/runtime/queue.ts'
import { Reflector } from '../../src/runtime/reflector.ts'
import { Store } from '../../src/runtime/store.ts'
import { CONFIG_MAPS, type ConfigMap } from '../support/config-maps.ts'
import { NAMESPACES, type OwnNamespace, openNamespace } from '../support/own-namespace.ts'

const fieldManager = 'certwright-test'
const clock = systemClock()

let own: OwnNamespace
let client: KubeClient
let namespace: string
let lines: Record<string, unknown>[]
let log: Logger

beforeEach(async () => {
  own = await openNamespace('runtime')
  ;({ client, namespace } = own)
  lines = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  log = createLogger({ level: 'debug', format: 'json', destination })
})

afterEach(() => own[Symbol.asyncDispose]())

describe('the leader lease', () => {
  /** Short, so that a takeover is a matter of seconds. */
  const times = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 400 }
  const electors: LeaderElector[] = []

  const elector = (through: LeaderElectorOptions['client'] = client) => {
    const identity = leaderIdentity()
    const made = new LeaderElector({
      client: through,
      fieldManager,
      namespace,
      name: 'lock',
      identity,
      times,
      realClock: clock,
      log,
    })
    electors.push(made)
    return { elector: made, identity }
  }
  const lease = async () => (await client.get(leases, { namespace, name: 'lock' })).spec
  const signal = AbortSignal.timeout(60_000)

  afterEach(async () => {
    for (const made of electors.splice(0)) await made.release()
  })

  it('is acquired, renewed, and given back to the one who waits', async () => {
    const first = elector()
    await first.elector.acquire({ signal })
    const made = await lease()
    expect(made).toEqual({
      holderIdentity: first.identity,
      leaseDurationSeconds: 3,
      leaseTransitions: 0,
      acquireTime: expect.stringMatching(/\.\d{6}Z$/),
      renewTime: expect.stringMatching(/\.\d{6}Z$/),
    })
    await expect.poll(async () => (await lease())?.renewTime !== made?.renewTime).toBe(true)

    const second = elector()
    const takenOver = second.elector.acquire({ signal })
    await first.elector.release()
    await takenOver
    expect([first.elector.isLeader(), second.elector.isLeader()]).toEqual([false, true])
    expect(await lease()).toMatchObject({ holderIdentity: second.identity, leaseTransitions: 1 })
    expect(first.elector.lost.aborted).toBe(false)

    await second.elector.release()
    expect(await lease()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 1 })
    expect(lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
  })

  it('is taken over from a holder that is cut off, after that holder has noticed', async () => {
    let cut = false
    const cutOff = new KubeError({ status: 0, reason: 'Unreachable', message: 'cut off', answered: false })
    const through = <Arguments extends unknown[], T>(call: (...given: Arguments) => Promise<T>) => {
      return (...given: Arguments): Promise<T> => (cut ? Promise.reject(cutOff) : call(...given))
    }
    const first = elector({
      get: through(client.get.bind(client)) as KubeClient['get'],
      create: through(client.create.bind(client)) as KubeClient['create'],
      mergePatch: through(client.mergePatch.bind(client)) as KubeClient['mergePatch'],
    })
    await first.elector.acquire({ signal })
    const second = elector()
    const lostBeforeTakeover = second.elector.acquire({ signal }).then(() => first.elector.lost.aborted)
    await expect.poll(() => lines.some(({ holder }) => holder === first.identity)).toBe(true)
    cut = true
    expect(await lostBeforeTakeover).toBe(true)
    expect(await lease()).toMatchObject({ holderIdentity: second.identity, leaseTransitions: 1 })
    await first.elector.release()
    expect(await lease()).toMatchObject({ holderIdentity: second.identity })
  })
})

describe('events', () => {
  const recorder = () =>
    new EventRecorder({
      client,
      fieldManager,
      reportingController: 'certwright.dev/certwright',
      reportingInstance: leaderIdentity(),
      clock,
      log,
    })
  const flush = (events: EventRecorder) => events.flush({ signal: AbortSignal.timeout(10_000) })
  const news = { type: 'Warning', reason: 'OrderFailed', action: 'Submit', note: 'ü'.repeat(2_000) } as const

  it('are accepted, repetitions as a series of one event', async () => {
    const regarding = await client.create(CONFIG_MAPS, { metadata: { namespace, name: 'thing' } }, { fieldManager })
    const news1 = { ...news, regarding }
    const told = recorder()
    told.emit(news1)
    await flush(told)
    told.emit(news1)
    await flush(told)
    told.emit({ ...news1, reason: 'Several' })
    told.emit({ ...news1, reason: 'Several' })
    await flush(told)
    const { items } = await client.list(events, { namespace })
    const seen = items.filter((event) => event.regarding.uid === regarding.metadata.uid)
    expect(lines).toEqual([])
    expect(seen.map(({ reason, series }) => [reason, series?.count]).sort()).toEqual([
      ['OrderFailed', 2],
      ['Several', 2],
    ])
    expect(seen[0]).toMatchObject({ type: 'Warning', reportingController: 'certwright.dev/certwright' })
    expect(seen[0]?.eventTime).toMatch(/\.\d{6}Z$/)
  })

  it('about cluster-scoped objects and objects with the longest names are accepted too', async () => {
    const name = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`
    const long = await client.create(CONFIG_MAPS, { metadata: { namespace, name } }, { fieldManager })
    const told = recorder()
    told.emit({ ...news, regarding: long })
    told.emit({ ...news, regarding: await client.get(NAMESPACES, { name: namespace }) })
    await flush(told)
    expect(lines).toEqual([])
    const inDefault = await client.list(events, { namespace: 'default', fieldSelector: 'reason=OrderFailed' })
    expect(inDefault.items.map((event) => event.regarding.name)).toContain(namespace)
  })
})

describe('a controller over a real watch', () => {
  it('brings every object to what it asks for, through creations, changes and conflicts', async () => {
    const store = new Store<ConfigMap>({ log })
    const reflector = new Reflector({ client, resource: CONFIG_MAPS, namespace, store, clock, log })
    const queue = new WorkQueue({ clock, baseMs: 20 })
    const controller = new Controller({
      name: 'have-what-you-want',
      workers: 3,
      queue,
      async reconcile(key, { signal }) {
        const seen = store.get(key)
        const want = seen?.data?.['want']
        if (seen === undefined || want === undefined || seen.data?.['have'] === want) return {}
        const patch = { metadata: { resourceVersion: seen.metadata.resourceVersion }, data: { have: want } }
        await client.mergePatch(CONFIG_MAPS, refOf(key), patch, { fieldManager, signal })
        return {}
      },
      realClock: clock,
      log,
      reconcileTimeoutMs: 10_000,
    })
    const forget = store.onChange(({ key }) => queue.add(key))
    const stop = new AbortController()
    const watching = reflector.run({ signal: stop.signal })
    controller.start()
    await reflector.synced

    const refs = Array.from({ length: 10 }, (_, number) => ({ namespace, name: `thing-${number}` }))
    for (const metadata of refs) await client.create(CONFIG_MAPS, { metadata, data: { want: '0' } }, { fieldManager })
    for (const want of ['1', '2', '3']) {
      await Promise.all(refs.map((ref) => client.mergePatch(CONFIG_MAPS, ref, { data: { want } }, { fieldManager })))
    }
    const have = async () => {
      const { items } = await client.list(CONFIG_MAPS, { namespace })
      const ours = items.filter(({ metadata }) => refs.some((ref) => keyOf(ref) === keyOf(metadata)))
      return ours.map(({ data }) => data?.['have'])
    }
    await expect.poll(have).toEqual(refs.map(() => '3'))

    await controller.drain()
    stop.abort()
    await watching
    forget()
    expect(lines.filter(({ level }) => level === 'error')).toEqual([])
  })
})
