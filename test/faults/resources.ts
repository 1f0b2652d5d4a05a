// What is written, watched and reconciled under faults. The wish and its fulfilment are annotations, so that any kind will do.
import type { KubeObject, Resource } from '../../src/kube/resource.ts'

export const WANT = 'faults.test/want'
export const HAVE = 'faults.test/have'

export function want(object: KubeObject): string | undefined {
  return object.metadata.annotations?.[WANT]
}

export function have(object: KubeObject): string | undefined {
  return object.metadata.annotations?.[HAVE]
}

/** Tells two states of anything apart, also of two objects that had the same name one after the other. */
export function versionOf({ metadata }: KubeObject): string {
  return `${metadata.uid} ${metadata.resourceVersion}`
}

function resource<T extends KubeObject = KubeObject>(
  group: string,
  plural: string,
  kind: string,
  namespaced = true,
): Resource<T> {
  return { group, version: 'v1', plural, kind, namespaced }
}

/** Served from the API server's memory, as nearly everything is. */
export const CONFIG_MAPS = resource('', 'configmaps', 'ConfigMap')
/** Served from etcd by the brittle API server. */
export const SECRETS = resource('', 'secrets', 'Secret')
/** The kind that comes and goes. */
export const THINGS = resource('faults.test', 'things', 'Thing')

export const NAMESPACES = resource('', 'namespaces', 'Namespace', false)
export const SERVICE_ACCOUNTS = resource('', 'serviceaccounts', 'ServiceAccount')

const RBAC = 'rbac.authorization.k8s.io'
export const ROLES = resource<KubeObject & { readonly rules: readonly object[] }>(RBAC, 'roles', 'Role')
export const ROLE_BINDINGS = resource<KubeObject & { readonly roleRef: object; readonly subjects: readonly object[] }>(
  RBAC,
  'rolebindings',
  'RoleBinding',
)

type WithSpec = KubeObject & { readonly spec: object }
const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io'
export const FLOW_SCHEMAS = resource<WithSpec>(FLOW_CONTROL, 'flowschemas', 'FlowSchema', false)
export const PRIORITY_LEVELS = resource<WithSpec>(
  FLOW_CONTROL,
  'prioritylevelconfigurations',
  'PriorityLevelConfiguration',
  false,
)
export const WEBHOOKS = resource<KubeObject & { readonly webhooks: readonly object[] }>(
  'admissionregistration.k8s.io',
  'validatingwebhookconfigurations',
  'ValidatingWebhookConfiguration',
  false,
)
export const CRDS = resource<WithSpec>(
  'apiextensions.k8s.io',
  'customresourcedefinitions',
  'CustomResourceDefinition',
  false,
)

/** Every write of a test goes under this name. */
export const fieldManager = 'certwright-faults'
