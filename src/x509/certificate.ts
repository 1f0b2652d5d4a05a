// Reads certificates out of whatever a CA hands out: PEM in any state, PKCS#7 with or without armour, DER.
//
// node:crypto reads the fields (it is some twenty times faster than a library in JavaScript); bytes are taken from the
// input as they are, never re-encoded.
import { createHash, X509Certificate } from 'node:crypto'
import { childrenOf, objectIdentifier, readElement, tags } from './der.ts'
import { asX509Error, X509Error } from './errors.ts'
import { readExtensions } from './extensions.ts'
import type { SubjectName } from './names.ts'
import { readBlocks, writePem } from './pem.ts'

/** Ten times the longest chain that cert-manager takes (95,000 bytes); a CA's answer beyond that is not one. */
const MAX_INPUT_BYTES = 1024 * 1024
/** cert-manager takes ten in a chain; the rest is for cross-signed ones. Bounds the pairs compared to order a chain. */
const MAX_CERTIFICATES = 50

const LABEL = 'CERTIFICATE'
/** What certificates come under. What a block holds is decided by its content: tools mislabel PKCS#7 as CERTIFICATE. */
const LABELS: ReadonlySet<string | undefined> = new Set([
  undefined,
  LABEL,
  'X509 CERTIFICATE',
  'PKCS7',
  'PKCS #7 SIGNED DATA',
  'CMS',
])

/** signedData, 1.2.840.113549.1.7.2, as the bytes of its encoding. */
const SIGNED_DATA = '2a864886f70d010702'

export interface IssuedCertificate {
  /** One CERTIFICATE block, LF line ends, a newline at the end. */
  readonly pem: string
  readonly der: Uint8Array
  /** For people: `CN=shop.example, O=Acme`, in the order written. Empty for an empty subject. */
  readonly subject: string
  readonly issuer: string
  /** As `normaliseSerial` writes it. */
  readonly serial: string
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  /** Milliseconds since the epoch. */
  readonly notAfter: number
  readonly isCA: boolean
  /** Lower-case hex over the SubjectPublicKeyInfo's DER; equals the CSR's for the certificate that was asked for. */
  readonly spkiSha256: string
  readonly names: readonly SubjectName[]
  /** Extended key usages, as in extensions.ts: `client auth`. */
  readonly purposes?: readonly string[]
  /** The issuer is the subject, and the signature verifies with the certificate's own key. */
  readonly selfSigned: boolean
  /** Lower-case hex over the DER. */
  readonly sha256: string
}

/**
 * All certificates of the input, in its order, each once. At least one.
 *
 * @throws {X509Error} TooLarge, MalformedPem, MalformedCertificate, TooManyCertificates, NoCertificate; nothing else
 */
export function parseCertificates(input: Uint8Array | string): readonly IssuedCertificate[] {
  const blocks = readBlocks(input, { maxBytes: MAX_INPUT_BYTES }).filter(({ label }) => LABELS.has(label))
  try {
    const ders = new Map<string, Uint8Array>()
    for (const der of blocks.flatMap((block) => certificatesIn(block.der))) ders.set(sha256(der), der)
    if (ders.size === 0) throw new X509Error('NoCertificate', 'the input holds no certificate')
    if (ders.size > MAX_CERTIFICATES) {
      throw new X509Error('TooManyCertificates', `the input holds more than ${MAX_CERTIFICATES} certificates`)
    }
    return [...ders.values()].map(readCertificate)
  } catch (error) {
    throw asX509Error(error, 'MalformedCertificate', 'a certificate or PKCS#7 structure is malformed')
  }
}

/** A serial number in the one form in which two are comparable: upper-case hex, no colons or blanks, no leading zeros. */
export function normaliseSerial(serial: string): string {
  return serial
    .replaceAll(/[:\s]/g, '')
    .replace(/^0+(?=.)/, '')
    .toUpperCase()
}

/** PKCS#7 begins with an object identifier, a certificate with its to-be-signed sequence. */
function certificatesIn(der: Uint8Array): readonly Uint8Array[] {
  const [type, content] = childrenOf(readElement(der))
  if (type?.tag !== tags.objectIdentifier) return [der]
  if (objectIdentifier(type) !== SIGNED_DATA || content === undefined) throw new Error('not signedData')
  // SignedData of RFC 5652 5.1: certificates are [0] behind version, digest algorithms and content.
  const fields = childrenOf(childrenOf(content, tags.context(0))[0])
  const certificates = fields.find(({ tag }) => tag === tags.context(0))
  // Other tags in that set are attribute certificates and obsolete forms, which are not what is looked for.
  return certificates === undefined
    ? []
    : childrenOf(certificates, tags.context(0))
        .filter(({ tag }) => tag === tags.sequence)
        .map(({ bytes }) => bytes)
}

function readCertificate(der: Uint8Array): IssuedCertificate {
  const certificate = new X509Certificate(der)
  // TBSCertificate of RFC 5280 4.1: an optional [0] version, five fields, the key, optional unique ids, [3] extensions.
  const fields = childrenOf(childrenOf(readElement(der))[0]).filter(({ tag }) => tag !== tags.context(0))
  const spki = fields[5]
  const extensions = fields.find(({ tag }) => tag === tags.context(3))
  const notBefore = certificate.validFromDate.getTime()
  const notAfter = certificate.validToDate.getTime()
  if (spki === undefined || Number.isNaN(notBefore) || Number.isNaN(notAfter)) throw new Error('a field is missing')
  return {
    pem: writePem(LABEL, der),
    der,
    subject: onOneLine(certificate.subject),
    issuer: onOneLine(certificate.issuer),
    serial: normaliseSerial(certificate.serialNumber),
    notBefore,
    notAfter,
    ...readExtensions(extensions && childrenOf(extensions, tags.context(3))[0]),
    spkiSha256: sha256(spki.bytes),
    selfSigned: certificate.subject === certificate.issuer && verifiesWithOwnKey(certificate),
    sha256: sha256(der),
  }
}

/** Node writes one attribute a line, and gives undefined for an empty name; line breaks inside a value are escaped. */
function onOneLine(name: string | undefined): string {
  return (name ?? '').replaceAll('\n', ', ')
}

function verifiesWithOwnKey(certificate: X509Certificate): boolean {
  try {
    return certificate.verify(certificate.publicKey)
  } catch {
    // A key of a kind that cannot be read here; nothing is lost but the knowledge that it is a root.
    return false
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
