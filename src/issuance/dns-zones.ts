// Are the names of a request in the DNS zones that its issuer allows? Pure, and strict: what two readers could take for two
// different hosts is in no zone.
import type { CertificateSigningRequest } from '../x509/csr.ts'
import { isDnsName, mailDomain, type SubjectName } from '../x509/names.ts'

/** How much of a name is repeated for the person who wrote it. */
const MAX_SHOWN_CHARACTERS = 64

/** RFC 3986 3.2 without user information: what stands before the host is where parsers differ, so it is in no zone. */
const URI_HOST = /^[a-z][a-z0-9+.-]*:\/\/([a-z0-9._-]+)(?::[0-9]+)?(?:[/?#]|$)/i

/**
 * The names outside all `zones`, for people: alternative names of every kind, and the common name whatever it is, since
 * there are readers that take it for a host. `zones`: lower case, without a final dot.
 */
export function outsideZones(
  { commonName, names }: Pick<CertificateSigningRequest, 'commonName' | 'names'>,
  zones: readonly string[],
): readonly string[] {
  const allowed = new Set(zones)
  const isInside = (host: string | undefined): boolean =>
    host !== undefined && isDnsName(host) && isInZone(host.toLowerCase(), allowed)
  const outside = names.filter((name) => !isInside(hostOf(name))).map(({ type, value }) => `${type} ${shown(value)}`)
  if (commonName === undefined || isInside(mailDomain(commonName) ?? commonName)) return outside
  return [`common name ${shown(commonName)}`, ...outside]
}

/** A zone itself, or what ends with a dot and one. By labels: a CSR has room for 12,000 names, an issuer for 256 zones. */
function isInZone(host: string, zones: ReadonlySet<string>): boolean {
  const labels = host.replace(/^\*\./, '').split('.')
  return labels.some((_, first) => zones.has(labels.slice(first).join('.')))
}

/** The host that decides about a name; undefined: it has none. */
function hostOf({ type, value }: SubjectName): string | undefined {
  switch (type) {
    case 'dns':
      return value
    case 'email':
      return mailDomain(value)
    case 'uri':
      return URI_HOST.exec(value)?.[1]
    default:
      return undefined
  }
}

/** A common name may hold anything. */
function shown(name: string): string {
  const line = name.replaceAll(/[^ -~]/g, '?')
  return line.length > MAX_SHOWN_CHARACTERS ? `${line.slice(0, MAX_SHOWN_CHARACTERS)}...` : line
}
