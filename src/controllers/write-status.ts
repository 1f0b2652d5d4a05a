// The one way in which a status is written, of whatever kind: on the version that the decision was made on, so that a stale word
// never lands on a newer state or on a namesake. A conflict means: look again and decide anew.
import { type CertificateOrder, type CertificateOrderStatus, certificateOrders } from '../api/certificate-order.ts'
import type { KubeClient } from '../kube/client.ts'
import { mergePatchOf } from '../kube/merge-patch.ts'
import type { KubeObject, Resource } from '../kube/resource.ts'
import type { MergePatch } from '../kube/write.ts'
import type { Store } from '../runtime/store.ts'
import { FIELD_MANAGER } from './field-manager.ts'

interface Writing {
  readonly client: Pick<KubeClient, 'mergePatch'>
  readonly signal: AbortSignal
}

/** Gives the object as it is then; undefined, and no call, when it has this status already. Throws KubeError. */
export async function writeStatus<T extends KubeObject & { readonly status?: object }>(
  resource: Resource<T>,
  object: T,
  status: NonNullable<T['status']>,
  { client, signal }: Writing,
): Promise<T | undefined> {
  const change = mergePatchOf(object.status, status)
  if (change === undefined) return undefined
  const { metadata } = object
  const patch = { metadata: { resourceVersion: metadata.resourceVersion }, status: change } as MergePatch<T>
  return client.mergePatch(resource, metadata, patch, {
    subresource: 'status',
    fieldManager: FIELD_MANAGER,
    signal,
  })
}

/** Of an order record, what changes. The store has it before the watch tells. */
export async function writeOrderStatus(
  order: CertificateOrder,
  changed: CertificateOrderStatus,
  { orders, ...writing }: Writing & { readonly orders: Store<CertificateOrder> },
): Promise<void> {
  const written = await writeStatus(certificateOrders, order, { ...order.status, ...changed }, writing)
  if (written !== undefined) orders.wrote(written)
}
