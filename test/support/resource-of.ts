// Kinds of objects as people write them: without defaults, and of whatever kind.
import type { KubeObject, Resource } from '../../src/kube/resource.ts'

export type Written = KubeObject & { readonly [field: string]: unknown }

export function resourceOf<T extends KubeObject = Written>(
  group: string,
  version: string,
  kind: string,
  { namespaced = true, plural = `${kind.toLowerCase()}s` } = {},
): Resource<T> {
  return { group, version, kind, plural, namespaced }
}
