// HTTPS_PROXY and NO_PROXY of the operator's own environment, as far as calls to CAs are concerned.
import { BlockList, isIP } from 'node:net'

export interface EnvironmentProxy {
  /** Without user and password. */
  readonly url: string
  readonly credentials?: { readonly username: string; readonly password: string }
  /** Is this URL reached without the proxy? */
  bypasses(url: URL): boolean
}

/**
 * The proxy for https, `undefined` when there is none or it is no http(s) URL: then `warn` is told, without the value, which
 * may hold a password. Lower case wins, as in curl.
 */
export function environmentProxy(
  env: Readonly<Record<string, string | undefined>>,
  warn: (text: string) => void,
): EnvironmentProxy | undefined {
  const text = (env['https_proxy'] ?? env['HTTPS_PROXY'] ?? '').trim()
  if (text === '') return undefined
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    warn('HTTPS_PROXY is not used: it must be a URL that begins with http:// or https://')
    return undefined
  }
  const credentials = { username: decoded(url.username), password: decoded(url.password) }
  return {
    url: url.origin,
    ...(url.username === '' ? {} : { credentials }),
    bypasses: bypassesOf(env['no_proxy'] ?? env['NO_PROXY'] ?? ''),
  }
}

/** Percent signs that encode nothing stand for themselves: they are common in passwords. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => Buffer.from(encoded.replaceAll('%', ''), 'hex').toString())
}

/**
 * NO_PROXY as Go's programs read it, because they share the cluster's setting: `*`, `host` (and every host below it),
 * `.domain` (only hosts below), addresses, CIDRs; each but a CIDR perhaps with a port.
 */
function bypassesOf(list: string): (url: URL) => boolean {
  const addresses = new BlockList()
  const names: { readonly name: string; readonly port: string | undefined }[] = []
  for (const entry of list.toLowerCase().split(/[\s,]+/)) {
    if (entry === '' || addCidr(addresses, entry)) continue
    const [, name = entry, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? []
    names.push({ name: name.replace(/^\[|\]$/g, '').replace(/^\*\./, '.'), port })
  }
  return (url) => {
    const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
    const port = url.port === '' ? '443' : url.port
    const family = isIP(host) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(host) !== 0 && addresses.check(host, family)) return true
    return names.some((one) => (one.port === undefined || one.port === port) && matches(host, one.name))
  }
}

function matches(host: string, name: string): boolean {
  if (name === '*') return true
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`)
}

function addCidr(addresses: BlockList, entry: string): boolean {
  const [, network = '', bits = ''] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? []
  const family = isIP(network)
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return false
  addresses.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return true
}
