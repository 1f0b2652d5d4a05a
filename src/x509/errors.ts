// One error for everything that can be wrong with a CSR or a certificate, so that callers decide by a closed code and no
// text from a stranger's input reaches a condition, an event or a log line.

/** Closed: a condition's reason, a test and a heading in the documentation can rely on each word. */
export type X509ErrorCode =
  /** The input is larger than any honest one. */
  | 'TooLarge'
  /** A PEM block does not end, is empty, or is not base64. */
  | 'MalformedPem'
  /** Not a PKCS#10 request, or one that can be read in two ways. */
  | 'MalformedCsr'
  /** The request was not signed with the private key of the public key in it. */
  | 'BadCsrSignature'
  /** A key or signature algorithm that cannot be checked here. */
  | 'UnsupportedKey'
  | 'MalformedCertificate'
  | 'TooManyCertificates'
  /** The input holds no certificate at all, for example an error page. */
  | 'NoCertificate'
  /** No certificate has the CSR's public key: the answer belongs to another key. */
  | 'NoLeaf'
  /** A certificate that is neither the leaf nor above it. */
  | 'UnrelatedCertificate'
  /** An issuer between the leaf and the other certificates is missing. */
  | 'BrokenChain'

/** Its message is a sentence of ours and never holds a part of the input. */
export class X509Error extends Error {
  override readonly name = 'X509Error'
  readonly code: X509ErrorCode

  constructor(code: X509ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** For a catch clause: what is ours stays as it is; a library's error, whose text may quote the input, is replaced. */
export function asX509Error(error: unknown, code: X509ErrorCode, message: string): X509Error {
  return error instanceof X509Error ? error : new X509Error(code, message)
}
