import { describe, expect, it, vi } from 'vitest'
import { dayOf, rfc3339 } from './dates.ts'
import { MAX_RETRY_AFTER_MS, retryAfterMs } from './retry-after.ts'
import { remoteId } from './schemas.ts'
import { phaseOf } from './status.ts'

describe('phaseOf', () => {
  it.each([
    ['Requested', 'awaitingApproval'],
    ['REQUESTED', 'awaitingApproval'],
    ['AWAITING_APPROVAL', 'awaitingApproval'],
    ['Awaiting approval', 'awaitingApproval'],
    ['SA Approved', 'awaitingApproval'],
    ['SAApproved', 'awaitingApproval'],
    ['Init', 'processing'],
    ['Approved', 'processing'],
    ['APPLIED', 'processing'],
    ['Unmanaged', 'processing'],
    ['Some new word', 'processing'],
    ['constructor', 'processing'],
    ['', 'processing'],
    ['Issued', 'issued'],
    ['DOWNLOADED', 'issued'],
    ['created', 'processing'],
    ['blank', 'processing'],
    ['Enrolled - Pending Download', 'issued'],
    ['Declined', 'failed'],
    ['Rejected', 'failed'],
    ['Invalid', 'failed'],
    ['Revoked', 'failed'],
    ['pre_revoked', 'failed'],
    ['Expired', 'failed'],
    ['Replaced', 'failed'],
  ])('%s is %s', (word, phase) => {
    expect(phaseOf(word)).toBe(phase)
  })
})

it('knows that nobody approves client certificates', () => {
  expect(phaseOf('requested', 'client')).toBe('processing')
})

describe('dates', () => {
  it.each([
    ['2026-03-04', '2026-03-04'],
    ['2025-12-04T07:54:24.567Z', '2025-12-04T07:54:24.567Z'],
    ['12/04/2025', '2025-12-04'],
    ['13/40/2025', undefined],
    // dd/MM/yyyy: with a day above 12 it is no date, else it is taken for MM/dd/yyyy.
    ['13/01/2026', undefined],
    ['01/02/2026', '2026-01-02'],
    ['13/01/2026 10:11:12', undefined],
    ['04.12.2025', '2025-12-04'],
    ['04.12.2025 10:11:12', '2025-12-04T10:11:12Z'],
    ['2025/12/04', '2025-12-04'],
    ['2025-12-04 07:48:44', '2025-12-04T07:48:44Z'],
    ['12/04/2025 07:46:57 GMT', '2025-12-04T07:46:57Z'],
    ['2025-12-04T07:54:24+0100', '2025-12-04T07:54:24+01:00'],
    ['02/29/2025', undefined],
    ['2025-02-29', undefined],
    ['2025-12-04T25:00:00Z', undefined],
    ['2025-12-04 soon', undefined],
    ['1.2.2025', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s is %s', (text, date) => {
    expect(rfc3339(text)).toBe(date)
  })

  it('says of both forms the same day', () => {
    expect(dayOf('12/04/2025')).toBe(Date.UTC(2025, 11, 4))
    expect(dayOf('2025-12-04T23:59:59.999Z')).toBe(Date.UTC(2025, 11, 4))
    expect(dayOf('soon')).toBeUndefined()
  })
})

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

describe('remoteId', () => {
  it.each([
    [812, '812'],
    ['812', '812'],
    ['GADTi8Ws1d43h32SAAAAAA==', 'GADTi8Ws1d43h32SAAAAAA=='],
  ])('%s is %s', (id, text) => {
    expect(remoteId.parse(id)).toBe(text)
  })

  it.each(['', '../1', '1 2', -1, 1.5, null, {}, 'x'.repeat(65)])('refuses %s', (id) => {
    expect(remoteId.safeParse(id).success).toBe(false)
  })
})
