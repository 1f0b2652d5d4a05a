// A complete order record, for the tests of both judges.
import type { CertificateOrderSpec, CertificateOrderStatus } from '../certificate-order.ts'

export const ORDER_SPEC: CertificateOrderSpec = {
  requestRef: { kind: 'CertificateRequest', name: 'www-1', uid: '7f0c2d3e-1111-4222-8333-444455556666' },
  issuerRef: { kind: 'SectigoIssuer', name: 'public-ov', uid: '0e1d2c3b-1111-4222-8333-444455556666', generation: 3 },
  backend: 'Sectigo',
  target: {
    endpoint: 'https://cert-manager.com/api',
    tenant: 'acme',
    product: 'ssl',
    organization: '8928',
    profile: '5170',
    term: 199,
    names: ['www.acme.example', '*.shop.acme.example'],
  },
  overrides: {
    customFields: [{ name: 'cost-centre', value: '4711' }],
    externalRequester: ['ada@acme.example'],
    comments: 'ticket 12',
  },
  csrSha256: 'AB'.repeat(32),
  spkiSha256: 'ab'.repeat(32),
  requester: 'system:serviceaccount:cert-manager:cert-manager',
  marker: 'certwright:1:7f0c2d3e-1111-4222-8333-000000000000',
  continues: { uid: '7f0c2d3e-1111-4222-8333-000000000000', createdAt: '2026-11-22T09:00:00Z' },
  nonce: 'c29tZSByYW5kb20gYnl0ZXM',
  operatorClass: 'blue',
  firstAttempt: 'AtCreation',
  account: 'cd'.repeat(32),
}

const { requestRef, target } = ORDER_SPEC

/** Changes that make the record one that no judge may take, with a piece of the API server's message. */
export const ORDER_SPEC_REFUSALS: readonly (readonly [title: string, change: object, refusal: string])[] = [
  ['another kind of request', { requestRef: { ...requestRef, kind: 'Pod' } }, 'Unsupported value: "Pod"'],
  [
    'a request without a UID',
    { requestRef: { ...requestRef, uid: '' } },
    'spec.requestRef.uid in body should be at least 1',
  ],
  ['an unknown CA', { backend: 'Other' }, 'Unsupported value: "Other"'],
  ['an unknown first attempt', { firstAttempt: 'Later' }, 'Unsupported value: "Later"'],
  ['a lower-case hash of the CSR', { csrSha256: 'ab'.repeat(32) }, 'spec.csrSha256 in body should match'],
  ['an upper-case hash of the key', { spkiSha256: 'AB'.repeat(32) }, 'spec.spkiSha256 in body should match'],
  ['an account by its name', { account: 'api-user' }, 'spec.account in body should'],
  ['a time of its own making', { continues: { uid: 'u', createdAt: 'yesterday' } }, 'spec.continues.createdAt in body'],
  ['a short hash', { csrSha256: 'AB'.repeat(31) }, 'spec.csrSha256 in body should match'],
  ['a term of no days', { target: { ...target, term: 0 } }, 'should be greater than or equal to 1'],
  [
    '251 names',
    { target: { ...target, names: Array.from({ length: 251 }, (_, n) => `n${n}.example`) } },
    'Too many: 251',
  ],
  ['an empty name', { target: { ...target, names: [''] } }, 'spec.target.names[0] in body should be at least 1'],
  ['comments of two lines', { overrides: { comments: 'a\nb' } }, 'spec.overrides.comments in body should match'],
  ['a requester of 1025 characters', { requester: 'a'.repeat(1025) }, 'may not be more than 1024'],
]

/** An order that the CA has, at its second attempt. */
export const OPEN_STATUS: CertificateOrderStatus = {
  phase: 'Open',
  remote: { id: '818', state: 'Requested', attributes: { renewId: 'qHwBNaSB' } },
  attempts: [
    { number: 1, startedAt: '2026-11-22T10:00:00Z', outcome: 'Refused', code: '-10', message: 'too busy' },
    { number: 2, startedAt: '2026-11-22T10:01:00Z', outcome: 'Accepted', account: 'cd'.repeat(32) },
  ],
  continuedBy: { uid: '7f0c2d3e-1111-4222-8333-999999999999' },
  openedAt: '2026-11-22T10:01:01Z',
  observedGeneration: 1,
  conditions: [
    {
      type: 'Ready',
      status: 'False',
      reason: 'Pending',
      message: 'Order 818 was placed',
      lastTransitionTime: '2026-11-22T10:01:01Z',
      observedGeneration: 1,
    },
  ],
}

/** The same order, delivered. */
export const ISSUED_STATUS: CertificateOrderStatus = {
  ...OPEN_STATUS,
  phase: 'Issued',
  remote: { id: '818', state: 'Issued', attributes: { renewId: 'qHwBNaSB' } },
  issuedAt: '2026-11-22T10:05:00Z',
  serial: '0A1B2C',
  notBefore: '2026-11-22T00:00:00Z',
  notAfter: '2027-06-08T23:59:59Z',
}
