import { beforeAll, describe, expect, it } from 'vitest'
import { createAuthority, createCsr, createTestPki, type TestCsr, type TestPki } from '../../test/support/pki.ts'
import { type CertificateSigningRequest, parseCsr } from '../x509/csr.ts'
import { ExtendedKeyUsage } from '../x509/peculiar.ts'
import { type Delivery, verifyDelivery } from './verify.ts'

const HOUR = 3_600_000
/** anyExtendedKeyUsage of RFC 5280 4.2.1.12. */
const ANY_USAGE = '2.5.29.37.0'
const NOW = Date.now()

let pki: TestPki
let asked: TestCsr
let csr: CertificateSigningRequest

beforeAll(async () => {
  pki = await createTestPki()
  asked = await createCsr({ commonName: 'shop.example.com', dns: ['shop.example.com', 'api.example.com'] })
  csr = await parseCsr(asked.pem)
})

function judge(answer: string, differing: Partial<Parameters<typeof verifyDelivery>[0]> = {}): Delivery {
  return verifyDelivery({
    bytes: Buffer.from(answer),
    csr,
    createdAt: NOW,
    now: NOW,
    heldBy: () => undefined,
    ...differing,
  })
}

const chain = (leaf: string): string => pki.root.pem + pki.intermediate.pem + leaf

/** Two CAs, each certified by the other one, and neither by itself. */
async function loop(): Promise<string> {
  const { root, oldRoot, crossSignedRoot } = pki
  return crossSignedRoot.pem + (await createAuthority({ name: oldRoot.name, keys: oldRoot.keys, issuer: root })).pem
}

/** The first half of a certificate in a block that is complete. */
function truncated(pem: string): string {
  const lines = pem.trim().split('\n')
  return [lines[0], ...lines.slice(1, lines.length / 2), lines.at(-1), ''].join('\n')
}

async function longerThanCertManagerReads(): Promise<string> {
  const names = Array.from({ length: 2_500 }, (_, n) => `a-name-that-somebody-has-added-${n}.example.com`)
  return chain(await pki.intermediate.sign(asked.pem, { dns: [...names, 'shop.example.com', 'api.example.com'] }))
}

/** As `openssl crl2pkcs7 -nocrl` writes it. */
const emptyPkcs7 = '-----BEGIN PKCS7-----\nMCMGCSqGSIb3DQEHAqAWMBQCAQExADALBgkqhkiG9w0BBwExAA==\n-----END PKCS7-----\n'

function accepted(delivery: Delivery): Extract<Delivery, { verdict: 'deliver' }> {
  if (delivery.verdict !== 'deliver') throw new Error(`not delivered: ${delivery.message}`)
  return delivery
}

describe('rule 8: a certificate is delivered only if it is what was asked for', () => {
  it('delivers a root-first answer leaf first, without the root, and the root as the CA', async () => {
    const leaf = await pki.intermediate.sign(asked.pem)
    expect(judge(chain(leaf))).toMatchObject({
      verdict: 'deliver',
      certificatePem: leaf + pki.intermediate.pem,
      caPem: pki.root.pem,
      extraNames: [],
    })
  })

  it('takes the highest intermediate as the CA when the root is not there, and nothing when the leaf is alone', async () => {
    const leaf = await pki.intermediate.sign(asked.pem)
    expect(judge(leaf + pki.intermediate.pem)).toMatchObject({ caPem: pki.intermediate.pem })
    expect(judge(leaf)).toMatchObject({ verdict: 'deliver', caPem: undefined })
  })

  it('tells names that nobody asked for', async () => {
    const leaf = await pki.intermediate.sign(asked.pem, {
      dns: ['shop.example.com', 'api.example.com', 'www.shop.example.com'],
    })
    expect(judge(chain(leaf))).toMatchObject({ verdict: 'deliver', extraNames: ['www.shop.example.com'] })
  })

  it.each<[string, readonly string[], readonly string[]]>([
    ['a usage that the CA left out', [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth], ['client auth']],
    [
      'it once, however often it was asked for',
      [ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.clientAuth],
      ['client auth'],
    ],
    ['no usage where all are as asked for', [ExtendedKeyUsage.serverAuth], []],
    ['no usage where any was asked for', [ExtendedKeyUsage.clientAuth, ANY_USAGE], []],
    ['no usage that it does not know', [ExtendedKeyUsage.timeStamping], []],
  ])('tells %s', async (_, extendedKeyUsages, missingPurposes) => {
    const { pem } = await createCsr({ dns: ['shop.example.com'], extendedKeyUsages })
    const delivery = judge(chain(await pki.intermediate.sign(pem)), { csr: await parseCsr(pem) })
    expect(delivery).toMatchObject({ verdict: 'deliver', missingPurposes })
  })

  it.each<[string, () => Promise<string>, object]>([
    [
      "somebody else's key",
      async () => pki.intermediate.sign((await createCsr({ dns: ['shop.example.com'] })).pem),
      { verdict: 'reject', code: 'WrongKey' },
    ],
    ['a CA certificate', () => pki.intermediate.sign(asked.pem, { isCA: true }), { verdict: 'reject', code: 'IsCA' }],
    [
      'a missing name',
      () => pki.intermediate.sign(asked.pem, { dns: ['shop.example.com'] }),
      { verdict: 'stalled', code: 'MissingNames', message: 'the certificate lacks api.example.com' },
    ],
    [
      "last year's certificate",
      () => pki.intermediate.sign(asked.pem, { notBefore: new Date(NOW - 49 * HOUR) }),
      { verdict: 'stalled', code: 'TooOld' },
    ],
    [
      'one from the day before',
      () => pki.intermediate.sign(asked.pem, { notBefore: new Date(NOW - 47 * HOUR) }),
      { verdict: 'deliver' },
    ],
    [
      'one that is not valid yet',
      () => pki.intermediate.sign(asked.pem, { notBefore: new Date(NOW + HOUR) }),
      { verdict: 'stalled', code: 'NotYetValid' },
    ],
    [
      'an expired one',
      () => pki.intermediate.sign(asked.pem, { notBefore: new Date(NOW - 2 * HOUR), notAfter: new Date(NOW - HOUR) }),
      { verdict: 'stalled', code: 'Expired' },
    ],
  ])('judges %s', async (_, leaf, verdict) => {
    expect(judge(chain(await leaf()))).toMatchObject(verdict)
  })

  it('rejects a serial that another record holds', async () => {
    const leaf = await pki.intermediate.sign(asked.pem, { serial: '0a1b' })
    expect(judge(chain(leaf), { heldBy: (serial) => (serial === 'A1B' ? 'shop-1' : undefined) })).toMatchObject({
      verdict: 'reject',
      code: 'SerialHeld',
    })
  })

  it('stalls on what is no certificate at all, and says so in words of ours', () => {
    expect(judge('<html>hello</html>')).toMatchObject({
      verdict: 'stalled',
      message: expect.not.stringContaining('html'),
    })
    expect(judge('')).toMatchObject({ verdict: 'stalled' })
  })

  it.each<[string, (leaf: string) => string | Promise<string>, string]>([
    ['with a stranger in it', (leaf) => chain(leaf) + pki.oldRoot.pem, 'UnrelatedCertificate'],
    ['with a gap in it', (leaf) => leaf + pki.root.pem, 'BrokenChain'],
    ['that is a loop beside the certificate', async (leaf) => leaf + (await loop()), 'BrokenChain'],
    ['of a thousand certificates', (leaf) => leaf + pki.intermediate.pem.repeat(1_000), 'TooLarge'],
    ['of 10 MB', (leaf) => chain(leaf).padEnd(10 * 1_048_576), 'TooLarge'],
    ['that was cut off', (leaf) => chain(leaf).slice(0, -100), 'MalformedPem'],
    ['whose certificate was cut off', (leaf) => truncated(leaf) + pki.intermediate.pem, 'MalformedCertificate'],
    ['that is a PKCS#7 structure with nothing in it', () => emptyPkcs7, 'NoCertificate'],
    ['that cert-manager could not read', longerThanCertManagerReads, 'TooLarge'],
  ])('stalls on a chain %s', async (_, answer, code) => {
    const leaf = await pki.intermediate.sign(asked.pem)
    expect(judge(await answer(leaf))).toMatchObject({ verdict: 'stalled', code })
  })

  it('delivers a chain that ends where two CAs have only signed each other', async () => {
    const leaf = await pki.intermediate.sign(asked.pem)
    const { certificatePem } = accepted(judge(leaf + pki.intermediate.pem + (await loop())))
    expect(certificatePem.startsWith(leaf + pki.intermediate.pem)).toBe(true)
    expect(certificatePem.match(/BEGIN/g)).toHaveLength(4)
  })

  it('asks for the key first: nothing else of somebody else’s certificate is looked at', async () => {
    const other = await createCsr({ dns: ['other.example.com'] })
    const expired = { notBefore: new Date(NOW - 2 * HOUR), notAfter: new Date(NOW - HOUR), isCA: true }
    expect(judge(chain(await pki.intermediate.sign(other.pem, expired)))).toMatchObject({ code: 'WrongKey' })
  })
})
