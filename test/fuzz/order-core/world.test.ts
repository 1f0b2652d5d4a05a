// A model that cannot say no proves nothing: its world works without mishaps, and it notices what must not be.
import { describe, expect, it } from 'vitest'
import { identityOf, targetOf } from '../../../src/issuance/order-view.ts'
import { order } from '../../support/known.ts'
import { endsWell } from './calm.ts'
import { changeIssuer, happen } from './happenings.ts'
import type { Action } from './history.ts'
import { World, type WorldSettings } from './world.ts'

const initial: WorldSettings = {
  ca: { showsHash: true, lagMs: 0, approval: true, takesMs: 5_000, collectMs: 0, mayDecline: true },
  issuer: {
    budget: { ordersPerDay: 9, perNamespacePerDay: 9, openOrders: 200 },
    onRequestDeleted: 'Keep',
    unknownOutcomeWait: undefined,
  },
  skews: [0, 0],
}

function worldAfter(settings: WorldSettings, ...history: readonly Action[]): World {
  const world = new World(settings)
  changeIssuer(world, 'create', settings)
  for (const what of history) happen(world, what, settings)
  return world
}

const asked: Action = { do: 'ask', csr: 'A', approved: true }
const passed: Action = { do: 'pass', ms: 70_000, mishaps: [] }
const messageIn = ({ api }: World) =>
  api.requests.get('shop/shop-a')?.status?.conditions?.find(({ type }) => type === 'Ready')?.message

describe('the model world', () => {
  it('issues what is approved, by one order, and in the end has no records left', () => {
    const world = worldAfter(initial, asked, passed, { do: 'treat', which: 0, as: 'approve' }, passed)
    expect(messageIn(world)).toBe('Certificate 5E800 was issued as order 800')
    expect(world.ca.orders).toHaveLength(1)
    endsWell(world, initial)
    expect(world.api.records.size).toBe(0)
  })

  it('has a second process go on where the first one crashed', () => {
    const crash: Action = { do: 'pass', ms: 0, mishaps: [{ call: 'submit', fault: 'crashUnanswered' }] }
    const world = worldAfter(initial, asked, crash, passed)
    expect(messageIn(world)).toMatch(/^Order 800 is "awaitingApproval"/)
    expect(world.replicas.indexOf(world.leader)).toBe(1)
  })

  it('notices an order that is made twice', () => {
    const world = worldAfter(initial)
    const again = () =>
      world.ca.submit({ target: targetOf(order()), identity: identityOf(order()), attempt: 1 }, 'first')
    expect(again()).toMatchObject({ outcome: 'accepted' })
    expect(again).toThrow(/is ordered again, though 800 lives/)
  })

  it('notices a write that the API server would refuse', () => {
    const world = worldAfter(initial, asked, passed)
    const record = [...world.api.records.values()].find(({ spec }) => spec.marker !== '')
    if (record?.status === undefined) throw new Error('no record was made')
    const { remote: _, ...without } = record.status
    expect(() => world.api.writeRecord(record, without)).toThrow(/a field is removed/)
    expect(() => world.api.deleteRecord(record)).toThrow(/an open record is removed/)
  })

  it('notices a request that is left waiting', () => {
    const slow = { ...initial, ca: { ...initial.ca, takesMs: 10 * 60 * 60_000 } }
    expect(() => endsWell(worldAfter(slow, asked, passed), slow)).toThrow(/shop-a still waits: Order 800/)
  })
})
