import { describe, expect, it } from 'vitest'
import { checkLeaseTimes, DEFAULT_LEASE_TIMES } from './lease-times.ts'

describe('checkLeaseTimes', () => {
  it.each([
    [{ leaseDurationMs: 10_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 }, 'must exceed the renew deadline'],
    [{ leaseDurationMs: 15_000, renewDeadlineMs: 2_000, retryPeriodMs: 2_000 }, '1.2 times the retry period'],
    [{ leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 0 }, 'above 0'],
    [{ leaseDurationMs: 15_500, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 }, 'whole seconds'],
  ])('refuses %o', (times, sentence) => {
    expect(() => checkLeaseTimes(times)).toThrow(sentence)
  })

  it('accepts the default', () => {
    expect(() => checkLeaseTimes(DEFAULT_LEASE_TIMES)).not.toThrow()
  })
})
