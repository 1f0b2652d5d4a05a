// An order that was sent though an earlier one of the same request may exist: its answer was lost, or its record. What searches
// did not show may still arrive at the CA, and would be paid for without anybody knowing. So the CA is asked again, long after.
// Pure.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { FindOutcome } from '../backends/backend.ts'
import { ORDERED_TWICE } from './order-record.ts'
import { lastAttempt, remoteOf } from './order-view.ts'
import { SECOND_ORDER_LOOKS_MS, SECOND_ORDER_UNTIL_MS } from './waits.ts'

/** May the CA have more of it than the one on record? */
export function mayBeDoubled(order: CertificateOrder): boolean {
  if (remoteOf(order) === undefined) return false
  return order.spec.firstAttempt === 'AfterSearch' || (lastAttempt(order)?.number ?? 0) > 1
}

/** What the record says of orders beside its own; undefined while it knows of none. */
export function doubledBy({ status }: CertificateOrder): string | undefined {
  return status?.conditions?.find(({ type }) => type === ORDERED_TWICE)?.message
}

/**
 * Milliseconds until the CA is asked whether it has more of this order, 0 for now, undefined when it was asked for the last time.
 * `age`: since the last attempt began; `lookedAt`: the age at which this process last asked, 0 when it has not. A process that
 * was started since asks once more.
 */
export function untilNextLook({
  age,
  lookedAt,
}: {
  readonly age: number
  readonly lookedAt: number
}): number | undefined {
  const due = SECOND_ORDER_LOOKS_MS.findLast((look) => look <= age)
  if (due !== undefined && lookedAt < due && age < SECOND_ORDER_UNTIL_MS) return 0
  const next = SECOND_ORDER_LOOKS_MS.find((look) => look > age)
  return next === undefined ? undefined : next - age
}

/** Ids of orders of ours that may be issued, or are, beside the one on record. */
export function othersIn(found: FindOutcome, order: CertificateOrder): readonly string[] {
  if (found.outcome === 'notSearchable') return []
  return found.candidates
    .filter(({ match, phase, remote }) => match === 'marker' && phase !== 'failed' && remote.id !== remoteOf(order)?.id)
    .map(({ remote }) => remote.id)
}
