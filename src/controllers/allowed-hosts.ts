// Where an issuer may make the operator connect to: a tenant must not aim it at the cluster's inside.

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
