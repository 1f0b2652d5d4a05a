// A certificate that comes from elsewhere: read, described as SCM's imports describe it, and refused where it does not fit.
import { x509 } from './asn1.ts'
import type { IssuedCertificate } from './ca.ts'
import type { Product, Profile } from './catalogue.ts'
import { armour, digest } from './pem.ts'

const HOST_NAME = /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9-]+)*$/i

/** @throws when it is no certificate. */
export function readCertificate(source: Uint8Array | string): x509.X509Certificate {
  return new x509.X509Certificate(typeof source === 'string' ? source : Buffer.from(source))
}

export function describeCertificate(certificate: x509.X509Certificate): IssuedCertificate {
  const der = new Uint8Array(certificate.rawData)
  const { name, hash } = certificate.signatureAlgorithm as { name: string; hash?: { name: string } }
  const kind = name === 'ECDSA' ? 'ECDSA' : name === 'RSASSA-PKCS1-v1_5' ? 'RSA' : name
  return {
    der,
    pem: `${armour('CERTIFICATE', der)}\n`,
    serialNumber: certificate.serialNumber.toLowerCase(),
    subject: certificate.subject,
    issuer: certificate.issuer,
    signatureAlgorithm: `${hash?.name.replace('-', '') ?? ''}with${kind}`,
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
    sha256: digest('sha256', der),
  }
}

/** `CN=a,O=b,C=c` and the serial number in plain upper-case hex without leading zeros (seed 004 L2575). */
export function importedSubject(certificate: x509.X509Certificate): { subject: string; serialNumber: string } {
  const parts = certificate.subjectName
    .toJSON()
    .flatMap((part) => Object.entries(part).flatMap(([type, values]) => values.map((value) => `${type}=${value}`)))
  return {
    subject: parts.toReversed().join(','),
    serialNumber: certificate.serialNumber.toUpperCase().replace(/^0+/, ''),
  }
}

/**
 * Why SCM would not manage this certificate as one of that product, or undefined. Both sentences are the document's
 * (seed 004 L2605, L3950), doubled quotes included; when the first one is said is not stated: here, when the certificate
 * names no host.
 */
export function importRefusal(certificate: x509.X509Certificate, product: Product): string | undefined {
  const { serialNumber } = importedSubject(certificate)
  const commonName = certificate.subjectName.getField('CN')[0] ?? ''
  if (product === 'client') {
    const addresses = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? []
    const hasAddress =
      commonName.includes('@') ||
      certificate.subjectName.getField('E').length > 0 ||
      addresses.some(({ type }) => type === 'email')
    if (hasAddress) return undefined
    return `Certificate SN=''${serialNumber}'' cannot be managed as a certificate of ''Client cert'' type. CN must contain email.`
  }
  if (commonName === '' || HOST_NAME.test(commonName)) return undefined
  return `Cannot bring certificate SN=''${serialNumber}'' under management. Contact support`
}

/** An imported certificate has no profile (seed 004 L15776: type "", id -2). */
export function importedProfile(product: Product, certificate: IssuedCertificate): Profile {
  return {
    id: -2,
    product,
    name: '',
    description: '',
    terms: [],
    keyTypes: {},
    organizations: 'all',
    vendor: certificate.issuer,
    echoSubject: true,
    stampOrganization: false,
    multiDomain: true,
    freeWww: false,
    notBefore: 'backdated',
    allowsRenew: false,
  }
}
