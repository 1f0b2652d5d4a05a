// Namespaces, of which nothing is kept but their labels: an issuer may say by them whom it serves.
import type { KubeObject, Resource } from '../kube/resource.ts'

export type Namespace = KubeObject

export const namespaces: Resource<Namespace> = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
}

export function slimNamespace({ apiVersion, kind, metadata }: Namespace): Namespace {
  const { name, uid, resourceVersion, creationTimestamp, labels = {} } = metadata
  return { apiVersion, kind, metadata: { name, uid, resourceVersion, creationTimestamp, labels } }
}
