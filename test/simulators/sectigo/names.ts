// Which names end up in a certificate. The document does not say; the rules are observations, each behind a switch.
import { isIP } from 'node:net'
import type { x509 } from './asn1.ts'
import type { Profile } from './catalogue.ts'
import type { ParsedCsr } from './csr.ts'
import { refuse } from './errors.ts'
import type { Settings } from './settings.ts'

type Name = x509.JsonGeneralName

const DNS_NAME = /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i

/** DNS label or IP address. @throws ScmError -62 for a malformed IP address, -732 for anything else that is no domain name. */
export function readName(text: string): Name {
  if (isIP(text) !== 0) return { type: 'ip', value: text }
  // Digits and dots only, or a colon: somebody meant an address (seed 004 L138-139).
  if (/^[0-9.]+$/.test(text) || text.includes(':')) throw refuse('ipAddress', text)
  if (!DNS_NAME.test(text) || text.length > 253) throw refuse('domainName')
  return { type: 'dns', value: text.toLowerCase() }
}

/** The comma-separated `subjAltNames` of enrol (seed 004 L1265-1267). */
export function readNameList(text: string): Name[] {
  const items = text.split(',').map((item) => item.trim())
  return items.filter((item) => item !== '').map(readName)
}

/**
 * Names of an SSL certificate, common name first.
 * @throws ScmError -951 when neither CSR nor request names anything.
 */
export function sslNames(request: { csr: ParsedCsr; requested: Name[]; profile: Profile; settings: Settings }): Name[] {
  const { csr, requested, profile, settings } = request
  if (profile.echoSubject) return unique([...csr.names])
  const fromCsr = csr.names.filter((name) => name.type === 'dns' || name.type === 'ip')
  const given = {
    // observed: names that are only in the CSR were not put into the certificate.
    request: requested,
    csr: fromCsr,
    union: [...requested, ...fromCsr],
  }[settings.sanSource]
  const names = unique([...(csr.commonName === undefined ? [] : [readName(csr.commonName)]), ...given])
  const [first] = names
  if (!first) throw refuse('oneOf', 'Common Name, Subject Alternative Names')
  // observed: on a single-domain profile the result had the base name and its www, whatever else was asked.
  const kept = profile.multiDomain ? names : [first]
  return profile.freeWww ? unique([...kept, ...wwwOf(first)]) : kept
}

/** Names of a device certificate: those of the CSR and of optional fields (seed 004 L4472-4482); precedence is not stated. */
export function deviceNames(csr: ParsedCsr, optional: readonly Name[]): Name[] {
  return unique([...csr.names, ...optional])
}

function wwwOf(name: Name): Name[] {
  const plain = name.type === 'dns' && !name.value.startsWith('*.') && !name.value.startsWith('www.')
  return plain ? [{ type: 'dns', value: `www.${name.value}` }] : []
}

function unique(names: readonly Name[]): Name[] {
  const byKey = new Map(names.map((name) => [`${name.type}:${name.value.toLowerCase()}`, name]))
  return [...byKey.values()]
}
