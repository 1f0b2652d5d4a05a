// Order records that outlive their requests: kept, declined, continued by the next request for the same, and removed.
import { beforeEach, describe, expect, it } from 'vitest'
import { refusal } from '../../test/support/memory-kube.ts'
import { certificateOrders } from '../api/certificate-order.ts'
import type { CancelOutcome, SubmitOutcome } from '../backends/backend.ts'
import { RETENTION_MS, RequestWorld, requestSamples } from './testing/request-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const WAITING = { phase: 'awaitingApproval', word: 'Requested', ours: 'yes' } as const
const ISSUED = { phase: 'issued', word: 'Issued', ours: 'yes' } as const

const samples = await requestSamples()
let world: RequestWorld
beforeEach(() => {
  world = new RequestWorld(samples)
  world.look = WAITING
})

/** The order of the first request waits at the CA, and the request is deleted. */
async function orphan(): Promise<void> {
  await world.reconcile()
  expect(world.recorded()?.status).toMatchObject({ phase: 'Open', remote: { id: '812' } })
  world.deleteRequest()
}

async function afterGrace(): Promise<void> {
  await world.reconcileOrder()
  await world.clock.advance(MINUTE)
  await world.reconcileOrder()
}

const reasonOf = (number = 1): unknown =>
  world.recorded(number)?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason
const writes = (): readonly string[] => world.kube.calls.filter((call) => /^(patch|create|delete)/.test(call))

describe('an open order whose request is gone', () => {
  it('is kept, says so once, and ends when the CA ends it', async () => {
    await orphan()
    const before = writes().length
    await world.reconcileOrder()
    await world.clock.advance(MINUTE - 1)
    await world.reconcileOrder()
    expect(writes()).toHaveLength(before)
    await world.clock.advance(1)
    const { requeueAfterMs } = await world.reconcileOrder()
    expect(world.recorded()?.status).toMatchObject({ phase: 'Open', remote: { state: 'Requested' } })
    expect(world.told).toEqual(['RequestDeleted'])
    expect(writes()).toHaveLength(before + 1)
    expect(requeueAfterMs).toBe(HOUR)

    world.look = { phase: 'failed', word: 'Declined', ours: 'yes' }
    await world.reconcileOrder()
    expect(world.recorded()?.status?.phase).toBe('Open')
    await world.clock.advance(HOUR)
    await world.reconcileOrder()
    expect(world.recorded()?.status?.phase).toBe('Failed')
    expect(world.told).toEqual(['RequestDeleted', 'Failed'])
  })

  it('is not touched when only the cache lacks the request', async () => {
    await world.reconcile()
    const before = writes().length
    world.requests.remove('shop/shop-1')
    await afterGrace()
    await world.reconcileOrder()
    expect(writes()).toHaveLength(before)
    expect(world.told).toEqual([])
  })

  it('ends after the deadline of its issuer', async () => {
    await orphan()
    await afterGrace()
    await world.clock.advance(168 * HOUR)
    await world.reconcileOrder()
    expect(world.recorded()?.status?.phase).toBe('Failed')
    expect(reasonOf()).toBe('RequestDeleted')
  })

  it('is removed when it has ended long enough ago, and only then, and only as it was seen', async () => {
    await orphan()
    await afterGrace()
    world.look = { phase: 'failed', word: 'Declined', ours: 'yes' }
    await world.clock.advance(HOUR)
    const { requeueAfterMs = 0 } = await world.reconcileOrder()
    expect(requeueAfterMs).toBeGreaterThan(RETENTION_MS - 2_000)
    await world.clock.advance(requeueAfterMs)
    const seen = world.recorded()
    if (seen === undefined) throw new Error('there is no record')
    world.kube.put(certificateOrders, seen)
    await expect(world.reconcileOrder()).rejects.toMatchObject({ status: 409 })
    world.orders.upsert(world.recorded() ?? seen)
    await world.reconcileOrder()
    expect(world.recorded()).toBeUndefined()
  })
})

describe('onRequestDeleted: Decline', () => {
  const cancels: unknown[] = []
  beforeEach(() => {
    cancels.length = 0
    world.setIssuer({ onRequestDeleted: 'Decline' })
    world.cancel = () => {
      cancels.push(reasonOf())
      return { outcome: 'cancelled' }
    }
  })

  it('declines the order, having said so before, and ends the record', async () => {
    await orphan()
    await afterGrace()
    expect(cancels).toEqual(['Declining'])
    expect(world.recorded()?.status?.phase).toBe('Failed')
    expect(reasonOf()).toBe('Declined')
    expect(world.told).toEqual(['Declined'])
  })

  it('is left to the leader', async () => {
    await orphan()
    world.leads = false
    await expect(afterGrace()).rejects.toThrow('by the leader only')
    expect(cancels).toEqual([])
  })

  it('says when it may not, and tries once', async () => {
    world.cancel = () => {
      cancels.push(reasonOf())
      return { outcome: 'notPermitted', message: 'Access denied' }
    }
    await orphan()
    await afterGrace()
    await world.clock.advance(HOUR)
    await world.reconcileOrder()
    expect(cancels).toHaveLength(1)
    expect(world.recorded()?.status?.phase).toBe('Open')
    expect(world.told).toEqual(['NotDeclined'])
  })

  it.each<[string, CancelOutcome, number]>([
    ['declined: then it orders anew', { outcome: 'cancelled' }, 2],
    ['left: then it continues the order', { outcome: 'tooLate', word: 'Applied' }, 1],
  ])('makes a request for the same wait until the order is %s', async (_, outcome, submissions) => {
    const answer = Promise.withResolvers<CancelOutcome>()
    world.cancel = () => answer.promise
    await orphan()
    await afterGrace()
    world.ask(2)
    await world.reconcile(2)
    expect(world.readyOf(2)).toMatchObject({ message: expect.stringMatching(/whether the order .* is declined/) })
    expect(world.recorded(2)).toBeUndefined()
    answer.resolve(outcome)
    await world.clock.advance(0)
    await world.reconcileOrder()
    world.look = ISSUED
    await world.reconcile(2)
    expect(world.submissions).toHaveLength(submissions)
    expect(world.readyOf(2)).toMatchObject({ reason: 'Issued' })
    expect(world.recorded(2)?.spec.continues?.uid).toBe(submissions === 1 ? 'req-1' : undefined)
  })
})

describe('a request with the CSR of one that is gone', () => {
  it('continues its order, and the old record ends', async () => {
    await orphan()
    world.ask(2)
    await world.reconcile(2)
    expect(world.submissions).toEqual([1])
    expect(world.recorded(2)).toMatchObject({
      spec: { marker: 'certwright:1:req-1', continues: { uid: 'req-1' }, firstAttempt: 'AfterSearch' },
      status: { phase: 'Open', remote: { id: '812' } },
    })
    await world.reconcileOrder()
    expect(world.recorded()?.status).toMatchObject({ phase: 'Failed', continuedBy: { uid: 'req-2' } })
    expect(reasonOf()).toBe('Continued')
    world.look = ISSUED
    await world.settle()
    await world.clock.advance(MINUTE)
    await world.reconcile(2)
    expect(world.readyOf(2)).toMatchObject({ reason: 'Issued' })
  })

  it('is itself continued under the first marker', async () => {
    await orphan()
    world.ask(2)
    await world.reconcile(2)
    await world.reconcileOrder()
    world.deleteRequest(2)
    world.ask(3)
    await world.reconcile(3)
    expect(world.submissions).toEqual([1])
    expect(world.recorded(3)).toMatchObject({
      spec: { marker: 'certwright:1:req-1', continues: world.recorded(2)?.spec.continues },
      status: { remote: { id: '812' } },
    })
  })

  it('waits for the answer that is still under way', async () => {
    const answer = Promise.withResolvers<SubmitOutcome>()
    world.outcome = () => answer.promise
    await world.reconcile()
    world.deleteRequest()
    world.ask(2)
    await world.reconcile(2)
    await world.reconcileOrder()
    expect(world.recorded()?.status?.phase).not.toBe('Failed')
    answer.resolve({ outcome: 'accepted', remote: { id: '812', attributes: { renewId: 'r' } } })
    // The claim changed the record meanwhile, so its outcome is written at the second try.
    await world.clock.advance(1_000)
    await world.reconcile(2)
    expect(world.submissions).toEqual([1])
    expect(world.recorded(2)?.status?.remote).toMatchObject({ id: '812', attributes: { renewId: 'r' } })
    await world.reconcileOrder()
    expect(reasonOf()).toBe('Continued')
  })

  it('searches for the order whose answer was lost as long as the first request would have', async () => {
    world.outcome = () => ({ outcome: 'unknown', code: 'Timeout', message: 'no answer' })
    await world.reconcile()
    world.deleteRequest()
    world.ask(2)
    await world.reconcile(2)
    await world.clock.advance(20 * MINUTE)
    await world.reconcile(2)
    expect(world.submissions).toEqual([1])
    world.candidates = [{ remote: { id: '812', attributes: {} }, match: 'marker', requestedOn: undefined }]
    await world.clock.advance(10 * MINUTE)
    await world.reconcile(2)
    expect(world.recorded(2)?.status?.remote?.id).toBe('812')
    expect(world.submissions).toEqual([1])
  })

  it('does not trust what another account does not find', async () => {
    world.outcome = () => ({ outcome: 'unknown', code: 'Timeout', message: 'no answer' })
    await world.reconcile()
    world.account = 'another'
    world.deleteRequest()
    world.ask(2)
    await world.reconcile(2)
    expect(world.readyOf(2)).toMatchObject({ message: expect.stringMatching(/cannot be searched for: blind/) })
  })

  it('is one of several: the others order for themselves', async () => {
    await orphan()
    world.ask(2)
    world.ask(3)
    await Promise.allSettled([world.reconcile(2), world.reconcile(3)])
    await world.reconcile(2)
    await world.reconcile(3)
    const continued = [2, 3].filter((number) => world.recorded(number)?.spec.continues !== undefined)
    expect(continued).toHaveLength(1)
    expect(world.submissions).toHaveLength(2)
    expect(world.recorded()?.status?.continuedBy?.uid).toBe(`req-${continued[0]}`)
  })

  it('continues it although its first write was the last of a process', async () => {
    await orphan()
    world.ask(2)
    world.kube.before = (verb) => {
      if (verb === 'create') throw refusal(0, 'Timeout')
    }
    await expect(world.reconcile(2)).rejects.toMatchObject({ status: 404 })
    await world.clock.advance(2 * MINUTE)
    await world.reconcileOrder()
    expect(world.recorded()?.status).toMatchObject({ phase: 'Open', continuedBy: { uid: 'req-2' } })
    world.kube.before = () => {}
    world.ask(3)
    await world.reconcile(3)
    expect(world.recorded(3)?.spec.continues).toBeUndefined()
    await world.reconcile(2)
    expect(world.recorded(2)).toMatchObject({
      spec: { continues: { uid: 'req-1' } },
      status: { remote: { id: '812' } },
    })
    expect(world.submissions).toEqual([1, 1])
  })

  it('leaves an order of another namespace alone', async () => {
    await orphan()
    const { metadata, ...record } = world.recorded() ?? expect.fail('there is no record')
    world = new RequestWorld(samples)
    world.deleteRequest()
    world.orders.upsert({ ...record, metadata: { ...metadata, namespace: 'elsewhere', resourceVersion: '1' } })
    world.ask(2)
    await world.reconcile(2)
    expect(world.recorded(2)?.spec.continues).toBeUndefined()
    expect(world.submissions).toEqual([1])
  })

  it('leaves an order alone whose request is there, though the cache lacks it', async () => {
    await world.reconcile()
    world.requests.remove('shop/shop-1')
    world.ask(2)
    await expect(world.reconcile(2)).rejects.toThrow('is there, though it was not seen yet')
    expect(world.recorded(2)).toBeUndefined()
    expect(world.recorded()?.status?.continuedBy).toBeUndefined()
  })
})
