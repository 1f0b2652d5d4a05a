import { describe, expect, it } from 'vitest'
import { openOrder, order } from '../../test/support/known.ts'
import { type Budget, boughtBy, overspent, type Purchase } from './budget.ts'

const HOUR = 60 * 60_000
/** When the record was made. */
const MADE = Date.parse('2026-11-23T11:59:59Z')
const budget: Budget = { ordersPerDay: 4, perNamespacePerDay: 2, openOrders: 3 }
const bought = (age: number, namespace = 'shop', open = false): Purchase => ({ age, namespace, open })

describe('rule 11: a budget', () => {
  it.each<[string, readonly Purchase[], ReturnType<typeof overspent>]>([
    ['is free at first', [], undefined],
    ['is free while less than all is used', [bought(0), bought(HOUR, 'till'), bought(HOUR, 'till')], undefined],
    [
      'of a namespace is used up until its oldest order is a day old',
      [bought(HOUR), bought(20 * HOUR)],
      { limit: 'perNamespacePerDay', most: 2, waitMs: 4 * HOUR },
    ],
    ['forgets what is a day old', [bought(HOUR), bought(24 * HOUR)], undefined],
    ['does not count the orders of other namespaces as this one’s', [bought(0, 'a'), bought(0, 'b')], undefined],
    [
      'of a day is used up by all namespaces together',
      ['a', 'b', 'c', 'd'].map((namespace, hours) => bought((hours + 1) * HOUR, namespace)),
      { limit: 'ordersPerDay', most: 4, waitMs: 20 * HOUR },
    ],
    [
      'that was lowered is free when enough orders are a day old',
      [1, 2, 3, 4, 5].map((hours) => bought(hours * HOUR)),
      { limit: 'perNamespacePerDay', most: 2, waitMs: 22 * HOUR },
    ],
    [
      'of open orders counts them whatever their age',
      [bought(0, 'a', true), bought(48 * HOUR, 'b', true), bought(HOUR, 'c', true)],
      { limit: 'openOrders', most: 3, waitMs: 60_000 },
    ],
    [
      'names the limit that lasts longest',
      [bought(HOUR, 'shop', true), bought(HOUR, 'shop', true), bought(0, 'a', true)],
      { limit: 'perNamespacePerDay', most: 2, waitMs: 23 * HOUR },
    ],
  ])('%s', (_title, purchases, expected) => {
    expect(overspent(budget, purchases, 'shop')).toEqual(expected)
  })
})

describe('rule 11: an order record', () => {
  const attempt = { number: 1, startedAt: '2026-11-23T11:59:59Z' }
  const refused = { ...attempt, outcome: 'Refused' } as const
  const READY = { type: 'Ready', status: 'False', message: '', lastTransitionTime: '2026-11-23T11:59:59Z' } as const
  it.each([
    ['that was just made is an open purchase', order(), true],
    ['of an order at the CA is an open purchase', openOrder(), true],
    ['that waits after a refusal may become an order', order({ phase: 'Submitting', attempts: [refused] }), true],
    ['of an issued certificate is a purchase', openOrder({ phase: 'Issued' }), false],
    ['of an order that failed at the CA is a purchase', openOrder({ phase: 'Failed' }), false],
    [
      'whose certificate nobody waits for any more is a purchase',
      openOrder({ conditions: [{ ...READY, reason: 'Unclaimed' }] }),
      false,
    ],
    ['whose last attempt has an unknown end may have bought', order({ phase: 'Failed', attempts: [attempt] }), false],
  ])('%s', (_title, record, open) => {
    expect(boughtBy(record)).toEqual({ namespace: 'shop', at: [MADE], open })
  })

  it('that continues an order was bought when that was, and is open', () => {
    const continues = { uid: 'gone', createdAt: '2026-11-22T10:00:00Z' }
    expect(boughtBy(order(undefined, { continues }))).toEqual({ namespace: 'shop', at: [-Infinity], open: true })
  })

  it('that the CA refused for good bought nothing', () => {
    expect(boughtBy(order({ phase: 'Failed', attempts: [refused] }))).toBeUndefined()
  })

  it('with attempts of which nobody knows may have bought as many, and a refused one may still while it is open', () => {
    const later = [2, 3, 4].map((number) => ({ number, startedAt: new Date(MADE + number * HOUR).toISOString() }))
    const attempts = [attempt, ...later].map(
      (one) => ({ ...one, outcome: one.number === 4 ? 'Refused' : 'Unknown' }) as const,
    )
    const at = [MADE, MADE + 2 * HOUR, MADE + 3 * HOUR]
    const open = order({ phase: 'Submitting', attempts })
    expect(boughtBy(open)).toEqual({ namespace: 'shop', at: [...at, MADE + 4 * HOUR], open: true })
    expect(boughtBy(order({ phase: 'Failed', attempts }))).toEqual({ namespace: 'shop', at, open: false })
  })
})
