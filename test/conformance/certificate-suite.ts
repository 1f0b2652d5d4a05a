// The tests of cert-manager's conformance suite for Certificates (test/e2e/suite/conformance/certificates/tests.go, cert-manager
// 1.21), in its order: name, features that are needed, what the Certificate says, what else must hold.
import { type CertificateSpec, certificateUsageChecks, type Delivered, leafOf, partsOf } from './certificate-checks.ts'
import { type Checks, same } from './checks.ts'
import type { Feature } from './features.ts'
import { ADDRESS, commonName, LONGEST_LABEL, randomText, SPIFFE_ID, subdomain } from './names.ts'

/** Ingress: cert-manager makes the Certificate of one, with these annotations. The others go on when it is issued. */
export type Scenario = 'Ingress' | 'SecretEmptied' | 'NameAdded'

export interface CertificateTest {
  /** cert-manager's, to the letter. */
  readonly name: string
  readonly features: readonly Feature[]
  /** Absent: a Certificate is made, issued and looked at. */
  readonly scenario?: Scenario
  /** New names at each call. */
  spec(): Omit<CertificateSpec, 'secretName'>
  readonly checks?: Checks<Delivered>
}

const UPN = '1.3.6.1.4.1.311.20.2.3'

const ECDSA = { algorithm: 'ECDSA' }
const ED25519 = { algorithm: 'Ed25519' }

export const CERTIFICATE_TESTS: readonly CertificateTest[] = [
  {
    name: 'should issue a basic, defaulted certificate for a single distinct DNS Name',
    features: ['OnlySAN'],
    spec: () => ({ dnsNames: [subdomain()] }),
  },
  {
    name: 'should issue a CA certificate with the CA basicConstraint set',
    features: ['IssueCA'],
    spec: () => ({ isCA: true, dnsNames: [subdomain()] }),
  },
  {
    name: 'should issue an ECDSA, defaulted certificate for a single distinct DNS Name',
    features: ['ECDSA', 'OnlySAN'],
    spec: () => ({ privateKey: ECDSA, dnsNames: [subdomain()] }),
  },
  {
    name: 'should issue an Ed25519, defaulted certificate for a single distinct DNS Name',
    features: ['OnlySAN', 'Ed25519'],
    spec: () => ({ privateKey: ED25519, dnsNames: [subdomain()] }),
  },
  {
    name: 'should issue a basic, defaulted certificate for a single Common Name',
    features: ['CommonName'],
    spec: () => ({ commonName: commonName() }),
  },
  {
    name: 'should issue a certificate with a couple valid otherName SAN values set as well as an emailAddress',
    features: ['OtherNames'],
    spec: () => ({
      otherNames: [
        { oid: UPN, utf8Value: 'upn@domain.test' },
        { oid: UPN, utf8Value: 'upn@domain2.test' },
      ],
      emailAddresses: ['email@domain.test'],
      commonName: 'someCN',
    }),
  },
  {
    name: 'should issue a basic, defaulted certificate for a single distinct DNS Name with a literal subject',
    features: ['LiteralCertificateSubject'],
    spec: () => {
      const host = `*.${randomText()}.foo-long.bar.com`
      return { literalSubject: `CN=${host},OU=FooLong,OU=Bar,OU=Baz,OU=Dept.,O=Corp.`, dnsNames: [host] }
    },
    checks: {
      LiteralSubject: (delivered) => {
        const asked = partsOf(delivered.certificate.spec.literalSubject ?? '')
        const { subject } = leafOf(delivered)
        return asked.join(',') === subject.join(',') ? undefined : same('subject', asked, subject)
      },
    },
  },
  {
    name: 'should issue an ECDSA, defaulted certificate for a single Common Name',
    features: ['ECDSA', 'CommonName'],
    spec: () => ({ privateKey: ECDSA, commonName: commonName() }),
  },
  {
    name: 'should issue an Ed25519, defaulted certificate for a single Common Name',
    features: ['Ed25519', 'CommonName'],
    spec: () => ({ privateKey: ED25519, commonName: commonName() }),
  },
  {
    name: 'should issue a certificate that defines an IP Address',
    features: ['IPAddresses'],
    spec: () => ({ ipAddresses: [ADDRESS] }),
  },
  {
    name: 'should issue a certificate that defines a DNS Name and IP Address',
    features: ['OnlySAN', 'IPAddresses'],
    spec: () => ({ ipAddresses: [ADDRESS], dnsNames: [subdomain()] }),
  },
  {
    name: 'should issue a certificate that defines a Common Name and IP Address',
    features: ['CommonName', 'IPAddresses'],
    spec: () => ({ ipAddresses: [ADDRESS], commonName: commonName() }),
  },
  {
    name: 'should issue a certificate that defines an Email Address',
    features: ['EmailSANs', 'OnlySAN'],
    spec: () => ({ emailAddresses: ['alice@example.com'] }),
  },
  {
    name: 'should issue a certificate that defines a Common Name and URI SAN',
    features: ['URISANs', 'CommonName'],
    spec: () => ({ uris: [SPIFFE_ID], commonName: commonName() }),
  },
  {
    name: 'should issue a certificate that defines a 2 distinct DNS Names with one copied to the Common Name',
    features: ['CommonName'],
    spec: () => {
      const name = subdomain()
      return { commonName: name, dnsNames: [name, subdomain()] }
    },
  },
  {
    name: 'should issue a certificate that defines a distinct DNS Name and another distinct Common Name',
    features: ['CommonName'],
    spec: () => ({ commonName: subdomain(), dnsNames: [subdomain()] }),
  },
  {
    name: 'should issue a certificate that defines a DNS Name and sets a duration',
    features: ['Duration', 'OnlySAN'],
    spec: () => ({ dnsNames: [subdomain()], duration: '896h' }),
  },
  {
    name: 'should issue a certificate that defines a wildcard DNS Name',
    features: ['Wildcards', 'OnlySAN'],
    spec: () => ({ dnsNames: [`*.${subdomain()}`] }),
  },
  {
    name: 'should issue a certificate that includes only a URISANs name',
    features: ['URISANs', 'OnlySAN'],
    spec: () => ({ uris: [SPIFFE_ID] }),
  },
  {
    name: 'should issue a certificate that includes arbitrary key usages',
    features: ['KeyUsages', 'OnlySAN'],
    spec: () => ({
      dnsNames: [subdomain()],
      usages: ['signing', 'data encipherment', 'server auth', 'client auth'],
    }),
    checks: certificateUsageChecks,
  },
  {
    name: 'should issue a certificate that defines a long domain',
    features: ['OnlySAN', 'LongDomain'],
    spec: () => ({ dnsNames: [subdomain(LONGEST_LABEL)] }),
  },
  {
    name: 'should issue a certificate that defines a wildcard DNS Name and its apex DNS Name',
    features: ['Wildcards', 'OnlySAN'],
    spec: () => {
      const domain = subdomain()
      return { dnsNames: [`*.${domain}`, domain] }
    },
  },
  {
    name: 'should issue a certificate and populate ACME Renewal Information (ARI) in the Certificate status',
    features: ['ACMEUseARI'],
    spec: () => ({ dnsNames: [subdomain()] }),
    checks: {
      NoRenewalInformation: ({ certificate: { status } }) =>
        status?.acme === undefined ? undefined : `status.acme is ${JSON.stringify(status.acme)}`,
    },
  },
  {
    name: 'should issue a certificate for a single distinct DNS Name defined by an ingress with annotations',
    features: ['OnlySAN'],
    scenario: 'Ingress',
    spec: () => ({ dnsNames: [subdomain()] }),
  },
  {
    name: 'should issue a certificate defined by an ingress with certificate field annotations',
    features: [],
    scenario: 'Ingress',
    spec: () => ({
      ...forListener(),
      revisionHistoryLimit: 7,
      privateKey: { algorithm: 'RSA', encoding: 'PKCS1', size: 4096, rotationPolicy: 'Always' },
    }),
  },
  {
    name: 'Creating a Gateway with annotations for issuerRef and other Certificate fields',
    features: ['ExperimentalGatewayAPISupport'],
    spec: forListener,
  },
  {
    name: 'Creating a Gateway with a custom extra protocol generates a Certificate',
    features: ['ExperimentalGatewayAPISupport'],
    spec: () => ({ dnsNames: [subdomain()] }),
  },
  {
    name: 'Creating a Gateway with ignore annotation should not affect existing listeners',
    features: ['ExperimentalGatewayAPISupport'],
    spec: () => ({ dnsNames: [subdomain()] }),
  },
  {
    name: 'Creating a ListenerSet with annotations for issuer ref and other related fields',
    features: ['ListenerSets'],
    spec: forListener,
  },
  {
    name: 'should issue another certificate with the same private key if the existing certificate and CertificateRequest are deleted',
    features: ['ReusePrivateKey', 'OnlySAN'],
    scenario: 'SecretEmptied',
    spec: () => ({ dnsNames: [subdomain()], privateKey: { rotationPolicy: 'Never' } }),
  },
  {
    name: 'should allow updating an existing certificate with a new DNS Name',
    features: ['OnlySAN'],
    scenario: 'NameAdded',
    spec: () => ({ dnsNames: [subdomain()] }),
  },
]

/** What cert-manager takes from the annotations of an Ingress or a Gateway. */
function forListener() {
  const domain = subdomain()
  return { commonName: domain, dnsNames: [domain], duration: '999h0m0s', renewBefore: '111h0m0s' }
}
