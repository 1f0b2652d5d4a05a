import { beforeAll, describe, expect, it } from 'vitest'
import { createCsr, createTestPki, type TestCsr, type TestPki } from '../../test/support/pki.ts'
import { type CertificateSigningRequest, parseCsr } from '../x509/csr.ts'
import { type Delivery, verifyDelivery } from './verify.ts'

const HOUR = 3_600_000
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

  it('stalls on a chain with a stranger in it', async () => {
    const leaf = await pki.intermediate.sign(asked.pem)
    expect(judge(chain(leaf) + pki.oldRoot.pem)).toMatchObject({ verdict: 'stalled', code: 'UnrelatedCertificate' })
  })
})
