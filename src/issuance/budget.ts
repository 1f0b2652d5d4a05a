// Rule 11: what may still be ordered through an issuer. A backup that is restored, a driver that asks anew each minute or a spec that is
// edited in a loop would buy hundreds of certificates that nobody wants; no CA asks twice.
import type { CertificateOrder } from '../api/certificate-order.ts'
import { UNCLAIMED } from './continuation.ts'
import type { Known } from './known.ts'
import { isOpenOrder, reasonOf } from './order-view.ts'
import type { Step } from './step.ts'
import { pending } from './tell.ts'
import * as wording from './wording.ts'

/** As the issuer's owner set it. */
export interface Budget {
  readonly ordersPerDay: number
  readonly perNamespacePerDay: number
  readonly openOrders: number
}

/** One order that was made through the issuer, or may have been, or is being made. */
export interface Purchase {
  readonly namespace: string
  /** Milliseconds on the waiting clock since it was put on record. */
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

/** What a record says was bought, or may have been. */
export interface Bought {
  readonly namespace: string
  /** When, an entry for each order: wall clock, milliseconds, the record's own first. */
  readonly at: readonly number[]
  /** Of the orders at most one is open. */
  readonly open: boolean
}

/** Undefined where the CA surely made no order. */
export function boughtBy(order: CertificateOrder): Bought | undefined {
  const { metadata, spec, status } = order
  const open = isOpenOrder(order) && reasonOf(order) !== UNCLAIMED
  const { attempts = [] } = status ?? {}
  const refused = attempts.length > 0 && attempts.every(({ outcome }) => outcome === 'Refused')
  if (!open && refused && status?.remote === undefined) return undefined
  // What continues an order was bought when that was.
  const first = spec.continues === undefined ? Date.parse(metadata.creationTimestamp) : -Infinity
  // Nobody knows what became of the attempts before these. One that was refused is sent again in its own place.
  const again = attempts.filter(({ number, outcome }) => number > 1 && (open || outcome !== 'Refused'))
  const at = [first, ...again.map(({ startedAt }) => Date.parse(startedAt))]
  return { namespace: metadata.namespace ?? '', at, open }
}

/**
 * Does the step take another piece of the issuer's budget? The first attempt is paid for with its record, one that is sent again
 * was paid for, and so was an order that goes on; what is known of any other attempt is that it may cost as much again.
 */
export function buys(step: Step, { order }: Pick<Known, 'order'>): boolean {
  if (step.do === 'createOrder') return step.continues === undefined
  if (step.do !== 'recordAttempt' || step.number === 1) return false
  return !order?.status?.attempts?.some(({ number }) => number === step.number)
}

/** The wait for a piece of the issuer's budget, or undefined where one is left. */
export function overBudget(known: Known): Step | undefined {
  const { request, issuer, purchases, tick, jitter } = known
  const over = issuer && overspent(issuer.budget, purchases, request.namespace)
  if (over === undefined) return undefined
  const until = tick + over.waitMs * (1 + jitter / 10)
  return pending(known, wording.overBudget(request, over), { until, warn: 'BudgetExceeded' })
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
