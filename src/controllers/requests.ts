// Which CertificateRequests are ours, which issuer each names, and how little of them is worth keeping. Pure.
import type { CertificateRequest } from '../api/certificate-request.ts'
import { ANNOTATIONS } from '../api/overridden.ts'
import { sectigoClusterIssuers, sectigoIssuers } from '../api/sectigo-issuer.ts'
import { unknownAnnotations } from '../issuance/overrides.ts'
import { isFinished } from '../issuance/request-view.ts'
import { keyOf, type ObjectMeta } from '../kube/resource.ts'
import { MAX_CSR_BYTES } from '../x509/csr.ts'

/** Exactly our group and kinds; an empty group is cert-manager's own, an empty kind nobody's. */
export function isOurs({ spec }: CertificateRequest): boolean {
  const { group, kind } = spec.issuerRef
  return group === sectigoIssuers.group && (kind === sectigoIssuers.kind || kind === sectigoClusterIssuers.kind)
}

export function isOpen(request: CertificateRequest): boolean {
  return isOurs(request) && !isFinished(request)
}

/** A request, or an order record. */
export interface NamesIssuer {
  readonly metadata: { readonly namespace?: string | undefined }
  readonly spec: { readonly issuerRef: { readonly kind?: string; readonly name: string } }
}

/** The issuer that is named: the key of {@link issuerKey}. */
export function issuerKeyOf({ metadata, spec }: NamesIssuer): string {
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

/** Base64 of more than is read as a CSR: the rest of a longer one changes nothing about its refusal. */
const LONGEST_CSR_CHARS = 4 * Math.ceil((MAX_CSR_BYTES + 1) / 3)
/** Longer than any object's name: a request that names such an issuer waits for one that cannot be. */
const LONGEST_NAME_CHARS = 254
/** More than any of our annotations may hold. */
const LONGEST_ANNOTATION_CHARS = 4 * 1024
/** Names below our prefix of which there is no annotation: as many as an event tells of, and more. */
const MOST_UNKNOWN_ANNOTATIONS = 16

/**
 * What the store keeps: of a request that is ours and open what the rules ask for, little of any other (10,000 are common).
 * Each part is bounded, since a stranger may make thousands of requests of 1.5 MB each.
 */
export function slimRequest(request: CertificateRequest): CertificateRequest {
  const { apiVersion, kind, metadata, spec, status } = request
  const { group, kind: issuerKind, name } = spec.issuerRef
  const issuerRef = {
    ...(group === undefined ? {} : { group }),
    ...(issuerKind === undefined ? {} : { kind: issuerKind }),
    name: name.slice(0, LONGEST_NAME_CHARS),
  }
  const open = isOpen(request)
  const slim = { apiVersion, kind, metadata: slimMetadata(metadata, { open }) }
  if (open) {
    const { duration, isCA, username } = spec
    return {
      ...slim,
      spec: {
        request: spec.request.slice(0, LONGEST_CSR_CHARS),
        issuerRef,
        ...(duration === undefined ? {} : { duration }),
        ...(isCA === undefined ? {} : { isCA }),
        ...(username === undefined ? {} : { username }),
      },
      ...(status === undefined ? {} : { status }),
    }
  }
  const ready = status?.conditions?.filter(({ type }) => type === 'Ready' || type === 'InvalidRequest')
  return {
    ...slim,
    spec: { request: '', issuerRef },
    // That there is a certificate makes a request finished; what it is, nobody asks any more.
    status: {
      ...(ready === undefined ? {} : { conditions: ready }),
      ...((status?.certificate ?? '') === '' ? {} : { certificate: '-' }),
    },
  }
}

function slimMetadata(metadata: ObjectMeta, { open }: { readonly open: boolean }): ObjectMeta {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, annotations = {} } = metadata
  const read = Object.values(ANNOTATIONS).filter((key) => Object.hasOwn(annotations, key))
  const unknown = unknownAnnotations(annotations).slice(0, MOST_UNKNOWN_ANNOTATIONS)
  const ours = [
    ...read.map((key) => [key, (annotations[key] ?? '').slice(0, LONGEST_ANNOTATION_CHARS)]),
    ...unknown.map((key) => [key, '']),
  ]
  return {
    name,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(namespace === undefined ? {} : { namespace }),
    ...(open && deletionTimestamp !== undefined ? { deletionTimestamp } : {}),
    ...(open && ours.length > 0 ? { annotations: Object.fromEntries(ours) } : {}),
  }
}
