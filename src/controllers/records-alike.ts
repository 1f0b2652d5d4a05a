// Order records of the same CSR: what one of them knows may count for another.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import type { Alike } from '../issuance/known.ts'
import { orderName } from '../issuance/order-view.ts'
import type { Store } from '../runtime/store.ts'
import { isOpen } from './requests.ts'

export interface Records {
  readonly orders: Store<CertificateOrder>
  readonly requests: Store<CertificateRequest>
}

const csrKey = (namespace: string, csrSha256: string): string => `${namespace} ${csrSha256}`

/** An index. */
export function csrKeysOf({ metadata, spec }: CertificateOrder): readonly string[] {
  return [csrKey(metadata.namespace ?? '', spec.csrSha256)]
}

/** All records of the same CSR, itself among them. */
export function sameCsr(order: CertificateOrder, orders: Store<CertificateOrder>): readonly CertificateOrder[] {
  return orders.byIndex('csr', csrKeysOf(order)[0] ?? '')
}

/** All records of the CSR but the one of the request `uid`, oldest first. */
export function recordsAlike(
  { namespace, csrSha256, uid }: { readonly namespace: string; readonly csrSha256: string; readonly uid: string },
  { orders, requests }: Records,
): readonly Alike[] {
  return orders
    .byIndex('csr', csrKey(namespace, csrSha256))
    .filter(({ spec }) => spec.requestRef.uid !== uid)
    .toSorted((a, b) => ageOf(a) - ageOf(b) || a.metadata.name.localeCompare(b.metadata.name))
    .map((order) => {
      const heir = order.status?.continuedBy?.uid
      const taken = heir !== undefined && heir !== uid && isWaiting({ uid: heir }, requests)
      return { order, wanted: taken || isWaiting(order.spec.requestRef, requests) }
    })
}

/** Is the request there and not finished, as far as this process has seen? */
export function isWaiting(request: { readonly uid: string }, requests: Store<CertificateRequest>): boolean {
  return requests.byIndex('order', orderName(request)).some(isOpen)
}

function ageOf({ metadata }: CertificateOrder): number {
  return Date.parse(metadata.creationTimestamp)
}
