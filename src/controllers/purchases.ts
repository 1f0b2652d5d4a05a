// What was bought through each issuer: its order records, and those that are being made at this moment. Sixteen workers that
// decide at the same time must not spend the same last piece of a budget.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import { type Purchase, purchaseOf } from '../issuance/budget.ts'
import { isOpenOrder } from '../issuance/order-view.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Store } from '../runtime/store.ts'
import { issuerKeyOf } from './requests.ts'

export interface PurchasesOptions {
  readonly orders: Store<CertificateOrder>
  readonly clock: Pick<Clock, 'now' | 'since'>
}

const DAY_MS = 24 * 60 * 60_000
const OPEN = 'open'

/** The date of an RFC 3339 time in UTC. */
const dayOf = (time: string): string => time.slice(0, '2026-11-23'.length)
const purchaseKey = (issuer: string, when: string): string => `${issuer} ${when}`

/**
 * An index: under its issuer, whichever incarnation of it, an order counts on its day, and for as long as it is open. The tens
 * of thousands of older ones are not looked at for each request.
 */
export function purchaseKeysOf(order: CertificateOrder): readonly string[] {
  const issuer = issuerKeyOf(order)
  const days = [dayOf(order.metadata.creationTimestamp)]
  return (isOpenOrder(order) ? [...days, OPEN] : days).map((when) => purchaseKey(issuer, when))
}

export class Purchases {
  readonly #options: PurchasesOptions
  readonly #underway = new Set<Purchase & { readonly issuer: string }>()

  constructor(options: PurchasesOptions) {
    this.#options = options
  }

  /** What was bought through the issuer of this key in the last day, or is open. */
  through(issuer: string): readonly Purchase[] {
    const { orders, clock } = this.#options
    const days = [-1, 0, 1].map((days) => dayOf(new Date(clock.now() + days * DAY_MS).toISOString()))
    const recorded = new Set([OPEN, ...days].flatMap((when) => orders.byIndex('purchase', purchaseKey(issuer, when))))
    const bought = [...recorded].flatMap(
      (order) => purchaseOf(order, clock.since(Date.parse(order.metadata.creationTimestamp))) ?? [],
    )
    return [...bought, ...[...this.#underway].filter((purchase) => purchase.issuer === issuer)]
  }

  /** Counts one more for as long as `makeRecord` runs, after which its record counts. */
  async during<T>(request: CertificateRequest, makeRecord: () => Promise<T>): Promise<T> {
    const namespace = request.metadata.namespace ?? ''
    const purchase = { issuer: issuerKeyOf(request), namespace, age: 0, open: true }
    this.#underway.add(purchase)
    try {
      return await makeRecord()
    } finally {
      this.#underway.delete(purchase)
    }
  }
}
