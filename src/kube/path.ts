// Where an object lives at the API server. Names reach this from users (a Secret's name in an issuer), so they are checked
// before they become part of a URL: ".." would otherwise climb out of the resource and read something else.
import { KubeError } from './errors.ts'
import type { Resource } from './resource.ts'

/**
 * Path of one object (with `name`) or of a collection (without), below the server's own path, no trailing slash.
 * A namespaced resource without `namespace` is the collection over all namespaces.
 *
 * @throws KubeError 404 for a name that no object can have; TypeError where the caller mixed up namespaced and cluster-wide.
 */
export function pathOf(
  resource: Resource,
  where: {
    readonly namespace?: string | undefined
    readonly name?: string
    readonly subresource?: string | undefined
  } = {},
): string {
  const { namespace, name, subresource } = where
  if (!resource.namespaced && namespace !== undefined) {
    throw new TypeError(`${resource.plural} are not namespaced, but a namespace was given`)
  }
  if (resource.namespaced && name !== undefined && namespace === undefined) {
    throw new TypeError(`${resource.plural} are namespaced, but no namespace was given`)
  }
  return [
    resource.group === '' ? '/api' : `/apis/${resource.group}`,
    resource.version,
    ...(namespace === undefined ? [] : ['namespaces', segment(namespace)]),
    resource.plural,
    ...(name === undefined ? [] : [segment(name)]),
    ...(subresource === undefined ? [] : [subresource]),
  ].join('/')
}

/** The API server's own rule for names in paths (k8s.io/apimachinery pkg/api/validation/path), and no empty ones. */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/%]/.test(name)) {
    throw new KubeError({
      status: 404,
      reason: 'NotFound',
      message: `${JSON.stringify(name)} cannot be the name of an object`,
      answered: true,
    })
  }
  return encodeURIComponent(name)
}

/** Query string with its `?`, or an empty string. Absent values are left out. */
export function queryOf(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, String(value))
  }
  return query.size === 0 ? '' : `?${query}`
}
