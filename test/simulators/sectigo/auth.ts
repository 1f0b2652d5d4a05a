// Who is calling: password headers, a TLS client certificate, or an OAuth2 token; each on every operation (seed 004 L51-70).
import { timingSafeEqual } from 'node:crypto'
import type { Account } from './catalogue.ts'
import type { ScmError } from './errors.ts'
import { refuse, refuseWith } from './errors.ts'
import { passwordExpired } from './password.ts'
import type { Call } from './router.ts'

/**
 * The account of a call. @throws ScmError 401 code -16, the answer to bad credentials (seed 004 L81-96), whatever is bad
 * about them. Calls without any, and those with a token, also get WWW-Authenticate with the authorization server; observed:
 * header and parameter name `authorization_uri`.
 */
export function authenticate(call: Call): Account {
  const bearer = /^Bearer (.+)$/i.exec(call.headers.authorization ?? '')?.[1]
  // observed: Bearer is taken under `/private` too.
  if (bearer !== undefined) return byToken(call, bearer)
  const { login, password } = call.headers
  if (login === undefined && password === undefined) throw challenge(call)
  return byLogin(call, call.privatePath ? certificateMatches : passwordMatches)
}

/** Certificate and password are two proofs of one login: both count as failed attempts, and a locked account has neither. */
function byLogin(call: Call, proves: (call: Call, account: Account) => boolean): Account {
  const { catalogue, counters, lockout, settings } = call.context
  const { login, customeruri } = call.headers
  const account = catalogue.accounts.find((one) => one.login === login && one.customerUri === customeruri)
  if (account && !lockout.locked(account)) {
    if (proves(call, account)) {
      lockout.succeeded(account)
      if (!mayUsePassword(call, account)) throw refuse('unknownUser')
      return account
    }
    lockout.failed(account, settings.lockAfterFailures)
  }
  counters.loginFailed(String(login))
  throw refuse('unknownUser')
}

function passwordMatches({ headers }: Call, account: Account): boolean {
  return typeof headers['password'] === 'string' && sameSecret(account.password, headers['password'])
}

/** A `password` header is ignored here. No certificate is a bad credential too: the document names no other answer than 401. */
function certificateMatches({ certificateSerialNumber }: Call, account: Account): boolean {
  if (certificateSerialNumber === undefined || account.certificateSerialNumber === undefined) return false
  return plainSerial(certificateSerialNumber) === plainSerial(account.certificateSerialNumber)
}

function plainSerial(text: string): string {
  return text
    .toLowerCase()
    .replace(/^0x/, '')
    .replaceAll(':', '')
    .replace(/^0+(?=.)/, '')
}

/** observed: a Standard account must have changed its first password. Whether an expired one still works is not stated. */
function mayUsePassword({ context, privatePath }: Call, account: Account): boolean {
  if (privatePath) return true
  if (account.type === 'STANDARD' && account.initialPassword) return false
  return context.settings.expiredPassword === 'accept' || !passwordExpired(account, context.now())
}

function byToken(call: Call, token: string): Account {
  const { catalogue, counters, tokens, now } = call.context
  const client = tokens.clientOf(token, now())
  const account = client && catalogue.accounts.find((one) => isClient(one, client))
  if (account) return account
  counters.tokenRefused()
  throw challenge(call, tokens.realmOf(token))
}

/** The realm of clients that name none; observed at the vendor. */
export const DEFAULT_REALM = 'apiclients'

/** Is this the account of that OAuth2 client? Realms do not know each other's clients. */
export function isClient({ oauth2 }: Account, client: { realm: string; clientId: string }): boolean {
  return oauth2?.clientId === client.clientId && (oauth2.realm ?? DEFAULT_REALM) === client.realm
}

function challenge({ context }: Call, realm = DEFAULT_REALM): ScmError {
  return refuseWith('unknownUser', {
    headers: { 'www-authenticate': `Bearer realm="${realm}", authorization_uri="${context.tokenUrl(realm)}"` },
  })
}

export function sameSecret(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
