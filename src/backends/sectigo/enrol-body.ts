// What an enrolment says alike for every product line.
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import type { EnrolInput } from './product.ts'
import { numeric } from './schemas.ts'

/** Organization, CSR, profile, term, comments and custom fields. */
export function sharedBody({ target, csr, comments, customFields }: EnrolInput): Readonly<Record<string, unknown>> {
  return {
    orgId: numeric(target.organization),
    csr: csrText(csr),
    certType: numeric(target.profile),
    ...(target.term === undefined ? {} : { term: target.term }),
    comments,
    // Name and value and nothing else: SCM was seen to refuse a field with more.
    ...(customFields.length === 0 ? {} : { customFields: customFields.map(({ name, value }) => ({ name, value })) }),
  }
}

/** SCM takes `[a-zA-Z0-9-+=/\s]`, and was seen to refuse a CSR with a final line break. */
export function csrText(csr: CertificateSigningRequest): string {
  return csr.pem.replaceAll('\r', '').trim()
}

/** Each name once, whatever its case, as it was written first; `without` not at all. */
export function distinctNames(names: readonly string[], without?: string): string[] {
  const distinct = new Map<string, string>()
  for (const name of names) if (!distinct.has(name.toLowerCase())) distinct.set(name.toLowerCase(), name)
  if (without !== undefined) distinct.delete(without.toLowerCase())
  return [...distinct.values()]
}
