// What every Kubernetes object and resource looks like, whatever its kind. Plain types: no client, no I/O.

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  /** Opaque to most; see the store for the one place that compares two of them. */
  readonly resourceVersion: string
  readonly generation?: number
  /** RFC 3339, whole seconds, the API server's clock. */
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

/** Names one kind of object at the API server, and carries its TypeScript type along. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  /** Never set: binds T. */
  readonly object?: T
}

export interface ObjectRef {
  readonly name: string
  readonly namespace?: string | undefined
}

/** metav1.Condition, with `observedGeneration` where the kind has one. */
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  /** RFC 3339, whole seconds. Changes only when `status` changes. */
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

/** As objects carry it: `v1`, `certwright.dev/v1alpha1`. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`
}

/** `namespace/name`, or `name` for a cluster-scoped object: the key of queues and stores. */
export function keyOf(ref: ObjectRef): string {
  return ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`
}

/** The inverse of {@link keyOf}. */
export function refOf(key: string): ObjectRef {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
