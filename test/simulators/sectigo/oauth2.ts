// The token endpoint of each realm: client credentials, answers as RFC 6749 5.1 and 5.2. Path as observed at the vendor.
import { DEFAULT_REALM, isClient, sameSecret } from './auth.ts'
import type { Answer, Call, Route } from './router.ts'
import { json } from './router.ts'

/** Path of a realm's token endpoint. */
export function tokenPath(realm = DEFAULT_REALM): string {
  return `/auth/realms/${realm}/protocol/openid-connect/token`
}

export const oauth2Routes: readonly Route[] = [
  { method: 'POST', path: tokenPath(':realm'), access: 'open', handle: grantToken },
]

function grantToken(call: Call): Answer {
  const { context } = call
  const realm = call.params['realm'] ?? ''
  const known = context.catalogue.accounts.some(({ oauth2 }) => oauth2 && (oauth2.realm ?? DEFAULT_REALM) === realm)
  if (!known) return oauth2Error(404, 'Realm does not exist')
  const form = new URLSearchParams(call.text)
  if (form.get('grant_type') !== 'client_credentials') return oauth2Error(400, 'unsupported_grant_type')
  const { clientId, clientSecret } = clientCredentials(call, form)
  const account = context.catalogue.accounts.find((one) => isClient(one, { realm, clientId }))
  if (!account?.oauth2 || !sameSecret(account.oauth2.clientSecret, clientSecret)) {
    context.counters.loginFailed(clientId)
    return oauth2Error(401, 'invalid_client', 'Invalid client or Invalid client credentials')
  }
  const seconds = context.settings.tokenLifetimeSeconds
  const token = context.tokens.grant({ realm, clientId }, context.now() + seconds * 1000)
  return json(
    { access_token: token, expires_in: seconds, token_type: 'Bearer' },
    { headers: { 'cache-control': 'no-store' } },
  )
}

/** From the form or from HTTP Basic (RFC 6749 2.3.1). */
function clientCredentials(call: Call, form: URLSearchParams): { clientId: string; clientSecret: string } {
  const basic = /^Basic (.+)$/i.exec(call.headers.authorization ?? '')?.[1]
  if (basic === undefined)
    return { clientId: form.get('client_id') ?? '', clientSecret: form.get('client_secret') ?? '' }
  const [clientId = '', ...secret] = Buffer.from(basic, 'base64').toString('utf8').split(':')
  return { clientId: formDecode(clientId), clientSecret: formDecode(secret.join(':')) }
}

function formDecode(text: string): string {
  return new URLSearchParams(`x=${text.replaceAll('&', '%26')}`).get('x') ?? ''
}

function oauth2Error(status: number, error: string, description?: string): Answer {
  return json(description === undefined ? { error } : { error, error_description: description }, { status })
}
