// A real certificate authority: root and intermediate made at start, leaves signed on demand. It lives in memory.
import type { webcrypto } from 'node:crypto'
import { randomBytes } from 'node:crypto'
import { x509 } from './asn1.ts'
import { armour, digest } from './pem.ts'

export type CaKeyType = 'RSA' | 'EC'

export interface LeafTemplate {
  readonly subject: x509.Name | x509.JsonName
  readonly publicKey: x509.PublicKey
  readonly notBefore: Date
  readonly notAfter: Date
  /** Subject alternative names, key usages: what the profile decides. The CA adds the rest. */
  readonly extensions: readonly x509.Extension[]
}

export interface IssuedCertificate {
  readonly der: Uint8Array
  readonly pem: string
  /** Lower-case hex, 16 bytes. */
  readonly serialNumber: string
  readonly subject: string
  readonly issuer: string
  readonly signatureAlgorithm: string
  readonly notBefore: number
  readonly notAfter: number
  readonly sha256: string
}

export interface CertificateAuthority {
  readonly rootPem: string
  readonly rootDer: Uint8Array
  readonly intermediatePem: string
  readonly intermediateDer: Uint8Array
  sign(template: LeafTemplate): Promise<IssuedCertificate>
}

const DAY_MS = 24 * 60 * 60 * 1000
const ROOT_DAYS = 20 * 365
const INTERMEDIATE_DAYS = 10 * 365
/** RFC 5280 4.1.2.2 allows 20; public CAs use 16. */
const SERIAL_BYTES = 16
// Names that never resolve (RFC 6761): a verifier must not go out and look.
const CA_ISSUERS_URL = 'http://crt.simulator.test/intermediate.crt'
const OCSP_URL = 'http://ocsp.simulator.test'
const CRL_URL = 'http://crl.simulator.test/intermediate.crl'

type SigningAlgorithm = { name: string; hash: string } & (
  | { namedCurve: string }
  | { modulusLength: number; publicExponent: Uint8Array }
)

export function signingAlgorithm(keyType: CaKeyType): SigningAlgorithm {
  return keyType === 'EC'
    ? { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' }
    : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
}

export async function generateKeys(keyType: CaKeyType): Promise<webcrypto.CryptoKeyPair> {
  return (await crypto.subtle.generateKey(signingAlgorithm(keyType), true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair
}

/** 16 random bytes, lower-case hex; the first bit is 0 and the first byte is not, so the DER integer has exactly 16 bytes. */
export function randomSerial(): string {
  const bytes = randomBytes(SERIAL_BYTES)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

/** A self-signed CA certificate. `pathLength` counts the CAs below it. */
export async function createRoot(options: {
  commonName: string
  keys: webcrypto.CryptoKeyPair
  keyType: CaKeyType
  at: number
  pathLength: number
}): Promise<x509.X509Certificate> {
  const { keys } = options
  return await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: caName(options.commonName),
    notBefore: wholeSeconds(options.at - DAY_MS),
    notAfter: wholeSeconds(options.at + ROOT_DAYS * DAY_MS),
    keys,
    signingAlgorithm: signingAlgorithm(options.keyType),
    extensions: [
      new x509.BasicConstraintsExtension(true, options.pathLength, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
}

/** Makes a root and an intermediate. `at` is the time of making, milliseconds since the epoch. */
export async function createCertificateAuthority(options: {
  keyType: CaKeyType
  at: number
}): Promise<CertificateAuthority> {
  const { keyType, at } = options
  const [rootKeys, keys] = await Promise.all([generateKeys(keyType), generateKeys(keyType)])
  const root = await createRoot({ commonName: 'Simulated Root CA', keys: rootKeys, keyType, at, pathLength: 1 })
  const intermediate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: caName('Simulated Issuing CA'),
    issuer: root.subjectName,
    notBefore: root.notBefore,
    notAfter: wholeSeconds(at + INTERMEDIATE_DAYS * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: signingAlgorithm(keyType),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  })
  // The same in every leaf; made once, because encoding them is most of the cost of a signature.
  const sharedExtensions = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    new x509.AuthorityInfoAccessExtension({ ocsp: OCSP_URL, caIssuers: CA_ISSUERS_URL }),
    new x509.CRLDistributionPointsExtension([CRL_URL]),
  ]
  const rootDer = new Uint8Array(root.rawData)
  const intermediateDer = new Uint8Array(intermediate.rawData)
  return {
    rootDer,
    rootPem: `${armour('CERTIFICATE', rootDer)}\n`,
    intermediateDer,
    intermediatePem: `${armour('CERTIFICATE', intermediateDer)}\n`,
    async sign(template) {
      const serialNumber = randomSerial()
      const leaf = await x509.X509CertificateGenerator.create({
        serialNumber,
        subject: template.subject,
        issuer: intermediate.subjectName,
        notBefore: template.notBefore,
        notAfter: template.notAfter,
        publicKey: template.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: signingAlgorithm(keyType),
        extensions: [
          ...template.extensions,
          ...sharedExtensions,
          await x509.SubjectKeyIdentifierExtension.create(template.publicKey),
        ],
      })
      const der = new Uint8Array(leaf.rawData)
      return {
        der,
        pem: `${armour('CERTIFICATE', der)}\n`,
        serialNumber,
        subject: leaf.subject,
        issuer: leaf.issuer,
        signatureAlgorithm: keyType === 'EC' ? 'SHA256withECDSA' : 'SHA256withRSA',
        notBefore: leaf.notBefore.getTime(),
        notAfter: leaf.notAfter.getTime(),
        sha256: digest('sha256', der),
      }
    },
  }
}

function caName(commonName: string): x509.JsonName {
  return [{ C: ['GB'] }, { O: ['Simulated CA Ltd'] }, { CN: [commonName] }]
}

/** X.509 times have whole seconds. */
export function wholeSeconds(at: number): Date {
  return new Date(Math.floor(at / 1000) * 1000)
}
