// The connections of one login: one pool, https only, HTTP/1.1, its own trust.
import { X509Certificate } from 'node:crypto'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { BackendError } from '../backend.ts'

export interface ConnectionSettings {
  /** PEM; when given, only these are trusted. */
  readonly caBundle?: string | undefined
  /** `http://proxy:3128`. Credentials in it are not used. */
  readonly proxyUrl?: string | undefined
}

/** A host that does not answer a SYN within this is away; the exchange's own deadline is longer. */
const CONNECT_TIMEOUT_MS = 10_000
/** A server's hint may be longer than the idle time its load balancer grants; a request written to a dead socket is an order of unknown fate. */
const KEEP_ALIVE_MS = 4_000

/**
 * HTTP/2 stays off: undici's is young, and one exchange per connection is what tells written from not written. There
 * are as many connections as calls under way, which the login's slots bound.
 * Throws BackendError for a CA bundle or proxy URL that cannot be used.
 */
export function createDispatcher({ caBundle, proxyUrl }: ConnectionSettings): Dispatcher {
  const tls = { ...(caBundle === undefined ? {} : { ca: certificatesOf(caBundle) }), timeout: CONNECT_TIMEOUT_MS }
  const pool = { allowH2: false, pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS }
  if (proxyUrl === undefined) return new Agent({ ...pool, connect: tls })
  const uri = proxyOrigin(proxyUrl)
  return new ProxyAgent({ ...pool, uri, connectTimeout: CONNECT_TIMEOUT_MS, requestTls: { ...tls, allowH2: false } })
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
