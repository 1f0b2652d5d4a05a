// Reads an order record the way the rules speak of it.
import { type CertificateOrder, type OrderAttempt, REQUESTER_LENGTH } from '../api/certificate-order.ts'
import { conditionOf } from '../api/conditions.ts'
import type { Look, OrderAim, OrderIdentity, OrderTarget, RemoteOrder, Submission } from '../backends/backend.ts'
import type { CertificateSigningRequest } from '../x509/csr.ts'
import type { RequestView } from './known.ts'

/** Durations stand on the record in seconds. */
export const MS_PER_SECOND = 1_000

/** `cr-<uid>`: names of requests are reused, their uids never (cert-manager's StableCertificateRequestName). */
export function orderName(request: { readonly uid: string }): string {
  return `cr-${request.uid}`
}

/** The marker that begins an order's comments at the CA, without the attempt. */
export function markerOf(request: { readonly uid: string }): string {
  return `certwright:1:${request.uid}`
}

/** The attempt that the record speaks of last; undefined while none may have been sent. */
export function lastAttempt(order: CertificateOrder): OrderAttempt | undefined {
  return (order.status?.attempts ?? []).toSorted((a, b) => a.number - b.number).at(-1) ?? attemptAtCreation(order)
}

/** The attempt whose intent is the record's existence. */
export function attemptAtCreation({ metadata, spec }: CertificateOrder): OrderAttempt | undefined {
  if (spec.firstAttempt === 'AfterSearch') return undefined
  const { account } = spec
  return { number: 1, startedAt: metadata.creationTimestamp, ...(account === undefined ? {} : { account }) }
}

/** Was the attempt put on record once more? Only who does so sends it, and knows what becomes of it. */
export function isSentAgain(
  attempt: number,
  { before, now }: { readonly before: CertificateOrder; readonly now: CertificateOrder },
): boolean {
  const [first, second] = [before, now].map(({ status }) => status?.attempts?.find(({ number }) => number === attempt))
  return first?.startedAt !== second?.startedAt
}

/** When an order was last meant to be sent, wall-clock milliseconds: what the CA received later is not ours. */
export function lastIntentAt(order: CertificateOrder): number {
  return Date.parse(lastAttempt(order)?.startedAt ?? order.metadata.creationTimestamp)
}

/**
 * Since when the certificate is needed, wall-clock milliseconds: an order that is continued may be older than its request. Of a
 * request that is gone its record tells.
 */
export function neededSince({ metadata, spec }: CertificateOrder, request: RequestView | undefined): number {
  if (spec.continues !== undefined) return Date.parse(spec.continues.createdAt)
  return request?.createdAt ?? Date.parse(metadata.creationTimestamp)
}

/** The word in the record's Ready condition. */
export function reasonOf({ status }: CertificateOrder): string | undefined {
  return conditionOf(status, 'Ready')?.reason
}

/** Neither issued, refused nor given up: it may still cost money, or become a certificate. */
export function isOpenOrder({ status }: CertificateOrder): boolean {
  return status?.phase !== 'Issued' && status?.phase !== 'Failed'
}

/**
 * Can there be an order at the CA? A definite refusal says that its attempt made none; but a second attempt is made only after one of
 * which nobody knows, and a record without any may have been made after another one was lost.
 */
export function mayBePlaced(order: CertificateOrder): boolean {
  const attempts = order.status?.attempts ?? []
  if (remoteOf(order) !== undefined || attempts.length === 0) return true
  return attempts.some(({ number, outcome }) => number > 1 || outcome !== 'Refused')
}

/** What it waits for, since when (wall clock, milliseconds), and for how long before (milliseconds). */
export function waitingOf({ metadata, status }: CertificateOrder) {
  const { waiting } = status ?? {}
  const since = status?.phase === 'Issued' ? status.issuedAt : waiting?.since
  return {
    for: waiting?.for ?? 'Processing',
    since: Date.parse(since ?? metadata.creationTimestamp),
    spent: {
      processing: (waiting?.processing ?? 0) * MS_PER_SECOND,
      approval: (waiting?.approval ?? 0) * MS_PER_SECOND,
    },
  } as const
}

export function remoteOf(order: CertificateOrder): RemoteOrder | undefined {
  const remote = order.status?.remote
  return remote === undefined ? undefined : { id: remote.id, attributes: remote.attributes ?? {} }
}

export function identityOf(order: CertificateOrder): OrderIdentity {
  return { marker: order.spec.marker, csrSha256: order.spec.csrSha256 }
}

/** Where the order goes, and what its last attempt asks for. */
export function targetOf(order: CertificateOrder): OrderTarget {
  const { endpoint, tenant, product, organization, profile } = order.spec.target
  const term = lastAttempt(order)?.term ?? order.spec.target.term
  return { endpoint, tenant, product, organization, profile, ...(term === undefined ? {} : { term }) }
}

/** What the request's annotations set when the record was made. The term is in the target. */
export function overridesOf({ spec }: CertificateOrder): NonNullable<Submission['overrides']> {
  const { term: _, ...others } = spec.overrides ?? {}
  return others
}

export function requesterOf({ requester }: RequestView): string {
  // Cut through a character, it would come back as another text, and the record would be nobody's.
  return requester.slice(0, REQUESTER_LENGTH).toWellFormed()
}

/**
 * Rule 1. Was the record made for this very request and CSR? Anything else is never adopted. (Where the
 * order went is compared with the issuer, which may change and change back: {@link movedFrom}.)
 */
export function madeFor(
  order: CertificateOrder,
  { request, csr }: { request: RequestView; csr: CertificateSigningRequest },
): boolean {
  const { requestRef, issuerRef, marker } = order.spec
  return (
    requestRef.kind === request.kind &&
    requestRef.name === request.name &&
    requestRef.uid === request.uid &&
    issuerRef.kind === request.issuerRef.kind &&
    issuerRef.name === request.issuerRef.name &&
    marker === markerOf(order.spec.continues ?? request) &&
    order.spec.requester === requesterOf(request) &&
    order.spec.csrSha256 === csr.sha256 &&
    order.spec.spkiSha256 === csr.spkiSha256
  )
}

/** Rule 7. The CA's word on an order, if what it showed proves to be ours; nothing else is shown to anybody. */
export function provenWord(look: Look | undefined): string | undefined {
  return look?.ours === 'yes' ? look.word : undefined
}

const AIMED_AT = {
  endpoint: 'URL',
  tenant: 'customer',
  product: 'product',
  organization: 'organization',
  profile: 'profile',
} as const

/** Rule 7. What the issuer points at now that the order was not made with, in people's words. Empty: the same. */
export function movedFrom(order: CertificateOrder, aim: OrderAim): readonly string[] {
  const keys = Object.keys(AIMED_AT) as (keyof typeof AIMED_AT)[]
  return keys.filter((key) => order.spec.target[key] !== aim[key]).map((key) => AIMED_AT[key])
}
