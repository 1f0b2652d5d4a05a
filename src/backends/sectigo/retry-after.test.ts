import { describe, expect, it, vi } from 'vitest'
import { MAX_RETRY_AFTER_MS, retryAfterMs } from './retry-after.ts'

describe('retryAfterMs', () => {
  const now = Date.UTC(2026, 0, 1)
  it.each([
    ['5', 5_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['99999999', MAX_RETRY_AFTER_MS],
    ['Sunday, 04-Jan-26 00:00:30 GMT', 3_600_000],
    ['Thu Jan  1 00:00:30 2026', 30_000],
    ['-1x', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['2026-01-01', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s is %s, wherever the operator runs', (value, ms) => {
    vi.stubEnv('TZ', 'America/New_York')
    expect(retryAfterMs(value, now)).toBe(ms)
  })
})
