import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { openssl } from '../../test/support/openssl.ts'
import { createAuthority, createCsr, createTestPki, type TestPki } from '../../test/support/pki.ts'
import { normaliseSerial, parseCertificates } from './certificate.ts'
import { parseCsr } from './csr.ts'
import { X509Error } from './errors.ts'
import { X509Certificates } from './peculiar.ts'
import { readBlocks, writePem } from './pem.ts'

const codeOf = (input: string | Uint8Array): string => {
  try {
    parseCertificates(input)
  } catch (error) {
    if (error instanceof X509Error) return error.code
    throw error
  }
  return 'none'
}
const derOf = (pem: string): Buffer => Buffer.from(readBlocks(pem, { maxBytes: 1e6 })[0]?.der ?? [])
const pemsOf = (input: string | Uint8Array): readonly string[] => parseCertificates(input).map(({ pem }) => pem)

let pki: TestPki
let csr: string
let leaf: string
let bundle: string
/** The bundle as PKCS#7, DER, made by openssl. */
let pkcs7: Buffer
/** The same certificates in PKCS#7 as a streaming writer leaves them: BER, with indefinite lengths. */
let streamed: Buffer

beforeAll(async () => {
  pki = await createTestPki()
  csr = (await createCsr({ commonName: 'shop.example', dns: ['shop.example', 'www.shop.example'] })).pem
  const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-03-01T00:00:00Z') }
  leaf = await pki.intermediate.sign(csr, { ...validity, serial: '000a0bff' })
  bundle = pki.root.pem + pki.intermediate.pem + leaf
  const args = ['crl2pkcs7', '-nocrl', '-certfile', 'bundle', '-outform', 'DER', '-out', 'out']
  pkcs7 = await openssl(args, { files: { bundle } })
  const key = writePem('PRIVATE KEY', new Uint8Array(await crypto.subtle.exportKey('pkcs8', pki.root.keys.privateKey)))
  const sign = ['cms', '-sign', '-stream', '-nodetach', '-in', 'text', '-signer', 'signer', '-inkey', 'key']
  const files = { text: 'text', signer: pki.root.pem, key, others: pki.intermediate.pem + leaf }
  streamed = await openssl([...sign, '-certfile', 'others', '-outform', 'DER', '-out', 'out'], { files })
})

describe('parseCertificates', () => {
  it('reads every field', async () => {
    expect(parseCertificates(leaf)).toEqual([
      {
        pem: leaf,
        der: new Uint8Array(derOf(leaf)),
        subject: 'CN=shop.example',
        issuer: 'CN=Test Issuing CA',
        serial: 'A0BFF',
        notBefore: Date.UTC(2026, 0, 1),
        notAfter: Date.UTC(2026, 2, 1),
        isCA: false,
        purposes: ['server auth'],
        spkiSha256: (await parseCsr(csr)).spkiSha256,
        names: [
          { type: 'dns', value: 'shop.example' },
          { type: 'dns', value: 'www.shop.example' },
        ],
        selfSigned: false,
        sha256: new X509Certificate(leaf).fingerprint256.replaceAll(':', '').toLowerCase(),
      },
    ])
  })

  it('tells CAs and roots from the rest', async () => {
    const mark = (pem: string) => parseCertificates(pem).map(({ isCA, selfSigned }) => ({ isCA, selfSigned }))
    const sameName = await createAuthority({ name: pki.root.name, issuer: pki.root })
    expect(mark(pki.root.pem)).toEqual([{ isCA: true, selfSigned: true }])
    expect(mark(pki.intermediate.pem)).toEqual([{ isCA: true, selfSigned: false }])
    expect(mark(pki.crossSignedRoot.pem)).toEqual([{ isCA: true, selfSigned: false }])
    expect(mark(sameName.pem)).toEqual([{ isCA: true, selfSigned: false }])
    expect(mark(await pki.root.sign(csr, { isCA: true }))).toEqual([{ isCA: true, selfSigned: false }])
  })

  it('reads a certificate without a subject, as a request of cert-manager gets it', async () => {
    const { pem } = await createCsr({ dns: ['shop.example'], ip: ['2001:db8::1'] })
    const [certificate] = parseCertificates(await pki.intermediate.sign(pem))
    expect(certificate?.subject).toBe('')
    expect(certificate?.names).toEqual((await parseCsr(pem)).names)
  })

  it('reads a root of the days before extensions', async () => {
    const config = '[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nO=Old\nCN=Old Root\n'
    const request = [
      'req',
      '-x509',
      '-newkey',
      'ed25519',
      '-nodes',
      '-keyout',
      'key',
      '-config',
      'config',
      '-out',
      'out',
    ]
    const [root] = parseCertificates(await openssl(request, { files: { config } }))
    expect(root).toMatchObject({ subject: 'O=Old, CN=Old Root', isCA: false, selfSigned: true, names: [] })
  })

  it.each<[string, () => string | Uint8Array]>([
    ['PEM', () => bundle],
    ['PEM as bytes', () => Buffer.from(bundle)],
    [
      'PEM with CRLF, a byte order mark and no newline at the end',
      () => `\uFEFF${bundle.replaceAll('\n', '\r\n')}`.trimEnd(),
    ],
    ['PEM with trailing blanks and indentation', () => bundle.replaceAll('\n', '  \n  ')],
    [
      'PEM with text between the blocks',
      () => bundle.replaceAll('-----BEGIN', 'subject=/CN=x\nissuer=/CN=y\n-----BEGIN'),
    ],
    ['PEM with duplicates', () => bundle + bundle],
    ['PEM with other blocks', () => `${writePem('X509 CRL', Buffer.from('3000', 'hex'))}${bundle}`],
    ['PKCS#7 in DER', () => pkcs7],
    ['PKCS#7 as PEM', () => writePem('PKCS7', pkcs7)],
    ['PKCS#7 as CMS', () => writePem('CMS', pkcs7)],
    ['PKCS#7 under the label of a certificate', () => writePem('CERTIFICATE', pkcs7)],
    ['PKCS#7 as bare base64 on one line', () => pkcs7.toString('base64')],
    ['PKCS#7 as bare base64 on many lines', () => pkcs7.toString('base64').replaceAll(/(.{76})/g, '$1\r\n')],
    ['PKCS#7 in BER with indefinite lengths', () => streamed],
  ])('reads a bundle from %s', (_, input) => {
    expect(pemsOf(input()).toSorted()).toEqual([leaf, pki.intermediate.pem, pki.root.pem].toSorted())
  })

  it('was tried with indefinite lengths indeed', () => {
    expect([...streamed.subarray(0, 2)]).toEqual([0x30, 0x80])
  })

  it('keeps the order of the input', () => {
    expect(pemsOf(bundle)).toEqual([pki.root.pem, pki.intermediate.pem, leaf])
  })

  it.each<[string, () => string | Uint8Array]>([
    ['DER', () => derOf(leaf)],
    ['bare base64', () => derOf(leaf).toString('base64')],
    ['an old label', () => leaf.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')],
  ])('reads one certificate from %s', (_, input) => {
    expect(pemsOf(input())).toEqual([leaf])
  })

  it('reads PKCS#7 as another writer makes it', () => {
    const written = new X509Certificates([pki.intermediate.certificate, pki.root.certificate]).export('raw')
    expect(pemsOf(new Uint8Array(written)).toSorted()).toEqual([pki.intermediate.pem, pki.root.pem].toSorted())
  })

  it.each<[string, string, () => string | Uint8Array]>([
    ['nothing', 'NoCertificate', () => ''],
    ['an error page', 'NoCertificate', () => '{"code":0,"description":"Being processed by Sectigo"}'],
    ['a request', 'NoCertificate', () => csr],
    ['a certificate that is cut off', 'MalformedCertificate', () => derOf(leaf).subarray(0, -1)],
    ['a PEM that is cut off', 'MalformedPem', () => bundle.slice(0, -30)],
    [
      'one bad certificate among good ones',
      'MalformedCertificate',
      () => bundle + writePem('CERTIFICATE', Buffer.from('300130', 'hex')),
    ],
    ['PKCS#7 that holds data', 'MalformedCertificate', () => Buffer.from('300b06092a864886f70d010701', 'hex')],
    [
      'PKCS#7 without certificates',
      'NoCertificate',
      () => Buffer.from('301406092a864886f70d010702a00730050201013100', 'hex'),
    ],
    ['more than 1 MiB', 'TooLarge', () => new Uint8Array(1024 * 1024 + 1)],
  ])('refuses %s: %s', (_, code, input) => {
    expect(codeOf(input())).toBe(code)
  })

  it('refuses more than 50 certificates, duplicates not counted', async () => {
    const many = await Promise.all(Array.from({ length: 51 }, () => pki.root.sign(csr)))
    expect(codeOf(many.join(''))).toBe('TooManyCertificates')
    expect(parseCertificates(many.slice(1).join('') + many.slice(1).join(''))).toHaveLength(50)
  })

  it('throws nothing but X509Error, whatever the input', () => {
    const mutatedFrom = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
      fc
        .array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
        .map((changes) => changes.reduce((now, [at, byte]) => now.with(at, byte), new Uint8Array(bytes)))
    const noise = fc.uint8Array({ maxLength: 300 })
    const bytes = fc.oneof(
      mutatedFrom(derOf(leaf)),
      mutatedFrom(pkcs7),
      fc.nat(pkcs7.length).map((length) => new Uint8Array(pkcs7.subarray(0, length))),
      noise,
      noise.map((tail) => Uint8Array.of(0x30, ...tail)),
    )
    const anything = fc.oneof(
      bytes,
      bytes.map((der) => writePem('CERTIFICATE', der)),
      mutatedFrom(Buffer.from(bundle)),
      fc.string({ maxLength: 300 }),
    )
    const property = fc.property(anything, (input) => {
      // codeOf rethrows what is not ours.
      expect(codeOf(input)).not.toBe('')
    })
    fc.assert(property, { numRuns: 1000 })
  })
})

describe('normaliseSerial', () => {
  it.each([
    ['00:a1:b2', 'A1B2'],
    ['A1B2', 'A1B2'],
    ['0a 1b', 'A1B'],
    ['00', '0'],
  ])('turns %s into %s', (serial, normalised) => {
    expect(normaliseSerial(serial)).toBe(normalised)
  })
})
