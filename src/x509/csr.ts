// Reads the certificate signing request that a requester wrote, once, and says everything the rest needs to know of it.
//
// The request is a stranger's input that an approver has read with another parser (Go's). Whatever could be read in two
// ways is refused here, so that nobody approves one set of names and gets another one ordered.
import { createHash, createPublicKey } from 'node:crypto'
import { childrenOf, type Element, objectIdentifier, readElement, tags } from './der.ts'
import { asX509Error, X509Error } from './errors.ts'
import { type Extensions, readExtensions } from './extensions.ts'
import { isDnsName, type SubjectName } from './names.ts'
import { Pkcs10CertificateRequest } from './peculiar.ts'
import { readBlocks, writePem } from './pem.ts'

/** A request with 1,000 DNS names has 31 KiB, and no CA takes as many. Bounds what a stranger can make us parse and keep. */
export const MAX_CSR_BYTES = 32 * 1024
/** Of a few characters each, there is room for thousands, which cost a hundred times their length to read and to keep. */
const MOST_NAMES = 1_000

const LABEL = 'CERTIFICATE REQUEST'

/** Attributes that carry requested extensions: PKCS#9 (1.2.840.113549.1.9.14) and Microsoft's (1.3.6.1.4.1.311.2.1.14). */
const EXTENSION_REQUESTS: ReadonlySet<string> = new Set(['2a864886f70d01090e', '2b06010401823702010e'])

/** OpenSSL's curve names, which Node gives, in NIST's words, which CAs and cert-manager use. */
const NIST_CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

export type SubjectKey =
  | { readonly algorithm: 'RSA'; readonly bits: number }
  /** `P-256`, `P-384` or `P-521`. */
  | { readonly algorithm: 'EC'; readonly curve: string }
  | { readonly algorithm: 'Ed25519' }
  /** A key that verified, but that no CA product lists: `name` is OpenSSL's, for example `rsa-pss`. */
  | { readonly algorithm: 'other'; readonly name: string }

export interface CertificateSigningRequest {
  /** One CERTIFICATE REQUEST block, LF line ends, a newline at the end, nothing else. */
  readonly pem: string
  /** Upper-case hex over the DER, as SCM's `csrDetails.sha256Hash` (seed 004 L1126-1128). */
  readonly sha256: string
  /** Lower-case hex over the SubjectPublicKeyInfo's DER. */
  readonly spkiSha256: string
  /** Absent when the subject has none, as in many requests of cert-manager. Not repeated in `names`. */
  readonly commonName?: string
  /** RFC 4514 text in the order written; empty for an empty subject. */
  readonly subject: string
  readonly key: SubjectKey
  /** The requested subject alternative names, canonical. */
  readonly names: readonly SubjectName[]
  /** Were basicConstraints with cA TRUE requested? */
  readonly isCA: boolean
  /** Requested extended key usages, as in extensions.ts: `client auth`. */
  readonly purposes?: readonly string[]
}

/** Everything that a certificate for this request may name: the alternative names, and the common name where it is one. */
export function requestedNames({ commonName, names }: CertificateSigningRequest): readonly SubjectName[] {
  if (commonName === undefined || !isDnsName(commonName)) return names
  const common = { type: 'dns', value: commonName.toLowerCase() } as const
  return names.some(({ type, value }) => type === 'dns' && value === common.value) ? names : [common, ...names]
}

/**
 * Reads a request and verifies that it was signed with its own key.
 *
 * `input` is the decoded `spec.request`: a PEM as clean or as battered as `readBlocks` takes, or DER. Other blocks around
 * it are ignored; a second, different request is an error.
 *
 * @throws {X509Error} TooLarge, MalformedPem, MalformedCsr, UnsupportedKey, BadCsrSignature; nothing else
 */
export async function parseCsr(input: string | Uint8Array): Promise<CertificateSigningRequest> {
  const der = onlyRequest(input)
  try {
    const { spki, extensions } = readRequest(der)
    const request = new Pkcs10CertificateRequest(der)
    const commonNames = request.subjectName.getField('CN')
    if (commonNames.length > 1) throw new X509Error('MalformedCsr', 'the subject has more than one common name')
    const key = readKey(spki)
    await verifySignature(request)
    return {
      pem: writePem(LABEL, der),
      sha256: createHash('sha256').update(der).digest('hex').toUpperCase(),
      spkiSha256: createHash('sha256').update(spki).digest('hex'),
      ...(commonNames[0] === undefined ? {} : { commonName: commonNames[0] }),
      subject: request.subject,
      key,
      ...extensions,
    }
  } catch (error) {
    throw asX509Error(error, 'MalformedCsr', 'the input is not a well-formed certificate signing request (PKCS#10)')
  }
}

function onlyRequest(input: string | Uint8Array): Uint8Array {
  const blocks = readBlocks(input, { maxBytes: MAX_CSR_BYTES })
  const [first, ...others] = blocks.filter(({ label }) => label === undefined || label === LABEL)
  if (first === undefined) throw new X509Error('MalformedCsr', `the input holds no ${LABEL} block`)
  if (others.some(({ der }) => Buffer.compare(der, first.der) !== 0)) {
    throw new X509Error('MalformedCsr', 'the input holds more than one certificate signing request')
  }
  return first.der
}

/** CertificationRequest of RFC 2986 4: the key's exact bytes, and the requested extensions. */
function readRequest(der: Uint8Array): { readonly spki: Uint8Array; readonly extensions: Extensions } {
  const [info] = childrenOf(readElement(der))
  const [, , spki, attributes] = childrenOf(info)
  if (spki === undefined) throw new Error('no public key')
  const requested: Element[] = []
  for (const attribute of attributes === undefined ? [] : childrenOf(attributes, tags.context(0))) {
    const [id, values] = childrenOf(attribute)
    if (EXTENSION_REQUESTS.has(objectIdentifier(id))) requested.push(...childrenOf(values, tags.set))
  }
  if (requested.length > 1) throw new X509Error('MalformedCsr', 'the request asks for extensions more than once')
  const extensions = readExtensions(requested[0])
  if (extensions.names.length > MOST_NAMES)
    throw new X509Error('TooLarge', `the request has more than ${MOST_NAMES} names`)
  return { spki: spki.bytes, extensions }
}

function readKey(spki: Uint8Array): SubjectKey {
  const { type, bits, curve } = describeKey(spki)
  switch (type) {
    case 'rsa':
      return { algorithm: 'RSA', bits }
    case 'ec':
      return { algorithm: 'EC', curve: NIST_CURVES[curve] ?? curve }
    case 'ed25519':
      return { algorithm: 'Ed25519' }
    default:
      return { algorithm: 'other', name: type }
  }
}

function describeKey(spki: Uint8Array): { readonly type: string; readonly bits: number; readonly curve: string } {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {}
    return { type: key.asymmetricKeyType ?? 'unknown', bits: modulusLength, curve: namedCurve }
  } catch (error) {
    throw asX509Error(error, 'UnsupportedKey', 'the public key is malformed or of an unknown kind')
  }
}

async function verifySignature(request: Pkcs10CertificateRequest): Promise<void> {
  let valid: boolean
  try {
    valid = await request.verify()
  } catch (error) {
    // Algorithms that Web Cryptography does not have: MD5 and SHA-3, curves other than NIST's, explicit curve parameters.
    const unsupported = error instanceof TypeError || (error instanceof Error && error.name === 'NotSupportedError')
    if (unsupported) throw new X509Error('UnsupportedKey', 'the key or signature algorithm is not supported')
    valid = false
  }
  if (!valid) throw new X509Error('BadCsrSignature', 'the signature does not verify with the public key in the request')
}
