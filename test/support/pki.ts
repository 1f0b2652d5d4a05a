// A small certificate authority for tests: keys, requests as cert-manager writes them, roots, intermediates,
// cross-signed roots, certificates. Elliptic keys unless asked otherwise, because an RSA key costs a hundred times more.
import type { webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '../../src/x509/peculiar.ts'

export type TestKeyKind = 'P-256' | 'P-384' | 'P-521' | 'RSA-2048' | 'Ed25519'
export type TestKeys = webcrypto.CryptoKeyPair

const DAY_MS = 24 * 60 * 60 * 1000
const SUBJECT_ALT_NAME = '2.5.29.17'

const KEY_ALGORITHMS = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256' },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384' },
  'P-521': { name: 'ECDSA', namedCurve: 'P-521' },
  'RSA-2048': {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
  Ed25519: { name: 'Ed25519' },
} as const

export async function createKeys(kind: TestKeyKind = 'P-256'): Promise<TestKeys> {
  return (await crypto.subtle.generateKey(KEY_ALGORITHMS[kind], true, ['sign', 'verify'])) as TestKeys
}

export interface CsrOptions {
  /** Left out: an empty subject and a critical subject alternative name, as cert-manager writes for most Certificates. */
  readonly commonName?: string
  readonly dns?: readonly string[]
  readonly ip?: readonly string[]
  readonly email?: readonly string[]
  readonly uri?: readonly string[]
  readonly isCA?: boolean
  readonly organization?: string
  /** Bits of `KeyUsageFlags`; 0: none are asked for. Default: what cert-manager asks for. */
  readonly keyUsage?: number
  /** Object identifiers. */
  readonly extendedKeyUsages?: readonly string[]
  readonly key?: TestKeyKind
  /** Sign with these keys instead of new ones. */
  readonly keys?: TestKeys
}

export interface TestCsr {
  readonly pem: string
  readonly keys: TestKeys
}

/** A request with the given names. */
export async function createCsr(options: CsrOptions = {}): Promise<TestCsr> {
  const { commonName, organization, key, keys = await createKeys(key) } = options
  const { keyUsage = KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment } = options
  const names = generalNames(options)
  const subject = [
    ...(organization === undefined ? [] : [{ O: [organization] }]),
    ...(commonName === undefined ? [] : [{ CN: [commonName] }]),
  ]
  const request = await Pkcs10CertificateRequestGenerator.create({
    ...(subject.length === 0 ? {} : { name: subject }),
    keys,
    signingAlgorithm: { name: keys.privateKey.algorithm.name, hash: 'SHA-256' },
    extensions: [
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names, subject.length === 0)] : []),
      ...(keyUsage === 0 ? [] : [new KeyUsagesExtension(keyUsage, true)]),
      ...(options.extendedKeyUsages ? [new ExtendedKeyUsageExtension([...options.extendedKeyUsages])] : []),
      ...(options.isCA ? [new BasicConstraintsExtension(true, undefined, true)] : []),
    ],
  })
  return { pem: `${request.toString('pem')}\n`, keys }
}

export interface SignOptions {
  /** Default: a minute ago. */
  readonly notBefore?: Date
  /** Default: 90 days after `notBefore`. */
  readonly notAfter?: Date
  /** DNS names to issue instead of the requested subject alternative names. */
  readonly dns?: readonly string[]
  /** Issue a CA certificate, whatever was asked. */
  readonly isCA?: boolean
  /** Certify this key instead of the request's: the answer to somebody else's order. */
  readonly publicKey?: webcrypto.CryptoKey
  /** Hex. Default: random. */
  readonly serial?: string
}

/** A CA certificate and its key. */
export interface TestAuthority {
  readonly name: string
  readonly keys: TestKeys
  /** With a newline at the end, like every PEM from here. */
  readonly pem: string
  readonly certificate: X509Certificate
  /** Issues for a request (PEM); copies subject and subject alternative names. Resolves to a PEM. */
  sign(csr: string, options?: SignOptions): Promise<string>
}

export interface AuthorityOptions {
  readonly name: string
  /** Left out: self-signed. */
  readonly issuer?: TestAuthority
  /** Keys of another authority: the same CA, certified a second time. */
  readonly keys?: TestKeys
  readonly notBefore?: Date
  /** Default: ten years after `notBefore`. */
  readonly notAfter?: Date
}

/** A root, an intermediate, or (with the name and keys of another authority) a cross-signed certificate. */
export async function createAuthority({ name, issuer, ...options }: AuthorityOptions): Promise<TestAuthority> {
  const keys = options.keys ?? (await createKeys())
  const notBefore = options.notBefore ?? new Date(Date.now() - DAY_MS)
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [name] }],
    issuer: [{ CN: [issuer?.name ?? name] }],
    notBefore,
    notAfter: options.notAfter ?? new Date(notBefore.getTime() + 3650 * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create((issuer?.keys ?? keys).publicKey),
    ],
  })
  return {
    name,
    keys,
    certificate,
    pem: pemOf(certificate),
    sign: (csr, signOptions = {}) => issueCertificate(csr, { name, keys }, signOptions),
  }
}

/** What a public CA looks like from below: two ways up from the intermediate. */
export interface TestPki {
  readonly root: TestAuthority
  readonly intermediate: TestAuthority
  /** An older root. */
  readonly oldRoot: TestAuthority
  /** The root's name and key, certified by the older root. */
  readonly crossSignedRoot: TestAuthority
}

export async function createTestPki(): Promise<TestPki> {
  const root = await createAuthority({ name: 'Test Root' })
  const oldRoot = await createAuthority({ name: 'Old Test Root' })
  return {
    root,
    oldRoot,
    intermediate: await createAuthority({ name: 'Test Issuing CA', issuer: root }),
    crossSignedRoot: await createAuthority({ name: root.name, keys: root.keys, issuer: oldRoot }),
  }
}

async function issueCertificate(
  csr: string,
  issuer: { readonly name: string; readonly keys: TestKeys },
  options: SignOptions,
): Promise<string> {
  const request = new Pkcs10CertificateRequest(csr)
  const notBefore = options.notBefore ?? new Date(Date.now() - 60_000)
  const publicKey = options.publicKey ?? (await request.publicKey.export())
  const requestedNames = request.getExtension(SUBJECT_ALT_NAME)
  const names = options.dns ? new SubjectAlternativeNameExtension(generalNames({ dns: options.dns })) : requestedNames
  const isCA = options.isCA ?? false
  const extensions: Extension[] = [
    new BasicConstraintsExtension(isCA, undefined, true),
    new KeyUsagesExtension(isCA ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ...(names ? [names] : []),
  ]
  const certificate = await X509CertificateGenerator.create({
    ...(options.serial === undefined ? {} : { serialNumber: options.serial }),
    subject: request.subjectName,
    issuer: [{ CN: [issuer.name] }],
    notBefore,
    notAfter: options.notAfter ?? new Date(notBefore.getTime() + 90 * DAY_MS),
    publicKey,
    signingKey: issuer.keys.privateKey,
    extensions,
  })
  return pemOf(certificate)
}

function generalNames({ dns = [], ip = [], email = [], uri = [] }: CsrOptions): JsonGeneralNames {
  return [
    ...dns.map((value) => ({ type: 'dns' as const, value })),
    ...ip.map((value) => ({ type: 'ip' as const, value })),
    ...email.map((value) => ({ type: 'email' as const, value })),
    ...uri.map((value) => ({ type: 'url' as const, value })),
  ]
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}
