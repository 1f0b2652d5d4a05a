import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseGoDuration } from './go-duration.ts'

describe('parseGoDuration', () => {
  it.each([
    ['2160h0m0s', 7_776_000],
    ['1h30m', 5_400],
    ['90s', 90],
    ['1.5h', 5_400],
    ['.5h', 1_800],
    ['1.h', 3_600],
    ['1h1h', 7_200],
    ['250ms', 0.25],
    ['1us', 1e-6],
    ['1\u00b5s', 1e-6],
    ['1\u03bcs', 1e-6],
    ['1ns', 1e-9],
    ['0', 0],
    ['+0', 0],
    ['0s', 0],
    ['+1m', 60],
    ['-1h', -3_600],
    ['2562047h47m16.854775807s', 2 ** 63 / 1e9],
  ])('reads %s', (text, seconds) => {
    expect(parseGoDuration(text)).toBeCloseTo(seconds, 9)
  })

  it.each([
    '',
    ' ',
    '1',
    '1d',
    '1h ',
    ' 1h',
    'h',
    '.h',
    '1..5h',
    '1e3s',
    '--1h',
    '1h-1m',
    'PT1H',
    '1H',
    '00',
    '2562048h',
    `${'9'.repeat(400)}h`,
  ])('does not read %j', (text) => {
    expect(parseGoDuration(text)).toBeUndefined()
  })

  it('reads every duration as Go writes it', () => {
    const part = (max: number) => fc.integer({ min: 0, max })
    fc.assert(
      fc.property(part(2_000_000), part(59), part(59), (hours, minutes, seconds) => {
        expect(parseGoDuration(`${hours}h${minutes}m${seconds}s`)).toBe(hours * 3_600 + minutes * 60 + seconds)
      }),
    )
  })

  it('is not slowed down by a text made for it', () => {
    const before = performance.now()
    expect(parseGoDuration(`${'1'.repeat(200_000)}x`)).toBeUndefined()
    expect(parseGoDuration(`${'1h'.repeat(100_000)}x`)).toBeUndefined()
    expect(performance.now() - before).toBeLessThan(1_000)
  })
})
