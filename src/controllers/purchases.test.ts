import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { NOW, openOrder } from '../../test/support/known.ts'
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import { createLogger } from '../runtime/log.ts'
import { Store } from '../runtime/store.ts'
import { ORDER_INDEXES } from './caches.ts'
import { Purchases } from './purchases.ts'

const log = createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } })
const HOUR = 60 * 60_000
const DAY = 24 * HOUR

const made = (hoursAgo: number, phase: 'Open' | 'Issued' = 'Open', name = `o${hoursAgo}`): CertificateOrder => {
  const order = openOrder({ phase })
  const creationTimestamp = new Date(NOW - hoursAgo * HOUR).toISOString()
  return { ...order, metadata: { ...order.metadata, name, creationTimestamp } }
}

function setUp(...recorded: readonly CertificateOrder[]) {
  const orders = new Store<CertificateOrder>({ log, indexes: ORDER_INDEXES })
  const clock = new FakeClock({ now: NOW })
  const purchases = new Purchases({ orders, clock, operatorClass: '' })
  orders.replace(recorded, { resourceVersion: '10' })
  return { orders, clock, purchases }
}

const again = (): CertificateOrder => {
  const startedAt = new Date(NOW - HOUR).toISOString()
  const attempts = [1, 2].map((number) => ({ number, startedAt, outcome: 'Unknown' }) as const)
  const { remote: _, ...status } = made(20, 'Open', 'cr-one').status ?? { phase: 'OutcomeUnknown' }
  return { ...made(20, 'Open', 'cr-one'), status: { ...status, phase: 'OutcomeUnknown', attempts } }
}

/** A request for a certificate; its order record is called `cr-UID`. */
const request = (uid: string, { namespace = 'shop', name = 'public-ov' } = {}): CertificateRequest =>
  ({
    metadata: { namespace, uid },
    spec: { issuerRef: { kind: 'SectigoIssuer', name } },
  }) as CertificateRequest
const any = request('any')

describe('rule 11: purchases', () => {
  it('are the orders of the last days and the open ones, each once, whichever incarnation of the issuer made them', () => {
    const recreated = made(3)
    const other = { ...recreated.spec, issuerRef: { ...recreated.spec.issuerRef, uid: 'another' } }
    const recorded = [made(1), made(20, 'Issued'), made(400), made(500, 'Issued'), { ...recreated, spec: other }]
    const { orders, purchases } = setUp(...recorded)
    const ages = purchases.through(any).map(({ age }) => age / HOUR)
    expect(ages.toSorted((a, b) => a - b)).toEqual([1, 3, 20, 400])
    expect(purchases.through(request('any', { namespace: 'till' }))).toEqual([])
    const later = new Purchases({ orders, clock: new FakeClock({ now: NOW }), operatorClass: '' })
    expect(later.through(any)).toEqual(purchases.through(any))
  })

  it('are not what records of another operator class say, which this one’s policy does not protect', () => {
    const { spec, ...order } = made(1)
    expect(setUp({ ...order, spec: { ...spec, operatorClass: 'forged' } }).purchases.through(any)).toEqual([])
  })

  it('are not open any more when their order has ended, and none when the CA refused it', () => {
    const { orders, purchases } = setUp(made(1, 'Open', 'cr-one'), made(1, 'Open', 'cr-two'))
    const attempts = [{ number: 1, startedAt: new Date(NOW).toISOString(), outcome: 'Refused' as const }]
    const changed = ({ metadata, ...order }: CertificateOrder): void =>
      orders.upsert({ ...order, metadata: { ...metadata, resourceVersion: '11' } })
    changed(made(1, 'Issued', 'cr-one'))
    changed({ ...made(1, 'Open', 'cr-two'), status: { phase: 'Failed', attempts } })
    expect(purchases.through(any)).toEqual([{ namespace: 'shop', age: HOUR, open: false }])
  })
})

describe('an order that was placed again', () => {
  it('may be two, of which one is open', () => {
    expect(setUp(again()).purchases.through(any)).toEqual([
      { namespace: 'shop', age: 20 * HOUR, open: true },
      { namespace: 'shop', age: HOUR, open: false },
    ])
  })

  it('counts for its own request too, when that is to place it once more, but not as open', () => {
    expect(
      setUp(again())
        .purchases.through(request('one'))
        .map(({ open }) => open),
    ).toEqual([false, false])
  })
})

describe('a reservation of one more attempt', () => {
  it('counts for all but its request until the attempt is on record', () => {
    const { orders, purchases } = setUp(made(20, 'Open', 'cr-one'))
    purchases.reserve(request('one'))
    expect(purchases.through(any)).toEqual([
      { namespace: 'shop', age: 20 * HOUR, open: true },
      { namespace: 'shop', age: 0, open: false },
    ])
    expect(purchases.through(request('one'))).toHaveLength(1)
    const { metadata, ...order } = again()
    orders.upsert({ ...order, metadata: { ...metadata, resourceVersion: '11' } })
    expect(purchases.through(any)).toHaveLength(2)
    purchases.release('one')
    expect(purchases.through(any)).toHaveLength(2)
  })
})

describe('an order and what continues it', () => {
  it('are one', () => {
    const first = made(30)
    const second = made(1)
    const spec = { ...second.spec, continues: { uid: 'gone', createdAt: first.metadata.creationTimestamp } }
    const { purchases } = setUp(first, { ...second, spec })
    const bought = purchases.through(any)
    expect(bought.filter(({ open }) => open)).toHaveLength(1)
    expect(bought.filter(({ age }) => age < DAY)).toEqual([])
  })
})

describe('a reservation', () => {
  it('counts for all but its request from the decision on until it is released', () => {
    const { purchases } = setUp()
    purchases.reserve(request('one'))
    expect(purchases.through(any)).toMatchObject([{ namespace: 'shop', age: 0, open: true }])
    expect(purchases.through(request('one'))).toEqual([])
    expect(purchases.through(request('any', { name: 'private' }))).toEqual([])
    purchases.reserve(request('one'))
    expect(purchases.through(any)).toHaveLength(1)
    purchases.release('one')
    expect(purchases.through(any)).toEqual([])
  })

  it('is not counted beside its record, which the watch may show before the answer comes', () => {
    const { orders, purchases } = setUp()
    purchases.reserve(request('one'))
    orders.upsert(made(0, 'Open', 'cr-one'))
    expect(purchases.through(any)).toHaveLength(1)
  })
})

describe('a record that is taken away', () => {
  it('goes on counting, for all but its own request, and is not open any more', async () => {
    const { orders, clock, purchases } = setUp(made(20, 'Open', 'cr-one'))
    orders.remove('shop/cr-one')
    expect(purchases.through(any)).toEqual([{ namespace: 'shop', age: 20 * HOUR, open: false }])
    expect(purchases.through(request('one'))).toEqual([])
    purchases.reserve(request('one'))
    purchases.release('one')
    expect(purchases.through(any)).toHaveLength(1)
    await clock.advance(7 * DAY)
    expect(purchases.through(any)).toEqual([])
  })

  it('counts no more when it is there again, and never if the CA had refused its order', () => {
    const refused = made(1, 'Open', 'cr-two')
    const attempts = [{ number: 1, startedAt: refused.metadata.creationTimestamp, outcome: 'Refused' as const }]
    const { orders, purchases } = setUp(made(1, 'Open', 'cr-one'), {
      ...refused,
      status: { phase: 'Failed', attempts },
    })
    orders.replace([], { resourceVersion: '20' })
    expect(purchases.through(any)).toHaveLength(1)
    orders.upsert(made(1, 'Open', 'cr-one'))
    expect(purchases.through(any)).toHaveLength(1)
  })
})

describe('a wall clock that differs from the API server’s', () => {
  it.each([-50, -5, 5, 50])('by %i hours is seen when a record is made, and the day is the API server’s', (ahead) => {
    const { orders, clock, purchases } = setUp(made(ahead + 1, 'Issued', 'cr-zero'))
    purchases.reserve(request('one'))
    orders.upsert(made(ahead, 'Issued', 'cr-one'))
    const ages = purchases.through(any).map(({ age }) => age / HOUR)
    expect(ages.toSorted((a, b) => a - b)).toEqual([0, 1])
    expect(clock.now()).toBe(NOW)
  })
})
