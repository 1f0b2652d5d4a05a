import { describe, expect, it } from 'vitest'
import { issuerView, known, NOW, openOrder, order, requestView, target } from '../../test/support/known.ts'
import { check, failedReport, nothing, pendingReport, type Rule } from '../../test/support/rules.ts'
import { BEING_CHECKED } from './issuer-status.ts'
import { plan } from './plan.ts'
import type { Step } from './step.ts'

const problem = { field: 'spec.isCA', message: 'SSL certificates cannot be CA certificates' }

describe('whose turn it is', () => {
  check([
    ['finished-request-is-never-touched', { request: requestView({ finished: true, denied: true }) }, nothing],
    ['deleted-request-is-left-alone', { request: requestView({ deleting: true }) }, nothing],
    [
      'denied-is-reported-once',
      { request: requestView({ denied: true, approvedAt: undefined }) },
      {
        do: 'report',
        ready: { reason: 'Denied', message: 'The CertificateRequest was denied by an approval controller' },
      },
    ],
    [
      'denied-beats-approved',
      { request: requestView({ denied: true }) },
      expect.objectContaining({ ready: expect.objectContaining({ reason: 'Denied' }) }),
    ],
    ['unapproved-waits-for-the-approver', { request: requestView({ approvedAt: undefined }) }, nothing],
    ['unapproved-is-not-even-judged', { request: requestView({ approvedAt: undefined, csr: problem }) }, nothing],
  ])
})

describe('before ordering', () => {
  check([
    [
      'malformed-csr-fails-and-names-the-field',
      { request: requestView({ csr: { field: 'spec.request', message: 'is not a CSR' } }) },
      failedReport(/^No order was made: spec\.request: is not a CSR$/),
    ],
    [
      'missing-issuer-is-pending',
      { issuer: undefined },
      pendingReport(
        'Waiting for SectigoIssuer "public-ov", which does not exist in namespace "shop"',
        'IssuerNotFound',
      ),
    ],
    [
      'missing-cluster-issuer-is-missing-everywhere',
      { issuer: undefined, request: requestView({ issuerRef: { kind: 'SectigoClusterIssuer', name: 'public-ov' } }) },
      pendingReport('Waiting for SectigoClusterIssuer "public-ov", which does not exist', 'IssuerNotFound'),
    ],
    [
      'issuer-not-ready-is-pending-with-its-reason',
      { issuer: issuerView({ notReady: 'SecretNotFound: create it' }) },
      pendingReport(/to become Ready: SecretNotFound: create it$/),
    ],
    [
      'issuer-that-is-checked-the-first-time-is-worth-a-word',
      { issuer: issuerView({ notReady: BEING_CHECKED }) },
      pendingReport(/to become Ready: it is being checked$/),
    ],
    [
      'issuer-that-is-checked-again-is-not-worth-another-one',
      {
        issuer: issuerView({ notReady: BEING_CHECKED }),
        request: requestView({ ready: { reason: 'Pending', message: 'x' } }),
      },
      { do: 'wait', because: 'the issuer is being checked' },
    ],
    [
      'what-only-a-new-request-cures-fails',
      { issuer: issuerView({ offer: { possible: false, by: 'request', problems: [problem] } }) },
      failedReport(/spec\.isCA/),
    ],
    [
      'what-the-issuer-owner-cures-is-pending',
      {
        issuer: issuerView({
          offer: {
            possible: false,
            by: 'issuer',
            problems: [{ field: 'spec.ssl.profile', message: 'offers no term' }],
          },
        }),
      },
      pendingReport(/to be changed: spec\.ssl\.profile: offers no term/),
    ],
    [
      'a-long-reason-is-cut-before-it-is-compared',
      { issuer: issuerView({ notReady: 'x'.repeat(50_000) }) },
      pendingReport(/^.{1999}\u2026$/),
    ],
  ])
})

describe('rule 1: a record that exists and is not this request’s is refused, never adopted', () => {
  check([
    [
      'record-of-another-uid-is-not-adopted',
      { order: order(undefined, { requestRef: { kind: 'CertificateRequest', name: 'shop-1', uid: 'other' } }) },
      pendingReport(/was not made for this request/, 'RecordConflict'),
    ],
    [
      'record-of-another-name-is-not-adopted',
      { order: order(undefined, { requestRef: { ...order().spec.requestRef, name: 'other' } }) },
      pendingReport(/was not made for this request/, 'RecordConflict'),
    ],
    [
      'record-of-another-issuer-is-not-adopted',
      { order: order(undefined, { issuerRef: { ...order().spec.issuerRef, name: 'other' } }) },
      pendingReport(/was not made for this request/, 'RecordConflict'),
    ],
    [
      'record-of-another-kind-of-issuer-is-not-adopted',
      { order: order(undefined, { issuerRef: { ...order().spec.issuerRef, kind: 'SectigoClusterIssuer' } }) },
      pendingReport(/was not made for this request/, 'RecordConflict'),
    ],
    [
      'record-of-another-csr-is-not-adopted',
      { order: order(undefined, { csrSha256: 'B'.repeat(64) }) },
      pendingReport(/was not made for this request/, 'RecordConflict'),
    ],
    [
      'record-of-another-key-is-not-adopted',
      { order: order(undefined, { spkiSha256: 'b'.repeat(64) }) },
      pendingReport(/was not made for this request/, 'RecordConflict'),
    ],
    [
      'record-of-another-requester-is-not-adopted',
      { order: order(undefined, { requester: 'mallory' }) },
      pendingReport(/was not made for this request/, 'RecordConflict'),
    ],
    [
      'record-of-another-operator-class-is-left-alone',
      { order: order(undefined, { operatorClass: 'blue' }) },
      pendingReport(/^IssuerMoved: this order was made with another operator class/, 'IssuerMoved'),
    ],
    [
      'record-of-our-own-operator-class-is',
      { order: order(undefined, { operatorClass: 'blue' }), operatorClass: 'blue' },
      { do: 'find' },
    ],
    [
      'record-of-a-requester-with-a-very-long-name-is',
      {
        request: requestView({ requester: 'r'.repeat(2_000) }),
        order: order(undefined, { requester: 'r'.repeat(1_024) }),
      },
      { do: 'find' },
    ],
    [
      'record-with-a-forged-marker-is-not-adopted',
      { order: order(undefined, { marker: 'certwright:1:other' }) },
      pendingReport(/was not made for this request/, 'RecordConflict'),
    ],
  ])
})

describe('rule 2: a first record skips the search only if no order can have been made before it', () => {
  check([
    ['fresh-request-is-ordered-at-once', {}, { do: 'createOrder', target, firstAttempt: 'AtCreation' }],
    [
      'request-with-a-word-of-ours-is-searched-for-first',
      { request: requestView({ ready: { reason: 'Pending', message: 'x' } }) },
      { do: 'createOrder', target, firstAttempt: 'AfterSearch' },
    ],
    [
      'request-approved-long-before-this-process-led-is-searched-for-first',
      { leadingSince: NOW, request: requestView({ approvedAt: NOW - 31_000 }) },
      { do: 'createOrder', target, firstAttempt: 'AfterSearch' },
    ],
    [
      'request-approved-while-the-leader-changed-is-ordered-at-once-however-long-it-was-in-line',
      { leadingSince: NOW - 3_600_000, request: requestView({ approvedAt: NOW - 3_620_000 }) },
      { do: 'createOrder', target, firstAttempt: 'AtCreation' },
    ],
    [
      'but-not-if-it-may-have-had-an-order-of-the-former-leader',
      {
        leadingSince: NOW - 3_600_000,
        request: requestView({ approvedAt: NOW - 3_580_000, ready: { reason: 'Pending', message: 'x' } }),
      },
      { do: 'createOrder', target, firstAttempt: 'AfterSearch' },
    ],
    [
      'request-approved-under-this-leader-is-ordered-at-once-however-long-it-waited',
      {
        leadingSince: NOW - 3_600_000,
        request: requestView({ approvedAt: NOW - 1_800_000, ready: { reason: 'Pending', message: 'x' } }),
      },
      { do: 'createOrder', target, firstAttempt: 'AtCreation' },
    ],
    [
      'request-whose-record-was-taken-away-is-searched-for-first',
      { leadingSince: NOW - 3_600_000, memory: { recorded: true } },
      { do: 'createOrder', target, firstAttempt: 'AfterSearch' },
    ],
  ])
})

describe('rule 7: an issuer that points elsewhere than the record stops every call', () => {
  check([
    ...(['endpoint', 'tenant', 'product', 'organization', 'profile'] as const).map(
      (field): Rule => [
        `moved-${field}-stops-every-call`,
        { order: openOrder(), issuer: issuerView({ aim: { ...target, [field]: 'elsewhere' } }) },
        pendingReport(/^IssuerMoved/, 'IssuerMoved'),
      ],
    ),
    [
      'moved-issuer-stops-the-search-too',
      { order: order(), issuer: issuerView({ aim: { ...target, profile: 'elsewhere' } }) },
      pendingReport(/^IssuerMoved/, 'IssuerMoved'),
    ],
    [
      'issuer-of-which-the-ca-has-said-nothing-stops-every-call',
      { order: openOrder(), issuer: issuerView({ aim: undefined }) },
      { do: 'wait', because: 'the issuer is being checked' },
    ],
    [
      'another-term-is-not-a-move',
      { order: openOrder(), issuer: issuerView({ offer: { possible: true, target: { ...target, term: 90 } } }) },
      { do: 'look' },
    ],
    [
      'issuer-not-ready-stops-following',
      { order: openOrder(), issuer: issuerView({ notReady: 'CredentialsRefused: x' }) },
      { do: 'note', reason: 'IssuerNotReady', message: expect.stringMatching(/CredentialsRefused/) },
    ],
  ])
})

describe('rule 11: a budget', () => {
  check([
    [
      'over-its-budget-waits-without-an-order-and-names-the-limit',
      {
        issuer: issuerView({ budget: { ordersPerDay: 1, perNamespacePerDay: 50, openOrders: 50 } }),
        purchases: [{ namespace: 'till', age: 0, open: false }],
      },
      pendingReport(/^BudgetExceeded: .*as many as spec\.budget\.ordersPerDay allows/, 'BudgetExceeded'),
    ],
  ])
})

describe('rest', () => {
  it('never reports what the request says already', () => {
    const first: Step = plan(known({ issuer: undefined }))
    if (first.do !== 'report') throw new Error('expected a report')
    const { reason, message } = first.ready
    expect(plan(known({ issuer: undefined, request: requestView({ ready: { reason, message } }) }))).toEqual({
      do: 'wait',
      because: message,
    })
  })
})
