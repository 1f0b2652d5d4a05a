// The wording of every condition message and event of a request and its order, in one place.
// A message changes only when the situation does: each change is a write, and a watch event for everybody.
import { ANNOTATIONS } from '../api/overridden.ts'
import type { CancelOutcome, Candidate, Look, Problem, Refusal } from '../backends/backend.ts'
import type { BackendErrorKind } from '../backends/backend-error.ts'
import type { Overspent } from './budget.ts'
import { CURE } from './issuer-status.ts'
import type { RequestView } from './known.ts'
import type { Accepted, EventNote } from './step.ts'

const warning = (reason: string, note: string): EventNote => ({ type: 'Warning', reason, note })

export const denied = 'The CertificateRequest was denied by an approval controller'

export function problems(found: readonly Problem[]): string {
  return found.map(({ field, message }) => `${field}: ${message}`).join('; ')
}

export function refusedBeforeOrdering(found: readonly Problem[]): { message: string; event: EventNote } {
  const message = `No order was made: ${problems(found)}`
  return { message, event: warning('Refused', message) }
}

export function issuerNotFound({ issuerRef: { kind, name }, namespace }: RequestView): string {
  const where = kind === 'SectigoIssuer' ? ` in namespace "${namespace}"` : ''
  return `Waiting for ${kind} "${name}", which does not exist${where}`
}

export function issuerNotReady(ref: { kind: string; name: string }, why: string): string {
  return `Waiting for ${ref.kind} "${ref.name}" to become Ready: ${why}`
}

export function issuerCannotServe(ref: { kind: string; name: string }, found: readonly Problem[]): string {
  return `Waiting for ${ref.kind} "${ref.name}" to be changed: ${problems(found)}`
}

/** Without a time or a count: both change with each order that others make, and each change would be a write. */
export function overBudget({ issuerRef, namespace }: RequestView, { limit, most }: Overspent): string {
  const what = {
    ordersPerDay: `${most} orders were made through it in the last 24 hours`,
    perNamespacePerDay: `${most} orders were made through it for namespace "${namespace}" in the last 24 hours`,
    openOrders: `${most} of its orders are open`,
  }
  return `BudgetExceeded: no order is made through ${issuerRef.kind} "${issuerRef.name}" for now: ${what[limit]}, as many as spec.budget.${limit} allows. It goes on by itself when one fits again; the issuer's owner can raise the limit`
}

export const NOT_ALLOWED = 'NotAllowed'

export function namespaceNotAllowed({ issuerRef, namespace }: RequestView): string {
  return `${NOT_ALLOWED}: ${issuerRef.kind} "${issuerRef.name}" does not serve namespace "${namespace}": its labels do not meet spec.allow.namespaceSelector. It goes on by itself when the selector or the labels change`
}

/** `outside`: names for people, each bounded and cleaned. */
export function namesNotAllowed({ issuerRef }: RequestView, outside: readonly string[]): string {
  return `${NOT_ALLOWED}: spec.allow.dnsZones of ${issuerRef.kind} "${issuerRef.name}" has no zone for ${listed(outside)}. Ask its owner for the zone, or remove the names`
}

export function annotationsNotAllowed(found: readonly Problem[]): string {
  return `${NOT_ALLOWED}: no order is made as the annotations ask: ${problems(found)}. Correct them on this CertificateRequest; or correct the Certificate and delete this CertificateRequest, so that another one is made`
}

/** `unknown`: names of annotations, each as short as Kubernetes lets them be. */
export function annotationsUnknown(unknown: readonly string[]): EventNote {
  const known = Object.values(ANNOTATIONS).join(', ')
  return warning(
    'UnknownAnnotation',
    `The order is made without ${listed(unknown)}: there is no such annotation. There are ${known}`,
  )
}

export function issuerMoved(ref: { kind: string; name: string }, what: readonly string[]): string {
  return `IssuerMoved: this order was made with another ${what.join(', ')} than ${ref.kind} "${ref.name}" has now; it is left alone until the issuer points back. If it shall not, decline the order at the CA and delete this request: another order is made`
}

export function recordConflict(name: string): string {
  return `CertificateOrder "${name}" exists and was not made for this request by this operator; it is not used. Ask your platform team who created it, then delete this request: the next one gets a record of its own`
}

export function beingDeclined(record: string): string {
  return `Waiting until it is known whether the order of CertificateOrder "${record}", for the same CSR, is declined: its request was deleted or denied`
}

export const inLine = 'Waiting for its turn to be submitted'

export const submitting = 'The order is being submitted'

export function following(id: string, { phase, word, todo }: Look): string {
  const waitsFor = {
    awaitingApproval: 'waiting for approval',
    awaitingValidation: 'waiting for domain validation',
    issued: 'collecting the certificate',
    processing: 'waiting for the CA',
    failed: undefined,
  }[phase]
  return [`Order ${id} is "${word}"`, waitsFor, todo].filter((part) => part !== undefined).join(': ')
}

/** `marker`: with which the comments of an order of ours begin. */
export function notOurs(id: string, marker: string): string {
  return `OrderUnknown: the CA shows order ${id} without our marker and without our CSR; it is not collected. Compare it there with this request: if it is this request's, begin its comments with ${marker}:1; if it is not, decline it and delete this request`
}

export function ended(id: string, word: string): string {
  return `Order ${id} ended as "${word}"`
}

export function refusedByCA(refusal: Refusal): string {
  return `The CA refused the order: ${refusal.message}`
}

export function waitingAfterRefusal(refusal: Refusal): string {
  const whose = {
    request: 'a new request',
    issuer: "the issuer's owner",
    validation: 'validation at the CA',
    busy: 'the CA',
  }
  return `Waiting for ${whose[refusal.cause]}: ${refusal.message}. The order is placed again by itself`
}

export const outcomeUnknown =
  'OrderUnknown: an order may have been made whose answer was lost; searching for it before another one is placed'

/** Before attempt `attempt` is repeated; undefined: before the first one of a record that was made late. */
export function searching(attempt: number | undefined): string {
  if (attempt !== undefined) return outcomeUnknown
  return 'OrderUnknown: an earlier record of this request may be gone; searching for its order before one is placed'
}

export function tooManyAttempts(most: number, marker: string): string {
  return `OrderUnknown: ${most} times the answer to this order was lost; no further one is placed: ${clearUp(marker)}`
}

/** What people do where no search gets any further. A request with the same CSR would only go on with it. */
function clearUp(marker: string): string {
  return `look in the CA's portal for orders whose comments begin with ${marker}, decline or revoke them, then have this request made again with another key`
}

/** `marker`: with which the comments of an order of ours begin. */
export function blocked({ remote, match }: Candidate, marker: string): string {
  const order = `order ${remote.id} at the CA`
  const adopt = `If it is this request's, begin its comments with ${marker}:1`
  if (match === 'names') {
    return `OrderUnknown: ${order} has the same names, was requested when this request was sent, and shows neither comments nor a CSR, so it may be this request's; nothing else is ordered. ${adopt}; if it is not, write any other comment into it`
  }
  return `OrderUnknown: ${order} has the same CSR but not our marker; nothing else is ordered until it is declined or revoked there. ${adopt}`
}

/** In the CA's portal. */
export function declinedFor({ namespace, name }: RequestView): string {
  return `Not approved in time; request ${namespace}/${name} was given up`
}

export function notApprovedInTime(id: string, cancelled: CancelOutcome): string {
  const late = `Order ${id} was not approved within spec.deadlines.approval of its issuer`
  switch (cancelled.outcome) {
    case 'notPermitted':
      return `${late}. It is still open at the CA, decline it there: the account may not (${cancelled.message})`
    case 'notOurs':
      return `${late}. The CA now shows it without our marker and without our CSR, so it is left alone: look there for what became of it`
    case 'unsupported':
      return `${late}. It is still open at the CA, decline it there`
    default:
      return `${late} and is declined`
  }
}

export function notDeliveredInTime(id: string, deadline: 'processing' | 'approval'): string {
  return `Order ${id} was not delivered within spec.deadlines.${deadline} of its issuer. Look into the CA's portal for what became of it`
}

/** `marker`: of an order that may have been made all the same, since an answer was lost. */
export function notPlacedInTime(marker: string | undefined): string {
  const within = 'within spec.deadlines.processing of its issuer'
  if (marker === undefined) return `No order came about ${within}`
  return `It did not become known ${within} whether an order was made. Look in the CA's portal for one whose comments begin with ${marker}`
}

/** The end of a wait, and why it was one: nobody can read that anywhere else any more. */
export function atLast(message: string, { ready }: RequestView): string {
  return ready?.reason === 'Pending' ? `${message}. It said last: ${ready.message}` : message
}

export function notHandedOutInTime(id: string, serial: string): string {
  return `Order ${id} was issued as ${serial}, but the CA did not hand out that certificate within spec.deadlines.processing of its issuer`
}

/** The CA has more orders of one request: only people can tell whether any was paid for in vain. `declined`: of `others`. */
export function orderedTwice(id: string, others: readonly string[], declined: readonly string[] = []): EventNote {
  const done = `${listed(declined)} was declined, as the issuer's spec.onRequestDeleted says`
  const todo = 'decline or revoke there what is not needed'
  const then = [...(declined.length > 0 ? [done] : []), ...(declined.length < others.length ? [todo] : [])].join('; ')
  return warning(
    'OrderedTwice',
    `Order ${id} is on record, but the CA also has ${listed(others)} for this request: ${then}`,
  )
}

/** Ids or names in one event, names in one message. */
const MOST_LISTED = 8

function listed(names: readonly string[]): string {
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : ''
  return `${names.slice(0, MOST_LISTED).join(', ')}${more}`
}

export function notSearchable(reason: string, marker: string): string {
  return `OrderUnknown: an order may have been made whose answer was lost, and it cannot be searched for: ${reason}. It is tried again by itself; if that does not help, ${clearUp(marker)}`
}

/** With what the issuer's owner can do: an issuer may be Ready although it serves this order badly. */
export function cannotAsk(kind: BackendErrorKind, message: string, { issuerRef }: RequestView): string {
  const what = kind === 'Gone' ? 'The CA does not have the order' : 'The CA cannot be asked at the moment'
  return `${what} (${kind}): ${message}. For the owner of ${issuerRef.kind} "${issuerRef.name}": ${CURE[kind]}`
}

export function stalled(id: string, message: string): string {
  return `Stalled: order ${id} was issued, but ${message}. ${askedForAgain}`
}

export function notCollectedAgain(id: string, serial: string): string {
  return `Stalled: order ${id} was issued as ${serial}, but the CA does not hand out that certificate now. ${askedForAgain}`
}

const askedForAgain =
  'It is asked for again by itself; if it stays so, see the profile of the issuer, then delete this request: another order is made'

/** `message`: the API server's. */
export function notOnRecord(message: string): string {
  return `The CertificateOrder of this request cannot be written, so nothing goes on; it is tried again by itself. Ask your platform team which policy or quota forbids it: ${message}`
}

export function issued(id: string, delivery: Accepted): { message: string; event: EventNote } {
  const extra = delivery.extraNames.length > 0 ? `; the CA added ${delivery.extraNames.join(', ')}` : ''
  const missing = delivery.missingPurposes.length > 0 ? `; the CA left out ${delivery.missingPurposes.join(', ')}` : ''
  const message = `Certificate ${delivery.serial} was issued as order ${id}${extra}${missing}`
  return { message, event: { type: 'Normal', reason: 'Issued', note: message } }
}
