// The server's own certificate authority and certificate, made at start, so that clients must trust a CA bundle as in production.
import { isIP } from 'node:net'
import { x509 } from './asn1.ts'
import { createRoot, generateKeys, randomSerial, signingAlgorithm, wholeSeconds } from './ca.ts'
import { armour } from './pem.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const SERVER_DAYS = 90
/** `host.test` is for clusters whose nodes reach the simulator's machine under that name. */
const HOST_NAMES = ['localhost', '127.0.0.1', '::1', 'host.test']

export interface ServerIdentity {
  readonly caPem: string
  readonly certificatePem: string
  readonly keyPem: string
}

/** `hostNames` are DNS names or IP addresses beside the usual ones. */
export async function createServerIdentity(options: {
  hostNames: readonly string[]
  at: number
}): Promise<ServerIdentity> {
  const { at } = options
  const [caKeys, keys] = await Promise.all([generateKeys('EC'), generateKeys('EC')])
  const ca = await createRoot({ commonName: 'Simulator TLS CA', keys: caKeys, keyType: 'EC', at, pathLength: 0 })
  const names = [...new Set([...HOST_NAMES, ...options.hostNames])]
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: [{ CN: ['localhost'] }],
    issuer: ca.subjectName,
    notBefore: ca.notBefore,
    notAfter: wholeSeconds(at + SERVER_DAYS * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: signingAlgorithm('EC'),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  })
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    caPem: `${armour('CERTIFICATE', new Uint8Array(ca.rawData))}\n`,
    certificatePem: `${armour('CERTIFICATE', new Uint8Array(certificate.rawData))}\n`,
    keyPem: `${armour('PRIVATE KEY', new Uint8Array(pkcs8))}\n`,
  }
}
