import { describe, expect, it } from 'vitest'
import { dayOf, rfc3339 } from './dates.ts'

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
