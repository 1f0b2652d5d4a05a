import { describe } from 'vitest'
import { issuerView, order, requestView, TICK, target } from '../../test/support/known.ts'
import { check, pendingReport } from '../../test/support/rules.ts'
import type { Candidate, Refusal } from '../backends/backend.ts'
import type { Known, Memory } from './known.ts'
import { SEARCH_ROUNDS_MS } from './waits.ts'

const searched = (candidates: readonly Candidate[], rounds: number, ago: number): Memory => ({
  search: { since: TICK - ago, at: TICK - ago, rounds, last: { outcome: 'searched', candidates } },
})

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
      pendingReport(/^Waiting for the issuer's owner: term\. The order is placed again by itself$/, 'OrderRefused'),
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
      pendingReport(/^Waiting for the issuer's owner: term\. The order is placed again by itself$/, 'OrderRefused'),
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
      pendingReport(/^Waiting for the issuer's owner: term\. The order is placed again by itself$/, 'OrderRefused'),
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
      {
        order: refusedOrder,
        memory: searched(
          [{ remote: { id: '812', attributes: {} }, match: 'marker', phase: undefined, requestedOn: undefined }],
          1,
          0,
        ),
      },
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
      pendingReport(/^Waiting for validation at the CA: term\. The order is placed again by itself$/, 'OrderRefused'),
    ],
  ])
})

describe('rule 9: while a validation is missing, the domains that a refusal named are looked at', () => {
  const domains = ['acme.example']
  const message = 'Waiting for validation at the CA: term. The order is placed again by itself'
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
      'but-not-before-the-time-that-the-ca-named-nor-are-they-looked-at-again-until-then',
      {
        ...waits(undefined),
        memory: {
          ...refusal('validation', refusedAgo, { domains, retryAfterMs: refusedAgo + 60_000 }),
          domains: { shown, at: TICK - 330_000, changed: true },
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
