// What was bought through each issuer: its order records, those that were taken away, and those that are about to be made.
// Sixteen workers that decide at the same time must not spend the same last piece of a budget.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import { type Bought, boughtBy, type Purchase } from '../issuance/budget.ts'
import { orderName } from '../issuance/order-view.ts'
import { keyOf } from '../kube/resource.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Store } from '../runtime/store.ts'
import { issuerKeyOf } from './requests.ts'

export interface PurchasesOptions {
  readonly orders: Store<CertificateOrder>
  readonly clock: Pick<Clock, 'now' | 'since' | 'monotonic'>
  /** Records of other classes are protected by other policies, or by none: what they say of an issuer may be forged. */
  readonly operatorClass: string
}

/** Times are by the API server's clock, which dates the records. */
interface Entry extends Bought {
  /** The same for an order and what continues it. */
  readonly marker: string
  /** There is no record any more. */
  readonly gone?: true
}

/** An order that is about to be put on record. */
interface Reservation {
  readonly namespace: string
  readonly at: number
  /** So many orders of the record were counted before. */
  readonly after: number
}

/** Of one issuer, by the record's key. */
interface Ledger {
  readonly entries: Map<string, Entry>
  readonly reservations: Map<string, Reservation>
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
    const { orders, operatorClass } = options
    const isOwn = ({ spec }: CertificateOrder): boolean => (spec.operatorClass ?? '') === operatorClass
    for (const order of orders.list().filter(isOwn)) this.#enter(order)
    orders.onChange(({ previous, current }) => {
      const order = current ?? previous
      if (order === undefined || !isOwn(order)) return
      if (current !== undefined) this.#enter(order)
      else this.#close(order)
    })
  }

  /**
   * What was bought through the request's issuer in the last days, is open, or is about to be ordered. What this request itself
   * has reserved, has open, or had on a record that was taken away, does not stand in its own way.
   */
  through(request: CertificateRequest): readonly Purchase[] {
    const ledger = this.#ledgerOf(request)
    const own = recordKeyOf(request)
    const reserved = [...ledger.reservations].filter(([key]) => key !== own)
    return [...this.#recorded(ledger, own), ...reserved.map(([, one]) => this.#purchase(one, one.after === 0))]
  }

  #recorded(ledger: Ledger, own: string): readonly Purchase[] {
    const { keys, purchases } = this.#list(ledger)
    if (!keys.includes(own)) return purchases
    if (ledger.entries.get(own)?.gone) return purchases.filter((_, n) => keys[n] !== own)
    return purchases.map((purchase, n) => (keys[n] === own ? { ...purchase, open: false } : purchase))
  }

  /**
   * Counts one more order of the request until `release`: from the decision on, while it waits for its turn, until it is on
   * record.
   */
  reserve(request: CertificateRequest): void {
    const ledger = this.#ledgerOf(request)
    const key = recordKeyOf(request)
    const entry = ledger.entries.get(key)
    if (entry?.gone || ledger.reservations.has(key)) return
    const { uid, namespace = '' } = request.metadata
    const at = this.#options.clock.now() - this.#aheadMs
    ledger.reservations.set(key, { namespace, at, after: entry?.at.length ?? 0 })
    this.#reservations.set(uid, { ledger, key })
  }

  /** What was put on record goes on counting. */
  release(uid: string): void {
    const { ledger, key = '' } = this.#reservations.get(uid) ?? {}
    this.#reservations.delete(uid)
    ledger?.reservations.delete(key)
  }

  #enter(order: CertificateOrder): void {
    const ledger = this.#ledgerOf(order)
    const key = keyOf(order.metadata)
    const bought = boughtBy(order)
    const after = ledger.reservations.get(key)?.after
    if (after === 0) this.#aheadMs = this.#options.clock.now() - Date.parse(order.metadata.creationTimestamp)
    if (after === 0 || (after !== undefined && after < (bought?.at.length ?? 0))) ledger.reservations.delete(key)
    const isForgotten = bought === undefined || this.#isForgotten(bought)
    put(ledger, key, isForgotten ? undefined : { ...bought, marker: order.spec.marker })
  }

  /** Taken away, with its namespace for example: it was bought all the same, and nothing will ever tell when it ends. */
  #close(order: CertificateOrder): void {
    const ledger = this.#ledgerOf(order)
    const key = keyOf(order.metadata)
    const entry = ledger.entries.get(key)
    if (entry !== undefined) put(ledger, key, { ...entry, open: false, gone: true })
  }

  #list(ledger: Ledger): NonNullable<Ledger['listed']> {
    const { clock } = this.#options
    if (ledger.listed !== undefined && clock.monotonic() - ledger.listed.at < LISTED_ANEW_MS) return ledger.listed
    const keys: string[] = []
    const purchases: Purchase[] = []
    const openMarkers = new Set<string>()
    for (const [key, entry] of ledger.entries) {
      if (this.#isForgotten(entry)) {
        ledger.entries.delete(key)
        continue
      }
      const { namespace, at, marker } = entry
      // An order and what continues it are one, though for a moment both records are open.
      const open = entry.open && !openMarkers.has(marker)
      if (open) openMarkers.add(marker)
      for (const [n, time] of at.entries()) {
        keys.push(key)
        purchases.push(this.#purchase({ namespace, at: time }, open && n === 0))
      }
    }
    ledger.listed = { at: clock.monotonic(), keys, purchases }
    return ledger.listed
  }

  #isForgotten({ open, at }: Bought): boolean {
    return !open && this.#age(Math.max(...at)) > FORGOTTEN_MS
  }

  #ledgerOf(of: CertificateRequest | CertificateOrder): Ledger {
    const issuer = issuerKeyOf(of)
    const ledger = this.#ledgers.get(issuer) ?? {
      entries: new Map<string, Entry>(),
      reservations: new Map<string, Reservation>(),
    }
    this.#ledgers.set(issuer, ledger)
    return ledger
  }

  #purchase({ namespace, at }: Pick<Reservation, 'namespace' | 'at'>, open: boolean): Purchase {
    return { namespace, age: this.#age(at), open }
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
