import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalName, isDnsName, type SubjectName } from '../x509/names.ts'
import { outsideZones } from './dns-zones.ts'

const ZONES = ['acme.example', 'xn--bcher-kva.example']

const outside = (names: readonly SubjectName[], commonName?: string): readonly string[] =>
  outsideZones({ names: names.map(canonicalName), ...(commonName === undefined ? {} : { commonName }) }, ZONES)

describe('a name in an allowed zone', () => {
  it.each([
    ['the zone itself', 'dns', 'acme.example'],
    ['a host', 'dns', 'www.acme.example'],
    ['a host far below', 'dns', 'a.b.c.acme.example'],
    ['upper case', 'dns', 'WWW.Acme.EXAMPLE'],
    ['a wildcard', 'dns', '*.acme.example'],
    ['an IDN as it is sent', 'dns', 'www.xn--bcher-kva.example'],
    ['a mail address', 'email', 'ada@acme.example'],
    ['a mail address below', 'email', 'ada@Mail.acme.example'],
    ['a URI', 'uri', 'spiffe://acme.example/ns/shop'],
    ['a URI with a port', 'uri', 'https://www.ACME.example:8443?x#y'],
  ] as const)('%s', (_title, type, value) => {
    expect(outside([{ type, value }])).toEqual([])
  })

  it.each(['acme.example', 'Shop.ACME.example', '*.acme.example', 'ada@acme.example'])('common name %s', (name) => {
    expect(outside([], name)).toEqual([])
  })

  it('is all there is in a request without names', () => {
    expect(outside([])).toEqual([])
  })
})

describe('a name outside all allowed zones', () => {
  it.each([
    ['another zone', 'dns', 'evil.example'],
    ['a longer label', 'dns', 'evil-acme.example'],
    ['a label that ends alike', 'dns', 'xacme.example'],
    ['the zone in front', 'dns', 'acme.example.evil'],
    ['the zone in the middle', 'dns', 'www.acme.example.evil.test'],
    ['the parent', 'dns', 'example'],
    ["the parent's wildcard", 'dns', '*.example'],
    ['a wildcard of all', 'dns', '*'],
    ['a final dot', 'dns', 'www.acme.example.'],
    ['an empty label', 'dns', 'www..acme.example'],
    ['an empty first label', 'dns', '.acme.example'],
    ['a wildcard that is no label', 'dns', 'w*.acme.example'],
    ['a wildcard in the middle', 'dns', 'a.*.acme.example'],
    ['Cyrillic letters', 'dns', 'www.\u0430cme.example'],
    ['a full-width dot', 'dns', 'www\uff0eacme.example'],
    ['a byte of zero', 'dns', 'evil.example\0.acme.example'],
    ['a comma', 'dns', 'evil.example,www.acme.example'],
    ['a blank', 'dns', 'evil.example www.acme.example'],
    ['an IPv4 address', 'ip', '192.0.2.1'],
    ['an IPv6 address', 'ip', '2001:db8::1'],
    ['a foreign mail address', 'email', 'ada@evil.example'],
    ['a mail address with the zone in front', 'email', 'acme.example@evil.example'],
    ['a mail address in a longer label', 'email', 'ada@evil-acme.example'],
    ['a foreign URI', 'uri', 'https://evil.example/acme.example'],
    ['a URI with a user', 'uri', 'https://acme.example@evil.example/'],
    ['a URI with a user in the zone', 'uri', 'https://evil.example@acme.example/'],
    ['a URI with a backslash', 'uri', 'https://acme.example\\@evil.example/'],
    ['a URI with an escaped host', 'uri', 'spiffe://evil.example%2f.acme.example/'],
    ['a URI without a host', 'uri', 'urn:acme.example'],
    ['a name of any other kind', 'other', 'otherName:0011223344556677'],
  ] as const)('%s', (_title, type, value) => {
    expect(outside([{ type, value }])).toHaveLength(1)
  })

  it.each(['Ada Byron', 'www.acme.example ', '192.0.2.1', 'evil.example\0.acme.example', 'evil.example', ''])(
    'common name %j, whatever the other names are',
    (name) => {
      expect(outside([{ type: 'dns', value: 'acme.example' }], name)).toHaveLength(1)
    },
  )

  it('is named without what could change a line, and within bounds', () => {
    const [first = '', second = ''] = outside(
      [{ type: 'dns', value: 'evil.example' }],
      `\u202e\0\n${'x'.repeat(1_000)}`,
    )
    expect(first).toBe(`common name ???${'x'.repeat(61)}...`)
    expect(second).toBe('dns evil.example')
  })
})

describe('whatever is asked for', () => {
  const label = fc.stringMatching(/^[a-zA-Z0-9_*.@\\/:,\0 -]{0,12}$/)
  const name = fc
    .tuple(fc.array(label, { maxLength: 3 }), fc.constantFrom('', '.', '-', '\0'), fc.constantFrom(...ZONES, 'example'))
    .map(([labels, joint, zone]) => labels.join('.') + joint + zone)

  it('an allowed DNS name ends with a zone, at the boundary of a label', () => {
    const property = fc.property(name, (value) => {
      if (outside([{ type: 'dns', value }]).length > 0) return
      const labels = value.toLowerCase().split('.')
      const tails = labels.map((_, index) => labels.slice(index).join('.'))
      expect(isDnsName(value)).toBe(true)
      expect(tails.some((tail) => ZONES.includes(tail))).toBe(true)
    })
    fc.assert(property, { seed: 7, numRuns: 2_000 })
  })

  it('an allowed URI has a host in a zone for every reader', () => {
    const uri = fc
      .tuple(fc.constantFrom('https://', 'spiffe://', 'https:', 'x:'), name, label)
      .map((parts) => parts.join(''))
    const property = fc.property(uri, (value) => {
      if (outside([{ type: 'uri', value }]).length > 0) return
      const { hostname, username } = new URL(value)
      expect(username).toBe('')
      expect(ZONES.some((zone) => `.${hostname.toLowerCase()}`.endsWith(`.${zone}`))).toBe(true)
    })
    fc.assert(property, { seed: 7, numRuns: 2_000 })
  })
})

it('are found at once among many names and zones', () => {
  const names = Array.from(
    { length: 12_000 },
    (_, n) => ({ type: 'dns', value: `host-${n}.zone-${n}.example` }) as const,
  )
  const zones = Array.from({ length: 12_000 }, (_, n) => `zone-${n}.example`)
  const before = process.threadCpuUsage()
  expect(outsideZones({ names }, zones)).toEqual([])
  // Each name with each zone takes many seconds.
  expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(1_500)
})
