// The rules of issuing, in the order in which they are asked. Pure: see known.ts for all it may depend on. Their numbers, here
// and beside the code they are about, are those of docs/guarantees.md.
import type { CertificateOrder } from '../api/certificate-order.ts'
import { conditionOf } from '../api/conditions.ts'
import type { OrderTarget } from '../backends/backend.ts'
import type { CertificateSigningRequest } from '../x509/csr.ts'
import { keptOut, namesKeptOut, namespaceKeptOut } from './access.ts'
import { overBudget } from './budget.ts'
import { continuable, DECLINING } from './continuation.ts'
import { overdue, waitOnRecord } from './deadline.ts'
import { follow } from './follow.ts'
import { BEING_CHECKED } from './issuer-status.ts'
import { isProblem, type Known } from './known.ts'
import { madeFor, movedFrom, orderName, reasonOf, remoteOf } from './order-view.ts'
import type { Step } from './step.ts'
import { placeOrder } from './submission.ts'
import { fail, nothing, pending } from './tell.ts'
import { BUSY_FIRST_MS, FRESH_APPROVAL_MS, LEADING_MARGIN_MS } from './waits.ts'
import * as wording from './wording.ts'

/** The next single effect for a request, or wait, or nothing. */
export function plan(known: Known): Step {
  const { request, order } = known
  if (request.finished) return nothing('finished')
  if (request.deleting) return nothing('being deleted')
  if (request.denied) return { do: 'report', ready: { reason: 'Denied', message: wording.denied } }
  if (request.approvedAt === undefined) return nothing("the approver's turn")
  if (isProblem(request.csr)) return fail(wording.refusedBeforeOrdering([request.csr]))
  // Each edit of an issuer would be two writes for each request that waits for it, and two for its record.
  if (known.issuer?.notReady === BEING_CHECKED && request.ready !== undefined) return beingChecked
  if (order === undefined) return beforeOrdering(known, request.approvedAt)
  return withOrder(known, order, request.csr)
}

function beforeOrdering(known: Known, approvedAt: number): Step {
  const { request, issuer } = known
  // Whom it does not serve learns nothing else of it.
  const stranger = namespaceKeptOut(known)
  if (stranger !== undefined) return stranger
  const trouble = issuerTrouble(known)
  if (trouble !== undefined) return pending(known, trouble.message, trouble)
  const offer = issuer?.offer
  if (issuer === undefined || offer === undefined) return beingChecked
  if (!offer.possible && offer.by === 'request') return fail(wording.refusedBeforeOrdering(offer.problems))
  if (!offer.possible && offer.by === 'annotations')
    return pending(known, wording.annotationsNotAllowed(offer.problems), { warn: wording.NOT_ALLOWED })
  if (!offer.possible) return pending(known, wording.issuerCannotServe(request.issuerRef, offer.problems))
  const outside = namesKeptOut(known)
  if (outside !== undefined) return outside
  const earlier = continuable(known, offer.target)
  if (earlier !== undefined) return continueOrder(known, offer.target, earlier)
  const over = overBudget(known)
  if (over !== undefined) return over
  const firstAttempt = isFresh(known, approvedAt) ? 'AtCreation' : 'AfterSearch'
  return { do: 'createOrder', target: offer.target, firstAttempt }
}

/** One need, one order: it was paid for already, so no budget is asked. */
function continueOrder(known: Known, target: OrderTarget, continues: CertificateOrder): Step {
  if (reasonOf(continues) === DECLINING) {
    return pending(known, wording.beingDeclined(continues.metadata.name), { until: known.tick + BUSY_FIRST_MS })
  }
  return { do: 'createOrder', target, firstAttempt: 'AfterSearch', continues }
}

/**
 * Rule 2. May the first record go straight to submission? Only if no order can have been made of which no record is left: this
 * process has led since before the approval, or since moments after it and the request carries no word of ours (ADR 0003).
 * However long the request has waited since, for its issuer or in line: whatever was ordered meanwhile, this process would know.
 */
function isFresh({ request, memory, leadingSince }: Known, approvedAt: number): boolean {
  if (memory.recorded) return false
  return approvedAt > leadingSince + (request.ready === undefined ? -FRESH_APPROVAL_MS : LEADING_MARGIN_MS)
}

function withOrder(known: Known, order: CertificateOrder, csr: CertificateSigningRequest): Step {
  const { request, operatorClass } = known
  if (!madeFor(order, { request, csr }))
    return pending(known, wording.recordConflict(orderName(request)), { warn: 'RecordConflict' })
  // Another installation's, which this one may not even write.
  if ((order.spec.operatorClass ?? '') !== operatorClass) return movedTo(known, ['operator class'])
  if (order.status?.phase === 'Failed') return fail(failureOf(order))
  const trouble = issuerTrouble(known)
  if (trouble !== undefined) return waitOnRecord(known, order, pending(known, trouble.message, trouble))
  const aim = known.issuer?.aim
  if (aim === undefined) return beingChecked
  return waitOnRecord(known, order, withIssuer(known, order, movedFrom(order, aim)))
}

function withIssuer(known: Known, order: CertificateOrder, moved: readonly string[]): Step {
  const next = moved.length > 0 ? movedTo(known, moved) : onItsWay(known, order)
  return overdue(known, order, { mayCancel: moved.length === 0, next }) ?? next
}

function onItsWay(known: Known, order: CertificateOrder): Step {
  const remote = remoteOf(order)
  if (remote !== undefined) return follow(known, order, remote)
  const step = placeOrder(known, order)
  // What was allowed when the record was made may not be any more, and nothing is bought yet.
  return step.do === 'recordAttempt' ? (keptOut(known) ?? step) : step
}

function movedTo(known: Known, moved: readonly string[]): Step {
  return pending(known, wording.issuerMoved(known.request.issuerRef, moved), { warn: 'IssuerMoved' })
}

/** It is Ready, and yet what the CA said of it is not on record: its check brings that back. */
const beingChecked: Step = { do: 'wait', because: 'the issuer is being checked' }

/** Missing or not Ready: time or the issuer's owner cures it, so the request waits, whatever it has reached. */
function issuerTrouble({ request, issuer }: Known): { readonly message: string; readonly warn?: string } | undefined {
  if (issuer === undefined) return { message: wording.issuerNotFound(request), warn: 'IssuerNotFound' }
  if (issuer.notReady === undefined) return undefined
  return { message: wording.issuerNotReady(request.issuerRef, issuer.notReady) }
}

function failureOf(order: CertificateOrder): {
  message: string
  event: { type: 'Warning'; reason: string; note: string }
} {
  const message = conditionOf(order.status, 'Ready')?.message ?? 'The order failed'
  return { message, event: { type: 'Warning', reason: 'OrderFailed', note: message } }
}
