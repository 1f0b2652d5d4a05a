// The tests of cert-manager's conformance suite for Kubernetes CertificateSigningRequests
// (test/e2e/suite/conformance/certificatesigningrequests/tests.go, cert-manager 1.21), in its order, as data: name, features that are
// needed, key and names of the CSR, what the object says beside it, what else must hold.
import type { CsrOptions, TestKeyKind } from '../support/pki.ts'
import type { Checks } from './checks.ts'
import { csrUsageChecks, DURATION_ANNOTATION, IS_CA_ANNOTATION, type Signed } from './csr-checks.ts'
import type { Feature } from './features.ts'
import { ADDRESS, commonName, LONGEST_LABEL, SPIFFE_ID, subdomain } from './names.ts'

export interface CsrTest {
  /** cert-manager's, to the letter. */
  readonly name: string
  readonly features: readonly Feature[]
  readonly key: TestKeyKind
  /** New names at each call. */
  names(): Pick<CsrOptions, 'commonName' | 'dns' | 'ip' | 'email' | 'uri'>
  /** Of `spec`; absent: those of a server. */
  readonly usages?: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly expirationSeconds?: number
  readonly checks?: Checks<Signed>
}

const SERVER_USAGES = ['digital signature', 'key encipherment']

const RSA = 'RSA-2048'
const bothNames = () => {
  const name = subdomain()
  return { commonName: name, dns: [name] }
}

export const CSR_TESTS: readonly CsrTest[] = [
  {
    name: 'should issue an RSA certificate for a single distinct DNS Name',
    features: ['OnlySAN'],
    key: RSA,
    names: () => ({ dns: [subdomain()] }),
  },
  {
    name: 'should issue an ECDSA certificate for a single distinct DNS Name',
    features: ['ECDSA', 'OnlySAN'],
    key: 'P-256',
    names: () => ({ dns: [subdomain()] }),
  },
  {
    name: 'should issue an Ed25519 certificate for a single distinct DNS Name',
    features: ['Ed25519', 'OnlySAN'],
    key: 'Ed25519',
    names: () => ({ dns: [subdomain()] }),
  },
  {
    name: 'should issue an RSA certificate for a single Common Name',
    features: ['CommonName'],
    key: RSA,
    names: () => ({ commonName: commonName() }),
  },
  {
    name: 'should issue an ECDSA certificate for a single Common Name',
    features: ['CommonName', 'ECDSA'],
    key: 'P-256',
    names: () => ({ commonName: commonName() }),
  },
  {
    name: 'should issue an Ed25519 certificate for a single Common Name',
    features: ['CommonName', 'Ed25519'],
    key: 'Ed25519',
    names: () => ({ commonName: commonName() }),
  },
  {
    name: 'should issue a certificate that defines a Common Name and IP Address',
    features: ['CommonName', 'IPAddresses'],
    key: RSA,
    names: () => ({ commonName: commonName(), ip: [ADDRESS] }),
  },
  {
    name: 'should issue a certificate that defines an IP Address',
    features: ['IPAddresses'],
    key: RSA,
    names: () => ({ ip: [ADDRESS] }),
  },
  {
    name: 'should issue a certificate that defines a DNS Name and IP Address',
    features: ['OnlySAN', 'IPAddresses'],
    key: RSA,
    names: () => ({ ip: [ADDRESS], dns: [subdomain()] }),
  },
  {
    name: 'should issue a CA certificate with the CA basicConstraint set',
    features: ['OnlySAN', 'IssueCA'],
    key: RSA,
    names: () => ({ dns: [subdomain()] }),
    annotations: { [IS_CA_ANNOTATION]: 'true' },
  },
  {
    name: 'should issue a certificate that defines an Email Address',
    features: ['OnlySAN', 'EmailSANs'],
    key: RSA,
    names: () => ({ email: ['alice@example.com', 'bob@cert-manager.io'] }),
  },
  {
    name: 'should issue a certificate that defines a Common Name and URI SAN',
    features: ['CommonName', 'URISANs'],
    key: RSA,
    names: () => ({ commonName: commonName(), uri: [SPIFFE_ID] }),
  },
  {
    name: 'should issue a certificate that define 2 distinct DNS Names with one copied to the Common Name',
    features: ['CommonName'],
    key: RSA,
    names: () => {
      const name = subdomain()
      return { commonName: name, dns: [name, subdomain()] }
    },
  },
  {
    name: 'should issue a certificate that defines a distinct DNS Name and another distinct Common Name',
    features: ['CommonName'],
    key: RSA,
    names: () => ({ commonName: subdomain(), dns: [subdomain()] }),
  },
  {
    name: 'should issue a certificate that defines a Common Name, DNS Name, and sets a duration',
    features: ['Duration'],
    key: RSA,
    names: bothNames,
    annotations: { [DURATION_ANNOTATION]: '896h' },
  },
  {
    name: 'should issue a certificate that defines a Common Name, DNS Name, and sets a duration via expiration seconds',
    features: ['Duration'],
    key: RSA,
    names: bothNames,
    expirationSeconds: 3333,
  },
  {
    name: 'should issue a certificate that defines a DNS Name and sets a duration',
    features: ['OnlySAN', 'Duration'],
    key: RSA,
    names: () => ({ dns: [subdomain()] }),
    annotations: { [DURATION_ANNOTATION]: '896h' },
  },
  {
    name: 'should issue a certificate which has a wildcard DNS Name defined',
    features: ['Wildcards', 'OnlySAN'],
    key: RSA,
    names: () => ({ dns: [`*.${subdomain()}`] }),
  },
  {
    name: 'should issue a certificate which has a wildcard DNS Name and its apex DNS Name defined',
    features: ['Wildcards', 'OnlySAN'],
    key: RSA,
    names: () => {
      const domain = subdomain()
      return { dns: [`*.${domain}`, domain] }
    },
  },
  {
    name: 'should issue a certificate that includes only a URISANs name',
    features: ['URISANs', 'OnlySAN'],
    key: RSA,
    names: () => ({ uri: [SPIFFE_ID] }),
  },
  {
    name: 'should issue a certificate that includes arbitrary key usages with common name',
    features: ['KeyUsages'],
    key: RSA,
    names: () => ({ commonName: subdomain() }),
    usages: ['server auth', 'client auth', 'digital signature', 'data encipherment'],
    checks: csrUsageChecks,
  },
  {
    name: 'should issue a signing CA certificate that has a large duration',
    // cert-manager leaves out IssueCA here, although it asks for a CA.
    features: ['KeyUsages', 'Duration', 'CommonName', 'IssueCA'],
    key: RSA,
    names: () => ({ commonName: 'cert-manager-ca' }),
    usages: [...SERVER_USAGES, 'cert sign'],
    annotations: { [DURATION_ANNOTATION]: '10000h', [IS_CA_ANNOTATION]: 'true' },
  },
  {
    name: 'should issue a certificate that defines a long domain',
    features: ['OnlySAN', 'LongDomain'],
    key: RSA,
    names: () => ({ dns: [subdomain(LONGEST_LABEL)] }),
  },
]

/** The Kubernetes object of a test. */
export function signingRequest(
  { annotations = {}, usages = SERVER_USAGES, expirationSeconds }: CsrTest,
  { name, signerName, csrPem }: { readonly name: string; readonly signerName: string; readonly csrPem: string },
) {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name, annotations },
    spec: {
      request: Buffer.from(csrPem).toString('base64'),
      signerName,
      usages,
      ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
    },
  }
}
