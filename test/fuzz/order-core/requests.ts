// Requests of the model world: there are three CSRs, and a request is known by its name, which is used again.
import type { CertificateRequest } from '../../../src/api/certificate-request.ts'
import { timestamp, withCondition } from '../../../src/api/conditions.ts'
import type { RequestView } from '../../../src/issuance/known.ts'
import { isFinished } from '../../../src/issuance/request-view.ts'
import { requestView, csr as usualCsr } from '../../support/known.ts'
import { type ApiServer, isApproved } from './api-server.ts'

const csrs = new Map(
  ['A', 'B', 'C'].map((csr) => [
    csr,
    { ...usualCsr, sha256: csr.repeat(64), spkiSha256: csr.toLowerCase().repeat(64) },
  ]),
)

export function csrOf(csr: string) {
  return csrs.get(csr) ?? usualCsr
}

export function makeRequest(api: ApiServer, name: string, csr: string): CertificateRequest {
  const metadata = api.newMetadata(name)
  const issuerRef = { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'public-ov' }
  const { requester: username } = requestView()
  const spec = { request: csr, issuerRef, username }
  return api.put('requests', { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest', metadata, spec })
}

/** The approver's word, with which cert-manager's webhook lets it change its mind never. */
export function decide(api: ApiServer, request: CertificateRequest, type: 'Approved' | 'Denied', now: number): void {
  if (request.status?.conditions?.some((one) => one.type === 'Approved' || one.type === 'Denied')) return
  const condition = { type, status: 'True', reason: 'cert-manager.io', message: 'by a person' } as const
  const conditions = [...withCondition(request.status?.conditions, condition, now)]
  api.put('requests', { ...request, status: { ...request.status, conditions } })
}

/** As src/issuance/request-view.ts has it, without a CSR that must be read. */
export function viewRequest(request: CertificateRequest): RequestView {
  const { metadata, spec, status } = request
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type)
  const ready = condition('Ready')
  return requestView({
    name: metadata.name,
    uid: metadata.uid,
    createdAt: Date.parse(metadata.creationTimestamp),
    approvedAt: isApproved(request) ? Date.parse(condition('Approved')?.lastTransitionTime ?? timestamp(0)) : undefined,
    denied: condition('Denied') !== undefined,
    finished: isFinished(request),
    ready: ready === undefined ? undefined : { reason: ready.reason ?? '', message: ready.message ?? '' },
    csr: csrOf(spec.request),
  })
}
