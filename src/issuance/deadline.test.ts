import { describe, expect } from 'vitest'
import { issuerView, looked, openOrder, order, requestView, TICK, target } from '../../test/support/known.ts'
import { check, pendingReport } from '../../test/support/rules.ts'
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CancelOutcome } from '../backends/backend.ts'
import type { Known, Memory } from './known.ts'

const DAY = 86_400_000
const LONG = 8 * DAY
const followed = (memory: Memory = {}): Memory => ({ followedSince: TICK - 3_600_000, ...memory })
const awaiting = (memory: Memory = {}): Memory =>
  followed({ seen: looked({ phase: 'awaitingApproval', word: 'Requested' }, 60_000), ...memory })

type Waiting = NonNullable<NonNullable<CertificateOrder['status']>['waiting']>
const waiting = (kind: Waiting['for'], spent: Partial<Waiting> = {}): { waiting: Waiting } => ({
  waiting: { for: kind, since: '2026-11-15T12:00:00Z', processing: 0, approval: 0, ...spent },
})
const gaveUp = (message: RegExp) => ({
  do: 'settle',
  as: { phase: 'Failed', code: 'DeadlineExceeded', message: expect.stringMatching(message) },
})
const attempt = { number: 1, startedAt: '2026-11-15T12:00:00Z' } as const
const notReady = issuerView({ notReady: 'SecretNotFound: create it' })
const trouble = { kind: 'Unavailable', message: 'HTTP 503', at: TICK - 1_000, times: 1 } as const
const cancelled = (outcome: CancelOutcome): Partial<Known> => ({
  order: openOrder(waiting('Approval')),
  waited: LONG,
  memory: awaiting({ cancelled: outcome }),
})

describe('the deadline for processing', () => {
  const issued = openOrder({ phase: 'Issued', serial: '0A', issuedAt: '2026-11-15T12:00:00Z' })
  const applied = followed({ seen: looked({}, 60_000) })
  check([
    [
      'ends-an-order-that-takes-too-long',
      { order: openOrder(), waited: LONG, memory: applied },
      gaveUp(/^Order 812 was not delivered within spec\.deadlines\.processing/),
    ],
    [
      'ends-one-that-the-ca-never-took',
      {
        order: order({ phase: 'Submitting', attempts: [{ ...attempt, outcome: 'Refused' }] }),
        waited: LONG,
        memory: followed(),
      },
      gaveUp(/^No order came about/),
    ],
    [
      'ends-one-that-was-only-searched-for',
      { order: order(undefined, { firstAttempt: 'AfterSearch' }), waited: LONG, memory: followed() },
      gaveUp(/did not become known/),
    ],
    [
      'ends-one-that-may-be-there-and-says-how-to-find-it',
      { order: order(), waited: LONG, memory: followed() },
      gaveUp(/did not become known .* comments begin with certwright:1:b5b5c9a1-0000-4000-8000-000000000001$/),
    ],
    [
      'ends-one-of-which-an-earlier-attempt-may-be-there',
      {
        order: order({ phase: 'Submitting', attempts: [{ ...attempt, number: 2, outcome: 'Refused' }] }),
        waited: LONG,
        memory: followed(),
      },
      gaveUp(/did not become known/),
    ],
    [
      'says-what-it-was-that-was-waited-for-last',
      {
        order: order({ phase: 'Submitting', attempts: [{ ...attempt, outcome: 'Refused' }] }),
        waited: LONG,
        memory: followed(),
        request: requestView({ ready: { reason: 'Pending', message: 'Waiting for validation at the CA' } }),
      },
      gaveUp(/^No order came about within \S+ of its issuer\. It said last: Waiting for validation at the CA$/),
    ],
    [
      'and-as-much-of-it-as-a-message-holds',
      {
        order: openOrder(),
        waited: LONG,
        memory: applied,
        request: requestView({ ready: { reason: 'Pending', message: 'x'.repeat(2_000) } }),
      },
      gaveUp(/^Order 812 was not delivered .* It said last: x{1800,1900}\u2026$/),
    ],
    ['has-not-passed-before-its-time', { order: openOrder(), waited: 6 * DAY, memory: applied }, { do: 'look' }],
    [
      'counts-what-was-waited-before',
      { order: openOrder(waiting('Processing', { processing: 6 * 86_400 })), waited: 2 * DAY, memory: applied },
      gaveUp(/not delivered/),
    ],
    [
      'does-not-count-the-wait-for-approval',
      { order: openOrder(waiting('Processing', { approval: 99 * 86_400 })), waited: DAY, memory: applied },
      { do: 'look' },
    ],
    [
      'is-not-believed-of-a-clock-alone',
      { order: openOrder(), waited: 900 * DAY, memory: { ...applied, followedSince: TICK - 60_000 } },
      { do: 'look' },
    ],
    [
      'ends-an-order-of-an-issuer-that-moved',
      {
        order: openOrder(),
        waited: LONG,
        memory: followed(),
        issuer: issuerView({ aim: { ...target, organization: '1' } }),
      },
      gaveUp(/not delivered/),
    ],
    [
      'fails-a-request-whose-certificate-is-not-handed-out-again',
      {
        order: issued,
        waited: LONG,
        memory: followed({ fetched: { at: TICK - 1_000, tries: 1, delivery: 'notYet' } }),
      },
      { do: 'report', ready: expect.objectContaining({ reason: 'Failed' }) },
    ],
    [
      'not-before-that-certificate-was-asked-for-since-the-issuer-may-have-been-away-all-the-time',
      { order: issued, waited: LONG, memory: followed() },
      { do: 'fetch' },
    ],
  ])
})

describe('rule 10: an order that is given up while it awaits approval', () => {
  check([
    [
      'is-not-that-for-processing',
      { order: openOrder(waiting('Approval', { processing: 99 * 86_400 })), waited: DAY, memory: awaiting() },
      { do: 'look' },
    ],
    ['begins-when-it-is-on-record', { order: openOrder(), waited: LONG, memory: awaiting() }, { do: 'look' }],
    [
      'has-the-order-declined',
      { order: openOrder(waiting('Approval')), waited: LONG, memory: awaiting() },
      { do: 'cancel', message: 'Not approved in time; request shop/shop-1 was given up' },
    ],
    [
      'does-not-ask-again-at-once-while-the-ca-cannot-be-asked',
      { order: openOrder(waiting('Approval')), waited: LONG, memory: awaiting({ trouble }) },
      pendingReport(/cannot be asked at the moment/),
    ],
    [
      'ends-it-also-where-nobody-answers-for-days',
      { order: openOrder(waiting('Approval')), waited: LONG + 3 * DAY, memory: awaiting({ trouble }) },
      gaveUp(/was not delivered within spec\.deadlines\.approval/),
    ],
    [
      'ends-it-also-where-the-ca-says-for-days-that-it-awaits-approval-and-is-too-late-to-decline',
      { ...cancelled({ outcome: 'tooLate', word: 'Applied' }), waited: LONG + 3 * DAY },
      gaveUp(/was not delivered within spec\.deadlines\.approval/),
    ],
    ['then-ends-it', cancelled({ outcome: 'cancelled' }), gaveUp(/was not approved within .* and is declined$/)],
    [
      'ends-it-where-the-account-may-not',
      cancelled({ outcome: 'notPermitted', message: 'no' }),
      gaveUp(/still open at the CA, decline it there: the account may not \(no\)$/),
    ],
    [
      'sends-nobody-to-decline-what-is-not-ours-any-more',
      cancelled({ outcome: 'notOurs' }),
      gaveUp(/without our marker .* is left alone/),
    ],
    [
      'does-not-believe-that-another-order-under-its-id-awaits-approval',
      {
        order: openOrder(waiting('Processing')),
        waited: LONG,
        memory: awaiting({ seen: looked({ phase: 'awaitingApproval', ours: 'no' }) }),
      },
      gaveUp(/was not delivered within spec\.deadlines\.processing/),
    ],
    [
      'follows-it-on-when-it-was-approved-meanwhile',
      cancelled({ outcome: 'tooLate', word: 'Applied' }),
      { do: 'look' },
    ],
    [
      'follows-it-on-when-it-was-issued-meanwhile',
      cancelled({ outcome: 'alreadyFinal', phase: 'issued', word: 'Issued' }),
      { do: 'look' },
    ],
    [
      'declines-nothing-where-the-issuer-moved',
      {
        order: openOrder(waiting('Approval')),
        waited: LONG,
        memory: awaiting(),
        issuer: issuerView({ aim: { ...target, tenant: 'other' } }),
      },
      gaveUp(/was not delivered within spec\.deadlines\.approval/),
    ],
    [
      'counts-on-after-a-restart-without-a-look',
      { order: openOrder(waiting('Approval')), waited: LONG, memory: followed() },
      expect.objectContaining({ do: 'cancel' }),
    ],
  ])
})

describe('an issuer that is not Ready', () => {
  const told = requestView({ ready: { reason: 'Pending', message: 'x' } })
  check([
    [
      'stops-the-deadlines-on-record',
      { order: openOrder(), issuer: notReady, waited: LONG, memory: followed() },
      { do: 'note', reason: 'IssuerNotReady', message: expect.stringMatching(/SecretNotFound/) },
    ],
    [
      'then-is-told-on-the-request',
      { order: openOrder(waiting('Issuer')), issuer: notReady, waited: LONG, memory: followed(), request: told },
      pendingReport(/SecretNotFound/),
    ],
    [
      'as-one-that-is-gone-does',
      { order: openOrder(waiting('Issuer')), issuer: undefined, waited: LONG, memory: followed() },
      pendingReport(/does not exist/, 'IssuerNotFound'),
    ],
    [
      'and-ends-nothing-when-it-is-Ready-again',
      { order: openOrder(waiting('Issuer')), waited: LONG, memory: followed({ seen: looked({}) }) },
      expect.objectContaining({ do: 'note', state: 'Applied' }),
    ],
    [
      'starts-them-again-for-an-order-without-an-id',
      {
        order: order({ phase: 'OutcomeUnknown', ...waiting('Issuer') }),
        memory: followed({
          search: { since: TICK, at: TICK, rounds: 1, last: { outcome: 'searched', candidates: [] } },
        }),
      },
      { do: 'note', reason: 'Pending', message: expect.stringMatching(/^OrderUnknown/) },
    ],
    [
      'starts-them-again-although-it-points-elsewhere-now',
      {
        order: openOrder(waiting('Issuer')),
        waited: LONG,
        memory: followed(),
        issuer: issuerView({ aim: { ...target, profile: 'elsewhere' } }),
      },
      { do: 'note', reason: 'Pending', message: expect.stringMatching(/^IssuerMoved/) },
    ],
    [
      'starts-them-again-although-the-ca-cannot-be-asked',
      { order: openOrder(waiting('Issuer')), waited: LONG, memory: followed({ trouble }) },
      { do: 'note', reason: 'Pending', message: expect.stringMatching(/cannot be asked/) },
    ],
    [
      'starts-them-again-for-an-order-that-was-refused',
      {
        order: order({
          phase: 'Submitting',
          attempts: [{ ...attempt, outcome: 'Refused' }],
          ...waiting('Issuer'),
        }),
        memory: followed({
          refused: { refusal: { cause: 'busy', code: '-1', message: 'busy' }, at: TICK - 1_000, times: 1 },
        }),
      },
      { do: 'note', reason: 'Pending', message: expect.stringMatching(/^Waiting for the CA/) },
    ],
    [
      'leaves-an-ended-order-alone',
      { order: openOrder({ phase: 'Issued', serial: '0A' }), issuer: notReady },
      pendingReport(/SecretNotFound/),
    ],
  ])
})
