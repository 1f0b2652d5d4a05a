// Rule 5, its end. Of an order that was placed again the CA may have two: what a search did not find may have arrived after it.
// So it is searched for again long after the last attempt, and what is found beside the order on record is named.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { Candidate, FindOutcome, RemoteOrder } from '../backends/backend.ts'
import { lastAttempt, remoteOf } from './order-view.ts'
import { isAlive } from './submission.ts'
import { LATE_SEARCH_END_MS, LATE_SEARCHES_MS } from './waits.ts'

/**
 * Was an attempt sent before the one that the CA is known to have taken, or may one have been, on a record that is gone (rule 2)?
 * One that was refused is sent again under its number.
 */
export function mayBeDoubled(order: CertificateOrder): boolean {
  const sent = lastAttempt(order)?.number ?? 0
  return remoteOf(order) !== undefined && (sent > 1 || (sent === 1 && order.spec.firstAttempt === 'AfterSearch'))
}

/**
 * Milliseconds until the next late search, 0 when it is due; undefined when none is left. All on the waiting clock, in
 * milliseconds since the last attempt: now, and when this process last searched late. Whoever comes late makes up for the
 * last one only.
 */
export function nextLateSearch(
  order: CertificateOrder,
  { sinceAttempt, searchedAt = 0 }: { readonly sinceAttempt: number; readonly searchedAt?: number | undefined },
): number | undefined {
  if (!mayBeDoubled(order) || sinceAttempt >= LATE_SEARCH_END_MS) return undefined
  const passed = LATE_SEARCHES_MS.findLast((at) => at <= sinceAttempt)
  if (passed !== undefined && searchedAt < passed) return 0
  const next = LATE_SEARCHES_MS.find((at) => at > sinceAttempt)
  return next === undefined ? undefined : next - sinceAttempt
}

/** An order of ours beside the one on record, which may become a certificate or is one. */
export interface Surplus {
  readonly remote: RemoteOrder
  /** It costs nothing yet, and the issuer's owner wants what nobody needs to be declined. Nothing is ever revoked. */
  readonly decline: boolean
}

export function surplusIn(
  found: FindOutcome,
  order: CertificateOrder,
  onRequestDeleted: 'Keep' | 'Decline',
): readonly Surplus[] {
  if (found.outcome !== 'searched') return []
  const onRecord = remoteOf(order)?.id
  const isSurplus = ({ match, remote }: Candidate): boolean => match === 'marker' && remote.id !== onRecord
  return found.candidates
    .filter((candidate) => isSurplus(candidate) && isAlive(candidate))
    .map(({ remote, phase }) => ({
      remote,
      decline: onRequestDeleted === 'Decline' && phase === 'awaitingApproval',
    }))
}
