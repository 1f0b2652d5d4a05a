// Orders that were placed again are searched for once more when nobody thinks of them any longer.
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Candidate, OrderPhase } from '../backends/backend.ts'
import { BackendError } from '../backends/backend-error.ts'
import { RequestWorld, requestSamples } from './testing/request-world.ts'

const HOUR = 3_600_000
/** CSRs are verified by threads of the platform's. */
const PATIENCE = { timeout: 50_000, interval: 5 }

const samples = await requestSamples()
let world: RequestWorld
beforeEach(async () => {
  world = new RequestWorld(samples)
  let attempts = 0
  world.outcome = () =>
    ++attempts === 1
      ? { outcome: 'unknown', code: 'TimedOut', message: 'no answer' }
      : { outcome: 'accepted', remote: { id: '813', attributes: {} } }
  await world.settle()
  expect(world.submissions).toEqual([1, 2])
  expect(world.recorded()?.status).toMatchObject({ phase: 'Issued', remote: { id: '813' } })
  world.searches = 0
})

const found = (id: string, phase: OrderPhase): Candidate => ({
  remote: { id, attributes: {} },
  match: 'marker',
  phase,
  requestedOn: undefined,
})

/** What the record waits for when nothing is under way for it any more, milliseconds. */
async function rest(): Promise<number> {
  const { requeueAfterMs } = await vi.waitUntil(async () => {
    const result = await world.reconcileOrder()
    return result.requeueAfterMs === undefined ? undefined : result
  }, PATIENCE)
  return requeueAfterMs ?? 0
}

/** Lets the time pass that the record asks for. */
async function next(): Promise<number> {
  const waited = await rest()
  await world.clock.advance(waited)
  await rest()
  return waited
}

describe('rule 5: an order that was placed again', () => {
  it('is searched for an hour and a day after its last attempt, and then no more', async () => {
    world.candidates = [found('813', 'issued')]
    expect(await next()).toBeGreaterThan(0.9 * HOUR)
    expect(world.searches).toBe(1)
    expect(await next()).toBeGreaterThan(22 * HOUR)
    expect(world.searches).toBe(2)
    expect(await rest()).toBeGreaterThan(48 * HOUR)
    expect({ told: world.toldTwice, doubled: world.doubled }).toEqual({ told: [], doubled: 0 })
  })

  it('has every other one named on record and request, at each search, and counted once', async () => {
    world.candidates = [found('813', 'issued'), found('812', 'issued')]
    await next()
    const note =
      'Order 813 is on record, but the CA also has 812 for this request: decline or revoke there what is not needed'
    const both = [`CertificateOrder: ${note}`, `CertificateRequest: ${note}`]
    expect(world.toldTwice).toEqual(both)
    expect(world.doubled).toBe(1)
    await next()
    expect(world.toldTwice).toEqual([...both, ...both])
    expect(world.doubled).toBe(1)
  })

  it('has those declined that nobody approved, where the issuer says so', async () => {
    const declined: string[] = []
    world.setIssuer({ onRequestDeleted: 'Decline' })
    world.cancel = ({ id }) => {
      declined.push(id)
      if (id === '811') throw new BackendError('Unavailable', 'away')
      return { outcome: 'cancelled' }
    }
    world.candidates = [
      found('813', 'awaitingApproval'),
      found('812', 'awaitingApproval'),
      found('811', 'awaitingApproval'),
      found('810', 'issued'),
    ]
    await next()
    expect(declined).toEqual(['812', '811'])
    expect(world.toldTwice[0]).toMatch(/also has 812, 811, 810 .*: 812 was declined, as .*; decline or revoke there/)
  })

  it('has none declined by a process that leads no more', async () => {
    world.setIssuer({ onRequestDeleted: 'Decline' })
    world.cancel = () => expect.fail('declined')
    world.candidates = [found('813', 'issued'), found('812', 'awaitingApproval')]
    world.leads = false
    await expect(next()).rejects.toThrow('by the leader only')
  })

  it('is searched for by its marker alone when its request is gone, and what is found is named on the record', async () => {
    world.deleteRequest()
    world.candidates = [found('813', 'issued'), found('812', 'issued')]
    await next()
    expect(world.searches).toBe(1)
    expect(world.toldTwice).toEqual([expect.stringMatching(/^CertificateOrder: .* the CA also has 812 /)])
    expect(world.doubled).toBe(1)
    expect(await rest()).toBeGreaterThan(22 * HOUR)
  })
})
