// What somebody has to publish to prove control of a domain, method by method (seed 004 L7215-7742).
import { createHash } from 'node:crypto'
import type { Domain } from './domain.ts'
import { baseName } from './domain.ts'
import { digest } from './pem.ts'

/** Second line of a file, end of a CNAME's point (seed 004 L7256, L7414). */
export const PROOF_DOMAIN = 'sectigo.com'
/** Characters of a TXT value (seed 004 L7562). */
const TXT_LENGTH = 32
/** Seed 004 L7601. */
const ADMIN_MAILBOXES = ['admin', 'administrator', 'hostmaster', 'postmaster', 'webmaster']
/** The example's two domains have the same contact in whois and in DNS (seed 004 L7637-7648). */
const WHOIS_EMAILS = ['domain.admin@registrar.example']
const DNS_TXT_EMAILS = ['dns.txt@registrar.example']
/** First numbers of backend orders and of mails; neither is stated. */
const FIRST_BACKEND_ID = 99_880_000
const FIRST_REFERENCE_NUMBER = 876_180_000

/**
 * The values of a domain's order by its method; host and file name are the MD5, point and first line the SHA-256 of one thing
 * (seed 004 L7250-7251 and L7412-7413 show the same hashes for one domain). SCM hashes a CSR of its own; here it is a text.
 */
export function proofOf(domain: Domain): object {
  const { dcvOrderMethod: mode, dcvEmail } = domain
  const name = baseName(domain)
  const seed = Buffer.from(domain.dcvSeed ?? domain.name)
  const [file, value] = [digest('md5', seed), digest('sha256', seed)]
  switch (mode) {
    case 'HTTP':
    case 'HTTPS': {
      const url = `${mode.toLowerCase()}://${name}/.well-known/pki-validation/${file.toUpperCase()}.txt`
      return { url, firstLine: value, secondLine: PROOF_DOMAIN }
    }
    case 'CNAME':
      return { host: `_${file}.${name}.`, point: `${value.slice(0, 32)}.${value.slice(32)}.${PROOF_DOMAIN}.` }
    case 'TXT':
      return { host: `_pki-validation.${name}.`, point: txtValue(value) }
    case 'EMAIL':
      return {
        validationEmail: dcvEmail ?? `admin@${name}`,
        emailValidationReferenceNumber: referenceNumber(domain),
      }
    default:
      return {}
  }
}

export function orderBackendId(domain: Pick<Domain, 'id' | 'dcvOrderId'>): string {
  return String(FIRST_BACKEND_ID + (domain.dcvOrderId ?? domain.id))
}

export function referenceNumber({ id, dcvOrderId }: Pick<Domain, 'id' | 'dcvOrderId'>): string {
  return String(FIRST_REFERENCE_NUMBER + (dcvOrderId ?? id))
}

/** Addresses that can prove a domain, as the answer groups them (seed 004 L7598-7603). */
export function emailsOf(domain: Domain): {
  domainName: string
  whoisEmails: string[]
  adminEmails: string[]
  dnsTxtEmails: string[]
} {
  return {
    domainName: domain.name,
    whoisEmails: WHOIS_EMAILS,
    adminEmails: ADMIN_MAILBOXES.map((mailbox) => `${mailbox}@${baseName(domain)}`),
    dnsTxtEmails: DNS_TXT_EMAILS,
  }
}

/** Printable, with blanks and signs as in the example (seed 004 L7562), and the same for the same seed. */
export function txtValue(seed: string): string {
  const bytes = createHash('sha256').update(seed).digest()
  return [...bytes.subarray(0, TXT_LENGTH)].map((byte) => String.fromCharCode(0x20 + (byte % 0x5f))).join('')
}
