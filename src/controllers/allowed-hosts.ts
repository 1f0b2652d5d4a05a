// Where an issuer may make the operator connect to: a tenant must not aim it at the cluster's inside.
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import { IssuerProblem } from './issuer-problem.ts'

/** Entries as {@link isAllowed} reads them. */
export interface AllowedHosts {
  readonly allowedHosts: readonly string[]
  readonly allowedProxies: readonly string[]
}

/** Throws IssuerProblem, which names the field, when the issuer leads to another host. */
export function refuseForbiddenHosts({ spec }: SectigoIssuer, { allowedHosts, allowedProxies }: AllowedHosts): void {
  const named = [
    ['spec.url', spec.url],
    ['spec.auth.oauth2.tokenUrl', spec.auth.oauth2?.tokenUrl],
  ] as const
  for (const [field, text] of named) {
    if (text === undefined) continue
    const url = urlIn(text, field, 'HostNotAllowed')
    if (url.protocol !== 'https:') throw new IssuerProblem('HostNotAllowed', `${field} must begin with https://`)
    if (!isAllowed(url, allowedHosts))
      throw new IssuerProblem(
        'HostNotAllowed',
        `${field}: the host ${url.host} is not one that this operator may connect to`,
      )
  }
  if (spec.proxy === undefined) return
  const proxy = urlIn(spec.proxy.url, 'spec.proxy.url', 'ProxyNotAllowed')
  if (!isAllowed(proxy, allowedProxies))
    throw new IssuerProblem(
      'ProxyNotAllowed',
      `spec.proxy.url: the proxy ${proxy.host} is not one that this operator may use`,
    )
}

/** The schema takes some texts for URLs that are none, such as a port above 65,535 or a number of five parts for an address. */
function urlIn(text: string, field: string, reason: 'HostNotAllowed' | 'ProxyNotAllowed'): URL {
  const url = URL.parse(text)
  if (url === null) throw new IssuerProblem(reason, `${field} is not a URL`)
  return url
}

/**
 * Is the URL's host on the list? Entries are `host`, `host:port` or `*.domain` (every host below, not the domain itself);
 * an entry without a port means the scheme's own port.
 */
export function isAllowed(url: URL, allowed: readonly string[]): boolean {
  const defaultPort = url.protocol === 'https:' ? '443' : '80'
  const host = url.hostname.toLowerCase()
  const port = url.port === '' ? defaultPort : url.port
  return allowed.some((entry) => {
    const [, name = '', entryPort = defaultPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
    if (entryPort !== port) return false
    return name.startsWith('*.') ? host.endsWith(name.slice(1)) && host.length > name.length - 1 : host === name
  })
}
