import { createPrivateKey } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { createCsr, createKeys } from '../support/pki.ts'
import { type Certificate, certificateChecks, certificateUsageChecks, type Delivered } from './certificate-checks.ts'
import { CERTIFICATE_TESTS } from './certificate-suite.ts'
import { wrongIn } from './checks.ts'
import { readLeaf } from './leaf.ts'
import { createPrivateCa } from './private-ca.ts'

const encoded = (text: string): string => Buffer.from(text).toString('base64')

let good: Delivered
let intermediate: string
beforeAll(async () => {
  const ca = await createPrivateCa()
  const keys = await createKeys()
  const dns = ['good.example.com', 'other.example.com']
  const others = { ip: ['127.0.0.1'], email: ['alice@example.com'], uri: ['spiffe://cluster.local/good'] }
  const chain = await ca.sign((await createCsr({ commonName: 'good', dns, ...others, keys })).pem, 90)
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey))
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' })
  const [, issuer = ''] = chain.split(/(?<=END CERTIFICATE-----\n)/)
  intermediate = issuer
  const metadata = { namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '' }
  const condition = { type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: '' } as const
  good = {
    certificate: {
      ...{ apiVersion: 'cert-manager.io/v1', kind: 'Certificate' },
      metadata: { ...metadata, name: 'good', generation: 2 },
      spec: {
        ...{ secretName: 'good-tls', commonName: 'good', dnsNames: dns, privateKey: { algorithm: 'ECDSA' } },
        ...{ ipAddresses: others.ip, emailAddresses: others.email, uris: others.uri },
        additionalOutputFormats: [{ type: 'DER' }, { type: 'CombinedPEM' }],
      },
      status: {
        conditions: [{ ...condition, observedGeneration: 2 }],
        notAfter: new Date(readLeaf(chain).notAfter).toISOString(),
      },
    },
    secret: {
      ...{ apiVersion: 'v1', kind: 'Secret' },
      metadata: { ...metadata, name: 'good-tls', annotations: { 'cert-manager.io/certificate-name': 'good' } },
      data: {
        ...{ 'tls.crt': encoded(chain), 'tls.key': encoded(String(key)), 'ca.crt': encoded(ca.rootPem) },
        ...{ 'key.der': pkcs8.toString('base64'), 'tls-combined.pem': encoded(`${key}\n${chain}`) },
      },
    },
  }
})

/** The good one, asked for differently. */
function asking(spec: Partial<Certificate['spec']>): Delivered {
  return { ...good, certificate: { ...good.certificate, spec: { ...good.certificate.spec, ...spec } } }
}
function saying(status: Certificate['status']): Delivered {
  return { ...good, certificate: { ...good.certificate, status: { ...good.certificate.status, ...status } } }
}
function holding(data: Readonly<Record<string, string>>, annotations = good.secret.metadata.annotations): Delivered {
  const metadata = { ...good.secret.metadata, annotations: annotations ?? {} }
  return { ...good, secret: { ...good.secret, metadata, data } }
}
const holdingAlso = (name: string, text: string): Delivered => holding({ ...good.secret.data, [name]: encoded(text) })

const bad: Readonly<Record<keyof typeof certificateChecks, () => Delivered>> = {
  ExpectValidKeysInSecret: () => holding({ 'tls.key': '', password: '' }),
  ExpectValidAnnotations: () => holding(good.secret.data ?? {}, {}),
  ExpectValidPrivateKeyData: () => asking({ privateKey: { algorithm: 'RSA' } }),
  ExpectValidCertificate: () => holdingAlso('tls.crt', 'none'),
  ExpectCertificateOrganizationToMatch: () => asking({ subject: { organizations: ['Acme'] } }),
  ExpectCertificateDNSNamesToMatch: () => asking({ dnsNames: ['good.example.com', 'third.example.com'] }),
  ExpectCertificateURIsToMatch: () => asking({ uris: [] }),
  ExpectCertificateIPsToMatch: () => asking({ ipAddresses: ['127.0.0.1', '127.0.0.2'] }),
  ExpectEmailsToMatch: () => asking({ emailAddresses: ['bob@example.com'] }),
  ExpectValidCommonName: () => asking({ commonName: '' }),
  ExpectValidNotAfterDate: () => saying({ notAfter: '2026-01-01T00:00:00Z' }),
  ExpectDurationToMatch: () => asking({ duration: '2161h' }),
  ExpectConditionReadyObservedGeneration: () => saying({ conditions: [] }),
  ExpectValidBasicConstraints: () => asking({ isCA: true }),
  ExpectValidAdditionalOutputFormats: () => holdingAlso('tls-combined.pem', 'another'),
  ExpectCorrectTrustChain: () => asking({ dnsNames: ['third.example.com'] }),
  ExpectCARootCertificate: () => holdingAlso('ca.crt', intermediate),
}

it('the suite for Certificates has the tests of cert-manager', () => {
  expect(new Set(CERTIFICATE_TESTS.map(({ name }) => name)).size).toBe(31)
})

describe('the validations of a Certificate', () => {
  it('accept what is as asked for', async () => {
    expect(await wrongIn(good, certificateChecks)).toEqual([])
  })

  it.each(Object.entries(bad))('%s refuses what is not', async (name, spoilt) => {
    expect(await wrongIn(spoilt(), certificateChecks)).toContainEqual(expect.stringMatching(`^${name}: `))
  })

  it('refuse a chain that another root has signed', async () => {
    const stranger = await createPrivateCa()
    expect(await wrongIn(holdingAlso('ca.crt', stranger.rootPem), certificateChecks)).toEqual([
      expect.stringMatching(/^ExpectCorrectTrustChain: .*openssl verify/s),
    ])
  })

  it('refuse usages that the certificate has not', async () => {
    expect(await wrongIn(good, certificateUsageChecks)).toEqual([
      expect.stringMatching(/^ExpectKeyUsageUsageDataEncipherment: /),
    ])
  })
})
