import { describe, expect, it } from 'vitest'
import {
  delivery,
  issuerView,
  known,
  looked,
  NOW,
  openOrder,
  order,
  requestView,
  TICK,
  target,
} from '../../test/support/known.ts'
import type { Candidate } from '../backends/backend.ts'
import type { Known, Memory } from './known.ts'
import { plan } from './plan.ts'
import type { Step } from './step.ts'
import { SEARCH_ROUNDS_DEVICE_MS, SEARCH_ROUNDS_MS } from './waits.ts'

/** A rule: what is known, and what must be done. */
type Rule = readonly [name: string, known: Partial<Known>, step: unknown]

const pendingReport = (message: RegExp | string, event?: string) => ({
  do: 'report',
  ready: {
    reason: 'Pending',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
    ...(event === undefined ? {} : { event: expect.objectContaining({ type: 'Warning', reason: event }) }),
  },
})
const failedReport = (message: RegExp) => ({
  do: 'report',
  ready: {
    reason: 'Failed',
    message: expect.stringMatching(message),
    event: expect.objectContaining({ type: 'Warning' }),
  },
})
const nothing = { do: 'nothing', because: expect.any(String) }
const problem = { field: 'spec.isCA', message: 'SSL certificates cannot be CA certificates' }
const marker = (id: string): Candidate => ({ remote: { id, attributes: {} }, match: 'marker', requestedOn: undefined })
const twin: Candidate = { remote: { id: '700', attributes: {} }, match: 'csr', requestedOn: undefined }
const searched = (candidates: readonly Candidate[], rounds: number, ago: number): Memory => ({
  search: { since: TICK - ago, at: TICK - ago, rounds, last: { outcome: 'searched', candidates } },
})
const until = Number.MAX_SAFE_INTEGER
const permit = { attempt: 1, until: { wall: until, monotonic: until } }

function check(rules: readonly Rule[]): void {
  it.each(rules)('%s', (_, differing, step) => {
    expect(plan(known(differing))).toEqual(step)
  })
}

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
      pendingReport('Waiting for SectigoIssuer "public-ov", which does not exist', 'IssuerNotFound'),
    ],
    [
      'issuer-not-ready-is-pending-with-its-reason',
      { issuer: issuerView({ notReady: 'SecretNotFound: create it' }) },
      pendingReport(/to become Ready: SecretNotFound: create it$/),
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
    ['fresh-request-is-ordered-at-once', {}, { do: 'createOrder', target, firstAttempt: 'AtCreation' }],
    [
      'request-with-a-word-of-ours-is-searched-for-first',
      { request: requestView({ ready: { reason: 'Pending', message: 'x' } }) },
      { do: 'createOrder', target, firstAttempt: 'AfterSearch' },
    ],
    [
      'request-approved-long-ago-is-searched-for-first',
      { request: requestView({ approvedAt: NOW - 301_000 }) },
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
    [
      'a-long-reason-is-cut-before-it-is-compared',
      { issuer: issuerView({ notReady: 'x'.repeat(50_000) }) },
      pendingReport(/^.{1999}\u2026$/),
    ],
  ])
})

describe('rule 1 and 7: the record must be this request’s, and the issuer must still point at the same place', () => {
  check([
    [
      'record-of-another-uid-is-not-adopted',
      { order: order(undefined, { requestRef: { kind: 'CertificateRequest', name: 'shop-1', uid: 'other' } }) },
      pendingReport(/was not made for this request/, 'RecordConflict'),
    ],
    [
      'record-of-another-csr-is-not-adopted',
      { order: order(undefined, { csrSha256: 'B'.repeat(64) }) },
      pendingReport(/was not made for this request/, 'RecordConflict'),
    ],
    [
      'record-with-a-forged-marker-is-not-adopted',
      { order: order(undefined, { marker: 'certwright:1:other' }) },
      pendingReport(/was not made for this request/, 'RecordConflict'),
    ],
    ...(['endpoint', 'tenant', 'product', 'organization', 'profile'] as const).map(
      (field): Rule => [
        `moved-${field}-stops-every-call`,
        { order: openOrder(), issuer: issuerView({ aim: { ...target, [field]: 'elsewhere' } }) },
        pendingReport(/^IssuerMoved/, 'IssuerMoved'),
      ],
    ),
    [
      'another-term-is-not-a-move',
      { order: openOrder(), issuer: issuerView({ offer: { possible: true, target: { ...target, term: 90 } } }) },
      { do: 'look' },
    ],
    [
      'issuer-not-ready-stops-following',
      { order: openOrder(), issuer: issuerView({ notReady: 'CredentialsRefused: x' }) },
      pendingReport(/CredentialsRefused/),
    ],
  ])
})

describe('rules 3 to 6: an order without an id', () => {
  const lost = { order: order() }
  const refusal = (cause: 'issuer' | 'busy', ago: number, retryAfterMs?: number): Memory => ({
    refused: {
      at: TICK - ago,
      times: 1,
      refusal: { cause, code: '-36', message: 'term', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    },
  })
  const refusedOrder = order({
    phase: 'Submitting',
    attempts: [{ number: 1, startedAt: '2026-11-23T11:59:59Z', outcome: 'Refused' }],
  })
  check([
    ['own-unsent-attempt-is-submitted', { ...lost, memory: { permit } }, { do: 'submit', attempt: 1 }],
    [
      'permit-for-another-attempt-is-worth-nothing',
      { ...lost, memory: { permit: { ...permit, attempt: 2 } } },
      { do: 'find' },
    ],
    ['record-found-without-an-id-is-searched-for', lost, { do: 'find' }],
    [
      'found-by-marker-is-adopted',
      { ...lost, memory: searched([marker('812')], 1, 0) },
      { do: 'adopt', remote: { id: '812', attributes: {} }, others: 0 },
    ],
    [
      'of-several-the-oldest-is-adopted',
      { ...lost, memory: searched([marker('1002'), marker('998')], 1, 0) },
      { do: 'adopt', remote: { id: '998', attributes: {} }, others: 1 },
    ],
    [
      'not-found-waits-for-the-next-round',
      { ...lost, memory: searched([], 1, 1_000) },
      pendingReport(/^OrderUnknown/, 'OrderUnknown'),
    ],
    ['next-round-searches-again', { ...lost, memory: searched([], 1, 15_000) }, { do: 'find' }],
    [
      'after-the-last-round-another-attempt-is-recorded',
      { ...lost, memory: searched([], SEARCH_ROUNDS_MS.length, 30 * 60_000) },
      { do: 'recordAttempt', number: 2 },
    ],
    [
      'device-orders-are-waited-for-less',
      {
        order: order(undefined, { target: { ...target, product: 'device', names: [] } }),
        issuer: issuerView({ aim: { ...target, product: 'device' } }),
        memory: searched([], SEARCH_ROUNDS_DEVICE_MS.length, 5 * 60_000),
      },
      { do: 'recordAttempt', number: 2 },
    ],
    [
      'without-any-attempt-two-rounds-are-enough',
      { order: order(undefined, { firstAttempt: 'AfterSearch' }), memory: searched([], 2, 15_000) },
      { do: 'recordAttempt', number: 1 },
    ],
    [
      'twin-by-csr-blocks-for-good',
      { ...lost, memory: searched([twin], SEARCH_ROUNDS_MS.length, 40 * 60_000) },
      pendingReport(/order 700 at the CA has the same CSR/, 'OrderUnknown'),
    ],
    [
      'not-searchable-never-orders-again',
      {
        ...lost,
        memory: {
          search: {
            since: TICK - 1_000,
            at: TICK - 1_000,
            rounds: 1,
            last: { outcome: 'notSearchable', reason: 'no name' },
          },
        },
      },
      pendingReport(/cannot be searched for: no name/, 'OrderUnknown'),
    ],
    [
      'search-that-fails-waits',
      { ...lost, memory: { trouble: { kind: 'Unreachable', message: 'refused', at: TICK - 1_000, times: 1 } } },
      pendingReport(/cannot be asked at the moment \(Unreachable\): refused/),
    ],
    [
      'refused-attempt-waits',
      { order: refusedOrder, memory: refusal('issuer', 1_000) },
      pendingReport(/^Waiting for the issuer's owner: term$/, 'OrderRefused'),
    ],
    [
      'refused-attempt-is-sent-again-under-its-number',
      { order: refusedOrder, memory: refusal('issuer', 70_000) },
      { do: 'recordAttempt', number: 1 },
    ],
    [
      'retry-after-is-kept',
      { order: refusedOrder, memory: refusal('busy', 70_000, 120_000) },
      pendingReport(/^Waiting for the CA/),
    ],
    [
      'retry-after-0-does-not-mean-at-once',
      { order: refusedOrder, memory: refusal('busy', 1_000, 0) },
      pendingReport(/^Waiting for the CA/),
    ],
    [
      'the-last-attempt-counts-in-whatever-order-they-are-listed',
      {
        order: order({
          phase: 'OutcomeUnknown',
          attempts: [
            { number: 2, startedAt: '2026-11-23T11:59:59Z', outcome: 'Unknown' },
            { number: 1, startedAt: '2026-11-23T11:59:59Z', outcome: 'Refused' },
          ],
        }),
        memory: searched([], SEARCH_ROUNDS_MS.length, 30 * 60_000),
      },
      { do: 'recordAttempt', number: 3 },
    ],
    [
      'there-is-an-end-to-attempts',
      {
        order: order({
          phase: 'OutcomeUnknown',
          attempts: [{ number: 50, startedAt: '2026-11-23T11:59:59Z', outcome: 'Unknown' }],
        }),
        memory: searched([], SEARCH_ROUNDS_MS.length, 30 * 60_000),
      },
      pendingReport(/50 times the answer to this order was lost/, 'OrderUnknown'),
    ],
    ['refused-attempt-is-sent-again-after-a-restart', { order: refusedOrder }, { do: 'recordAttempt', number: 1 }],
  ])
})

describe('an order with an id', () => {
  const waiting = 'Order 812 is "Applied"'
  const told = requestView({ ready: { reason: 'Pending', message: waiting } })
  const noted = openOrder({
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'Pending',
        message: waiting,
        lastTransitionTime: '2026-11-23T12:00:00Z',
      },
    ],
  })
  const issuedRecord = openOrder({ phase: 'Issued', serial: '0A1B' })
  const fetched = (differing: object): Memory => ({
    seen: looked({ phase: 'issued', word: 'Issued' }),
    fetched: { delivery: { ...delivery, ...differing } as typeof delivery, at: TICK, tries: 1 },
  })
  check([
    ['is-looked-at-at-once', { order: openOrder() }, { do: 'look' }],
    [
      'its-state-is-noted-on-the-record-first',
      { order: openOrder(), memory: { seen: looked({}) } },
      { do: 'note', reason: 'Pending', message: waiting, state: 'Applied' },
    ],
    ['then-told-on-the-request', { order: noted, memory: { seen: looked({}) } }, pendingReport(waiting)],
    [
      'then-waited-for-without-a-write',
      { order: noted, request: told, memory: { seen: looked({}) } },
      { do: 'wait', because: waiting, until: TICK + 2_000 },
    ],
    [
      'is-looked-at-again-when-due',
      { order: noted, request: told, memory: { seen: looked({}, 2_000) } },
      { do: 'look' },
    ],
    [
      'another-order-under-its-id-is-not-believed',
      { order: openOrder(), memory: { seen: looked({ ours: 'no', phase: 'issued' }) } },
      expect.objectContaining({ do: 'note', reason: 'OrderUnknown' }),
    ],
    [
      'failed-at-the-ca-settles',
      { order: openOrder(), memory: { seen: looked({ phase: 'failed', word: 'Declined' }) } },
      { do: 'settle', as: { phase: 'Failed', code: 'Declined', message: 'Order 812 ended as "Declined"' } },
    ],
    [
      'issued-is-collected',
      { order: openOrder(), memory: { seen: looked({ phase: 'issued', word: 'Issued' }) } },
      { do: 'fetch' },
    ],
    [
      'issued-but-not-there-yet-waits',
      {
        order: openOrder(),
        memory: {
          seen: looked({ phase: 'issued', word: 'Issued' }),
          fetched: { delivery: 'notYet', at: TICK, tries: 1 },
        },
      },
      { do: 'note', reason: 'Pending', message: 'Order 812 is "Issued": collecting the certificate', state: 'Issued' },
    ],
    [
      'verified-is-put-on-record-first',
      { order: openOrder(), memory: fetched({}) },
      { do: 'settle', as: { phase: 'Issued', delivery } },
    ],
    [
      'then-delivered',
      { order: issuedRecord, memory: fetched({}) },
      {
        do: 'report',
        ready: {
          reason: 'Issued',
          message: 'Certificate 0A1B was issued as order 812',
          certificatePem: delivery.certificatePem,
          caPem: 'root',
          event: { type: 'Normal', reason: 'Issued', note: 'Certificate 0A1B was issued as order 812' },
        },
      },
    ],
    [
      'ca-is-left-out-when-the-issuer-says-so',
      { order: issuedRecord, issuer: issuerView({ includeCA: false }), memory: fetched({}) },
      expect.objectContaining({ ready: expect.objectContaining({ reason: 'Issued', caPem: undefined }) }),
    ],
    [
      'names-nobody-asked-for-are-told',
      { order: issuedRecord, memory: fetched({ extraNames: ['www.shop.example.com'] }) },
      expect.objectContaining({
        ready: expect.objectContaining({ message: expect.stringContaining('the CA added www.shop.example.com') }),
      }),
    ],
    ['issued-record-is-collected-again-after-a-restart', { order: issuedRecord }, { do: 'fetch' }],
    [
      'issued-record-is-not-settled-again-whatever-comes-back',
      { order: issuedRecord, memory: fetched({ verdict: 'reject', code: 'WrongKey', message: 'no' }) },
      pendingReport(/^Stalled: order 812 was issued as 0A1B/, 'Stalled'),
    ],
    [
      'another-certificate-than-the-one-on-record-is-not-handed-out',
      { order: issuedRecord, memory: fetched({ serial: 'FF' }) },
      pendingReport(/^Stalled: order 812 was issued as 0A1B/, 'Stalled'),
    ],
    [
      'an-order-without-any-proof-of-being-ours-is-not-believed',
      { order: openOrder(), memory: { seen: looked({ ours: 'unsaid', phase: 'failed', word: 'Rejected' }) } },
      expect.objectContaining({ do: 'note', reason: 'OrderUnknown' }),
    ],
    [
      'stalled-is-looked-at-again-since-somebody-may-have-revoked-it',
      {
        tick: TICK + 300_000,
        order: openOrder(),
        memory: fetched({ verdict: 'stalled', code: 'MissingNames', message: 'it lacks b' }),
      },
      { do: 'look' },
    ],
    [
      'what-was-collected-before-the-last-look-is-collected-again',
      {
        order: openOrder(),
        memory: {
          ...fetched({}),
          seen: { look: { phase: 'issued', word: 'Issued', ours: 'yes' }, at: TICK + 1, looks: 2 },
        },
      },
      { do: 'fetch' },
    ],
    [
      'wrong-key-settles-as-failed',
      { order: openOrder(), memory: fetched({ verdict: 'reject', code: 'WrongKey', message: 'no' }) },
      expect.objectContaining({ do: 'settle', as: expect.objectContaining({ phase: 'Failed', code: 'WrongKey' }) }),
    ],
    [
      'missing-names-stall-and-do-not-fail',
      { order: openOrder(), memory: fetched({ verdict: 'stalled', code: 'MissingNames', message: 'it lacks b' }) },
      expect.objectContaining({ do: 'note', reason: 'Stalled' }),
    ],
    [
      'settled-as-failed-is-reported',
      {
        order: openOrder({
          phase: 'Failed',
          conditions: [
            {
              type: 'Ready',
              status: 'False',
              reason: 'Failed',
              message: 'Order 812 ended as "Rejected"',
              lastTransitionTime: '2026-11-23T12:00:00Z',
            },
          ],
        }),
      },
      failedReport(/^Order 812 ended as "Rejected"$/),
    ],
    [
      'trouble-waits-and-keeps-the-order',
      { order: openOrder(), memory: { trouble: { kind: 'Unavailable', message: '503', at: TICK, times: 1 } } },
      pendingReport(/\(Unavailable\)/),
    ],
    [
      'retry-after-of-trouble-is-kept',
      {
        order: openOrder(),
        request: requestView({
          ready: { reason: 'Pending', message: 'The CA cannot be asked at the moment (RateLimited): slow down' },
        }),
        memory: { trouble: { kind: 'RateLimited', message: 'slow down', at: TICK, times: 1, retryAfterMs: 90_000 } },
      },
      { do: 'wait', because: expect.any(String), until: TICK + 90_000 },
    ],
    [
      'trouble-over-is-tried-again',
      { order: openOrder(), memory: { trouble: { kind: 'Unavailable', message: '503', at: TICK - 6_000, times: 1 } } },
      { do: 'look' },
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
