import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { certificateRequestSpec, certificateRequestStatus, parseGoDuration } from './certificate-request.ts'

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

describe('a CertificateRequest', () => {
  it('is read with as little as cert-manager demands', () => {
    const spec = { request: 'LS0t', issuerRef: { name: 'public-ov' } }
    expect(certificateRequestSpec.parse(spec)).toEqual(spec)
    expect(certificateRequestStatus.parse({})).toEqual({})
    const status = { conditions: [{ type: 'Approved', status: 'True' }] }
    expect(certificateRequestStatus.parse(status)).toEqual(status)
  })

  it('is read with every field that matters, and others are let be', () => {
    const spec = {
      request: 'LS0t',
      issuerRef: { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'public-ov' },
      duration: '2160h0m0s',
      isCA: false,
      usages: ['digital signature', 'a usage of tomorrow'],
      username: 'system:serviceaccount:cert-manager:cert-manager',
      uid: 'a-uid',
      groups: ['system:authenticated'],
    }
    expect(certificateRequestSpec.parse({ ...spec, extra: { a: ['b'] }, tomorrow: 1 })).toEqual(spec)
    const status = {
      conditions: [
        { type: 'Ready', status: 'False', reason: 'Failed', message: 'no', lastTransitionTime: '2026-11-22T10:00:00Z' },
      ],
      certificate: 'LS0t',
      ca: 'LS0t',
      failureTime: '2026-11-22T10:00:00Z',
    }
    expect(certificateRequestStatus.parse(status)).toEqual(status)
  })

  it.each([
    ['no request', { issuerRef: { name: 'a' } }],
    ['no issuer', { request: 'LS0t' }],
    ['an issuer without a name', { request: 'LS0t', issuerRef: { group: 'certwright.dev' } }],
    ['a duration that is a number', { request: 'LS0t', issuerRef: { name: 'a' }, duration: 3600 }],
  ])('is refused with %s', (_title, spec) => {
    expect(certificateRequestSpec.safeParse(spec).success).toBe(false)
  })
})
