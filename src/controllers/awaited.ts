// Whether somebody waits for an order, by the API server's own word: a cache that lags behind lacks the newest requests, and an
// order must not be taken from one of them.
import type { CertificateOrder } from '../api/certificate-order.ts'
import { certificateRequests } from '../api/certificate-request.ts'
import { isFinished } from '../issuance/request-view.ts'
import type { KubeClient } from '../kube/client.ts'

/** Is the request there for which the record was made, and not finished? By its UID: names are used again. */
export async function isAwaited(
  { metadata, spec }: CertificateOrder,
  { client, signal }: { readonly client: Pick<KubeClient, 'list'>; readonly signal: AbortSignal },
): Promise<boolean> {
  const { namespace } = metadata
  const { name, uid } = spec.requestRef
  // A list, for which the operator has the right anyway; without a resourceVersion it is no cache's answer.
  const fieldSelector = `metadata.name=${name}`
  const { items } = await client.list(certificateRequests, { namespace, fieldSelector, signal })
  return items.some((request) => request.metadata.uid === uid && !isFinished(request))
}
