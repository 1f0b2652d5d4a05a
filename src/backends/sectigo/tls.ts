// The connections of one login: pooled, https only, HTTP/1.1, with its own trust, client certificate and proxy.
import { X509Certificate } from 'node:crypto'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { BackendError } from '../backend-error.ts'

export interface ProxySettings {
  /** `http://proxy:3128`. Credentials in it are not used. */
  readonly url: string
  readonly credentials?: { readonly username: string; readonly password: string } | undefined
  /** What is reached without it. Default: nothing. */
  readonly bypasses?: ((url: URL) => boolean) | undefined
}

export interface ConnectionSettings {
  /** PEM; when given, only these are trusted. */
  readonly caBundle?: string | undefined
  readonly proxy?: ProxySettings | undefined
}

export interface Connections {
  /** For requests to this origin. */
  towards(origin: string): Dispatcher
  /**
   * Ends all connections at once. To be called when no request is wanted any more: undici's `close` would also wait for
   * those that were given up, as long as a proxy that never answers may take (300 s).
   */
  destroy(): Promise<void>
}

/** A host that does not answer a SYN within this is away; the exchange's own deadline is longer. */
const CONNECT_TIMEOUT_MS = 10_000
/** A server's hint may be longer than the idle time its load balancer grants; a request written to a dead socket is an order of unknown fate. */
const KEEP_ALIVE_MS = 4_000

/**
 * HTTP/2 stays off: undici's is young, and one exchange per connection is what tells written from not written. There
 * are as many connections as calls under way, which the login's slots bound. `identity`: what logs in by TLS, both PEM.
 * Throws BackendError for a CA bundle or proxy URL that cannot be used.
 */
export function createConnections(
  { caBundle, proxy }: ConnectionSettings,
  identity?: { readonly certificate: string; readonly key: string } | undefined,
): Connections {
  const tls = {
    ...(caBundle === undefined ? {} : { ca: certificatesOf(caBundle) }),
    ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
    timeout: CONNECT_TIMEOUT_MS,
  }
  const pool = { allowH2: false, pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS }
  const direct = new Agent({ ...pool, connect: tls })
  if (proxy === undefined) return { towards: () => direct, destroy: () => direct.destroy() }
  const { url, credentials, bypasses } = proxy
  const proxied = new ProxyAgent({
    ...pool,
    uri: proxyOrigin(url),
    ...(credentials === undefined ? {} : { token: basic(credentials) }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTls: { ...tls, allowH2: false },
  })
  return {
    towards: (origin) => (bypasses?.(new URL(origin)) ? direct : proxied),
    destroy: async () => {
      await Promise.all([direct.destroy(), proxied.destroy()])
    },
  }
}

function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}

/** The bundle's certificates, each read once, because TLS ignores what it cannot read and then trusts nothing, silently. */
function certificatesOf(bundle: string): string[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new BackendError('TLSFailed', 'the CA bundle holds no PEM certificate')
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block).toString()
    } catch {
      throw new BackendError('TLSFailed', `certificate ${index + 1} of the CA bundle cannot be read`)
    }
  })
}

function proxyOrigin(url: string): string {
  const parsed = URL.parse(url)
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new BackendError('Unreachable', 'the proxy URL must begin with http:// or https://')
  }
  return parsed.origin
}
