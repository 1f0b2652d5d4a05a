// A cert-manager CertificateRequest as the rules see it, and what a verdict becomes in its status.
import type { CertificateRequest, CertificateRequestStatus } from '../api/certificate-request.ts'
import { conditionOf, timestamp, withCondition } from '../api/conditions.ts'
import { parseGoDuration } from '../api/go-duration.ts'
import type { Problem } from '../backends/backend.ts'
import { type CertificateSigningRequest, parseCsr } from '../x509/csr.ts'
import { X509Error } from '../x509/errors.ts'
import type { RequestView } from './known.ts'
import type { Verdict } from './step.ts'

/** Ready reasons after which a request is never touched again (cert-manager sync.go:79-87, and Denied as issuer-lib). */
const TERMINAL: readonly string[] = ['Failed', 'Issued', 'Denied']

/** Was everything said about this request? Then nothing of it but its metadata and status matters. */
export function isFinished({ status }: Pick<CertificateRequest, 'status'>): boolean {
  const ready = conditionOf(status, 'Ready')
  return (
    TERMINAL.includes(ready?.reason ?? '') ||
    (status?.certificate ?? '') !== '' ||
    conditionOf(status, 'InvalidRequest')?.status === 'True'
  )
}

/**
 * Verifies the CSR's signature on the way, hence asynchronous, unless `csr` says what came of it before. Never throws for what
 * a requester wrote.
 */
export async function viewRequest(request: CertificateRequest, csr?: RequestView['csr']): Promise<RequestView> {
  const { metadata, spec, status } = request
  const approved = conditionOf(status, 'Approved')
  const ready = conditionOf(status, 'Ready')
  return {
    kind: 'CertificateRequest',
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    createdAt: Date.parse(metadata.creationTimestamp),
    deleting: metadata.deletionTimestamp !== undefined,
    issuerRef: { kind: spec.issuerRef.kind ?? '', name: spec.issuerRef.name },
    approvedAt: approved?.status === 'True' ? approvalTime(request, approved.lastTransitionTime) : undefined,
    denied: conditionOf(status, 'Denied')?.status === 'True',
    finished: isFinished(request),
    ready: ready === undefined ? undefined : { reason: ready.reason ?? '', message: ready.message ?? '' },
    csr: csr ?? (await csrOf(spec.request)),
    durationSeconds: spec.duration === undefined ? undefined : parseGoDuration(spec.duration),
    isCA: spec.isCA === true,
    annotations: metadata.annotations ?? {},
    requester: spec.username ?? '',
  }
}

/** An approver that gave no time is taken to have approved at once. */
function approvalTime({ metadata }: CertificateRequest, time: string | undefined): number {
  return Date.parse(time ?? metadata.creationTimestamp)
}

async function csrOf(base64: string): Promise<CertificateSigningRequest | Problem> {
  try {
    return await parseCsr(Buffer.from(base64, 'base64'))
  } catch (error) {
    if (error instanceof X509Error) return { field: 'spec.request', message: error.message }
    throw error
  }
}

/**
 * The status that carries a verdict: the whole condition list, and for a failure `failureTime` in the same write, since
 * without it cert-manager never replaces the request (requestmanager_controller.go:239-278). A clock that lags behind
 * the API server's must not date the failure before the request, or cert-manager retries at once, an order per loop.
 */
export function statusWith(request: CertificateRequest, verdict: Verdict, now: number): CertificateRequestStatus {
  const status = verdict.reason === 'Issued' ? 'True' : 'False'
  const conditions = withCondition(
    request.status?.conditions,
    { type: 'Ready', status, reason: verdict.reason, message: verdict.message },
    now,
  )
  switch (verdict.reason) {
    case 'Pending':
      return { conditions }
    case 'Issued':
      return {
        conditions,
        certificate: Buffer.from(verdict.certificatePem).toString('base64'),
        ...(verdict.caPem === undefined ? {} : { ca: Buffer.from(verdict.caPem).toString('base64') }),
      }
    case 'Failed':
    case 'Denied':
      return {
        conditions,
        failureTime: request.status?.failureTime ?? timestamp(Math.max(now, latest(request))),
      }
  }
}

/** The latest time the API server put on this request. */
function latest({ metadata, status }: CertificateRequest): number {
  const transitions =
    status?.conditions?.flatMap(({ lastTransitionTime: time }) => (time === undefined ? [] : [Date.parse(time)])) ?? []
  return Math.max(Date.parse(metadata.creationTimestamp), ...transitions)
}
