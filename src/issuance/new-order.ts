// The order record as it is created: all that its spec says is fixed before anything is sent to the CA, and for ever.
import { type CertificateOrder, type CertificateOrderSpec, MOST_NAMES, NAME_LENGTH } from '../api/certificate-order.ts'
import type { OrderTarget } from '../backends/backend.ts'
import { type CertificateSigningRequest, requestedNames } from '../x509/csr.ts'
import type { IssuerView, RequestView } from './known.ts'
import { markerOf, orderName, requesterOf } from './order-view.ts'

/** A new record, ready to be created. Its existence is the intent to place attempt 1, unless `firstAttempt` says otherwise. */
export function newOrder(order: {
  readonly request: RequestView
  readonly csr: CertificateSigningRequest
  readonly issuer: IssuerView
  readonly target: OrderTarget
  readonly firstAttempt: CertificateOrderSpec['firstAttempt']
  /** The CA's account that attempt 1 is sent with, where that is now. */
  readonly account: string | undefined
  readonly operatorClass: string
  /** The record of the order that this one takes over. */
  readonly continues?: CertificateOrder | undefined
  /** Random: tells our own create, whose answer was lost, from somebody else's. */
  readonly nonce: string
}): Pick<CertificateOrder, 'apiVersion' | 'kind' | 'spec'> & { metadata: { name: string; namespace: string } } {
  const { request, csr, issuer, target } = order
  const continues = order.continues === undefined ? undefined : firstOf(order.continues)
  return {
    apiVersion: 'certwright.dev/v1alpha1',
    kind: 'CertificateOrder',
    metadata: { name: orderName(request), namespace: request.namespace },
    spec: {
      requestRef: { kind: request.kind, name: request.name, uid: request.uid },
      issuerRef: { kind: issuer.kind, name: issuer.name, uid: issuer.uid, generation: issuer.generation },
      backend: 'Sectigo',
      target: {
        ...target,
        names: requestedNames(csr)
          .slice(0, MOST_NAMES)
          .map(({ value }) => value.slice(0, NAME_LENGTH)),
      },
      ...overridesIn(issuer),
      csrSha256: csr.sha256,
      spkiSha256: csr.spkiSha256,
      requester: requesterOf(request),
      marker: markerOf(continues ?? request),
      ...(continues === undefined ? {} : { continues }),
      nonce: order.nonce,
      ...(order.operatorClass === '' ? {} : { operatorClass: order.operatorClass }),
      firstAttempt: order.firstAttempt,
      ...(order.account === undefined ? {} : { account: order.account }),
    },
  }
}

function overridesIn({ overrides }: IssuerView): Pick<CertificateOrderSpec, 'overrides'> {
  return Object.keys(overrides).length === 0 ? {} : { overrides }
}

/** For which request, and when, an order was first made. */
function firstOf({ metadata, spec }: CertificateOrder): NonNullable<CertificateOrderSpec['continues']> {
  return spec.continues ?? { uid: spec.requestRef.uid, createdAt: metadata.creationTimestamp }
}
