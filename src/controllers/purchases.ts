// What was bought through each issuer: its order records, those that were taken away, and those that are about to be made.
// Sixteen workers that decide at the same time must not spend the same last piece of a budget.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import { type Purchase, purchaseOf } from '../issuance/budget.ts'
import { markerOf, orderName } from '../issuance/order-view.ts'
import { keyOf } from '../kube/resource.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Store } from '../runtime/store.ts'
import { issuerKeyOf } from './requests.ts'

export interface PurchasesOptions {
  readonly orders: Store<CertificateOrder>
  readonly clock: Pick<Clock, 'now' | 'since' | 'monotonic'>
}

interface Entry extends Omit<Purchase, 'age'> {
  /** By the API server's clock, which dates the records: wall clock, milliseconds. */
  readonly madeAt: number
  /** The same for an order and what continues it. */
  readonly marker: string
  /** There is no record yet. */
  readonly reserved: boolean
}

/** Of one issuer, by the record's key. */
interface Ledger {
  readonly entries: Map<string, Entry>
  /** As of a moment (waiting clock), until an entry changes. Thousands of requests may wait for one issuer, and each asks. */
  listed?:
    | { readonly at: number; readonly keys: readonly string[]; readonly purchases: readonly Purchase[] }
    | undefined
}

/** Ages are compared with a day. */
const LISTED_ANEW_MS = 1_000
/** What ended longer ago is of no use to any budget, however wrong a clock is. */
const FORGOTTEN_MS = 7 * 24 * 60 * 60_000

export class Purchases {
  readonly #options: PurchasesOptions
  /** By issuer, whichever incarnation of it. Kept, since it is asked for with every request. */
  readonly #ledgers = new Map<string, Ledger>()
  /** Where a reservation is, by the UID of its request. */
  readonly #reservations = new Map<string, { readonly ledger: Ledger; readonly key: string }>()
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
   * has reserved, or had on a record that was taken away, does not stand in its own way.
   */
  through(request: CertificateRequest): readonly Purchase[] {
    const { keys, purchases } = this.#list(this.#ledgerOf(request))
    const own = keys.indexOf(recordKeyOf(request))
    return own < 0 ? purchases : purchases.toSpliced(own, 1)
  }

  /** Counts an order of the request until `release`: from the decision on, while it waits for its turn, until its record is there. */
  reserve(request: CertificateRequest): void {
    const ledger = this.#ledgerOf(request)
    const key = recordKeyOf(request)
    if (ledger.entries.has(key)) return
    const { namespace = '' } = request.metadata
    const madeAt = this.#options.clock.now() - this.#aheadMs
    put(ledger, key, { namespace, open: true, madeAt, marker: markerOf(request.metadata), reserved: true })
    this.#reservations.set(request.metadata.uid, { ledger, key })
  }

  /** Its record, if one was made, goes on counting. */
  release(uid: string): void {
    const { ledger, key } = this.#reservations.get(uid) ?? {}
    this.#reservations.delete(uid)
    if (key !== undefined && ledger?.entries.get(key)?.reserved) put(ledger, key, undefined)
  }

  #enter(order: CertificateOrder): void {
    const ledger = this.#ledgerOf(order)
    const key = keyOf(order.metadata)
    const madeAt = Date.parse(order.metadata.creationTimestamp)
    if (ledger.entries.get(key)?.reserved) this.#aheadMs = this.#options.clock.now() - madeAt
    const purchase = purchaseOf(order, this.#age(madeAt))
    if (purchase === undefined || (!purchase.open && purchase.age > FORGOTTEN_MS)) {
      put(ledger, key, undefined)
      return
    }
    const { namespace, open, age } = purchase
    const { marker } = order.spec
    put(ledger, key, { namespace, open, madeAt: age === Infinity ? -Infinity : madeAt, marker, reserved: false })
  }

  /** Taken away, with its namespace for example: it was bought all the same, and nothing will ever tell when it ends. */
  #close(order: CertificateOrder): void {
    const ledger = this.#ledgerOf(order)
    const key = keyOf(order.metadata)
    const entry = ledger.entries.get(key)
    if (entry !== undefined) put(ledger, key, { ...entry, open: false })
  }

  #list(ledger: Ledger): NonNullable<Ledger['listed']> {
    const { clock } = this.#options
    if (ledger.listed !== undefined && clock.monotonic() - ledger.listed.at < LISTED_ANEW_MS) return ledger.listed
    const keys: string[] = []
    const purchases: Purchase[] = []
    const openMarkers = new Set<string>()
    for (const [key, entry] of ledger.entries) {
      const age = this.#age(entry.madeAt)
      // An order and what continues it are one, though for a moment both records are open.
      const open = entry.open && !openMarkers.has(entry.marker)
      if (open) openMarkers.add(entry.marker)
      if (!entry.open && age > FORGOTTEN_MS) {
        ledger.entries.delete(key)
        continue
      }
      keys.push(key)
      purchases.push({ namespace: entry.namespace, age, open })
    }
    ledger.listed = { at: clock.monotonic(), keys, purchases }
    return ledger.listed
  }

  #ledgerOf(of: CertificateRequest | CertificateOrder): Ledger {
    const issuer = issuerKeyOf(of)
    const ledger = this.#ledgers.get(issuer) ?? { entries: new Map<string, Entry>() }
    this.#ledgers.set(issuer, ledger)
    return ledger
  }

  #age(madeAt: number): number {
    return this.#options.clock.since(madeAt + this.#aheadMs)
  }
}

function put(ledger: Ledger, key: string, entry: Entry | undefined): void {
  if (entry === undefined) ledger.entries.delete(key)
  else ledger.entries.set(key, entry)
  ledger.listed = undefined
}

/** Of the record that is, or will be, made for the request. */
function recordKeyOf({ metadata }: CertificateRequest): string {
  return keyOf({ namespace: metadata.namespace, name: orderName(metadata) })
}
