// Order records of the same CSR: what one of them knows may count for another.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import type { Alike } from '../issuance/known.ts'
import { isOpenOrder, orderName } from '../issuance/order-view.ts'
import type { Store } from '../runtime/store.ts'
import { isOpen } from './requests.ts'

export interface Records {
  readonly orders: Store<CertificateOrder>
  readonly requests: Store<CertificateRequest>
}

const csrKey = (namespace: string, csrSha256: string): string => `${namespace} ${csrSha256}`
const markerKey = (namespace: string, marker: string): string => `${namespace} ${marker}`

/** An index: of a CSR there may be thousands of records that have ended, and those that no request can continue are not asked for. */
export function csrKeysOf(order: CertificateOrder): readonly string[] {
  const { metadata, spec } = order
  const counts = isOpenOrder(order) || spec.continues !== undefined
  return counts ? [csrKey(metadata.namespace ?? '', spec.csrSha256)] : []
}

/** All records of the same order, itself among them: those that continue each other. */
export function sameOrder(order: CertificateOrder, orders: Store<CertificateOrder>): readonly CertificateOrder[] {
  return orders.byIndex('marker', markersOf(order)[0] ?? '')
}

/** An index. */
export function markersOf({ metadata, spec }: CertificateOrder): readonly string[] {
  return [markerKey(metadata.namespace ?? '', spec.marker)]
}

export interface Alikeness {
  readonly namespace: string
  readonly csrSha256: string
  /** Of the request in question, whose own record does not count. */
  readonly uid: string
  /** Of that record, if there is one. */
  readonly marker: string | undefined
}

/**
 * The other records that matter to a request, oldest first: those of the same order once it has a record, and before that those
 * of its CSR that it may continue, or that continue one.
 */
export function recordsAlike(
  { namespace, csrSha256, uid, marker }: Alikeness,
  { orders, requests }: Records,
): readonly Alike[] {
  const found =
    marker === undefined
      ? orders.byIndex('csr', csrKey(namespace, csrSha256))
      : orders.byIndex('marker', markerKey(namespace, marker))
  return found
    .filter(({ spec }) => spec.requestRef.uid !== uid)
    .map((order) => ({ order, madeAt: Date.parse(order.metadata.creationTimestamp) }))
    .toSorted((a, b) => a.madeAt - b.madeAt || a.order.metadata.name.localeCompare(b.order.metadata.name))
    .map(({ order }) => {
      const heir = order.status?.continuedBy?.uid
      const taken = heir !== undefined && heir !== uid && isWaiting({ uid: heir }, requests)
      return { order, wanted: taken || isWaiting(order.spec.requestRef, requests) }
    })
}

/** Is the request there and not finished, as far as this process has seen? */
export function isWaiting(request: { readonly uid: string }, requests: Store<CertificateRequest>): boolean {
  return requests.byIndex('order', orderName(request)).some(isOpen)
}
