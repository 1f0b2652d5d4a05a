// Is a certificate for the key of a CSR? By Node's own reading of the one and the bytes of the other, which is not how the
// operator finds out.
import { X509Certificate } from 'node:crypto'

/** @param certificate a chain in PEM, in base64, as in a request's status */
export function keyFits(certificate: string, csrPem: string): boolean {
  const issued = new X509Certificate(Buffer.from(certificate, 'base64'))
  const spki = issued.publicKey.export({ type: 'spki', format: 'der' })
  const asked = Buffer.from(csrPem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  // It holds the SubjectPublicKeyInfo byte for byte.
  return asked.includes(spki)
}
