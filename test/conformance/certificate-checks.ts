// The validations that cert-manager's conformance suite makes of every Certificate
// (test/e2e/framework/helper/validation/certificates), each under its name there.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { parseGoDuration } from '../../src/api/go-duration.ts'
import type { Condition, KubeObject } from '../../src/kube/resource.ts'
import { opensslVerify } from '../support/openssl.ts'
import { type Checks, commonNameOf, DEFAULT_DURATION_SECONDS, durationOf, same, usageChecks } from './checks.ts'
import { type Leaf, readLeaf } from './leaf.ts'

/** What the suite sets of `cert-manager.io/v1`, `CertificateSpec`. */
export interface CertificateSpec {
  readonly secretName: string
  readonly commonName?: string
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
  readonly uris?: readonly string[]
  readonly emailAddresses?: readonly string[]
  readonly otherNames?: readonly { readonly oid: string; readonly utf8Value: string }[]
  readonly subject?: { readonly organizations?: readonly string[] }
  readonly literalSubject?: string
  readonly isCA?: boolean
  readonly usages?: readonly string[]
  readonly duration?: string
  readonly renewBefore?: string
  readonly revisionHistoryLimit?: number
  readonly privateKey?: {
    readonly algorithm?: string
    readonly encoding?: string
    readonly size?: number
    readonly rotationPolicy?: string
  }
  readonly additionalOutputFormats?: readonly { readonly type: string }[]
}

export interface Certificate extends KubeObject {
  readonly spec: CertificateSpec
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly notAfter?: string
    readonly acme?: unknown
  }
}

export interface TlsSecret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

export interface Delivered {
  readonly certificate: Certificate
  readonly secret: TlsSecret
}

/** Text of an entry of the Secret. @throws when it is not there */
export function entryOf({ secret }: Pick<Delivered, 'secret'>, name: string): string {
  const value = secret.data?.[name]
  if (value === undefined) throw new Error(`the Secret has no ${name}`)
  return Buffer.from(value, 'base64').toString()
}

export function leafOf(delivered: Pick<Delivered, 'secret'>): Leaf {
  return readLeaf(entryOf(delivered, 'tls.crt'))
}

export function secondsAskedFor({ duration }: CertificateSpec): number {
  return duration === undefined ? DEFAULT_DURATION_SECONDS : (parseGoDuration(duration) ?? Number.NaN)
}

const ENTRIES = ['tls.key', 'tls.crt', 'ca.crt', 'key.der', 'tls-combined.pem']
const KEY_TYPES: Readonly<Record<string, string>> = { RSA: 'rsa', ECDSA: 'ec', Ed25519: 'ed25519' }

/** Parts of an RFC 4514 text, in the order in which they stand in a certificate, which is the other way round. */
export function partsOf(literalSubject: string): readonly string[] {
  return literalSubject.split(',').toReversed()
}

export const certificateChecks = {
  ExpectValidKeysInSecret: ({ secret }) => {
    const there = Object.keys(secret.data ?? {}).filter((name) => ENTRIES.includes(name))
    return there.length < 2 ? `the Secret has only [${there.join(', ')}]` : undefined
  },
  ExpectValidAnnotations: ({ certificate, secret }) => {
    const name = secret.metadata.annotations?.['cert-manager.io/certificate-name']
    return name === certificate.metadata.name ? undefined : `the Secret is said to be for "${name}"`
  },
  ExpectValidPrivateKeyData: (delivered) => {
    const { asymmetricKeyType } = createPrivateKey(entryOf(delivered, 'tls.key'))
    const { algorithm = 'RSA' } = delivered.certificate.spec.privateKey ?? {}
    return KEY_TYPES[algorithm] === asymmetricKeyType ? undefined : `asked for ${algorithm}, got ${asymmetricKeyType}`
  },
  ExpectValidCertificate: (delivered) => {
    leafOf(delivered)
    return undefined
  },
  ExpectCertificateOrganizationToMatch: (delivered) => {
    const { subject, literalSubject = '' } = delivered.certificate.spec
    const literal = partsOf(literalSubject).flatMap((part) => (part.startsWith('O=') ? [part.slice(2)] : []))
    return same('organizations', [...(subject?.organizations ?? []), ...literal], leafOf(delivered).organizations)
  },
  ExpectCertificateDNSNamesToMatch: (delivered) => {
    const { dns } = leafOf(delivered)
    const missing = (delivered.certificate.spec.dnsNames ?? []).filter((name) => !dns.includes(name))
    return missing.length === 0 ? undefined : `the certificate lacks ${missing.join(', ')}`
  },
  ExpectCertificateURIsToMatch: (delivered) => same('URIs', delivered.certificate.spec.uris, leafOf(delivered).uri),
  ExpectCertificateIPsToMatch: (delivered) =>
    same('addresses', delivered.certificate.spec.ipAddresses, leafOf(delivered).ip),
  ExpectEmailsToMatch: (delivered) =>
    same('mail addresses', delivered.certificate.spec.emailAddresses, leafOf(delivered).email),
  ExpectValidCommonName: (delivered) => commonNameOf(delivered.certificate.spec.commonName, leafOf(delivered)),
  ExpectValidNotAfterDate: (delivered) => {
    const { notAfter = '' } = delivered.certificate.status ?? {}
    return Date.parse(notAfter) === leafOf(delivered).notAfter ? undefined : `the Certificate says "${notAfter}"`
  },
  ExpectDurationToMatch: (delivered) => durationOf(secondsAskedFor(delivered.certificate.spec), leafOf(delivered)),
  ExpectConditionReadyObservedGeneration: ({ certificate: { metadata, status } }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')
    const { generation } = metadata
    return ready?.status === 'True' && ready.observedGeneration === generation
      ? undefined
      : `generation ${generation} has the condition ${JSON.stringify(ready)}`
  },
  ExpectValidBasicConstraints: (delivered) => {
    const { isCA = false } = delivered.certificate.spec
    return leafOf(delivered).isCA === isCA ? undefined : `asked for isCA ${isCA}`
  },
  ExpectValidAdditionalOutputFormats: (delivered) => {
    const formats = delivered.certificate.spec.additionalOutputFormats ?? []
    const missing = formats.filter(({ type }) => !hasFormat(delivered, type))
    return missing.length === 0 ? undefined : `the Secret lacks ${missing.map(({ type }) => type).join(', ')}`
  },
  ExpectCorrectTrustChain: async (delivered) => {
    const [name] = delivered.certificate.spec.dnsNames ?? []
    const chain = entryOf(delivered, 'tls.crt')
    await opensslVerify({ chain, root: entryOf(delivered, 'ca.crt') })
    const host = name?.replace('*', 'any')
    const fits = host === undefined || new X509Certificate(chain).checkHost(host) !== undefined
    return fits ? undefined : `the certificate is not for ${host}`
  },
  ExpectCARootCertificate: (delivered) => {
    const { subject, issuer } = new X509Certificate(entryOf(delivered, 'ca.crt'))
    return subject === issuer ? undefined : `ca.crt was issued by ${issuer}`
  },
} as const satisfies Checks<Delivered>

function hasFormat(delivered: Delivered, type: string): boolean {
  const [key, chain] = [entryOf(delivered, 'tls.key'), entryOf(delivered, 'tls.crt')]
  if (type === 'CombinedPEM') return entryOf(delivered, 'tls-combined.pem') === `${key}\n${chain}`
  const der = Buffer.from(key.replaceAll(/-----.*-----|\s/g, ''), 'base64')
  return type === 'DER' && delivered.secret.data?.['key.der'] === der.toString('base64')
}

/** Extra ones, of the test with arbitrary key usages. */
export const certificateUsageChecks = usageChecks(leafOf)
