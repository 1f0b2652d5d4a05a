import { describe } from 'vitest'
import { issuerView, order, requestView, TICK, target } from '../../test/support/known.ts'
import { check, pendingReport } from '../../test/support/rules.ts'
import type { Candidate, Refusal } from '../backends/backend.ts'
import type { Known, Memory } from './known.ts'
import { SEARCH_ROUNDS_DEVICE_MS, SEARCH_ROUNDS_MS } from './waits.ts'

const candidate = (id: string, match: Candidate['match'], phase?: Candidate['phase']): Candidate => ({
  remote: { id, attributes: {} },
  match,
  phase,
  requestedOn: undefined,
})
const marker = (id: string, phase?: Candidate['phase']): Candidate => candidate(id, 'marker', phase)
const twin = candidate('700', 'csr')
const searched = (candidates: readonly Candidate[], rounds: number, ago: number): Memory => ({
  search: { since: TICK - ago, at: TICK - ago, rounds, last: { outcome: 'searched', candidates } },
})
const until = Number.MAX_SAFE_INTEGER
const permit = { attempt: 1, until: { wall: until, monotonic: until } }

const lost = { order: order() }
const refusal = (
  cause: Refusal['cause'],
  ago: number,
  { times = 1, ...more }: { times?: number; retryAfterMs?: number; domains?: readonly string[] } = {},
): Memory => ({ refused: { at: TICK - ago, times, refusal: { cause, code: '-36', message: 'term', ...more } } })
const refusedOrder = order({
  phase: 'Submitting',
  attempts: [{ number: 1, startedAt: '2026-11-23T11:59:59Z', outcome: 'Refused' }],
})

describe('rule 3: only who recorded an attempt may send it, and once', () => {
  check([
    ['own-unsent-attempt-is-submitted', { ...lost, memory: { permit } }, { do: 'submit', attempt: 1 }],
    [
      'permit-for-another-attempt-is-worth-nothing',
      { ...lost, memory: { permit: { ...permit, attempt: 2 } } },
      { do: 'find' },
    ],
  ])
})

const spent: Partial<Known> = {
  issuer: issuerView({ budget: { ordersPerDay: 1, perNamespacePerDay: 1, openOrders: 200 } }),
  purchases: [{ namespace: 'shop', age: 1_000, open: false }],
}

describe('rule 5: an attempt whose outcome is unknown is searched for, and only then followed by another one', () => {
  check([
    ['record-found-without-an-id-is-searched-for', lost, { do: 'find' }],
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
      'another-attempt-waits-while-the-budget-is-used-up',
      { ...lost, ...spent, memory: searched([], SEARCH_ROUNDS_MS.length, 30 * 60_000) },
      pendingReport(/^BudgetExceeded: .* spec\.budget\.ordersPerDay/, 'BudgetExceeded'),
    ],
    [
      'the-first-one-was-paid-for-with-its-record',
      { ...spent, order: order(undefined, { firstAttempt: 'AfterSearch' }), memory: searched([], 2, 15_000) },
      { do: 'recordAttempt', number: 1 },
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
      'and-nobody-is-warned-of-them',
      { order: order(undefined, { firstAttempt: 'AfterSearch' }), memory: searched([], 1, 1_000) },
      pendingReport(/^OrderUnknown: an earlier record of this request may be gone/),
    ],
    [
      'search-that-is-old-is-made-again-before-another-attempt',
      { ...lost, memory: searched([], SEARCH_ROUNDS_MS.length, 61 * 60_000) },
      { do: 'find' },
    ],
    [
      'search-that-fails-waits',
      { ...lost, memory: { trouble: { kind: 'Unreachable', message: 'refused', at: TICK - 1_000, times: 1 } } },
      pendingReport(/cannot be asked at the moment \(Unreachable\): refused/),
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
    [
      'an-old-attempt-is-counted-from-our-own-first-sight-of-it',
      {
        order: order({
          phase: 'OutcomeUnknown',
          attempts: [{ number: 1, startedAt: '2026-11-20T12:00:00Z', outcome: 'Unknown' }],
        }),
        memory: searched([], 1, 1_000),
      },
      pendingReport(/^OrderUnknown/, 'OrderUnknown'),
    ],
    [
      'the-issuer-says-how-long-to-search',
      { ...lost, issuer: issuerView({ unknownOutcomeWait: 120_000 }), memory: searched([], 4, 120_000) },
      { do: 'recordAttempt', number: 2 },
    ],
    [
      'and-not-a-moment-less',
      { ...lost, issuer: issuerView({ unknownOutcomeWait: 120_000 }), memory: searched([], 3, 119_000) },
      pendingReport(/^OrderUnknown/, 'OrderUnknown'),
    ],
  ])
})

describe('rule 6: what a search finds', () => {
  check([
    [
      'found-by-marker-is-adopted',
      { ...lost, memory: searched([marker('812')], 1, 0) },
      { do: 'adopt', remote: { id: '812', attributes: {} }, others: [] },
    ],
    [
      'of-several-the-oldest-is-adopted',
      { ...lost, memory: searched([marker('1002'), marker('998')], 1, 0) },
      { do: 'adopt', remote: { id: '998', attributes: {} }, others: ['1002'] },
    ],
    [
      'one-that-lives-is-adopted-before-an-older-one-that-ended',
      {
        ...lost,
        memory: searched([marker('998', 'failed'), marker('1003'), marker('1002', 'awaitingApproval')], 1, 0),
      },
      { do: 'adopt', remote: { id: '1002', attributes: {} }, others: ['1003'] },
    ],
    [
      'of-several-that-ended-the-oldest-is-adopted',
      { ...lost, memory: searched([marker('1002', 'failed'), marker('998', 'failed')], 1, 0) },
      { do: 'adopt', remote: { id: '998', attributes: {} }, others: [] },
    ],
    [
      'twin-by-csr-blocks-for-good',
      { ...lost, memory: searched([twin], SEARCH_ROUNDS_MS.length, 40 * 60_000) },
      pendingReport(/order 700 at the CA has the same CSR.*until it is declined or revoked/, 'OrderUnknown'),
    ],
    [
      'twin-by-csr-is-named-at-once',
      { ...lost, memory: searched([twin], 1, 1_000) },
      pendingReport(/begin its comments with certwright:1:b5b5c9a1-0000-4000-8000-000000000001:1$/, 'OrderUnknown'),
    ],
    [
      'twin-that-was-declined-blocks-no-more',
      { ...lost, memory: searched([candidate('700', 'csr', 'failed')], SEARCH_ROUNDS_MS.length, 40 * 60_000) },
      { do: 'recordAttempt', number: 2 },
    ],
    [
      'order-that-says-nothing-but-its-names-blocks-and-says-how-to-tell-it-apart',
      { ...lost, memory: searched([candidate('700', 'names')], SEARCH_ROUNDS_MS.length, 40 * 60_000) },
      pendingReport(/order 700 at the CA has the same names.*if it is not, write any other comment/, 'OrderUnknown'),
    ],
    [
      'not-searchable-is-tried-again-as-often-as-not-found',
      {
        ...lost,
        memory: {
          search: {
            since: TICK - 20_000,
            at: TICK - 19_000,
            rounds: 1,
            last: { outcome: 'notSearchable', reason: 'no name' },
          },
        },
      },
      { do: 'find' },
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
  ])
})

const offering = (term: number) => issuerView({ offer: { possible: true, target: { ...target, term } } })
const problem = { field: 'spec.duration', message: 'asked are 199 days' }
const sentFor47 = order({
  phase: 'Submitting',
  attempts: [{ number: 1, startedAt: '2026-11-23T11:59:59Z', outcome: 'Refused', term: 47 }],
})

describe('each attempt asks for the term that is on offer then', () => {
  check([
    [
      'another-term-than-was-refused-is-asked-for-at-once',
      { order: refusedOrder, memory: refusal('issuer', 1_000), issuer: offering(47) },
      { do: 'recordAttempt', number: 1, term: 47 },
    ],
    [
      'that-is-kept-when-it-is-refused-as-well',
      { order: sentFor47, memory: refusal('issuer', 70_000), issuer: offering(47) },
      { do: 'recordAttempt', number: 1, term: 47 },
    ],
    [
      'but-it-is-not-asked-for-at-once-twice',
      { order: sentFor47, memory: refusal('issuer', 1_000), issuer: offering(47) },
      pendingReport(/^Waiting for the issuer's owner: term$/, 'OrderRefused'),
    ],
    [
      'the-first-one-is-asked-for-again-when-it-is-back',
      { order: sentFor47, memory: refusal('issuer', 1_000) },
      { do: 'recordAttempt', number: 1 },
    ],
    [
      'the-next-attempt-after-a-lost-one-too',
      { ...lost, memory: searched([], SEARCH_ROUNDS_MS.length, 30 * 60_000), issuer: offering(47) },
      { do: 'recordAttempt', number: 2, term: 47 },
    ],
    [
      'without-one-that-the-issuer-may-ask-for-it-waits',
      {
        order: refusedOrder,
        memory: refusal('issuer', 70_000),
        issuer: issuerView({ offer: { possible: false, by: 'issuer', problems: [problem] } }),
      },
      pendingReport(/^Waiting for SectigoIssuer "public-ov" to be changed: spec.duration: asked are 199 days$/),
    ],
    [
      'what-only-a-new-request-would-cure-is-left-to-the-ca-once-there-is-a-record',
      {
        order: sentFor47,
        memory: refusal('issuer', 70_000),
        issuer: issuerView({ offer: { possible: false, by: 'request', problems: [problem] } }),
      },
      { do: 'recordAttempt', number: 1, term: 47 },
    ],
  ])
})

describe('rule 9: definite refusals in a row share one attempt', () => {
  check([
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
      { order: refusedOrder, memory: refusal('busy', 70_000, { retryAfterMs: 120_000 }) },
      pendingReport(/^Waiting for the CA/),
    ],
    [
      'retry-after-0-does-not-mean-at-once',
      { order: refusedOrder, memory: refusal('busy', 1_000, { retryAfterMs: 0 }) },
      pendingReport(/^Waiting for the CA/),
    ],
    [
      'what-the-issuer-may-have-kept-from-being-ordered-is-sent-at-once-when-the-issuer-is-another',
      { order: refusedOrder, memory: { ...refusal('issuer', 1_000), through: 'as it was' } },
      { do: 'recordAttempt', number: 1 },
    ],
    [
      'what-the-ca-was-too-busy-for-is-not',
      { order: refusedOrder, memory: { ...refusal('busy', 1_000), through: 'as it was' } },
      pendingReport(/^Waiting for the CA/),
    ],
    [
      'while-the-issuer-is-the-same-it-waits',
      { order: refusedOrder, memory: { ...refusal('issuer', 1_000), through: issuerView().version } },
      pendingReport(/^Waiting for the issuer's owner: term$/, 'OrderRefused'),
    ],
    ['refusal-that-another-process-heard-is-searched-for-an-order', { order: refusedOrder }, { do: 'find' }],
    [
      'and-is-sent-again-under-its-number-when-there-is-none',
      { order: refusedOrder, memory: searched([], 1, 0) },
      { do: 'recordAttempt', number: 1 },
    ],
    [
      'or-when-that-cannot-be-told',
      {
        order: refusedOrder,
        memory: { search: { since: TICK, at: TICK, rounds: 1, last: { outcome: 'notSearchable', reason: 'no name' } } },
      },
      { do: 'recordAttempt', number: 1 },
    ],
    [
      'an-order-that-was-placed-since-is-adopted',
      { order: refusedOrder, memory: searched([marker('812')], 1, 0) },
      { do: 'adopt', remote: { id: '812', attributes: {} }, others: [] },
    ],
    [
      'domain-validation-is-waited-for-at-most-an-hour-at-a-time',
      { order: refusedOrder, memory: refusal('validation', 66 * 60_000, { times: 20 }) },
      { do: 'recordAttempt', number: 1 },
    ],
    [
      'and-says-so',
      { order: refusedOrder, memory: refusal('validation', 50 * 60_000, { times: 20 }) },
      pendingReport(/^Waiting for validation at the CA: term$/, 'OrderRefused'),
    ],
  ])
})

describe('rule 9: while a validation is missing, the domains that a refusal named are looked at', () => {
  const domains = ['acme.example']
  const message = 'Waiting for validation at the CA: term'
  const refusedAgo = 30 * 60_000
  const waits = (seen: Memory['domains'], times = 20): Partial<Known> => ({
    order: refusedOrder,
    request: requestView({ ready: { reason: 'Pending', message } }),
    memory: {
      ...refusal('validation', refusedAgo, { times, domains }),
      ...(seen === undefined ? {} : { domains: seen }),
    },
  })
  const shown = 'acme.example notvalidated '
  const look = { do: 'look', domains }
  check([
    [
      'the-request-says-so-first',
      { ...waits(undefined), request: requestView() },
      pendingReport(message, 'OrderRefused'),
    ],
    ['then-they-are-looked-at', waits(undefined), look],
    [
      'and-again-after-5-min',
      waits({ shown, at: TICK - 240_000, changed: false }),
      { do: 'wait', because: message, until: TICK + 60_000 },
    ],
    ['when-due', waits({ shown, at: TICK - 300_000, changed: false }), look],
    [
      'a-change-places-the-order-at-once',
      waits({ shown, at: TICK, changed: true }),
      { do: 'recordAttempt', number: 1 },
    ],
    [
      'but-not-before-the-time-that-the-ca-named',
      {
        ...waits({ shown, at: TICK, changed: true }),
        memory: {
          ...refusal('validation', refusedAgo, { domains, retryAfterMs: refusedAgo + 60_000 }),
          domains: { shown, at: TICK, changed: true },
        },
      },
      { do: 'wait', because: message, until: TICK + 60_000 },
    ],
    [
      'without-a-change-it-is-placed-again-by-the-hour',
      { ...waits({ shown, at: TICK, changed: false }), tick: TICK + refusedAgo },
      { do: 'recordAttempt', number: 1 },
    ],
    [
      'an-account-that-sees-no-domains-is-asked-once-for-each-refusal',
      waits({ shown: undefined, at: TICK - refusedAgo, changed: false }),
      { do: 'wait', because: message, until: TICK + refusedAgo },
    ],
    ['and-once-more-after-the-next', waits({ shown: undefined, at: TICK - refusedAgo - 1, changed: false }), look],
  ])
})
