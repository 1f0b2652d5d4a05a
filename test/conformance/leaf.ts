// A certificate as the validations look at it. Read without the product's own parser, which is what is being judged.
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509Certificate,
} from '../../src/x509/peculiar.ts'

/** What a certificate and a CSR both say. */
export interface Named {
  /** Parts in the order written: `O=Acme`, `CN=shop.example`. */
  readonly subject: readonly string[]
  readonly commonName: string | undefined
  readonly organizations: readonly string[]
  readonly dns: readonly string[]
  readonly ip: readonly string[]
  readonly email: readonly string[]
  readonly uri: readonly string[]
  /** The SubjectPublicKeyInfo in base64. */
  readonly publicKey: string
}

export interface Leaf extends Named {
  readonly isCA: boolean
  /** Bits of `KeyUsageFlags`. */
  readonly keyUsages: number
  /** Object identifiers. */
  readonly extendedKeyUsages: readonly string[]
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
}

/** The first certificate of a PEM. @throws when there is none */
export function readLeaf(pem: string): Leaf {
  const certificate = new X509Certificate(pem)
  return {
    ...named(certificate),
    isCA: certificate.getExtension(BasicConstraintsExtension)?.ca ?? false,
    keyUsages: certificate.getExtension(KeyUsagesExtension)?.usages ?? 0,
    extendedKeyUsages: (certificate.getExtension(ExtendedKeyUsageExtension)?.usages ?? []).map(String),
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
  }
}

/** @throws when it is no CSR */
export function readCsr(pem: string): Named {
  return named(new Pkcs10CertificateRequest(pem))
}

function named(one: X509Certificate | Pkcs10CertificateRequest): Named {
  const names = one.extensions.find((extension) => extension instanceof SubjectAlternativeNameExtension)?.names.items
  const of = (type: string): string[] => (names ?? []).filter((name) => name.type === type).map(({ value }) => value)
  const { subjectName } = one
  return {
    subject: subjectName
      .toJSON()
      .flatMap((part) => Object.entries(part).flatMap(([type, values]) => values.map((value) => `${type}=${value}`))),
    commonName: subjectName.getField('CN')[0],
    organizations: subjectName.getField('O'),
    dns: of('dns'),
    ip: of('ip'),
    email: of('email'),
    uri: of('url'),
    publicKey: Buffer.from(one.publicKey.rawData).toString('base64'),
  }
}
