// The rules of issuing, in the order in which they are asked. Pure: see known.ts for all it may depend on.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CertificateSigningRequest } from '../x509/csr.ts'
import { overspent } from './budget.ts'
import { overdue } from './deadline.ts'
import { follow } from './follow.ts'
import { type IssuerView, isProblem, type Known } from './known.ts'
import { isOpenOrder, madeFor, movedFrom, orderName, remoteOf, waitingOf } from './order-view.ts'
import type { Step } from './step.ts'
import { placeOrder } from './submission.ts'
import { bounded, fail, nothing, pending } from './tell.ts'
import { FRESH_APPROVAL_MS, LEADING_MARGIN_MS } from './waits.ts'
import * as wording from './wording.ts'

/** The next single effect for a request, or wait, or nothing. */
export function plan(known: Known): Step {
  const { request, order } = known
  if (request.finished) return nothing('finished')
  if (request.deleting) return nothing('being deleted')
  if (request.denied) return { do: 'report', ready: { reason: 'Denied', message: wording.denied } }
  if (request.approvedAt === undefined) return nothing("the approver's turn")
  if (isProblem(request.csr)) return fail(wording.refusedBeforeOrdering([request.csr]))
  if (order === undefined) return beforeOrdering(known, request.approvedAt)
  return withOrder(known, order, request.csr)
}

function beforeOrdering(known: Known, approvedAt: number): Step {
  const { request, issuer } = known
  const trouble = issuerTrouble(known)
  if (trouble !== undefined) return pending(known, trouble.message, trouble)
  const offer = issuer?.offer
  if (issuer === undefined || offer === undefined) return { do: 'wait', because: 'the issuer is being checked' }
  if (!offer.possible && offer.by === 'request') return fail(wording.refusedBeforeOrdering(offer.problems))
  if (!offer.possible) return pending(known, wording.issuerCannotServe(request.issuerRef, offer.problems))
  const over = overspent(issuer.budget, known.purchases, request.namespace)
  if (over !== undefined) {
    const until = known.tick + over.waitMs * (1 + known.jitter / 10)
    return pending(known, wording.overBudget(request, over), { until, warn: 'BudgetExceeded' })
  }
  const firstAttempt = isFresh(known, approvedAt) ? 'AtCreation' : 'AfterSearch'
  return { do: 'createOrder', target: offer.target, firstAttempt }
}

/**
 * May the first record go straight to submission? Only if no order can have been made of which no record is left: this
 * process has led since before the approval, or the request is young and carries no word of ours (ADR 0003).
 */
function isFresh({ request, memory, now, leadingSince }: Known, approvedAt: number): boolean {
  if (memory.recorded) return false
  if (approvedAt > leadingSince + LEADING_MARGIN_MS) return true
  return request.ready === undefined && now - approvedAt <= FRESH_APPROVAL_MS
}

function withOrder(known: Known, order: CertificateOrder, csr: CertificateSigningRequest): Step {
  const { request } = known
  if (!madeFor(order, request, csr.sha256))
    return pending(known, wording.recordConflict(orderName(request)), { warn: 'RecordConflict' })
  if (order.status?.phase === 'Failed') return fail(failureOf(order))
  const left = (moved: readonly string[]): Step =>
    pending(known, wording.issuerMoved(request.issuerRef, moved), { warn: 'IssuerMoved' })
  // Another installation's record, which this one may not even write.
  if (isOfAnotherClass(order, known.issuer)) return left(['operator class'])
  const trouble = issuerTrouble(known)
  if (trouble !== undefined) return standStill(known, order, trouble)
  const moved = known.issuer?.aim === undefined ? [] : movedFrom(order, known.issuer.aim)
  const late = overdue(known, order, { mayCancel: moved.length === 0 })
  if (late !== undefined) return late
  if (moved.length > 0) return left(moved)
  const remote = remoteOf(order)
  return remote === undefined ? placeOrder(known, order) : follow(known, order, remote)
}

function isOfAnotherClass({ spec }: CertificateOrder, issuer: IssuerView | undefined): boolean {
  return issuer !== undefined && (spec.operatorClass ?? '') !== issuer.operatorClass
}

/** Missing or not Ready: time or the issuer's owner cures it, so the request waits, whatever it has reached. */
function issuerTrouble({ request, issuer }: Known): { readonly message: string; readonly warn?: string } | undefined {
  if (issuer === undefined) return { message: wording.issuerNotFound(request.issuerRef), warn: 'IssuerNotFound' }
  if (issuer.notReady === undefined) return undefined
  return { message: wording.issuerNotReady(request.issuerRef, issuer.notReady) }
}

/** The record says so too: the deadlines stand still from now on. */
function standStill(known: Known, order: CertificateOrder, trouble: { message: string; warn?: string }): Step {
  if (isOpenOrder(order) && waitingOf(order).for !== 'Issuer')
    return { do: 'note', reason: 'IssuerNotReady', message: bounded(trouble.message) }
  return pending(known, trouble.message, trouble)
}

function failureOf(order: CertificateOrder): {
  message: string
  event: { type: 'Warning'; reason: string; note: string }
} {
  const ready = order.status?.conditions?.find((condition) => condition.type === 'Ready')
  const message = ready?.message ?? 'The order failed'
  return { message, event: { type: 'Warning', reason: 'OrderFailed', note: message } }
}
