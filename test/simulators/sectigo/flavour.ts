// SCM answers on two hosts with two spellings: the documented API (password or client certificate) and the vendor's "Admin
// Operations API" (OAuth2, described by OpenAPI 25.9.2). Here both live on one host and the login tells them apart.
import { refuse } from './errors.ts'
import type { AccountCall, Answer, Call, Route } from './router.ts'

export type Flavour = 'password' | 'admin'

type Caller = Pick<Call, 'context' | 'headers'>

export function flavourOf({ context, headers }: Caller): Flavour {
  const { flavour } = context.settings
  if (flavour !== 'byLogin') return flavour
  return headers.authorization === undefined ? 'password' : 'admin'
}

/** An id as the tenant writes it; observed: older servers answer strings. */
export function shownId({ context }: Caller, id: number): number | string {
  return context.settings.idsAsStrings ? String(id) : id
}

/** @throws ScmError -1002 for the mode that the password API has not, as for any word that is none. */
export function requireDcvMode(caller: Caller, mode: string | null | undefined): void {
  if (mode === 'AUTO' && flavourOf(caller) === 'password') throw refuse('unreadableBody')
}

/** `ISSUED` in lists and enrol answers of the password flavour (seed 004 L4253, L4510), `Issued` in the other. */
export function listStatus(call: Caller, status: string): string {
  return flavourOf(call) === 'admin' ? status : status.toUpperCase().replaceAll(' ', '_')
}

/** `NOT_VALIDATED`, or "Not validated" in the OAuth2 API: states of domains and of their orders. */
export function domainWord(flavour: Flavour, word: string): string {
  if (flavour === 'password') return word
  const text = word.toLowerCase().replaceAll('_', ' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

/** `SAApproved`, `SA Approved` and `sa_approved` are one word. */
export function plainWord(word: string): string {
  return word.toLowerCase().replace(/[\s_-]/g, '')
}

/** The SSL operations under `/api/ssl/v2` too, where the OAuth2 API has them (OpenAPI 25.9.2). */
export function sslV2Routes(routes: readonly Route[]): Route[] {
  // The import under v2 is another operation (seed 004 L2484).
  return routes.filter(({ path }) => path.startsWith('/api/ssl/v1') && path !== '/api/ssl/v1/import').map(toV2)
}

function toV2(route: Route): Route {
  const path = route.path.replace('/v1', '/v2')
  if (route.access !== 'account') return { ...route, path }
  const handle = (call: AccountCall): Answer | Promise<Answer> => {
    const hidden = flavourOf(call) === 'password' && !call.context.settings.sslV2WithPassword
    if (hidden) throw refuse('unknownPath')
    return route.handle(call)
  }
  return { ...route, path, handle }
}
