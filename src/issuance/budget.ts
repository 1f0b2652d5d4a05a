// Rule 11: what may still be ordered through an issuer. A backup that is restored, a driver that asks anew each minute or a spec that is
// edited in a loop would buy hundreds of certificates that nobody wants; no CA asks twice.
import type { CertificateOrder } from '../api/certificate-order.ts'
import { UNCLAIMED } from './continuation.ts'
import { isOpenOrder, reasonOf } from './order-view.ts'

/** As the issuer's owner set it. */
export interface Budget {
  readonly ordersPerDay: number
  readonly perNamespacePerDay: number
  readonly openOrders: number
}

/** One order that was made through the issuer, or is being made. */
export interface Purchase {
  readonly namespace: string
  /** Milliseconds on the waiting clock since its record was made. */
  readonly age: number
  /** Neither issued, refused nor given up. */
  readonly open: boolean
}

export interface Overspent {
  readonly limit: keyof Budget
  readonly most: number
  /** After so many milliseconds the next order fits, if nobody else takes its place. */
  readonly waitMs: number
}

const DAY_MS = 24 * 60 * 60_000
/** An open order ends when the CA or a person ends it: asked again after this time. */
const OPEN_AGAIN_MS = 60_000

/** What a record says was bought; undefined where the CA surely made no order. */
export function purchaseOf(order: CertificateOrder, age: number): Purchase | undefined {
  const { metadata, spec, status } = order
  const open = isOpenOrder(order) && reasonOf(order) !== UNCLAIMED
  const refused = status?.remote === undefined && status?.attempts?.every(({ outcome }) => outcome === 'Refused')
  if (!open && refused) return undefined
  // What continues an order was bought when that was.
  return { namespace: metadata.namespace ?? '', age: spec.continues === undefined ? age : Infinity, open }
}

/** Which limit keeps `namespace` from ordering now; of several the one that lasts longest. */
export function overspent(budget: Budget, purchases: readonly Purchase[], namespace: string): Overspent | undefined {
  const today = purchases.filter(({ age }) => age < DAY_MS)
  const own = today.filter((purchase) => purchase.namespace === namespace)
  const open = purchases.filter((purchase) => purchase.open).length
  const limits: readonly (Overspent | undefined)[] = [
    exhausted('ordersPerDay', budget.ordersPerDay, today),
    exhausted('perNamespacePerDay', budget.perNamespacePerDay, own),
    open < budget.openOrders ? undefined : { limit: 'openOrders', most: budget.openOrders, waitMs: OPEN_AGAIN_MS },
  ]
  return limits.filter((limit) => limit !== undefined).toSorted((a, b) => b.waitMs - a.waitMs)[0]
}

/** Used up until enough of the day's purchases are older than a day. */
function exhausted(limit: keyof Budget, most: number, today: readonly Purchase[]): Overspent | undefined {
  if (today.length < most) return undefined
  const oldestFirst = today.map(({ age }) => age).toSorted((a, b) => b - a)
  const age = oldestFirst[today.length - most]
  return age === undefined ? undefined : { limit, most, waitMs: DAY_MS - age }
}
