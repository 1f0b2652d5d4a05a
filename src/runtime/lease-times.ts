// The three times of a leader election, and the rules between them that keep two leaders from overlapping.

export interface LeaseTimes {
  /** How long followers wait after the record last changed. Whole seconds, as the Lease stores them. */
  readonly leaseDurationMs: number
  /** How long the leader tries to renew before it gives up. */
  readonly renewDeadlineMs: number
  /** Between two tries, of leader and followers. */
  readonly retryPeriodMs: number
}

/** controller-runtime's (pkg/manager/internal.go). */
export const DEFAULT_LEASE_TIMES: LeaseTimes = {
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2_000,
}

/** A follower's retry comes up to 1.2 periods later, so that followers do not all ask at once (client-go JitterFactor). */
export const JITTER = 1.2

const MS_PER_SECOND = 1_000

/** @throws RangeError naming the rule, when leaders would overlap or never renew in time. */
export function checkLeaseTimes({ leaseDurationMs, renewDeadlineMs, retryPeriodMs }: LeaseTimes): void {
  if (!(leaseDurationMs > renewDeadlineMs)) throw new RangeError('the lease duration must exceed the renew deadline')
  if (!(renewDeadlineMs > retryPeriodMs * JITTER)) {
    throw new RangeError(`the renew deadline must exceed ${JITTER} times the retry period`)
  }
  if (!(retryPeriodMs > 0)) throw new RangeError('the retry period must be above 0')
  if (leaseDurationMs % MS_PER_SECOND !== 0) throw new RangeError('the lease duration must be whole seconds')
}
