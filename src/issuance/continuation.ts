// One need, one order: a request takes over the order of an earlier one with the same CSR that is gone. The new record has the
// marker of the first one, so that whatever was sent for either is found, and counts, for both.
import type { CertificateOrder, OrderAttempt } from '../api/certificate-order.ts'
import type { OrderTarget, RemoteOrder } from '../backends/backend.ts'
import type { Alike, Known } from './known.ts'
import { isOpenOrder, lastAttempt, mayBePlaced, orderName, reasonOf, remoteOf, targetOf } from './order-view.ts'

/** Word of a record whose order is being declined: nobody may take it over before that is decided. */
export const DECLINING = 'Declining'

/** Word of a record whose certificate is there and waits for a request: nothing is open at the CA any more. */
export const UNCLAIMED = 'Unclaimed'

/** Words of a record whose order can be delivered to nobody: a new request wants another one. */
const OF_NO_USE: readonly string[] = ['Stalled', 'OrderUnknown']

/** The order that this request takes over: the oldest open one that would be the same and that nobody waits for. */
export function continuable(
  { request, alike, operatorClass }: Known,
  target: OrderTarget,
): CertificateOrder | undefined {
  return alike.find(
    ({ order, wanted }) =>
      !wanted &&
      (order.spec.operatorClass ?? '') === operatorClass &&
      isOpenOrder(order) &&
      !isHandedOver(order, alike) &&
      mayBePlaced(order) &&
      isOfUse(order) &&
      order.spec.issuerRef.kind === request.issuerRef.kind &&
      order.spec.issuerRef.name === request.issuerRef.name &&
      isSame(targetOf(order), target),
  )?.order
}

/** Another record speaks for the order, and may have brought it to its end before this one was ended too. */
function isHandedOver({ status }: CertificateOrder, alike: readonly Alike[]): boolean {
  const heir = status?.continuedBy
  return heir !== undefined && alike.some(({ order }) => order.metadata.name === orderName(heir))
}

export function isOfUse(order: CertificateOrder): boolean {
  return !OF_NO_USE.includes(reasonOf(order) ?? '')
}

/** What the CA gave an earlier record of the same order. */
export function inheritedRemote(order: CertificateOrder, alike: readonly Alike[]): RemoteOrder | undefined {
  return ancestorsOf(order, alike)
    .map((earlier) => remoteOf(earlier))
    .findLast((remote) => remote !== undefined)
}

/** What was last sent, or about to be, for an earlier record of the same order. */
export function inheritedAttempt(order: CertificateOrder, alike: readonly Alike[]): OrderAttempt | undefined {
  return ancestorsOf(order, alike)
    .map((earlier) => lastAttempt(earlier))
    .findLast((attempt) => attempt !== undefined)
}

/** Earlier records of the same order, oldest first. */
export function ancestorsOf({ spec }: CertificateOrder, alike: readonly Alike[]): readonly CertificateOrder[] {
  if (spec.continues === undefined) return []
  const { marker, operatorClass } = spec
  return alike
    .map(({ order }) => order)
    .filter((order) => order.spec.marker === marker && order.spec.operatorClass === operatorClass)
}

function isSame(one: OrderTarget, other: OrderTarget): boolean {
  const keys = ['endpoint', 'tenant', 'product', 'organization', 'profile', 'term'] as const
  return keys.every((key) => one[key] === other[key])
}
