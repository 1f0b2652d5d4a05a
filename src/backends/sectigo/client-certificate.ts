// The certificate that logs in: whatever makes it useless is said before a handshake that could only say less.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { BackendError } from '../backend-error.ts'
import { dateAt } from './dates.ts'

/**
 * The day on which the certificate ends. Throws BackendError CredentialsRefused when certificate or key cannot be read,
 * do not belong together, or when the certificate has ended at `now` (wall-clock milliseconds).
 */
export function clientCertificateExpires(
  { certificate, key }: { readonly certificate: string; readonly key: string },
  now: number,
): string {
  const refuse = (message: string): never => {
    throw new BackendError('CredentialsRefused', message)
  }
  const leaf = attempt(() => new X509Certificate(certificate)) ?? refuse('the client certificate cannot be read as PEM')
  const privateKey =
    attempt(() => createPrivateKey(key)) ??
    refuse('the key of the client certificate cannot be read as PEM without a passphrase')
  if (!leaf.checkPrivateKey(privateKey)) refuse('the key does not belong to the client certificate')
  const ends = Date.parse(leaf.validTo)
  const day = dateAt(ends)
  if (ends <= now) refuse(`the client certificate expired on ${day}`)
  return day
}

/** Nothing of the error is passed on: it may show what it could not read. */
function attempt<Value>(make: () => Value): Value | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
