// cert-manager's CertificateRequest, as far as this operator reads it. cert-manager owns the kind, and the API server has checked
// each object against cert-manager's schema, so these are types and no schema of ours.
import type { KubeObject, Resource } from '../kube/resource.ts'

/** `cert-manager.io/v1`. Fields that cert-manager may omit are optional here too. */
export interface CertificateRequest extends KubeObject {
  readonly spec: {
    /** The PEM of a CSR, in base64. */
    readonly request: string
    /** An empty or absent group is `cert-manager.io`: somebody else's. */
    readonly issuerRef: { readonly group?: string; readonly kind?: string; readonly name: string }
    /** As in go-duration.ts. */
    readonly duration?: string
    readonly isCA?: boolean
    /** Not read: what counts is in the CSR. */
    readonly usages?: readonly string[]
    /** Who made the request: set by cert-manager's webhook, not by the author. */
    readonly username?: string
  }
  readonly status?: {
    readonly conditions?: readonly RequestCondition[]
    /** A chain in PEM, leaf first, in base64. */
    readonly certificate?: string
    /** A certificate in PEM, in base64. */
    readonly ca?: string
    /** RFC 3339. */
    readonly failureTime?: string
  }
}

/** cert-manager's condition: reason, message and time may be absent. */
interface RequestCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason?: string
  readonly message?: string
  /** RFC 3339. */
  readonly lastTransitionTime?: string
}

export type CertificateRequestStatus = NonNullable<CertificateRequest['status']>

export const certificateRequests: Resource<CertificateRequest> = {
  group: 'cert-manager.io',
  version: 'v1',
  plural: 'certificaterequests',
  kind: 'CertificateRequest',
  namespaced: true,
}
