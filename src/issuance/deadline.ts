// How long an order is waited for. Each kind of waiting has a time of its own, which stands still while the other one runs, and
// while the issuer is not Ready. What was waited is on record, so no restart and no change of leader starts it anew.
import type { CertificateOrder, CertificateOrderStatus } from '../api/certificate-order.ts'
import type { Known } from './known.ts'
import { isOpenOrder, mayBePlaced, remoteOf, waitingOf } from './order-view.ts'
import type { Step } from './step.ts'
import { bounded, fail } from './tell.ts'
import { troubled } from './trouble.ts'
import { DECLINE_WITHIN_MS, FOLLOWED_MS } from './waits.ts'
import * as wording from './wording.ts'

/** As the issuer's owner set them, in milliseconds. */
export interface Deadlines {
  readonly processing: number
  readonly approval: number
}

export type WaitsFor = NonNullable<CertificateOrderStatus['waiting']>['for']

/** What an order waits for at this moment. Before this process has looked at it, what the record says. */
export function waitsFor({ issuer, memory }: Known, order: CertificateOrder): WaitsFor {
  if (issuer === undefined || issuer.notReady !== undefined) return 'Issuer'
  const recorded = waitingOf(order).for
  const look = memory.seen?.look
  // Of an order that does not prove to be ours nothing is believed, not even what it waits for.
  if (look?.ours !== 'yes') return recorded === 'Issuer' ? 'Processing' : recorded
  return look.phase === 'awaitingApproval' ? 'Approval' : 'Processing'
}

/**
 * The deadlines count by what the record says is waited for. So, before an order waits for anything else, that is put on record:
 * nothing else starts or stops them, whatever it is that lets the order wait.
 */
export function waitOnRecord(known: Known, order: CertificateOrder, step: Step): Step {
  const message = whyWaiting(step)
  const waits = waitsFor(known, order)
  if (message === undefined || !isOpenOrder(order) || waits === waitingOf(order).for) return step
  return { do: 'note', reason: waits === 'Issuer' ? 'IssuerNotReady' : 'Pending', message }
}

/** What a step that waits, or says so first, waits for; undefined for any other. */
function whyWaiting(step: Step): string | undefined {
  if (step.do === 'wait') return step.because
  return step.do === 'report' && step.ready.reason === 'Pending' ? step.ready.message : undefined
}

/**
 * What to do with an order that was waited for long enough, or undefined while it was not. `mayCancel`: the issuer still is
 * the one through which it was ordered. `next`: what would be done without a deadline.
 */
export function overdue(
  known: Known,
  order: CertificateOrder,
  { mayCancel, next }: { readonly mayCancel: boolean; readonly next: Step },
): Step | undefined {
  const { issuer, memory, tick } = known
  const waiting = waitingOf(order)
  const waits = waitsFor(known, order)
  if (issuer === undefined || waits === 'Issuer') return undefined
  // On record first, which begins another wait.
  if (isOpenOrder(order) && waits !== waiting.for) return undefined
  // A clock that jumped, or that of a new leader, must not end a thousand requests before anybody can set it right.
  if (memory.followedSince === undefined || tick - memory.followedSince < FOLLOWED_MS) return undefined
  if (!isOpenOrder(order)) {
    // A certificate that is there is asked for before it is given up: the issuer may have been away all the time.
    if (known.waited < issuer.deadlines.processing || whyWaiting(next) === undefined) return undefined
    const message = wording.notHandedOutInTime(remoteOf(order)?.id ?? '', order.status?.serial ?? '')
    return fail({ message: wording.atLast(message, known.request) })
  }
  const kind = waits === 'Approval' ? 'approval' : 'processing'
  const late = waiting.spent[kind] + known.waited - issuer.deadlines[kind]
  if (late < 0) return undefined
  const remote = remoteOf(order)
  if (kind === 'approval' && remote !== undefined && mayCancel && late < DECLINE_WITHIN_MS) {
    if (memory.cancelled === undefined)
      return troubled(known) ?? { do: 'cancel', message: wording.declinedFor(known.request) }
    const { outcome } = memory.cancelled
    // Approved, or ended in another way, at the last moment: followed further.
    if (outcome === 'alreadyFinal' || outcome === 'tooLate') return undefined
    return gaveUp(wording.notApprovedInTime(remote.id, memory.cancelled))
  }
  const message =
    remote === undefined
      ? wording.notPlacedInTime(mayBePlaced(order) ? order.spec.marker : undefined)
      : wording.notDeliveredInTime(remote.id, kind)
  return gaveUp(wording.atLast(message, known.request))
}

function gaveUp(message: string): Step {
  return { do: 'settle', as: { phase: 'Failed', code: 'DeadlineExceeded', message: bounded(message) } }
}
