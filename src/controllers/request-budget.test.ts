// A request that is over its issuer's budget: it says so once, and goes on soon after one fits again, whatever made room.
import { beforeEach, describe, expect, it } from 'vitest'
import { openOrder } from '../../test/support/known.ts'
import type { CertificateOrder } from '../api/certificate-order.ts'
import { budget } from '../api/spending.ts'
import { RequestWorld, requestSamples } from './testing/request-world.ts'

const { perNamespacePerDay } = budget.parse({})
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const samples = await requestSamples()
let world: RequestWorld
beforeEach(() => {
  world = new RequestWorld(samples)
  for (let n = 0; n < perNamespacePerDay; n++) world.orders.upsert(bought(n, 'Issued'))
})

function bought(n: number, phase: 'Issued' | 'Failed'): CertificateOrder {
  const { metadata, spec, ...order } = openOrder()
  const creationTimestamp = new Date(world.clock.now() - HOUR_MS).toISOString()
  const resourceVersion = phase === 'Issued' ? '10' : '11'
  const refused = [{ number: 1, startedAt: creationTimestamp, outcome: 'Refused' as const }]
  return {
    ...order,
    metadata: { ...metadata, namespace: 'shop', name: `cr-${n}`, resourceVersion, creationTimestamp },
    spec: { ...spec, issuerRef: { ...spec.issuerRef, name: 'scm' } },
    status: phase === 'Issued' ? { phase } : { phase, attempts: refused },
  }
}

const writes = (): number => world.kube.calls.filter((call) => call.startsWith('patch')).length

describe('a request over budget', () => {
  it('says so once, makes no order, and is ordered when the oldest order is a day old', async () => {
    for (let minutes = 0; minutes < 22 * 60; ) {
      const { requeueAfterMs = 0 } = await world.reconcile()
      expect(requeueAfterMs).toBeGreaterThan(60_000)
      await world.clock.advance(requeueAfterMs)
      minutes += requeueAfterMs / 60_000
    }
    expect(world.readyOf()).toMatchObject({ reason: 'Pending', message: expect.stringMatching(/^BudgetExceeded/) })
    expect([world.submissions, writes()]).toEqual([[], 1])
    await world.clock.advance(HOUR_MS)
    await world.settle()
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
  })

  it('does not wait for the end of the day when the CA refuses one that was counted', async () => {
    const { requeueAfterMs = Number.POSITIVE_INFINITY } = await world.reconcile()
    world.orders.upsert(bought(7, 'Failed'))
    expect(requeueAfterMs).toBeLessThanOrEqual(5 * 60_000)
    await world.clock.advance(requeueAfterMs)
    await world.settle()
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
  })

  it('does not get in line: it asks for no turn at its login', async () => {
    let asked = 0
    world.turnComes = async () => {
      asked++
    }
    await world.reconcile()
    expect(asked).toBe(0)
  })
})

describe('of two requests whose answers were lost, with one more order in the budget,', () => {
  it('the one that gets in line first places it again, and the other one does not even ask for a turn', async () => {
    world = new RequestWorld(samples)
    world.setIssuer({ budget: budget.parse({ ordersPerDay: 3 }), submission: { unknownOutcomeWait: '1m' } })
    world.outcome = () => ({ outcome: 'unknown', code: 'TimedOut', message: 'timed out' })
    world.ask(2)
    const both = async (): Promise<void> => {
      await world.reconcile(1)
      await world.reconcile(2)
    }
    await both()
    expect(world.submissions).toEqual([1, 1])
    const turn = Promise.withResolvers<void>()
    world.turnComes = () => turn.promise
    for (let searches = 0; searches < 3; searches++) {
      await world.clock.advance(MINUTE_MS)
      await both()
    }
    const over = { message: expect.stringMatching(/^BudgetExceeded: .*ordersPerDay/) }
    expect(world.readyOf(2)).toMatchObject(over)
    expect(world.readyOf(1)).not.toMatchObject(over)
    turn.resolve()
    await both()
    expect(world.submissions).toEqual([1, 1, 2])
  })
})

describe('a piece of the budget', () => {
  it('that a request in line has is free again when the request may not order any more', async () => {
    world = new RequestWorld(samples)
    world.setIssuer({ budget: budget.parse({ ordersPerDay: 1 }) })
    world.ask(2)
    const turn = Promise.withResolvers<void>()
    world.turnComes = () => turn.promise
    await world.reconcile(1)
    world.setIssuer({ allow: { dnsZones: ['elsewhere.example'] } })
    await world.reconcile(1)
    expect(world.readyOf(1)).toMatchObject({ message: expect.stringMatching(/^NotAllowed/) })
    world.setIssuer({ allow: {} })
    turn.resolve()
    await world.reconcile(2)
    expect(world.readyOf(2)).toMatchObject({ reason: 'Issued' })
  })
})
