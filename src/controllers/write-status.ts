// The one way in which an order record's status is written.
import { type CertificateOrder, certificateOrders } from '../api/certificate-order.ts'
import type { KubeClient } from '../kube/client.ts'
import { mergePatchOf } from '../kube/merge-patch.ts'
import type { Store } from '../runtime/store.ts'
import { FIELD_MANAGER } from './field-manager.ts'

/** Writes it on the version the decision was made on; a conflict means: look again and decide anew. */
export async function writeStatus(
  order: CertificateOrder,
  status: NonNullable<CertificateOrder['status']>,
  options: {
    readonly client: Pick<KubeClient, 'mergePatch'>
    readonly orders: Store<CertificateOrder>
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { client, orders, signal } = options
  const change = mergePatchOf(order.status, { ...order.status, ...status })
  if (change === undefined) return
  const patch = { metadata: { resourceVersion: order.metadata.resourceVersion }, status: change }
  orders.wrote(
    await client.mergePatch(certificateOrders, order.metadata, patch, {
      subresource: 'status',
      fieldManager: FIELD_MANAGER,
      signal,
    }),
  )
}
