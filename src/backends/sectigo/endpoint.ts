// One spelling of the API's base URL, so that targets can be compared and paths joined without eating `/private`.
import { BackendError } from '../backend.ts'

/** Where SCM's API begins when the issuer gives only a host. */
const DEFAULT_API_PATH = '/api'

/**
 * Origin and path without a trailing slash: `https://cert-manager.com/api`. Accepts the URL with or without a trailing
 * slash, and a bare host or `/private`, to which `/api` is added (seed 004 L51-70).
 * Throws BackendError when it is not an https URL: credentials travel in a header of every request.
 */
export function endpointOf(url: string): string {
  const parsed = httpsUrl(url, 'url')
  const path = parsed.pathname.replace(/\/+$/, '')
  return parsed.origin + (path === '' || path === '/private' ? path + DEFAULT_API_PATH : path)
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
export function requestPath(endpoint: string, path: string, query: Readonly<Record<string, string>> = {}): string {
  // A blank as %20: a plus sign is a blank to forms only.
  const search = new URLSearchParams(query).toString().replaceAll('+', '%20')
  return `${new URL(endpoint).pathname}/${path}${search === '' ? '' : `?${search}`}`
}
