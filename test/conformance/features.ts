// Which of cert-manager's features (test/e2e/framework/helper/featureset) SCM cannot serve, why, and what happens instead: a
// test that needs one of them asserts that. Measured with a device profile of a private CA.
import { DEFAULT_CATALOGUE } from '../simulators/sectigo/catalogue-defaults.ts'
import { DAY_SECONDS, durationOf } from './checks.ts'
import type { Leaf } from './leaf.ts'

/** cert-manager's, and the feature gates that some of its tests ask for besides. */
export type Feature =
  | 'ACMEUseARI'
  | 'CommonName'
  | 'Duration'
  | 'ECDSA'
  | 'Ed25519'
  | 'EmailSANs'
  | 'ExperimentalGatewayAPISupport'
  | 'IPAddresses'
  | 'IssueCA'
  | 'KeyUsages'
  | 'ListenerSets'
  | 'LiteralCertificateSubject'
  | 'LongDomain'
  | 'OnlySAN'
  | 'OtherNames'
  | 'ReusePrivateKey'
  | 'URISANs'
  | 'Wildcards'

export interface Unsupported {
  readonly reason: string
  /** For people. */
  readonly instead: string
  /** The request fails with these words, and nothing is ordered. Absent: it is issued. */
  readonly refusal?: RegExp
}

/** The profile in the simulator's tenant that takes subject, names and usages from the CSR. */
export const PRIVATE_PROFILE = profileNamed('Private CA')

function profileNamed(name: string) {
  const profile = DEFAULT_CATALOGUE.profiles.find((one) => one.name === name)
  if (profile === undefined) throw new Error(`the simulator has no profile ${name}`)
  return profile
}

/** Instead of cert-manager's check, where a duration was asked for. `seconds`: that. */
export function nearestTermOf(seconds: number, leaf: Leaf): string | undefined {
  const terms = PRIVATE_PROFILE.terms.map((days) => days * DAY_SECONDS)
  const [nearest = 0] = terms.toSorted((a, b) => Math.abs(a - seconds) - Math.abs(b - seconds))
  return durationOf(nearest, leaf)
}

const GATEWAY = {
  reason:
    'the tests’ control plane has no Gateway API; all that an issuer sees of one is the Certificate that cert-manager makes',
  instead: 'such a Certificate is issued',
}

export const UNSUPPORTED: Readonly<Partial<Record<Feature, Unsupported>>> = {
  ACMEUseARI: {
    reason: 'renewal information is a part of ACME (RFC 9773), which SCM’s REST API is not',
    instead: 'the certificate is issued, and `status.acme` stays empty',
  },
  Duration: {
    // Seed 004 L3984, L1274 and code -36.
    reason: 'SCM sells the terms of a profile, in whole days',
    instead: 'the certificate is issued for the nearest term',
  },
  Ed25519: {
    // Seed 004 L496.
    reason: 'SCM lists RSA and EC keys for its profiles, and no others',
    instead: 'the request fails, names the key and lists those of the profile; nothing is ordered',
    refusal:
      /^No order was made: spec\.request \(key\): the key is Ed25519; profile "Private CA" allows ((RSA \d+|EC P-\d+)(, |$)){6}$/,
  },
  ExperimentalGatewayAPISupport: GATEWAY,
  IssueCA: {
    reason: 'SCM sells no CA certificates',
    instead: 'the request fails and says to remove isCA; nothing is ordered',
    refusal: /^No order was made: spec\.isCA: SCM sells no CA certificates; remove isCA$/,
  },
  ListenerSets: GATEWAY,
  OtherNames: {
    // Seed 004 L4472-4482.
    reason:
      'SCM does not say what becomes of such names in a CSR; an issuer can set one `userPrincipalName` as an optional field',
    instead: 'the request fails and names them; nothing is ordered',
    refusal:
      /^No order was made: spec\.request \(SAN\): device certificates carry names of type dns, ip, email, uri only; remove other otherName:\w+, other otherName:\w+$/,
  },
}

/** Of Kubernetes CertificateSigningRequests, besides. */
export const UNSUPPORTED_IN_CSRS: typeof UNSUPPORTED = {
  ...UNSUPPORTED,
  KeyUsages: {
    reason: 'these usages stand beside the CSR, and SCM is sent the CSR alone',
    instead: 'the certificate has the usages of the profile',
  },
}

/** Why a test cannot pass; undefined: it must. */
export function unsupported(
  { features }: { readonly features: readonly Feature[] },
  those: typeof UNSUPPORTED,
): Unsupported | undefined {
  const found = features.flatMap((feature) => those[feature] ?? [])
  // What is refused is not issued in any other way.
  return found.find(({ refusal }) => refusal !== undefined) ?? found[0]
}
