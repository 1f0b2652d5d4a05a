// What SCM knows a login by, and a key under which the operator may remember a login without remembering its secret.
import { createHash } from 'node:crypto'

/** Values are trimmed by the caller: Secrets often end in a newline. */
export type SectigoCredentials =
  /** Headers `login`, `password`, `customerUri` (seed 004 L51-61). */
  | { readonly kind: 'password'; readonly customerUri: string; readonly login: string; readonly password: string }
  /** TLS client certificate with headers `login`, `customerUri` below `/private` (L62-70). Both PEM. */
  | {
      readonly kind: 'clientCertificate'
      readonly customerUri: string
      readonly login: string
      /** The certificate, and whatever chain it needs. */
      readonly certificate: string
      readonly key: string
    }
  /** Client credentials grant at `tokenUrl`, then `Authorization: Bearer`; no customerUri is sent. */
  | { readonly kind: 'oauth2'; readonly tokenUrl: string; readonly clientId: string; readonly clientSecret: string }

/**
 * What orders of these credentials belong to, as far as it can be told: customerUri, or the OAuth2 server. Not the client
 * id: a customer makes a new client when it rotates credentials, and open orders must survive that (ADR 0004).
 */
export function tenantOf(credentials: SectigoCredentials): string {
  return credentials.kind === 'oauth2' ? credentials.tokenUrl : credentials.customerUri
}

/**
 * Whom SCM takes these credentials for: a password and a client certificate of one login are the same account, and see the
 * same orders. An OAuth2 client belongs to an account too, but nobody says to which.
 */
export function accountOf(credentials: SectigoCredentials): string {
  const login = credentials.kind === 'oauth2' ? credentials.clientId : credentials.login
  return JSON.stringify([tenantOf(credentials), login])
}

/** The value that must never be seen. Of a key its base64 only: the armour around it is in every PEM. */
export function secretOf(credentials: SectigoCredentials): string {
  switch (credentials.kind) {
    case 'password':
      return credentials.password
    case 'clientCertificate':
      return credentials.key.replace(/-----[^-]*-----|\s/g, '')
    case 'oauth2':
      return credentials.clientSecret
  }
}

/**
 * A stable key (64 hex digits) for "the same login with the same secret at the same host". SCM counts failed logins per
 * account, so a refusal must stop every issuer that uses it, however many Secrets hold it; a new value is a new key.
 * For maps in memory only: a hash of a weak password can be guessed offline, so do not write it anywhere.
 */
export function loginKey(url: string, credentials: SectigoCredentials): string {
  const certificate = credentials.kind === 'clientCertificate' ? credentials.certificate : ''
  const secret = sha256(secretOf(credentials) + certificate)
  return sha256(JSON.stringify([new URL(url).host, credentials.kind, accountOf(credentials), secret]))
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}
