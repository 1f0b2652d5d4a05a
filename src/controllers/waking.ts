// Who wakes whom: the keys that a change in the caches puts into the queues of the controllers. Waking once too often costs a
// look; once too rarely leaves a request behind until its next look, minutes later.
import { isDeepStrictEqual } from 'node:util'
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import { mayBeDoubled } from '../issuance/late-search.ts'
import { orderName } from '../issuance/order-view.ts'
import { keyOf } from '../kube/resource.ts'
import type { WorkQueue } from '../runtime/queue.ts'
import type { Caches } from './caches.ts'
import { isWaiting, sameOrder } from './records-alike.ts'
import type { RequestReconciler } from './request-controller.ts'
import { isOpen, issuerKey } from './requests.ts'

/** A request is looked at when it, its order record, its issuer or what its namespace is labelled changes. */
export function wakeRequests(
  queue: WorkQueue,
  reconciler: Pick<RequestReconciler, 'forget' | 'recordGone'>,
  caches: Caches,
): void {
  const { requests, orders, issuers, clusterIssuers, namespaces } = caches
  const add = (found: readonly CertificateRequest[]): void => {
    for (const request of found.filter(isOpen)) queue.add(keyOf(request.metadata))
  }
  requests.onChange(({ key, previous, current }) => {
    if (previous !== undefined && previous.metadata.uid !== current?.metadata.uid) {
      reconciler.forget(previous.metadata.uid)
      queue.forget(key)
    }
    if (current !== undefined && isOpen(current)) queue.add(key)
  })
  add(requests.list())
  orders.onChange(({ previous, current }) => {
    if (previous !== undefined && current === undefined) reconciler.recordGone(previous.spec.requestRef.uid)
    // By the record's own name, which only its request can have: what a foreign record says of itself may be anything.
    const order = current ?? previous
    const records = order === undefined ? [] : [order, ...sameOrder(order, orders)]
    for (const name of new Set(records.map(({ metadata }) => metadata.name))) add(requests.byIndex('order', name))
  })
  for (const store of [issuers, clusterIssuers]) {
    store.onChange(({ previous, current }) => {
      const issuer = current ?? previous
      if (issuer !== undefined) add(requests.byIndex('issuer', issuerKey(issuer)))
    })
  }
  namespaces.onChange(({ key, previous, current }) => {
    if (isDeepStrictEqual(previous?.metadata.labels, current?.metadata.labels)) return
    add(requests.list().filter(({ metadata }) => metadata.namespace === key))
  })
}

/**
 * A record is looked at when it, or one of the same order, changes while nobody waits for it, and when its request goes; one
 * whose order may be doubled at each change.
 */
export function wakeOrders(queue: WorkQueue, { requests, orders }: Caches): void {
  const add = (order: CertificateOrder): void => {
    if (mayBeDoubled(order) || !isWaiting(order.spec.requestRef, requests)) queue.add(keyOf(order.metadata))
  }
  orders.onChange(({ previous, current }) => {
    const order = current ?? previous
    if (order !== undefined) for (const one of sameOrder(order, orders)) add(one)
  })
  for (const order of orders.list()) add(order)
  requests.onChange(({ previous }) => {
    if (previous === undefined || !isOpen(previous)) return
    const { namespace, uid } = previous.metadata
    const order = orders.get(keyOf({ namespace, name: orderName({ uid }) }))
    if (order !== undefined) add(order)
  })
}

/** An issuer is checked when its spec or a Secret that it names changes; what no watch shows, a timer finds. */
export function wakeIssuers(
  recheck: (issuer: SectigoIssuer) => void,
  { issuers, clusterIssuers, credentials }: Caches,
  { clusterResourceNamespace }: { readonly clusterResourceNamespace: string },
): void {
  for (const store of [issuers, clusterIssuers]) {
    store.onChange(({ previous, current }) => {
      const issuer = current ?? previous
      // Our own status writes change neither, so a check does not call for the next one.
      const same =
        previous?.metadata.uid === current?.metadata.uid &&
        previous?.metadata.generation === current?.metadata.generation
      if (issuer !== undefined && !same) recheck(issuer)
    })
    for (const issuer of store.list()) recheck(issuer)
  }
  credentials.onChange(({ previous, current }) => {
    const secret = (current ?? previous)?.metadata.name ?? ''
    const beside = issuers.list().filter(({ metadata }) => metadata.namespace === clusterResourceNamespace)
    for (const issuer of [...clusterIssuers.list(), ...beside]) if (namesSecret(issuer, secret)) recheck(issuer)
  })
}

/** Does the issuer name this Secret, for its login, its proxy or as its CA bundle? */
function namesSecret({ spec }: SectigoIssuer, secret: string): boolean {
  const { auth, tls, proxy } = spec
  const bundle = tls?.caBundleRef
  return (
    auth.password?.secretRef.name === secret ||
    auth.clientCertificate?.secretRef.name === secret ||
    auth.oauth2?.secretRef.name === secret ||
    proxy?.secretRef?.name === secret ||
    (bundle?.kind === 'Secret' && bundle.name === secret)
  )
}
