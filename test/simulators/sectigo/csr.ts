// Reads a CSR as strictly as the document says SCM does, and names what is wrong with SCM's codes.
import { createPublicKey } from 'node:crypto'
import { x509 } from './asn1.ts'
import type { Profile } from './catalogue.ts'
import { refuse } from './errors.ts'
import { armour } from './pem.ts'
import type { Settings } from './settings.ts'

/** Length and alphabet of the `csr` field: the pattern's cell is cut off at seed 004 L1264; vendor OpenAPI 25.9.2 has both. */
export const CSR_MAX_LENGTH = 32_767
export const CSR_PATTERN = /^[a-zA-Z0-9\-+=/\s]+$/

const ARMOUR = /^-----BEGIN (NEW )?CERTIFICATE REQUEST-----([^-]*)-----END (NEW )?CERTIFICATE REQUEST-----$/
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

export interface CsrKey {
  /** `RSA`, `EC`, or what node:crypto calls anything else. */
  readonly algorithm: string
  /** Bits for RSA, curve name for EC, as in `keyTypes`. */
  readonly parameter: string
}

export interface ParsedCsr {
  /** Of the CSR; of the certificate itself where one was imported without its CSR. */
  readonly request: Pick<x509.Pkcs10CertificateRequest, 'subject' | 'subjectName' | 'publicKey' | 'extensions'>
  /** Empty when the CSR is unknown. */
  readonly der: Uint8Array
  /** With armour, no newline at the end (seed 004 L1129). */
  readonly pem: string
  readonly key: CsrKey
  readonly commonName: string | undefined
  readonly names: readonly x509.JsonGeneralName[]
}

/**
 * Decodes and verifies. Accepts PEM or bare base64 with line breaks (seed 004 L1917 sends bare base64).
 * @throws ScmError -9 not base64, -10 not a CSR, -138 signature does not verify.
 */
export async function parseCsr(text: string, settings: Settings): Promise<ParsedCsr> {
  if (settings.csrTrailingBlanks === 'refuse' && text !== text.trimEnd()) throw refuse('csrInvalid')
  const der = decode(text.trim())
  let request: x509.Pkcs10CertificateRequest
  let key: CsrKey
  let names: readonly x509.JsonGeneralName[]
  try {
    request = new x509.Pkcs10CertificateRequest(der)
    key = describeKey(new Uint8Array(request.publicKey.rawData))
    const extension = request.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension)
    names = extension?.names.toJSON() ?? []
  } catch {
    throw refuse('csrNotDecodable')
  }
  if (!(await verifies(request))) throw refuse('csrInvalid')
  const commonName = request.subjectName.getField('CN')[0]
  return { request, der, pem: armour('CERTIFICATE REQUEST', der), key, commonName: commonName || undefined, names }
}

/** What a certificate tells about its key and names, for one whose CSR nobody has. */
export function withoutCsr(certificate: x509.X509Certificate): ParsedCsr {
  const extension = certificate.getExtension(x509.SubjectAlternativeNameExtension)
  return {
    request: certificate,
    der: new Uint8Array(),
    pem: '',
    key: describeKey(new Uint8Array(certificate.publicKey.rawData)),
    commonName: certificate.subjectName.getField('CN')[0] || undefined,
    names: extension?.names.toJSON() ?? [],
  }
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  const body = (text.startsWith('-') ? (ARMOUR.exec(text)?.[2] ?? '-') : text).replace(/\s+/g, '')
  if (body === '' || body.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(body)) throw refuse('csrNotBase64')
  return new Uint8Array(Buffer.from(body, 'base64'))
}

async function verifies(request: x509.Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify()
  } catch {
    return false
  }
}

function describeKey(spki: Uint8Array): CsrKey {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  const details = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa') return { algorithm: 'RSA', parameter: String(details.modulusLength) }
  if (key.asymmetricKeyType === 'ec') {
    const curve = details.namedCurve ?? ''
    return { algorithm: 'EC', parameter: CURVES[curve] ?? curve }
  }
  return { algorithm: String(key.asymmetricKeyType), parameter: '' }
}

/** @throws ScmError -170 no EC in this profile, -11 other algorithm, -141 RSA below the smallest size, -13 size or curve not listed. */
export function checkKey(key: CsrKey, profile: Profile): void {
  const allowed = profile.keyTypes[key.algorithm]
  if (!allowed) throw key.algorithm === 'EC' ? refuse('eccNotAllowed') : refuse('keyAlgorithm')
  if (allowed.includes(key.parameter)) return
  if (key.algorithm === 'RSA') {
    const smallest = Math.min(...allowed.map(Number))
    if (Number(key.parameter) < smallest) throw refuse('keyTooSmall', smallest)
  }
  throw refuse('keySize')
}
