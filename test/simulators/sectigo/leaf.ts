// What a profile makes of an order: subject, usages and validity of the leaf.
import { x509 } from './asn1.ts'
import type { LeafTemplate } from './ca.ts'
import { wholeSeconds } from './ca.ts'
import type { Organization, Profile } from './catalogue.ts'
import type { ParsedCsr } from './csr.ts'
import { optionalSubject } from './optional-fields.ts'
import type { NamedValue } from './orders.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Private CAs start a little in the past against clock skew. */
const BACKDATE_MS = 5 * 60 * 1000

const SUBJECT_ALT_NAME = '2.5.29.17'
const KEY_USAGE = '2.5.29.15'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

/** Key usage names of the device profile list (seed 004 L4004) and what each sets. */
const KEY_USAGES: Readonly<Record<string, x509.KeyUsageFlags>> = {
  'digital signature': x509.KeyUsageFlags.digitalSignature,
  'non repudiation': x509.KeyUsageFlags.nonRepudiation,
  'key encipherment': x509.KeyUsageFlags.keyEncipherment,
  'data encipherment': x509.KeyUsageFlags.dataEncipherment,
  'key agreement': x509.KeyUsageFlags.keyAgreement,
}

export interface LeafRequest {
  readonly csr: ParsedCsr
  readonly profile: Profile
  readonly organization: Organization
  readonly commonName: string | undefined
  readonly names: readonly x509.JsonGeneralName[]
  readonly optionalFields?: readonly NamedValue[]
  /** Days. */
  readonly term: number
  readonly issuedAt: number
}

export function leafTemplate(request: LeafRequest): LeafTemplate {
  const { csr, profile } = request
  const subject = profile.echoSubject ? csr.request.subjectName : stampedSubject(request)
  return {
    subject,
    publicKey: csr.request.publicKey,
    ...validity(request),
    extensions: [...usages(request), ...alternativeNames(request, hasSubject(subject))],
  }
}

/** The organization's attributes win over optional fields of the same kind. */
function stampedSubject(request: LeafRequest): x509.JsonName {
  const { organization, profile, commonName } = request
  const stamped = profile.stampOrganization
    ? [{ C: [organization.country] }, { ST: [organization.stateOrProvince] }, { O: [organization.name] }]
    : []
  const taken = stamped.flatMap(Object.keys)
  const optional = optionalSubject(request.optionalFields ?? []).filter((part) =>
    Object.keys(part).every((attribute) => !taken.includes(attribute)),
  )
  return [...stamped, ...optional, ...(commonName === undefined ? [] : [{ CN: [commonName] }])]
}

function hasSubject(subject: x509.Name | x509.JsonName): boolean {
  return (Array.isArray(subject) ? subject : subject.toJSON()).length > 0
}

/** Public CAs: midnight UTC to one second before midnight. Private ones: a few minutes ago, whole days later. */
function validity({ profile, term, issuedAt }: LeafRequest): { notBefore: Date; notAfter: Date } {
  if (profile.notBefore === 'dayStart') {
    const start = Math.floor(issuedAt / DAY_MS) * DAY_MS
    return { notBefore: new Date(start), notAfter: new Date(start + term * DAY_MS - 1000) }
  }
  const start = wholeSeconds(issuedAt - BACKDATE_MS)
  return { notBefore: start, notAfter: new Date(start.getTime() + term * DAY_MS) }
}

function usages({ csr, profile }: LeafRequest): x509.Extension[] {
  const asked = csr.request.extensions
  const echoed = (type: string): x509.Extension | undefined =>
    profile.echoSubject ? asked.find((extension) => extension.type === type) : undefined
  return [
    echoed(KEY_USAGE) ?? new x509.KeyUsagesExtension(profileKeyUsage(csr, profile), true),
    echoed(EXTENDED_KEY_USAGE) ?? new x509.ExtendedKeyUsageExtension(profile.eku ?? [SERVER_AUTH]),
  ]
}

function profileKeyUsage(csr: ParsedCsr, profile: Profile): x509.KeyUsageFlags {
  if (profile.ku) {
    return profile.ku.reduce<number>((flags, name) => flags | (KEY_USAGES[name.toLowerCase()] ?? 0), 0)
  }
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags
  return csr.key.algorithm === 'RSA' ? digitalSignature | keyEncipherment : digitalSignature
}

function alternativeNames({ csr, profile, names }: LeafRequest, subjectPresent: boolean): x509.Extension[] {
  if (names.length === 0) return []
  // RFC 5280 4.2.1.6: critical when the subject is empty.
  const asked = csr.request.extensions.find((extension) => extension.type === SUBJECT_ALT_NAME)
  const critical = !subjectPresent || (profile.echoSubject && (asked?.critical ?? false))
  return [new x509.SubjectAlternativeNameExtension([...names], critical)]
}
