// What a backend throws when it could not ask its CA. Trouble is an exception, outcomes are data: see backend.ts.

/**
 * Why the CA could not be asked. Closed: the reason of an issuer's Ready condition, a metric label and a heading in the
 * documentation are this word.
 */
export type BackendErrorKind =
  | 'CredentialsRefused'
  | 'AccessDenied'
  | 'OrganizationNotFound'
  | 'OrganizationAmbiguous'
  | 'ProfileNotFound'
  | 'ProfileAmbiguous'
  | 'CustomFieldsInvalid'
  | 'Gone'
  | 'RateLimited'
  | 'TLSFailed'
  | 'Unreachable'
  | 'Unavailable'
  | 'UnexpectedAnswer'

/** Cannot hold a credential: it is built from a kind and a sentence of ours, never from a request. */
export class BackendError extends Error {
  override readonly name = 'BackendError'
  readonly kind: BackendErrorKind
  /** The CA's own code, when it gave one. */
  readonly code: string | undefined
  readonly retryAfterMs: number | undefined
  /** Names the call in the log, for whoever asks the CA about it. */
  readonly request: string | undefined

  constructor(
    kind: BackendErrorKind,
    message: string,
    options: { code?: string | undefined; retryAfterMs?: number | undefined; request?: string | undefined } = {},
  ) {
    super(message)
    this.kind = kind
    this.code = options.code
    this.retryAfterMs = options.retryAfterMs
    this.request = options.request
  }
}
