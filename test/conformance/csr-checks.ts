// The validations that cert-manager's conformance suite makes of every Kubernetes CertificateSigningRequest
// (test/e2e/framework/helper/validation/certificatesigningrequests), each under its name there.
import { parseGoDuration } from '../../src/api/go-duration.ts'
import { KeyUsageFlags } from '../../src/x509/peculiar.ts'
import {
  type Checks,
  commonNameOf,
  DEFAULT_DURATION_SECONDS,
  durationOf,
  keyUsageOf,
  same,
  usageChecks,
} from './checks.ts'
import { type Leaf, type Named, readCsr, readLeaf } from './leaf.ts'

export const DURATION_ANNOTATION = 'experimental.cert-manager.io/request-duration'
export const IS_CA_ANNOTATION = 'experimental.cert-manager.io/request-is-ca'

/** What is read of `certificates.k8s.io/v1`, `CertificateSigningRequest`. */
export interface Signed {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly request: string; readonly expirationSeconds?: number }
  readonly status?: {
    /** A PEM, in base64. */
    readonly certificate?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

export function secondsAskedFor({ metadata, spec }: Pick<Signed, 'metadata' | 'spec'>): number {
  const duration = metadata.annotations?.[DURATION_ANNOTATION]
  if (duration !== undefined) return parseGoDuration(duration) ?? Number.NaN
  return spec.expirationSeconds ?? DEFAULT_DURATION_SECONDS
}

export function isCaAskedFor({ metadata }: Pick<Signed, 'metadata'>): boolean {
  return metadata.annotations?.[IS_CA_ANNOTATION] === 'true'
}

export function leafOf({ status }: Signed): Leaf {
  return readLeaf(Buffer.from(status?.certificate ?? '', 'base64').toString())
}

const askedOf = ({ spec }: Signed): Named => readCsr(Buffer.from(spec.request, 'base64').toString())

function has({ status }: Signed, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
}

export const csrChecks = {
  ExpectValidCertificate: (signed) => {
    leafOf(signed)
    return undefined
  },
  ExpectCertificateOrganizationToMatch: (signed) =>
    same('organizations', askedOf(signed).organizations, leafOf(signed).organizations),
  ExpectValidPrivateKeyData: (signed) =>
    askedOf(signed).publicKey === leafOf(signed).publicKey ? undefined : 'the certificate is for another key',
  ExpectCertificateDNSNamesToMatch: (signed) => {
    const { dns, commonName = '' } = askedOf(signed)
    const got = leafOf(signed).dns
    const wrong = same('DNS names', dns, got)
    // The CA may add the common name.
    return wrong !== undefined && same('DNS names', [...dns, commonName], got) !== undefined ? wrong : undefined
  },
  ExpectCertificateURIsToMatch: (signed) => same('URIs', askedOf(signed).uri, leafOf(signed).uri),
  ExpectCertificateIPsToMatch: (signed) => same('addresses', askedOf(signed).ip, leafOf(signed).ip),
  ExpectEmailsToMatch: (signed) => same('mail addresses', askedOf(signed).email, leafOf(signed).email),
  ExpectValidCommonName: (signed) => commonNameOf(askedOf(signed).commonName, leafOf(signed)),
  ExpectKeyUsageUsageDigitalSignature: (signed) => keyUsageOf(KeyUsageFlags.digitalSignature, leafOf(signed)),
  ExpectDurationToMatch: (signed) => durationOf(secondsAskedFor(signed), leafOf(signed)),
  ExpectValidBasicConstraints: (signed) =>
    leafOf(signed).isCA === isCaAskedFor(signed) ? undefined : `asked for isCA ${isCaAskedFor(signed)}`,
  ExpectConditionApproved: (signed) => (has(signed, 'Approved') ? undefined : 'it is not Approved'),
  ExpectConditionNotDenied: (signed) => (has(signed, 'Denied') ? 'it is Denied' : undefined),
  ExpectConditionNotFailed: (signed) => (has(signed, 'Failed') ? 'it has Failed' : undefined),
} as const satisfies Checks<Signed>

/** Extra ones, of the test with arbitrary key usages. */
export const csrUsageChecks = usageChecks(leafOf)
