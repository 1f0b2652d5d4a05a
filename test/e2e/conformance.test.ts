// cert-manager's conformance suites, for both kinds of issuers, and docs/conformance.md, which says what they found.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Certificate,
  certificateChecks,
  type Delivered,
  leafOf,
  secondsAskedFor,
} from '../conformance/certificate-checks.ts'
import { CERTIFICATE_TESTS, type CertificateTest, type Scenario } from '../conformance/certificate-suite.ts'
import { type Checks, wrongIn } from '../conformance/checks.ts'
import { CSR_TESTS, signingRequest } from '../conformance/csr-suite.ts'
import { nearestTermOf, UNSUPPORTED, unsupported } from '../conformance/features.ts'
import { subdomain } from '../conformance/names.ts'
import { conformancePage, ISSUER_KINDS, type IssuerKind, keyOfTest, PAGE } from '../conformance/page.ts'
import { createCsr, createKeys } from '../support/pki.ts'
import { type ConformanceWorld, conformanceWorld, type Place } from './conformance-world.ts'

let suite: ConformanceWorld
const done = new Set<string>()

beforeAll(async () => {
  suite = await conformanceWorld()
})
afterAll(() => suite.close())

/** Of cert-manager, but for the duration: a term is what can be had. */
function checksFor({ spec }: Certificate): Checks<Delivered> {
  if (spec.duration === undefined) return certificateChecks
  const NearestTerm = (delivered: Delivered) => nearestTermOf(secondsAskedFor(spec), leafOf(delivered))
  const { ExpectDurationToMatch: _, ...others } = certificateChecks
  return { ...others, NearestTerm }
}

/** Issued, and all validations hold. */
async function issued(certificate: Certificate, { checks = {} }: Pick<CertificateTest, 'checks'>): Promise<Delivered> {
  const delivered = await suite.delivered(certificate)
  expect(await wrongIn(delivered, { ...checksFor(delivered.certificate), ...checks })).toEqual([])
  return delivered
}

/** What is done with a Certificate that was issued. */
const goOn: Readonly<Partial<Record<Scenario, (delivered: Delivered, test: CertificateTest) => Promise<void>>>> = {
  SecretEmptied: async (before, test) => {
    await suite.setSecret(before.secret, { 'tls.crt': '' })
    const after = await suite.until('another certificate', async () => {
      const { secret } = await suite.delivered(before.certificate)
      return secret.data?.['tls.crt'] !== '' && secret.data?.['tls.crt'] !== before.secret.data?.['tls.crt'] && secret
    })
    expect(leafOf({ secret: after }).publicKey).toBe(leafOf(before).publicKey)
    await issued(before.certificate, test)
    expect(await suite.ordersOf(before.certificate)).toHaveLength(2)
  },
  NameAdded: async ({ certificate }, test) => {
    const dnsNames = [...(certificate.spec.dnsNames ?? []), subdomain()]
    const after = await issued(await suite.edit(certificate, { dnsNames }), test)
    expect(leafOf(after).dns).toEqual(expect.arrayContaining(dnsNames))
  },
}

async function run(test: CertificateTest, place: Place): Promise<void> {
  const spec = test.spec()
  const instead = unsupported(test, UNSUPPORTED)
  if (instead?.refusal !== undefined) {
    const certificate = await suite.create(place, spec)
    expect(await suite.refused(certificate)).toMatch(instead.refusal)
    expect(await suite.ordersOf(certificate)).toEqual([])
    return
  }
  const certificate = await (test.scenario === 'Ingress' ? suite.createIngress(place, spec) : suite.create(place, spec))
  expect(certificate.spec).toMatchObject(spec)
  const delivered = await issued(certificate, test)
  if (test.scenario !== undefined) await goOn[test.scenario]?.(delivered, test)
}

describe.concurrent.each(ISSUER_KINDS)('with issuer type %s', (kind: IssuerKind) => {
  it.each(CERTIFICATE_TESTS)('$name', { timeout: 240_000 }, async (test) => {
    await run(test, suite.place(kind))
    done.add(keyOfTest(kind, test.name))
  })
})

it('the API server takes every CertificateSigningRequest of the other suite', async () => {
  const { namespace, issuerRef } = suite.place('SectigoIssuer')
  const signerName = `sectigoissuers.certwright.dev/${namespace}.${issuerRef.name}`
  const rsa = await createKeys('RSA-2048')
  const items = await Promise.all(
    CSR_TESTS.map(async (test, index) => {
      const keys = test.key === 'RSA-2048' ? rsa : await createKeys(test.key)
      const { pem: csrPem } = await createCsr({ ...test.names(), keys, keyUsage: 0 })
      return signingRequest(test, { name: `e2e-conformance-${index}`, signerName, csrPem })
    }),
  )
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  const create = ['create', '--dry-run=server', '-o', 'name', '-f', '-']
  const { stdout } = await suite.world.cluster.kubectl(create, { input })
  expect(stdout.trim().split('\n')).toHaveLength(items.length)
})

it('docs/conformance.md says what this run found', async () => {
  await expect(conformancePage(done)).toMatchFileSnapshot(PAGE)
})
