// What was bought through each issuer: its order records, those that were taken away, and those that are about to be made.
// Sixteen workers that decide at the same time must not spend the same last piece of a budget.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import { type Purchase, purchaseOf } from '../issuance/budget.ts'
import { isOpenOrder, orderName } from '../issuance/order-view.ts'
import { keyOf } from '../kube/resource.ts'
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
  /** What is about to be ordered, by the name of its record to be. */
  readonly #reserved = new Map<string, Purchase & { readonly issuer: string }>()
  /** Records that were taken away within a day of their making, with their namespace for example, by key. */
  readonly #gone = new Map<string, CertificateOrder>()
  /** How far our wall clock is ahead of the API server's, which dates the records: seen whenever one is made. */
  #aheadMs = 0

  constructor(options: PurchasesOptions) {
    this.#options = options
    const { orders, clock } = options
    orders.onChange(({ key, previous, current }) => {
      if (current === undefined) {
        if (previous !== undefined && this.#age(previous) < DAY_MS) this.#gone.set(key, previous)
        return
      }
      this.#gone.delete(key)
      const made = previous === undefined && this.#reserved.has(current.metadata.name)
      if (made) this.#aheadMs = clock.now() - madeAt(current)
    })
  }

  /**
   * What was bought through the request's issuer in the last day, is open, or is about to be ordered. What this request itself
   * has reserved, or had on a record that was taken away, does not stand in its own way.
   */
  through(request: CertificateRequest): readonly Purchase[] {
    const { orders, clock } = this.#options
    const issuer = issuerKeyOf(request)
    const now = clock.now() - this.#aheadMs
    const days = [-1, 0, 1].map((days) => dayOf(new Date(now + days * DAY_MS).toISOString()))
    const recorded = new Set([OPEN, ...days].flatMap((when) => orders.byIndex('purchase', purchaseKey(issuer, when))))
    const bought = [...recorded].flatMap((order) => purchaseOf(order, this.#age(order)) ?? [])
    return [...bought, ...this.#takenAway(issuer, request), ...this.#aboutToBeOrdered(issuer, request)]
  }

  /** Counts an order of the request until `release`: from the decision on, while it waits for its turn, until its record is there. */
  reserve(request: CertificateRequest): void {
    const { namespace = '' } = request.metadata
    const reserved = { namespace, age: 0, open: true, issuer: issuerKeyOf(request) }
    this.#reserved.set(orderName(request.metadata), reserved)
  }

  release(request: { readonly uid: string }): void {
    this.#reserved.delete(orderName(request))
  }

  /** It was bought all the same. */
  #takenAway(issuer: string, { metadata: { namespace, uid } }: CertificateRequest): readonly Purchase[] {
    const own = keyOf({ namespace, name: orderName({ uid }) })
    return [...this.#gone].flatMap(([key, order]) => {
      const age = this.#age(order)
      if (age >= DAY_MS) this.#gone.delete(key)
      if (age >= DAY_MS || key === own || issuerKeyOf(order) !== issuer) return []
      const purchase = purchaseOf(order, age)
      // Nothing would ever tell that it is not open any more.
      return purchase === undefined ? [] : [{ ...purchase, open: false }]
    })
  }

  #aboutToBeOrdered(issuer: string, { metadata }: CertificateRequest): readonly Purchase[] {
    const own = orderName(metadata)
    return [...this.#reserved].flatMap(([name, purchase]) => {
      if (name === own || purchase.issuer !== issuer) return []
      // A record that is there speaks for itself: the watch may show it before the answer comes.
      return this.#options.orders.get(keyOf({ namespace: purchase.namespace, name })) === undefined ? [purchase] : []
    })
  }

  #age(order: CertificateOrder): number {
    return this.#options.clock.since(madeAt(order) + this.#aheadMs)
  }
}

const madeAt = ({ metadata }: CertificateOrder): number => Date.parse(metadata.creationTimestamp)
