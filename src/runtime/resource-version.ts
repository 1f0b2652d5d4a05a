// The one place that looks into a resourceVersion, which is opaque to everyone else.

const DECIMAL = /^(?:0|[1-9]\d*)$/

/**
 * resourceVersions of one resource are decimal integers that grow (promised since Kubernetes 1.35, true of etcd always).
 * They can exceed 2^53, so they are compared as text. Anything else counts as newer: nothing is dropped on a guess.
 */
export function isOlder(one: string, than: string): boolean {
  if (!DECIMAL.test(one) || !DECIMAL.test(than)) return false
  return one.length === than.length ? one < than : one.length < than.length
}
