import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { openssl } from '../../test/support/openssl.ts'
import { createCsr, createKeys } from '../../test/support/pki.ts'
import { type CertificateSigningRequest, parseCsr, requestedNames } from './csr.ts'
import { X509Error } from './errors.ts'
import {
  Attribute,
  type Extension,
  ExtensionsAttribute,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
} from './peculiar.ts'
import { readBlocks, writePem } from './pem.ts'

const derOf = (pem: string): Buffer => Buffer.from(readBlocks(pem, { maxBytes: 1e6 })[0]?.der ?? [])

/** A request made by openssl with a new key: `args` are those of `openssl req`. */
const opensslCsr = async (...args: readonly string[]): Promise<string> => {
  const config = '[req]\ndistinguished_name=dn\n[dn]\n[other]\nCN=x\n'
  const output = ['-config', 'config', '-keyout', 'key', '-out', 'out']
  return (await openssl(['req', '-new', '-nodes', ...output, ...args], { files: { config } })).toString()
}

const codeOf = async (input: string | Uint8Array): Promise<string> => {
  try {
    await parseCsr(input)
  } catch (error) {
    if (error instanceof X509Error) return error.code
    throw error
  }
  return 'none'
}

describe('parseCsr', () => {
  it('reads a request as cert-manager writes it: no subject, critical names', async () => {
    const { pem } = await createCsr({ dns: ['Shop.example', '*.shop.example'], ip: ['192.0.2.7', '2001:db8:0::7'] })
    const csr = await parseCsr(pem)
    const der = derOf(pem)
    expect(csr).toEqual({
      pem,
      sha256: createHash('sha256').update(der).digest('hex').toUpperCase(),
      spkiSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      subject: '',
      key: { algorithm: 'EC', curve: 'P-256' },
      names: [
        { type: 'dns', value: 'shop.example' },
        { type: 'dns', value: '*.shop.example' },
        { type: 'ip', value: '192.0.2.7' },
        { type: 'ip', value: '2001:db8::7' },
      ],
      isCA: false,
    } satisfies CertificateSigningRequest)
  })

  it('reads subject, common name, every kind of name and a wish to be a CA', async () => {
    const subject = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', '/O=Acme, Inc./CN=shop.example']
    const names = 'DNS:shop.example,email:a@Shop.example,URI:urn:x:1,RID:1.2.3,otherName:1.2.3.4;UTF8:x,dirName:other'
    const csr = await parseCsr(
      await opensslCsr(
        ...subject,
        ...['-addext', `subjectAltName=${names}`, '-addext', 'basicConstraints=critical,CA:TRUE'],
      ),
    )
    expect(csr.commonName).toBe('shop.example')
    expect(csr.subject).toBe('O=Acme\\, Inc., CN=shop.example')
    expect(csr.isCA).toBe(true)
    expect(csr.names.map(({ type, value }) => `${type} ${value.split(':')[0]}`)).toEqual([
      'dns shop.example',
      'email a@shop.example',
      'uri urn',
      'other registeredID',
      'other otherName',
      'other directoryName',
    ])
  })

  it.each<[string, readonly string[], CertificateSigningRequest['key']]>([
    ['RSA 2048', ['-newkey', 'rsa:2048'], { algorithm: 'RSA', bits: 2048 }],
    ['RSA of an odd size', ['-newkey', 'rsa:1031'], { algorithm: 'RSA', bits: 1031 }],
    ['RSA with SHA-1', ['-newkey', 'rsa:2048', '-sha1'], { algorithm: 'RSA', bits: 2048 }],
    [
      'RSA signed with PSS',
      ['-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss'],
      { algorithm: 'RSA', bits: 2048 },
    ],
    ['RSA for PSS only', ['-newkey', 'rsa-pss'], { algorithm: 'other', name: 'rsa-pss' }],
    ['EC P-256 with SHA-512', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-sha512'], ec('P-256')],
    ['EC P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], ec('P-384')],
    ['EC P-521', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521'], ec('P-521')],
    ['Ed25519', ['-newkey', 'ed25519'], { algorithm: 'Ed25519' }],
  ])('verifies %s', async (_, args, key) => {
    const csr = await parseCsr(await opensslCsr(...args, '-subj', '/CN=a.example'))
    expect(csr.key).toEqual(key)
    expect(csr.commonName).toBe('a.example')
    expect(csr.names).toEqual([])
  })

  it.each<[string, readonly string[]]>([
    ['a curve of another family', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1']],
    [
      'explicit curve parameters',
      ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit'],
    ],
    ['Ed448', ['-newkey', 'ed448']],
    ['an MD5 signature', ['-newkey', 'rsa:2048', '-md5']],
    ['a SHA-3 signature', ['-newkey', 'rsa:2048', '-sha3-256']],
  ])('says that %s is not supported', async (_, args) => {
    expect(await codeOf(await opensslCsr(...args, '-subj', '/CN=a.example'))).toBe('UnsupportedKey')
  })

  it('verifies every P-521 signature, however many zeros its numbers begin with', async () => {
    const keys = await createKeys('P-521')
    // Every second number begins with a zero byte (521 bits in 66 bytes), one in 512 with two.
    const requests = await Promise.all(Array.from({ length: 60 }, () => createCsr({ keys })))
    const codes = await Promise.all(requests.map(({ pem }) => codeOf(pem)))
    expect(new Set(codes)).toEqual(new Set(['none']))
  })

  describe('normalises', () => {
    let pem: string
    let der: Buffer
    beforeAll(async () => {
      pem = (await createCsr({ commonName: 'a.example' })).pem
      der = derOf(pem)
    })

    it.each<[string, (text: string) => string | Uint8Array]>([
      [
        'the old label',
        (text) => text.replaceAll('BEGIN CERT', 'BEGIN NEW CERT').replaceAll('END CERT', 'END NEW CERT'),
      ],
      ['CRLF, blanks and text around', (text) => `Attributes\r\n${text.replaceAll('\n', ' \r\n')}\r\n`],
      ['bytes with a byte order mark', (text) => Buffer.from(`\uFEFF${text}`)],
      ['bare base64', () => der.toString('base64')],
      ['DER', () => new Uint8Array(der)],
      ['a private key beside it, which goes nowhere', (text) => writePem('PRIVATE KEY', Buffer.from('secret')) + text],
      ['the same request twice', (text) => text + text],
    ])('%s', async (_, battered) => {
      expect((await parseCsr(battered(pem))).pem).toBe(pem)
    })
  })

  describe('refuses', () => {
    let pem: string
    beforeAll(async () => {
      pem = (await createCsr({ commonName: 'a.example', dns: ['a.example'] })).pem
    })

    it.each<[string, string, () => string | Uint8Array | Promise<string>]>([
      ['nothing', 'MalformedCsr', () => ''],
      ['prose', 'MalformedCsr', () => 'please issue a certificate'],
      ['a certificate', 'MalformedCsr', () => pem.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE')],
      [
        'something else under the label',
        'MalformedCsr',
        () => writePem('CERTIFICATE REQUEST', Buffer.from('3003020101', 'hex')),
      ],
      ['bytes behind the request', 'MalformedCsr', () => Buffer.concat([derOf(pem), Buffer.from([0])])],
      ['a request that is cut off', 'MalformedCsr', () => derOf(pem).subarray(0, -5)],
      ['a PEM that is cut off', 'MalformedPem', () => pem.slice(0, -20)],
      ['two different requests', 'MalformedCsr', async () => pem + (await createCsr({ commonName: 'b.example' })).pem],
      ['more than 32 KiB', 'TooLarge', () => pem + ' '.repeat(32 * 1024)],
      [
        'more than 1,000 names',
        'TooLarge',
        async () => (await createCsr({ dns: Array.from({ length: 1_001 }, (_, n) => `a${n}`) })).pem,
      ],
      ['a changed name', 'BadCsrSignature', () => replaceText(pem, 'a.example', 'b.example')],
      ['a changed signature', 'BadCsrSignature', () => flipLastByte(pem)],
      [
        'two common names',
        'MalformedCsr',
        () => opensslCsr('-newkey', 'ed25519', '-subj', '/CN=a.example/CN=b.example'),
      ],
      [
        'a key of an unknown kind',
        'UnsupportedKey',
        () => replaceText(pem, '\x2a\x86\x48\xce\x3d\x02\x01', '\x2a\x86\x48\xce\x3d\x02\x02'),
      ],
    ])('%s: %s', async (_, code, input) => {
      expect(await codeOf(await input())).toBe(code)
    })
  })

  describe('requested extensions', () => {
    const names = (dns: string): SubjectAlternativeNameExtension =>
      new SubjectAlternativeNameExtension([{ type: 'dns', value: dns }])
    const request = async (extensions: readonly Extension[], attributes: readonly Attribute[]): Promise<string> => {
      const created = await Pkcs10CertificateRequestGenerator.create({
        keys: await createKeys(),
        signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
        extensions: [...extensions],
        attributes: [...attributes],
      })
      return created.toString('pem')
    }
    const wrapped = new ExtensionsAttribute([names('b.example')])
    const microsoft = new Attribute('1.3.6.1.4.1.311.2.1.14', wrapped.values)

    it("are read from Microsoft's attribute, too", async () => {
      const csr = await parseCsr(await request([], [microsoft]))
      expect(csr.names).toEqual([{ type: 'dns', value: 'b.example' }])
    })

    it.each<[string, Extension[], Attribute[]]>([
      ['an extension occurs twice', [names('a.example'), names('b.example')], []],
      ['an attribute occurs twice', [names('a.example')], [wrapped]],
      ['two kinds of attribute ask', [names('a.example')], [microsoft]],
      ['an attribute has two values', [], [new Attribute(wrapped.type, [...wrapped.values, ...wrapped.values])]],
    ])('are refused when %s: readers would differ in which one they take', async (_, extensions, attributes) => {
      expect(await codeOf(await request(extensions, attributes))).toBe('MalformedCsr')
    })
  })

  it('throws nothing but X509Error, whatever the input', async () => {
    const { pem } = await createCsr({ commonName: 'a.example', dns: ['a.example'], ip: ['::1'] })
    const der = derOf(pem)
    const mutated = fc
      .array(fc.tuple(fc.nat(der.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => changes.reduce((bytes, [at, byte]) => bytes.with(at, byte), new Uint8Array(der)))
    const cut = fc.nat(der.length - 1).map((length) => new Uint8Array(der.subarray(0, length)))
    const noise = fc.uint8Array({ maxLength: 300 })
    const anything = fc.oneof(
      mutated,
      cut,
      noise,
      noise.map((bytes) => Uint8Array.of(0x30, ...bytes)),
      fc.string({ maxLength: 300 }),
      fc.string({ maxLength: 300 }).map((text) => `-----BEGIN CERTIFICATE REQUEST-----\n${text}\n-----END`),
      fc.oneof(mutated, noise).map((bytes) => writePem('CERTIFICATE REQUEST', bytes)),
    )
    const property = fc.asyncProperty(anything, async (input) => {
      // codeOf rethrows what is not ours.
      expect(await codeOf(input)).not.toBe('')
    })
    await fc.assert(property, { numRuns: 500 })
  })
})

function ec(curve: string): CertificateSigningRequest['key'] {
  return { algorithm: 'EC', curve }
}

/** Changes text inside the DER without changing a length. */
function replaceText(pem: string, from: string, to: string): string {
  const der = derOf(pem).toString('latin1').replaceAll(from, to)
  return writePem('CERTIFICATE REQUEST', Buffer.from(der, 'latin1'))
}

function flipLastByte(pem: string): Uint8Array {
  const der = derOf(pem)
  return new Uint8Array(der).with(-1, (der.at(-1) ?? 0) ^ 1)
}

describe('requestedNames', () => {
  it.each([
    ['a common name among the names', 'shop.example', ['shop.example', 'api.example'], ['shop.example', 'api.example']],
    ['a common name beside the names', 'Shop.example', ['api.example'], ['shop.example', 'api.example']],
    ['a common name alone', 'shop.example', [], ['shop.example']],
    ['a common name that is no DNS name', 'Sensor, 7', ['api.example'], ['api.example']],
    ['no common name', undefined, ['api.example'], ['api.example']],
  ])('%s', async (_, commonName, dns, expected) => {
    const csr = await parseCsr((await createCsr({ ...(commonName === undefined ? {} : { commonName }), dns })).pem)
    expect(requestedNames(csr).map(({ value }) => value)).toEqual(expected)
  })
})
