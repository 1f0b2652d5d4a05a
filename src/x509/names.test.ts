import { describe, expect, it } from 'vitest'
import { canonicalName, extraNames, isDnsName, missingNames, readGeneralName, type SubjectName } from './names.ts'

const read = (tag: number, content: string | readonly number[]): SubjectName => {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : Uint8Array.from(content)
  return readGeneralName({ tag, content: bytes, bytes })
}
const dns = (value: string): SubjectName => ({ type: 'dns', value })
const ip = (value: string): SubjectName => ({ type: 'ip', value })

describe('readGeneralName', () => {
  it.each<[string, number, string | readonly number[], SubjectName]>([
    ['a DNS name in lower case', 130, 'Shop.Example', dns('shop.example')],
    ['a wildcard', 130, '*.shop.example', dns('*.shop.example')],
    ['an underscore', 130, '_acme.shop.example', dns('_acme.shop.example')],
    ['one label', 130, 'localhost', dns('localhost')],
    ['an IPv4 address', 135, [192, 0, 2, 1], ip('192.0.2.1')],
    ['an IPv6 address', 135, [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], ip('2001:db8::1')],
    ['the empty IPv6 address', 135, Array(16).fill(0), ip('::')],
    ['an email address', 129, 'A.Person+tag@Shop.Example', { type: 'email', value: 'A.Person+tag@shop.example' }],
    ['a URI', 134, 'spiffe://cluster.local/ns/A', { type: 'uri', value: 'spiffe://cluster.local/ns/A' }],
  ])('reads %s', (_, tag, content, name) => {
    expect(read(tag, content)).toEqual(name)
  })

  it.each<[string, number, string | readonly number[], RegExp]>([
    [
      'a comma in a DNS name, which would be two names at a CA',
      130,
      'evil.test,a.ok.test',
      /^dNSName:evil.test,a.ok.test$/,
    ],
    ['a zero byte', 130, 'ok.test\0.evil.test', /^dNSName:ok\.test\?\.evil\.test$/],
    ['a line break', 130, 'ok.test\nevil.test', /^dNSName:ok\.test\?evil\.test$/],
    ['a blank', 130, 'ok.test ', /^dNSName:/],
    ['an empty DNS name', 130, '', /^dNSName:$/],
    ['an empty label', 130, 'a..test', /^dNSName:/],
    ['a dot at the end', 130, 'a.test.', /^dNSName:/],
    ['a wildcard inside', 130, 'a.*.test', /^dNSName:/],
    ['bytes above ASCII', 130, 'b\xfccher.test', /^dNSName:b\?cher\.test$/],
    ['254 characters', 130, `${'a.'.repeat(126)}aa`, /^dNSName:.{67}$/],
    ['an address of five bytes', 135, [1, 2, 3, 4, 5], /^iPAddress:[0-9a-f]{16}$/],
    ['an email address without a domain', 129, 'person', /^rfc822Name:person$/],
    ['two email addresses in one', 129, 'a@b.test,c@d.test', /^rfc822Name:/],
    ['a URI without a scheme', 134, '//host/path', /^uniformResourceIdentifier:/],
    ['a registered id', 136, [0x2a, 3], /^registeredID:[0-9a-f]{16}$/],
    ['another name', 160, [6, 1, 42], /^otherName:[0-9a-f]{16}$/],
    ['a directory name', 164, [0x30, 0], /^directoryName:/],
    ['a tag nobody knows', 138, [0], /^tag138:/],
  ])('calls %s other', (_, tag, content, value) => {
    const name = read(tag, content)
    expect(name.type).toBe('other')
    expect(name.value).toMatch(value)
  })
})

describe('canonicalName', () => {
  it.each<[SubjectName, SubjectName]>([
    [dns('*.Shop.EXAMPLE'), dns('*.shop.example')],
    [ip('2001:0DB8:0:0:0:0:0:1'), ip('2001:db8::1')],
    [ip('1:0:0:2:0:0:0:3'), ip('1:0:0:2::3')],
    [ip('192.0.2.1'), ip('192.0.2.1')],
    [ip('not an address'), ip('not an address')],
    [
      { type: 'email', value: 'Me@Example.TEST' },
      { type: 'email', value: 'Me@example.test' },
    ],
    [
      { type: 'uri', value: 'HTTPS://A/b' },
      { type: 'uri', value: 'HTTPS://A/b' },
    ],
  ])('turns %o into %o', (name, canonical) => {
    expect(canonicalName(name)).toEqual(canonical)
  })
})

describe('isDnsName', () => {
  it('accepts what a certificate can carry and nothing a list could split', () => {
    expect(isDnsName('Shop.Example')).toBe(true)
    expect(isDnsName(`${'a.'.repeat(126)}a`)).toBe(true)
    expect(isDnsName('John Smith')).toBe(false)
    expect(isDnsName('a.test, b.test')).toBe(false)
    expect(isDnsName(`${'a'.repeat(64)}.test`)).toBe(false)
  })
})

describe('missingNames and extraNames', () => {
  it.each<[string, SubjectName[], SubjectName[], SubjectName[], SubjectName[]]>([
    ['the same set in another order', [dns('a'), dns('b')], [dns('b'), dns('a')], [], []],
    ['another case', [dns('A.Test')], [dns('a.test')], [], []],
    ['another spelling of an address', [ip('2001:DB8:0::1')], [ip('2001:db8::1')], [], []],
    ['duplicates', [dns('a'), dns('A'), dns('b')], [dns('c'), dns('c')], [dns('a'), dns('b')], [dns('c')]],
    ['an added www', [dns('a.test')], [dns('a.test'), dns('www.a.test')], [], [dns('www.a.test')]],
    ['a lost name', [dns('a.test'), dns('b.test')], [dns('a.test')], [dns('b.test')], []],
    ['a wildcard, which stands for itself only', [dns('a.test')], [dns('*.test')], [dns('a.test')], [dns('*.test')]],
    ['the same text of another type', [ip('1.2.3.4')], [dns('1.2.3.4')], [ip('1.2.3.4')], [dns('1.2.3.4')]],
  ])('compares %s', (_, requested, issued, missing, extra) => {
    expect(missingNames(requested, issued)).toEqual(missing)
    expect(extraNames(requested, issued)).toEqual(extra)
  })
})
