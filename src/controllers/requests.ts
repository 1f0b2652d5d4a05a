// Which CertificateRequests are ours, which issuer each names, and how little of them is worth keeping. Pure.
import type { CertificateRequest } from '../api/certificate-request.ts'
import { sectigoClusterIssuers, sectigoIssuers } from '../api/sectigo-issuer.ts'
import { isFinished } from '../issuance/request-view.ts'
import { keyOf } from '../kube/resource.ts'

/** Exactly our group and kinds; an empty group is cert-manager's own, an empty kind nobody's. */
export function isOurs({ spec }: CertificateRequest): boolean {
  const { group, kind } = spec.issuerRef
  return group === sectigoIssuers.group && (kind === sectigoIssuers.kind || kind === sectigoClusterIssuers.kind)
}

export function isOpen(request: CertificateRequest): boolean {
  return isOurs(request) && !isFinished(request)
}

/** The issuer that a request, or an order record, names: the key of {@link issuerKey}. */
export function issuerKeyOf({
  metadata,
  spec,
}: {
  readonly metadata: { readonly namespace?: string | undefined }
  readonly spec: { readonly issuerRef: { readonly kind?: string; readonly name: string } }
}): string {
  const { kind = '', name } = spec.issuerRef
  return issuerKey({
    kind,
    metadata: kind === sectigoClusterIssuers.kind ? { name } : { name, namespace: metadata.namespace },
  })
}

/** `Kind/namespace/name`, or `Kind/name` for a cluster issuer. */
export function issuerKey({
  kind,
  metadata,
}: {
  kind: string
  metadata: { name: string; namespace?: string | undefined }
}): string {
  return `${kind}/${keyOf(metadata)}`
}

/** What the store keeps: all of a request that is ours and open, little of any other (10,000 are common). */
export function slimRequest(request: CertificateRequest): CertificateRequest {
  if (isOpen(request)) return request
  const { apiVersion, kind, metadata, spec, status } = request
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata
  const ready = status?.conditions?.filter(({ type }) => type === 'Ready' || type === 'InvalidRequest')
  return {
    apiVersion,
    kind,
    metadata: { name, uid, resourceVersion, creationTimestamp, ...(namespace === undefined ? {} : { namespace }) },
    spec: { request: '', issuerRef: spec.issuerRef },
    // That there is a certificate makes a request finished; what it is, nobody asks any more.
    status: {
      ...(ready === undefined ? {} : { conditions: ready }),
      ...((status?.certificate ?? '') === '' ? {} : { certificate: '-' }),
    },
  }
}
