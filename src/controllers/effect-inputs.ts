// What most steps take from their context; that something is missing there is a bug of the rules.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CallOptions, RemoteOrder } from '../backends/backend.ts'
import { remoteOf } from '../issuance/order-view.ts'
import type { EffectContext } from './request-effects.ts'

/** For a call that only reads: cut with the errand, and counted for the request's namespace. */
export function forTheSakeOf({ known, signal }: EffectContext): CallOptions {
  return { signal, namespace: known.request.namespace }
}

/** To be called whenever the CA was asked, whatever it said. */
export function learnedThrough({ known, memory }: EffectContext): void {
  if (known.issuer !== undefined) memory.through = known.issuer.version
}

export function orderIn({ known }: EffectContext): CertificateOrder {
  if (known.order === undefined) throw new TypeError('this step needs an order record')
  return known.order
}

export function remoteIn(order: CertificateOrder): RemoteOrder {
  const remote = remoteOf(order)
  if (remote === undefined) throw new TypeError("this step needs the CA's id")
  return remote
}
