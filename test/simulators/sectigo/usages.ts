// Key usages of a certificate, as details and filters name them.
import { x509 } from './asn1.ts'

/** By bit, in the document's spelling (seed 004 L3243, L4004) continued in its style. */
const KEY_USAGE_NAMES: readonly (readonly [x509.KeyUsageFlags, string])[] = [
  [x509.KeyUsageFlags.digitalSignature, 'Digital Signature'],
  [x509.KeyUsageFlags.nonRepudiation, 'Non Repudiation'],
  [x509.KeyUsageFlags.keyEncipherment, 'Key Encipherment'],
  [x509.KeyUsageFlags.dataEncipherment, 'Data Encipherment'],
  [x509.KeyUsageFlags.keyAgreement, 'Key Agreement'],
]

export interface Usages {
  readonly keyUsages: readonly string[]
  /** OIDs, as in the client example (seed 004 L3243). */
  readonly extendedKeyUsages: readonly string[]
}

export function usagesOf(der: Uint8Array): Usages {
  const certificate = new x509.X509Certificate(Buffer.from(der))
  const flags = certificate.getExtension(x509.KeyUsagesExtension)?.usages ?? 0
  return {
    keyUsages: KEY_USAGE_NAMES.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name),
    extendedKeyUsages: (certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? []).map(String),
  }
}
