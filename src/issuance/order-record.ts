// What is written into the status of an order record, and when. Pure: each function gives the part that changes.
import {
  type CertificateOrder,
  MESSAGE_LENGTH,
  MOST_ATTRIBUTES,
  type OrderAttempt,
  type CertificateOrderStatus as Status,
  WORD_LENGTH,
} from '../api/certificate-order.ts'
import { timestamp, withCondition } from '../api/conditions.ts'
import type { DomainValidation, Refusal, RemoteOrder } from '../backends/backend.ts'
import type { WaitsFor } from './deadline.ts'
import type { RequestView } from './known.ts'
import { attemptAtCreation, isOpenOrder, lastAttempt, MS_PER_SECOND, waitingOf } from './order-view.ts'
import type { Settlement } from './step.ts'
import * as wording from './wording.ts'

/** A request takes the order over. Nobody else does so as long as that request is there. */
export function claimed(order: CertificateOrder, { uid }: Pick<RequestView, 'uid'>): Status {
  return { phase: phaseOf(order), continuedBy: { uid } }
}

/** The end of an order whose request is gone. */
export function ended(order: CertificateOrder, why: { reason: string; message: string }, now: number): Status {
  const failedAt = timestamp(now)
  return { phase: 'Failed', failedAt, ...toPublish(order, []), ...ready(order, why.reason, why.message, now) }
}

/** An attempt is about to be sent: on record before its first byte. A refused one of the same number is sent again. */
export function attemptRecorded(
  order: CertificateOrder,
  { number, term }: { readonly number: number; readonly term?: number | undefined },
  account: string,
  now: number,
): Status {
  const asked = term === undefined ? {} : { term }
  return {
    phase: 'Submitting',
    attempts: withAttempt(order, { number, startedAt: timestamp(now), account, ...asked }),
    ...ready(order, 'Submitting', wording.submitting, now),
  }
}

/** The CA took the order and gave it an id. */
export function accepted(order: CertificateOrder, attempt: number, remote: RemoteOrder, now: number): Status {
  const known = {
    remote: { id: remote.id, attributes: bounded(remote.attributes) },
    attempts: withAttempt(order, { ...started(order, attempt), outcome: 'Accepted' }),
  }
  // It was given up meanwhile: the id is evidence all the same.
  if (!isOpenOrder(order)) return { phase: phaseOf(order), ...known }
  return {
    phase: 'Open',
    openedAt: timestamp(now),
    ...known,
    ...ready(order, 'Pending', `Order ${remote.id} was placed`, now),
  }
}

/** The CA made no order. What only a new request cures ends the record; anything else is tried again. */
export function refused(order: CertificateOrder, attempt: number, refusal: Refusal, now: number): Status {
  const code = refusal.code.slice(0, WORD_LENGTH)
  const attempts = withAttempt(order, {
    ...started(order, attempt),
    outcome: 'Refused',
    code,
    message: refusal.message,
  })
  if (isTooLate(order, attempt)) return { phase: phaseOf(order), attempts }
  if (refusal.cause !== 'request') {
    return { phase: 'Submitting', attempts, ...ready(order, 'Refused', wording.waitingAfterRefusal(refusal), now) }
  }
  return {
    phase: 'Failed',
    failedAt: timestamp(now),
    attempts,
    ...ready(order, 'Failed', wording.refusedByCA(refusal), now),
  }
}

/** Nobody knows whether the CA made an order. */
export function outcomeUnknown(
  order: CertificateOrder,
  attempt: number,
  why: { code: string; message: string },
  now: number,
): Status {
  const code = why.code.slice(0, WORD_LENGTH)
  const attempts = withAttempt(order, { ...started(order, attempt), outcome: 'Unknown', message: why.message, code })
  if (isTooLate(order, attempt)) return { phase: phaseOf(order), attempts }
  return {
    phase: 'OutcomeUnknown',
    attempts,
    ...ready(order, 'OutcomeUnknown', wording.outcomeUnknown, now),
  }
}

/** What an order waits for now, and for how long, in milliseconds, it has waited for what its record says. */
export interface Waits {
  readonly waitsFor: WaitsFor
  readonly waited: number
}

export function noted(
  order: CertificateOrder,
  note: {
    state?: string | undefined
    reason: string
    message: string
    validations?: readonly DomainValidation[]
    waits?: Waits
  },
  now: number,
): Status {
  return {
    phase: phaseOf(order),
    ...stateOf(order, note.state),
    ...(note.validations === undefined ? {} : toPublish(order, note.validations)),
    ...(note.waits === undefined ? {} : turnOfWaiting(order, note.waits, now)),
    ...ready(order, note.reason, note.message, now),
  }
}

/** The record's end. It stays, as evidence, after its request is gone. */
export function settled(order: CertificateOrder, as: Settlement, state: string | undefined, now: number): Status {
  if (as.phase === 'Failed') {
    return {
      phase: 'Failed',
      failedAt: timestamp(now),
      ...stateOf(order, state),
      ...toPublish(order, []),
      ...ready(order, 'Failed', as.message, now),
    }
  }
  const { serial, notBefore, notAfter } = as.delivery
  return {
    phase: 'Issued',
    issuedAt: timestamp(now),
    serial,
    notBefore: timestamp(notBefore),
    notAfter: timestamp(notAfter),
    ...stateOf(order, state),
    ...toPublish(order, []),
    ...ready(order, 'Issued', `Certificate ${serial} is valid until ${timestamp(notAfter)}`, now, 'True'),
  }
}

/** The present waiting ends and another one begins; nothing while it goes on. */
function turnOfWaiting(order: CertificateOrder, { waitsFor, waited }: Waits, now: number): Pick<Status, 'waiting'> {
  const { for: until, spent } = waitingOf(order)
  if (until === waitsFor) return {}
  const seconds = (kind: WaitsFor, before: number): number =>
    Math.floor((before + (until === kind ? Math.max(0, waited) : 0)) / MS_PER_SECOND)
  return {
    waiting: {
      for: waitsFor,
      since: timestamp(now),
      processing: seconds('Processing', spent.processing),
      approval: seconds('Approval', spent.approval),
    },
  }
}

/** What is not waited for any more must not be published; most records never had anything. */
function toPublish(
  order: CertificateOrder,
  validations: readonly DomainValidation[],
): Pick<Status, 'domainValidations'> {
  const none = validations.length === 0 && order.status?.domainValidations === undefined
  return none ? {} : { domainValidations: validations }
}

function bounded(attributes: RemoteOrder['attributes']): Record<string, string> {
  const kept = Object.entries(attributes).slice(0, MOST_ATTRIBUTES)
  return Object.fromEntries(kept.map(([name, value]) => [name, value.slice(0, WORD_LENGTH)]))
}

function stateOf(order: CertificateOrder, state: string | undefined): Pick<Status, 'remote'> {
  const remote = order.status?.remote
  return remote === undefined || state === undefined
    ? {}
    : { remote: { ...remote, state: state.slice(0, WORD_LENGTH) } }
}

/** The attempt before its outcome was known. */
function started(order: CertificateOrder, number: number): OrderAttempt {
  const recorded = order.status?.attempts?.find((attempt) => attempt.number === number) ?? attemptAtCreation(order)
  const { startedAt, account, term } = recorded ?? { startedAt: order.metadata.creationTimestamp }
  return { number, startedAt, ...(account === undefined ? {} : { account }), ...(term === undefined ? {} : { term }) }
}

/** The outcome of an attempt came when another one was recorded, or the order ended: it changes nothing but itself. */
function isTooLate(order: CertificateOrder, attempt: number): boolean {
  return !isOpenOrder(order) || (lastAttempt(order)?.number ?? attempt) > attempt
}

function phaseOf(order: CertificateOrder): Status['phase'] {
  return order.status?.phase ?? 'Submitting'
}

function withAttempt(order: CertificateOrder, attempt: OrderAttempt): OrderAttempt[] {
  const cut =
    attempt.message === undefined ? attempt : { ...attempt, message: attempt.message.slice(0, MESSAGE_LENGTH) }
  const others = (order.status?.attempts ?? []).filter(({ number }) => number !== attempt.number)
  return [...others, cut].toSorted((a, b) => a.number - b.number)
}

function ready(
  order: CertificateOrder,
  reason: string,
  message: string,
  now: number,
  status: 'True' | 'False' = 'False',
) {
  const condition = { type: 'Ready', status, reason, message, observedGeneration: order.metadata.generation ?? 1 }
  return { conditions: withCondition(order.status?.conditions, condition, now) }
}
