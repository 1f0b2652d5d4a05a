// What can be known of the suite for Kubernetes CertificateSigningRequests before anybody signs them: each CSR says what its test
// asks for, the issuer's rules take or refuse it as expected, and the validations tell a right certificate from a wrong one.
import { beforeAll, describe, expect, it } from 'vitest'
import { sectigoPreflight } from '../../src/backends/sectigo/preflight.ts'
import { refusedBeforeOrdering } from '../../src/issuance/wording.ts'
import { parseCsr } from '../../src/x509/csr.ts'
import { KeyUsageFlags } from '../../src/x509/peculiar.ts'
import { createCsr, createKeys, type TestCsr, type TestKeyKind, type TestKeys } from '../support/pki.ts'
import { wrongIn } from './checks.ts'
import { csrChecks, isCaAskedFor, leafOf, type Signed, secondsAskedFor } from './csr-checks.ts'
import { CSR_TESTS, type CsrTest, signingRequest } from './csr-suite.ts'
import { nearestTermOf, PRIVATE_PROFILE, UNSUPPORTED_IN_CSRS, unsupported } from './features.ts'
import { createPrivateCa, type PrivateCa } from './private-ca.ts'

const ORGANIZATION = { id: '8928', name: 'Acme' }
const { ExpectDurationToMatch: _, ...checks } = csrChecks

let ca: PrivateCa
let rsa: TestKeys
beforeAll(async () => {
  ca = await createPrivateCa()
  rsa = await createKeys('RSA-2048')
})

/** RSA keys are dear. */
const keysOf = async (key: TestKeyKind): Promise<TestKeys> => (key === 'RSA-2048' ? rsa : createKeys(key))

async function csrOf(test: CsrTest): Promise<TestCsr> {
  return createCsr({ ...test.names(), keys: await keysOf(test.key), keyUsage: 0 })
}

/** What an issuer for the private profile says of it. */
async function offered(signed: Signed) {
  const csr = await parseCsr(Buffer.from(signed.spec.request, 'base64'))
  const { id, name, terms, keyTypes } = PRIVATE_PROFILE
  const profile = { id: String(id), name, terms, keyTypes }
  const { check } = sectigoPreflight(
    { url: 'https://cert-manager.com/api', tenant: 't', organization: ORGANIZATION, profile, product: 'device' },
    { organization: ORGANIZATION, profile },
  )
  return check({ csr, isCA: isCaAskedFor(signed), durationSeconds: secondsAskedFor(signed) })
}

/** As the API server would show it. */
function signedWith(request: Signed, chain: string, type = 'Approved'): Signed {
  const certificate = Buffer.from(chain).toString('base64')
  return { ...request, status: { certificate, conditions: [{ type, status: 'True' }] } }
}

describe('the suite for Kubernetes CertificateSigningRequests', () => {
  it('has the tests of cert-manager', () => {
    expect(new Set(CSR_TESTS.map(({ name }) => name)).size).toBe(23)
  })

  it.each(CSR_TESTS)('$name', async (test) => {
    const { pem } = await csrOf(test)
    const request = signingRequest(test, { name: 'n', signerName: 'sectigoissuers.certwright.dev/n.scm', csrPem: pem })
    const refusal = unsupported(test, UNSUPPORTED_IN_CSRS)?.refusal
    const offer = await offered(request)
    if (!offer.possible) {
      expect(refusedBeforeOrdering(offer.problems).message).toMatch(refusal ?? 'nothing, as it is supported')
      return
    }
    expect(refusal).toBeUndefined()
    const signed = signedWith(request, await ca.sign(pem, offer.target.term ?? 0))
    expect(await wrongIn(signed, checks)).toEqual([])
    expect(nearestTermOf(secondsAskedFor(signed), leafOf(signed))).toBeUndefined()
    const extra = (await wrongIn(signed, test.checks ?? {})).map((wrong) => wrong.split(':')[0])
    expect(extra).toEqual(test.features.includes('KeyUsages') ? ['ExpectKeyUsageUsageDataEncipherment'] : [])
  })
})

describe('the validations of a CertificateSigningRequest', () => {
  const names = { commonName: 'good', dns: ['good.example.com'], ip: ['127.0.0.1'], uri: ['spiffe://a/b'] }
  const [plain] = CSR_TESTS
  if (plain === undefined) throw new Error('there is no test')
  const requestFor = (csrPem: string, annotations = {}): Signed =>
    signingRequest({ ...plain, annotations }, { name: 'n', signerName: 's', csrPem })

  it.each<[keyof typeof csrChecks, () => Promise<Signed>]>([
    ['ExpectValidCertificate', async () => signedWith(requestFor(await csr()), 'none')],
    ['ExpectValidPrivateKeyData', async () => signedWith(requestFor(await csr()), await ca.sign(await csr(), 90))],
    ['ExpectCertificateOrganizationToMatch', async () => otherwise({ organization: 'Acme' })],
    ['ExpectCertificateDNSNamesToMatch', async () => otherwise({ dns: ['good.example.com', 'www.good.example.com'] })],
    ['ExpectCertificateURIsToMatch', async () => otherwise({ uri: [] })],
    ['ExpectCertificateIPsToMatch', async () => otherwise({ ip: [] })],
    ['ExpectEmailsToMatch', async () => otherwise({ email: ['alice@example.com'] })],
    ['ExpectValidCommonName', async () => otherwise({ commonName: 'bad' })],
    ['ExpectKeyUsageUsageDigitalSignature', async () => otherwise({ keyUsage: KeyUsageFlags.keyCertSign })],
    ['ExpectDurationToMatch', async () => issued({ 'experimental.cert-manager.io/request-duration': '10h' })],
    ['ExpectValidBasicConstraints', async () => issued({ 'experimental.cert-manager.io/request-is-ca': 'true' })],
    ['ExpectConditionApproved', async () => issued({}, 'Other')],
    ['ExpectConditionNotDenied', async () => issued({}, 'Denied')],
    ['ExpectConditionNotFailed', async () => issued({}, 'Failed')],
  ])('%s refuses what is not as asked for', async (name, spoilt) => {
    expect(await wrongIn(await spoilt(), csrChecks)).toContainEqual(expect.stringMatching(`^${name}: `))
  })

  const csr = async (differences = {}): Promise<string> => (await createCsr({ ...names, ...differences })).pem
  const otherwise = async (differences: object): Promise<Signed> =>
    signedWith(requestFor(await csr()), await ca.sign(await csr(differences), 90))
  const issued = async (annotations: object, condition = 'Approved'): Promise<Signed> => {
    const pem = await csr()
    return signedWith(requestFor(pem, annotations), await ca.sign(pem, 90), condition)
  }
})
