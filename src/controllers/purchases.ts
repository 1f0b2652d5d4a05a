// What was bought through each issuer: its order records, those that were taken away, and those that are about to be made.
// Sixteen workers that decide at the same time must not spend the same last piece of a budget.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import { type Bought, boughtBy, type Purchase } from '../issuance/budget.ts'
import { markerOf, orderName } from '../issuance/order-view.ts'
import { keyOf } from '../kube/resource.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Store } from '../runtime/store.ts'
import { issuerKeyOf } from './requests.ts'

export interface PurchasesOptions {
  readonly orders: Store<CertificateOrder>
  readonly clock: Pick<Clock, 'now' | 'since'>
}

/** Times are by the API server's clock, which dates the records. */
interface Entry extends Bought {
  /** The same for an order and what continues it. */
  readonly marker: string
  /** There is no record yet, or no more. */
  readonly without?: 'yet' | 'gone'
}

/** What ended longer ago is of no use to any budget, however wrong a clock is. */
const FORGOTTEN_MS = 7 * 24 * 60 * 60_000

export class Purchases {
  readonly #options: PurchasesOptions
  /** By issuer, whichever incarnation of it, and by the record's key. Kept, since it is asked for with every request. */
  readonly #ledgers = new Map<string, Map<string, Entry>>()
  /** Where a reservation is, by the UID of its request. */
  readonly #reservations = new Map<string, { readonly ledger: Map<string, Entry>; readonly key: string }>()
  /** How far our wall clock is ahead of the API server's: seen whenever a record is made. */
  #aheadMs = 0

  constructor(options: PurchasesOptions) {
    this.#options = options
    const { orders } = options
    for (const order of orders.list()) this.#enter(order)
    orders.onChange(({ previous, current }) => {
      if (current !== undefined) this.#enter(current)
      else if (previous !== undefined) this.#close(previous)
    })
  }

  /**
   * What was bought through the request's issuer in the last days, is open, or is about to be ordered. What this request itself
   * has reserved, has open, or had on a record that was taken away, does not stand in its own way.
   */
  through(request: CertificateRequest): readonly Purchase[] {
    const ledger = this.#ledgerOf(request)
    const own = recordKeyOf(request)
    const purchases: Purchase[] = []
    const openMarkers = new Set<string>()
    for (const [key, { namespace, at, open, marker, without }] of ledger) {
      if (!open && this.#age(Math.max(...at)) > FORGOTTEN_MS) ledger.delete(key)
      else if (key !== own || without === undefined) {
        // An order and what continues it are one, though for a moment both records are open.
        const counts = open && key !== own && !openMarkers.has(marker)
        if (counts) openMarkers.add(marker)
        for (const [n, time] of at.entries())
          purchases.push({ namespace, age: this.#age(time), open: counts && n === 0 })
      }
    }
    return purchases
  }

  /** Counts an order of the request until `release`: from the decision on, while it waits for its turn, until its record is there. */
  reserve(request: CertificateRequest): void {
    const ledger = this.#ledgerOf(request)
    const key = recordKeyOf(request)
    if (ledger.has(key)) return
    const { namespace = '' } = request.metadata
    const madeAt = this.#options.clock.now() - this.#aheadMs
    ledger.set(key, { namespace, open: true, at: [madeAt], marker: markerOf(request.metadata), without: 'yet' })
    this.#reservations.set(request.metadata.uid, { ledger, key })
  }

  /** Its record, if one was made, goes on counting. */
  release(uid: string): void {
    const { ledger, key } = this.#reservations.get(uid) ?? {}
    this.#reservations.delete(uid)
    if (key !== undefined && ledger?.get(key)?.without === 'yet') ledger.delete(key)
  }

  #enter(order: CertificateOrder): void {
    const ledger = this.#ledgerOf(order)
    const key = keyOf(order.metadata)
    const madeAt = Date.parse(order.metadata.creationTimestamp)
    if (ledger.get(key)?.without === 'yet') this.#aheadMs = this.#options.clock.now() - madeAt
    const bought = boughtBy(order)
    if (bought === undefined || (!bought.open && this.#age(Math.max(...bought.at)) > FORGOTTEN_MS)) ledger.delete(key)
    else ledger.set(key, { ...bought, marker: order.spec.marker })
  }

  /** Taken away, with its namespace for example: it was bought all the same, and nothing will ever tell when it ends. */
  #close(order: CertificateOrder): void {
    const ledger = this.#ledgerOf(order)
    const key = keyOf(order.metadata)
    const entry = ledger.get(key)
    if (entry !== undefined) ledger.set(key, { ...entry, open: false, without: 'gone' })
  }

  #ledgerOf(of: CertificateRequest | CertificateOrder): Map<string, Entry> {
    const issuer = issuerKeyOf(of)
    const ledger = this.#ledgers.get(issuer) ?? new Map<string, Entry>()
    this.#ledgers.set(issuer, ledger)
    return ledger
  }

  #age(madeAt: number): number {
    return this.#options.clock.since(madeAt + this.#aheadMs)
  }
}

/** Of the record that is, or will be, made for the request. */
function recordKeyOf({ metadata }: CertificateRequest): string {
  return keyOf({ namespace: metadata.namespace, name: orderName(metadata) })
}
