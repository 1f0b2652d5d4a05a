// Certificates that accounts log in with under `/private/api` (seed 004 L62-70), and the authority that SCM trusts for them.
import { x509 } from './asn1.ts'
import { createRoot, generateKeys, randomSerial, signingAlgorithm, wholeSeconds } from './ca.ts'
import { armour } from './pem.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** What a client presents; the names of a Secret of type kubernetes.io/tls are `tls.crt` and `tls.key`. */
export interface ClientCertificate {
  readonly certificatePem: string
  /** PKCS#8, unencrypted. */
  readonly keyPem: string
  /** Upper-case hex. */
  readonly serialNumber: string
}

export interface ClientCa {
  readonly caPem: string
  /** `days` from now; 0 gives a certificate that is over. */
  issue(request: { login: string; email: string; days: number }): Promise<ClientCertificate>
}

/** The times are the machine's, as TLS checks them. */
export async function createClientCa(): Promise<ClientCa> {
  const caKeys = await generateKeys('EC')
  const ca = await createRoot({
    commonName: 'Simulator Client CA',
    keys: caKeys,
    keyType: 'EC',
    at: Date.now(),
    pathLength: 0,
  })
  return {
    caPem: `${armour('CERTIFICATE', new Uint8Array(ca.rawData))}\n`,
    async issue({ login, email, days }) {
      const keys = await generateKeys('EC')
      const serialNumber = randomSerial()
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber,
        subject: [{ CN: [login] }],
        issuer: ca.subjectName,
        notBefore: ca.notBefore,
        notAfter: wholeSeconds(Date.now() + days * DAY_MS),
        publicKey: keys.publicKey,
        signingKey: caKeys.privateKey,
        signingAlgorithm: signingAlgorithm('EC'),
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
          new x509.SubjectAlternativeNameExtension([{ type: 'email', value: email }]),
          await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
        ],
      })
      const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
      return {
        certificatePem: `${armour('CERTIFICATE', new Uint8Array(certificate.rawData))}\n`,
        keyPem: `${armour('PRIVATE KEY', new Uint8Array(pkcs8))}\n`,
        serialNumber: serialNumber.toUpperCase(),
      }
    },
  }
}
