// Who is calling: three headers (seed 004 L51-61) or an OAuth2 bearer token, both on every operation.
import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Account } from './catalogue.ts'
import type { Context } from './context.ts'
import type { ScmError } from './errors.ts'
import { refuse, refuseWith } from './errors.ts'

/**
 * The account of a call. @throws ScmError 401 code -16 (seed 004 L93-96). Calls without the password headers also get
 * WWW-Authenticate with the authorization server; observed: header and parameter name `authorization_uri`.
 */
export function authenticate(context: Context, headers: IncomingHttpHeaders): Account {
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return byToken(context, bearer)
  const { login, password, customeruri } = headers
  if (login === undefined && password === undefined) throw challenge(context)
  const account = context.catalogue.accounts.find((one) => one.login === login && one.customerUri === customeruri)
  if (!account || typeof password !== 'string' || !sameSecret(account.password, password)) {
    context.counters.loginFailed(String(login))
    throw refuse('unknownUser')
  }
  return account
}

function byToken(context: Context, token: string): Account {
  const clientId = context.tokens.clientOf(token, context.now())
  const account = context.catalogue.accounts.find((one) => clientId !== undefined && one.oauth2?.clientId === clientId)
  if (!account) {
    context.counters.tokenRefused()
    throw challenge(context)
  }
  return account
}

function challenge(context: Context): ScmError {
  return refuseWith('unknownUser', {
    headers: { 'www-authenticate': `Bearer realm="apiclients", authorization_uri="${context.tokenUrl()}"` },
  })
}

export function sameSecret(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
