// Whether somebody waits for an order, by the API server's own word: a cache that lags behind lacks the newest requests, and an
// order must not be taken from one of them. The cache also lacks most of a request that is finished.
import type { CertificateOrder } from '../api/certificate-order.ts'
import { type CertificateRequest, certificateRequests } from '../api/certificate-request.ts'
import { isFinished } from '../issuance/request-view.ts'
import type { KubeClient } from '../kube/client.ts'

interface Asking {
  readonly client: Pick<KubeClient, 'list'>
  readonly signal: AbortSignal
}

/** The request for which the record was made; undefined when it is gone. By its UID: names are used again. */
export async function requestOf(
  { metadata, spec }: CertificateOrder,
  { client, signal }: Asking,
): Promise<CertificateRequest | undefined> {
  const { namespace } = metadata
  const { name, uid } = spec.requestRef
  // A list, for which the operator has the right anyway; without a resourceVersion it is no cache's answer.
  const fieldSelector = `metadata.name=${name}`
  const { items } = await client.list(certificateRequests, { namespace, fieldSelector, signal })
  return items.find((request) => request.metadata.uid === uid)
}

/** Is the request there for which the record was made, and not finished? */
export async function isAwaited(order: CertificateOrder, asking: Asking): Promise<boolean> {
  const request = await requestOf(order, asking)
  return request !== undefined && !isFinished(request)
}
