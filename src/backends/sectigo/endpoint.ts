// One spelling of the API's base URL, so that targets can be compared and paths joined without eating `/private`.
import { BackendError } from '../backend-error.ts'
import type { SectigoCredentials } from './credentials.ts'

/** Where SCM's API begins when the issuer gives only a host. */
const DEFAULT_API_PATH = '/api'
/** What goes before it for a login by client certificate (seed 004 L62-70). */
const PRIVATE = '/private'

/**
 * Names the API, whichever way in is taken: origin and path without a trailing slash and without `/private`, such as
 * `https://cert-manager.com/api`. An order belongs to it, so that an issuer may change its way in while orders are open.
 * Throws BackendError when `url` is not an https URL: credentials travel in a header of every request.
 */
export function endpointOf(url: string): string {
  const base = baseOf(url)
  const { origin, pathname } = new URL(base)
  return origin + (pathname.startsWith(`${PRIVATE}/`) ? pathname.slice(PRIVATE.length) : pathname)
}

/**
 * Where requests go: origin and path without a trailing slash. Accepts the URL with or without a trailing slash, and a
 * bare host or `/private`, to which `/api` is added. With a client certificate, `/private` is added unless it is there.
 * Throws BackendError as `endpointOf` does.
 */
export function baseOf(url: string, authentication: SectigoCredentials['kind'] = 'password'): string {
  const parsed = httpsUrl(url, 'url')
  const path = parsed.pathname.replace(/\/+$/, '')
  const whole = path === '' || path === PRIVATE ? path + DEFAULT_API_PATH : path
  const prefix = authentication === 'clientCertificate' && !whole.startsWith(`${PRIVATE}/`) ? PRIVATE : ''
  return parsed.origin + prefix + whole
}

/** Parses an https URL of an issuer's spec; `field` names it in the message. Throws BackendError. */
export function httpsUrl(url: string, field: string): URL {
  const parsed = URL.parse(url)
  if (parsed === null) throw new BackendError('Unreachable', `${field} is not a URL`)
  if (parsed.protocol !== 'https:') throw new BackendError('Unreachable', `${field} must begin with https://`)
  if (parsed.username !== '' || parsed.password !== '') {
    throw new BackendError('Unreachable', `${field} must not hold a user name or password`)
  }
  return parsed
}

/** Path and query for the request line: `/api/ssl/v1/types?organizationId=8928`. */
export function requestPath(base: string, path: string, query: Readonly<Record<string, string>> = {}): string {
  // A blank as %20: a plus sign is a blank to forms only.
  const search = new URLSearchParams(query).toString().replaceAll('+', '%20')
  return `${new URL(base).pathname}/${path}${search === '' ? '' : `?${search}`}`
}
