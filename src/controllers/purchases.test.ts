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
const KEY = 'SectigoIssuer/shop/public-ov'

const made = (hoursAgo: number, phase: 'Open' | 'Issued' = 'Open', name = `o${hoursAgo}`): CertificateOrder => {
  const order = openOrder({ phase })
  const creationTimestamp = new Date(NOW - hoursAgo * HOUR).toISOString()
  return { ...order, metadata: { ...order.metadata, name, creationTimestamp } }
}

function setUp(...recorded: readonly CertificateOrder[]) {
  const orders = new Store<CertificateOrder>({ log, indexes: ORDER_INDEXES })
  orders.replace(recorded, { resourceVersion: '10' })
  return { orders, purchases: new Purchases({ orders, clock: new FakeClock({ now: NOW }) }) }
}

const request = {
  metadata: { namespace: 'shop' },
  spec: { issuerRef: { kind: 'SectigoIssuer', name: 'public-ov' } },
} as CertificateRequest

describe('purchases', () => {
  it('are the orders of the last day and the open ones, each once, whichever incarnation of the issuer made them', () => {
    const recreated = made(3)
    const other = { ...recreated.spec, issuerRef: { ...recreated.spec.issuerRef, uid: 'another' } }
    const { purchases } = setUp(made(1), made(20, 'Issued'), made(400), made(500, 'Issued'), {
      ...recreated,
      spec: other,
    })
    const ages = purchases.through(KEY).map(({ age }) => age / HOUR)
    expect(ages.toSorted((a, b) => a - b)).toEqual([1, 3, 20, 400])
    expect(purchases.through('SectigoIssuer/till/public-ov')).toEqual([])
  })

  it('count an order whose record is being made once, before it is there and after', async () => {
    const { orders, purchases } = setUp()
    const seen: number[] = []
    await purchases.during(request, async () => {
      seen.push(purchases.through(KEY).length, purchases.through('SectigoIssuer/shop/private').length)
      orders.wrote({ ...made(0), metadata: { ...made(0).metadata, resourceVersion: '11' } })
    })
    expect([...seen, purchases.through(KEY).length]).toEqual([1, 0, 1])
  })

  it('do not count an order whose record could not be made', async () => {
    const { purchases } = setUp()
    await expect(purchases.during(request, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(purchases.through(KEY)).toEqual([])
  })
})
