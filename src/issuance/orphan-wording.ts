// The wording of what a record says when its request is gone: for whoever finds it, and the order at the CA, later.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CancelOutcome, RemoteOrder } from '../backends/backend.ts'

/** A request that was denied is there, and wants its order as little as one that is gone. */
const GONE = 'The request of this order was deleted or denied'

export function continued(by: string): string {
  return `${GONE}; CertificateOrder "${by}" continues it for a request with the same CSR`
}

export const neverPlaced = `${GONE} before the CA had taken the order: there is none`

export function kept({ id }: RemoteOrder): string {
  return `${GONE}. Order ${id} is kept at the CA, for a request with the same CSR, until the issuer's spec.deadlines.processing has passed; decline it there if nobody wants it`
}

export function unclaimed({ id }: RemoteOrder): string {
  return `${GONE}, and order ${id} was issued all the same. Its certificate is kept for a request with the same CSR until the issuer's spec.deadlines.processing has passed; revoke it at the CA if nobody wants it`
}

/** Without an id it can be neither looked at nor declined. */
export function keptUnknown(marker: string): string {
  return `${GONE} while it was not known whether the CA has made the order. A request with the same CSR continues the search; an order that was made has comments at the CA that begin with ${marker}:`
}

export function declining({ id }: RemoteOrder): string {
  return `${GONE}: order ${id} is being declined, as the issuer's spec.onRequestDeleted says`
}

export function declined({ id }: RemoteOrder): string {
  return `${GONE}, and order ${id} was declined, as the issuer's spec.onRequestDeleted says`
}

type NotCancelled = Exclude<CancelOutcome, { outcome: 'cancelled' }>

/** Why it is still there, and that somebody else has to act. */
export function notDeclined({ id }: RemoteOrder, outcome: NotCancelled): string {
  return `${GONE}, but order ${id} could not be declined: ${whyNotDeclined(outcome)}`
}

function whyNotDeclined(cancelled: NotCancelled): string {
  switch (cancelled.outcome) {
    case 'alreadyFinal':
      return `it is "${cancelled.word}" already; revoke its certificate at the CA if nobody wants it`
    case 'tooLate':
      return `it is "${cancelled.word}", which is too late for that`
    case 'notPermitted':
      return `the CA does not let this account do that: ${cancelled.message}`
    case 'notOurs':
      return 'the CA shows it without our marker and without our CSR'
    case 'unsupported':
      return 'the CA cannot decline orders of this product'
  }
}

/** For the people at the CA who see a declined order. At most 512 characters. */
export function toTheCA({ metadata, spec }: CertificateOrder): string {
  return `Declined by Certwright: its request ${metadata.namespace}/${spec.requestRef.name} was deleted or denied`.slice(
    0,
    512,
  )
}

/** The same, of an order beside the one on record. */
export function surplusToTheCA({ metadata, spec }: CertificateOrder): string {
  return `Declined by Certwright: request ${metadata.namespace}/${spec.requestRef.name} has another order`.slice(0, 512)
}

export function endedAtCA({ id }: RemoteOrder, word: string): string {
  return `${GONE}, and order ${id} ended as "${word}"`
}

/** Nobody can be given its certificate, so nothing is waited for. */
export function ofNoUse(message: string): string {
  return `${GONE}. It said last: ${message}`
}

export function givenUp(order: CertificateOrder, remote: RemoteOrder | undefined): string {
  const since = `${GONE}, and no request with the same CSR came within the issuer's spec.deadlines.processing`
  if (remote === undefined) {
    return `${since}. Whether the CA has made the order is not known: if one has comments that begin with ${order.spec.marker}:, decline it or revoke its certificate there`
  }
  const state = order.status?.remote?.state
  const how = state === undefined ? '' : `, last seen as "${state}"`
  return `${since}. Order ${remote.id} is left as it is at the CA${how}: decline it or revoke its certificate there if nobody wants it`
}
