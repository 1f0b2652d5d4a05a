// Why no answer came, in a closed set of words. Raw error texts carry addresses, and sometimes what was sent.
import { errors } from 'undici'
import type { BackendErrorKind } from '../backend-error.ts'

export interface Failure {
  readonly kind: BackendErrorKind
  /** Ours, closed; a metric label: `ConnectionRefused`. */
  readonly code: string
  /** One sentence for a condition. */
  readonly message: string
  readonly retryAfterMs?: number
  /** The id under which the log has the call, if there was one. */
  readonly request?: string
}

const failures = {
  ConnectionRefused: ['Unreachable', 'connection refused'],
  NameNotFound: ['Unreachable', 'name not found'],
  TimedOut: ['Unreachable', 'timed out'],
  ConnectionReset: ['Unreachable', 'connection reset'],
  NoRoute: ['Unreachable', 'no route to host'],
  ProxyFailed: ['Unreachable', 'the proxy did not open a tunnel'],
  ConnectionFailed: ['Unreachable', 'connection failed'],
  Aborted: ['Unreachable', 'cancelled'],
  NotSent: ['Unavailable', 'not sent: its time had passed before its turn came'],
  CertificateNotTrusted: ['TLSFailed', 'certificate not trusted'],
  CertificateExpired: ['TLSFailed', 'certificate expired or not yet valid'],
  CertificateNameMismatch: ['TLSFailed', 'certificate is for another name'],
  HandshakeFailed: ['TLSFailed', 'handshake failed'],
  ClientCertificateRefused: ['TLSFailed', 'the server refused the client certificate'],
  AnswerTooLarge: ['UnexpectedAnswer', 'the answer is too large'],
  AnswerUnreadable: ['UnexpectedAnswer', 'the answer is not HTTP'],
} as const satisfies Record<string, readonly [BackendErrorKind, string]>

export type FailureCode = keyof typeof failures

export const CLIENT_CERTIFICATE_REFUSED: FailureCode = 'ClientCertificateRefused'

export function failure(code: FailureCode): Failure {
  const [kind, message] = failures[code]
  return { kind, code, message: kind === 'TLSFailed' ? `TLS: ${message}` : message }
}

/** Codes of Node (libuv, OpenSSL) and undici; whatever is not listed is `ConnectionFailed`. */
const codesOfErrors: ReadonlyMap<string, FailureCode> = new Map(
  Object.entries({
    ECONNREFUSED: 'ConnectionRefused',
    ENOTFOUND: 'NameNotFound',
    EAI_AGAIN: 'NameNotFound',
    EAI_NODATA: 'NameNotFound',
    EAI_NONAME: 'NameNotFound',
    ETIMEDOUT: 'TimedOut',
    UND_ERR_CONNECT_TIMEOUT: 'TimedOut',
    UND_ERR_HEADERS_TIMEOUT: 'TimedOut',
    UND_ERR_BODY_TIMEOUT: 'TimedOut',
    ECONNRESET: 'ConnectionReset',
    EPIPE: 'ConnectionReset',
    UND_ERR_SOCKET: 'ConnectionReset',
    UND_ERR_HEADERS_OVERFLOW: 'AnswerTooLarge',
    EHOSTUNREACH: 'NoRoute',
    ENETUNREACH: 'NoRoute',
    UND_ERR_PRX_CONN: 'ProxyFailed',
    // undici's ProxyAgent says this when the proxy answers CONNECT with anything but 200.
    UND_ERR_ABORTED: 'ProxyFailed',
    UND_ERR_PRX_TLS: 'CertificateNameMismatch',
    ERR_TLS_CERT_ALTNAME_INVALID: 'CertificateNameMismatch',
    CERT_HAS_EXPIRED: 'CertificateExpired',
    CERT_NOT_YET_VALID: 'CertificateExpired',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'CertificateNotTrusted',
    SELF_SIGNED_CERT_IN_CHAIN: 'CertificateNotTrusted',
    UNABLE_TO_GET_ISSUER_CERT: 'CertificateNotTrusted',
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'CertificateNotTrusted',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'CertificateNotTrusted',
    CERT_SIGNATURE_FAILURE: 'CertificateNotTrusted',
    CERT_UNTRUSTED: 'CertificateNotTrusted',
    CERT_REJECTED: 'CertificateNotTrusted',
    CERT_REVOKED: 'CertificateNotTrusted',
    CERT_CHAIN_TOO_LONG: 'CertificateNotTrusted',
    INVALID_CA: 'CertificateNotTrusted',
    INVALID_PURPOSE: 'CertificateNotTrusted',
    HOSTNAME_MISMATCH: 'CertificateNameMismatch',
    EPROTO: 'HandshakeFailed',
    // Alerts by which a server tells that our certificate does not do (RFC 8446 6.2), as OpenSSL names them.
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'ClientCertificateRefused',
    ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'ClientCertificateRefused',
    ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'ClientCertificateRefused',
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: 'ClientCertificateRefused',
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'ClientCertificateRefused',
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'ClientCertificateRefused',
    ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'ClientCertificateRefused',
    ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: 'ClientCertificateRefused',
  } satisfies Record<string, FailureCode>),
)

/** Words for an error of Node or undici. Only its `code` and its class are looked at, never its message or its cause. */
export function failureOf(error: unknown): Failure {
  // The one error of undici's that has no code.
  if (error instanceof errors.HTTPParserError) return failure('AnswerUnreadable')
  const code = codeOf(error)
  const known = codesOfErrors.get(code)
  if (known !== undefined) return failure(known)
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code.startsWith('ERR_OSSL_')) {
    return failure('HandshakeFailed')
  }
  return failure('ConnectionFailed')
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  // Several addresses were tried (happy eyeballs); the first one's reason stands for all.
  return error instanceof AggregateError ? codeOf(error.errors[0]) : ''
}
