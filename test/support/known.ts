// A request, its issuer and its order in their usual state, for tests of the rules: each test says only what differs.
import type { CertificateOrder, CertificateOrderStatus } from '../../src/api/certificate-order.ts'
import type { Look } from '../../src/backends/backend.ts'
import type { IssuerView, Known, Memory, RequestView } from '../../src/issuance/known.ts'
import { markerOf, orderName } from '../../src/issuance/order-view.ts'
import type { Accepted } from '../../src/issuance/step.ts'
import type { CertificateSigningRequest } from '../../src/x509/csr.ts'

/** Wall clock of these tests: a Monday noon. */
export const NOW = Date.UTC(2026, 10, 23, 12)
/** The waiting clock of these tests. */
export const TICK = 1_000_000

export const csr: CertificateSigningRequest = {
  pem: '-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n',
  sha256: 'A'.repeat(64),
  spkiSha256: 'a'.repeat(64),
  commonName: 'shop.example.com',
  subject: 'CN=shop.example.com',
  key: { algorithm: 'EC', curve: 'P-256' },
  names: [{ type: 'dns', value: 'shop.example.com' }],
  isCA: false,
}

export const target = {
  endpoint: 'https://scm.example/api',
  tenant: 'acme',
  product: 'ssl',
  organization: '8928',
  profile: '5170',
  term: 199,
}

export function requestView(differing: Partial<RequestView> = {}): RequestView {
  return {
    kind: 'CertificateRequest',
    namespace: 'shop',
    name: 'shop-1',
    uid: 'b5b5c9a1-0000-4000-8000-000000000001',
    createdAt: NOW - 5_000,
    deleting: false,
    issuerRef: { kind: 'SectigoIssuer', name: 'public-ov' },
    approvedAt: NOW - 1_000,
    denied: false,
    finished: false,
    ready: undefined,
    csr,
    durationSeconds: undefined,
    isCA: false,
    annotations: {},
    requester: 'system:serviceaccount:cert-manager:cert-manager',
    ...differing,
  }
}

export function issuerView(differing: Partial<IssuerView> = {}): IssuerView {
  const { term: _, ...aim } = target
  return {
    kind: 'SectigoIssuer',
    name: 'public-ov',
    uid: 'b5b5c9a1-0000-4000-8000-000000000002',
    generation: 3,
    version: 'as it is now',
    notReady: undefined,
    aim,
    offer: { possible: true, target },
    overrides: {},
    allow: {},
    includeCA: true,
    deadlines: { processing: 7 * 86_400_000, approval: 7 * 86_400_000 },
    unknownOutcomeWait: undefined,
    budget: { ordersPerDay: 500, perNamespacePerDay: 50, openOrders: 200 },
    ...differing,
  }
}

export function order(status?: CertificateOrderStatus, spec: Partial<CertificateOrder['spec']> = {}): CertificateOrder {
  const request = requestView()
  return {
    apiVersion: 'certwright.dev/v1alpha1',
    kind: 'CertificateOrder',
    metadata: {
      name: orderName(request),
      namespace: request.namespace,
      uid: 'b5b5c9a1-0000-4000-8000-000000000003',
      resourceVersion: '7',
      generation: 1,
      creationTimestamp: '2026-11-23T11:59:59Z',
    },
    spec: {
      requestRef: { kind: 'CertificateRequest', name: request.name, uid: request.uid },
      issuerRef: { kind: 'SectigoIssuer', name: 'public-ov', uid: issuerView().uid, generation: 3 },
      backend: 'Sectigo',
      target: { ...target, names: ['shop.example.com'] },
      csrSha256: csr.sha256,
      spkiSha256: csr.spkiSha256,
      requester: request.requester,
      marker: markerOf(request),
      nonce: 'nonce',
      firstAttempt: 'AtCreation',
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  }
}

/** An order that the CA has, with what the record says of it. */
export function openOrder(status: Partial<CertificateOrderStatus> = {}): CertificateOrder {
  return order({
    phase: 'Open',
    remote: { id: '812', attributes: {} },
    attempts: [{ number: 1, startedAt: '2026-11-23T11:59:59Z', outcome: 'Accepted' }],
    ...status,
  })
}

export function looked(look: Partial<Look>, ago = 0): NonNullable<Memory['seen']> {
  return { look: { phase: 'processing', word: 'Applied', ours: 'yes', ...look }, at: TICK - ago, looks: 1 }
}

export const delivery: Accepted = {
  verdict: 'deliver',
  serial: '0A1B',
  notBefore: NOW - 3_600_000,
  notAfter: NOW + 199 * 86_400_000,
  certificatePem: 'leaf and intermediates',
  caPem: 'root',
  extraNames: [],
  missingPurposes: [],
}

export function known(differing: Partial<Known> = {}): Known {
  return {
    request: requestView(),
    issuer: issuerView(),
    namespaceLabels: {},
    order: undefined,
    operatorClass: '',
    alike: [],
    purchases: [],
    waited: 0,
    memory: {},
    now: NOW,
    tick: TICK,
    leadingSince: NOW - 10_000,
    jitter: 0.5,
    ...differing,
  }
}
