import { describe } from 'vitest'
import { issuerView, order, TICK, target } from '../../test/support/known.ts'
import { check, pendingReport } from '../../test/support/rules.ts'
import type { Candidate } from '../backends/backend.ts'
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
      pendingReport(
        /50 times the answer to this order was lost.*comments begin with certwright:1:b5b5/,
        'OrderUnknown',
      ),
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
      pendingReport(/cannot be searched for: no name.*comments begin with certwright:1:b5b5/, 'OrderUnknown'),
    ],
  ])
})
