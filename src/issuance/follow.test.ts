import { describe, expect } from 'vitest'
import { delivery, issuerView, looked, openOrder, requestView, TICK } from '../../test/support/known.ts'
import { check, failedReport, pendingReport } from '../../test/support/rules.ts'
import type { Memory } from './known.ts'

const waiting = 'Order 812 is "Applied": waiting for the CA'
const told = requestView({ ready: { reason: 'Pending', message: waiting } })
const recordSaying = (reason: string, message: string) =>
  openOrder({
    conditions: [{ type: 'Ready', status: 'False', reason, message, lastTransitionTime: '2026-11-23T12:00:00Z' }],
  })
const noted = recordSaying('Pending', waiting)
const toPublish = {
  validations: [{ domain: 'a.example', method: 'CNAME', name: '_4E.a.example.', value: '7A.15.sectigo.com.' }],
  todo: 'publish _4E.a.example. CNAME 7A.15.sectigo.com.',
}
const publish = `Order 812 is "Applied": waiting for domain validation: ${toPublish.todo}`
const asked = openOrder({
  conditions: [
    { type: 'Ready', status: 'False', reason: 'Pending', message: publish, lastTransitionTime: '2026-11-23T12:00:00Z' },
  ],
  domainValidations: toPublish.validations,
})
const slowDown =
  'The CA cannot be asked at the moment (RateLimited): slow down. For the owner of SectigoIssuer "public-ov": It is tried again by itself; lower spec.limits if this stays'
const issuedRecord = openOrder({ phase: 'Issued', serial: '0A1B' })
const goneTrouble = { kind: 'Gone', message: 'no order 812', at: TICK, times: 2 } as const
const gone =
  'The CA does not have the order (Gone): no order 812. For the owner of SectigoIssuer "public-ov": Look for it in SCM: if it was deleted there, delete the request, and another order is made; else check spec.url'
const fetched = (differing: object): Memory => ({
  seen: looked({ phase: 'issued', word: 'Issued' }),
  fetched: { delivery: { ...delivery, ...differing } as typeof delivery, at: TICK, tries: 1 },
})

describe('an order with an id', () => {
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
      'what-is-to-be-published-is-noted-too',
      { order: noted, memory: { seen: looked({ ...toPublish, phase: 'awaitingValidation' }) } },
      { do: 'note', reason: 'Pending', message: publish, state: 'Applied', validations: toPublish.validations },
    ],
    [
      'then-told-with-an-event',
      { order: asked, memory: { seen: looked({ ...toPublish, phase: 'awaitingValidation' }) } },
      pendingReport(publish, 'DomainValidation'),
    ],
    [
      'and-taken-back-when-it-is-done',
      { order: asked, memory: { seen: looked({}) } },
      { do: 'note', reason: 'Pending', message: waiting, state: 'Applied', validations: [] },
    ],
    [
      'what-waits-for-people-for-an-hour-is-looked-at-every-5-min',
      { order: noted, request: told, memory: { seen: { ...looked({}, 240_000), looks: 67 } } },
      { do: 'wait', because: waiting, until: TICK + 60_000 },
    ],
    [
      'trouble-waits-and-keeps-the-order',
      { order: openOrder(), memory: { trouble: { kind: 'Unavailable', message: '503', at: TICK, times: 1 } } },
      pendingReport(/\(Unavailable\)/),
    ],
    [
      'one-that-the-ca-does-not-show-yet-waits-and-keeps-it-too',
      { order: openOrder(), memory: { trouble: { ...goneTrouble, times: 1 } } },
      pendingReport(gone),
    ],
    [
      'one-that-the-ca-does-not-have-is-noted-first-so-that-no-other-request-continues-it',
      { order: openOrder(), memory: { trouble: goneTrouble } },
      { do: 'note', reason: 'OrderUnknown', message: gone },
    ],
    [
      'then-told-with-an-event',
      { order: recordSaying('OrderUnknown', gone), memory: { trouble: goneTrouble } },
      pendingReport(gone, 'OrderUnknown'),
    ],
    [
      'retry-after-of-trouble-is-kept',
      {
        order: openOrder(),
        request: requestView({ ready: { reason: 'Pending', message: slowDown } }),
        memory: { trouble: { kind: 'RateLimited', message: 'slow down', at: TICK, times: 1, retryAfterMs: 90_000 } },
      },
      { do: 'wait', because: expect.any(String), until: TICK + 90_000 },
    ],
    [
      'trouble-is-tried-again-at-once-when-the-issuer-is-another',
      {
        order: openOrder(),
        memory: { trouble: { kind: 'Unavailable', message: '503', at: TICK, times: 9 }, through: 'as it was' },
      },
      { do: 'look' },
    ],
    [
      'trouble-over-is-tried-again',
      { order: openOrder(), memory: { trouble: { kind: 'Unavailable', message: '503', at: TICK - 6_000, times: 1 } } },
      { do: 'look' },
    ],
  ])
})

describe('rule 7: what the CA shows under an id is believed only with our marker or CSR', () => {
  check([
    [
      'another-order-under-its-id-is-not-believed',
      { order: openOrder(), memory: { seen: looked({ ours: 'no', phase: 'issued' }) } },
      {
        do: 'note',
        reason: 'OrderUnknown',
        message: expect.stringMatching(/^OrderUnknown: .* not collected.*comments with certwright:1:b5b5\S*:1;/),
      },
    ],
    [
      'an-order-without-any-proof-of-being-ours-is-not-believed',
      { order: openOrder(), memory: { seen: looked({ ours: 'unsaid', phase: 'failed', word: 'Rejected' }) } },
      expect.objectContaining({ do: 'note', reason: 'OrderUnknown' }),
    ],
  ])
})

describe('rule 8: what is delivered', () => {
  check([
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
    [
      'of-thousands-of-names-nobody-asked-for-some-are-told',
      { order: issuedRecord, memory: fetched({ extraNames: Array.from({ length: 9_000 }, (_, n) => `host-${n}`) }) },
      expect.objectContaining({
        ready: expect.objectContaining({ message: expect.stringMatching(/^Certificate .{1900,1990}\u2026$/) }),
      }),
    ],
    [
      'usages-that-the-ca-left-out-are-told',
      { order: issuedRecord, memory: fetched({ missingPurposes: ['client auth'] }) },
      expect.objectContaining({
        ready: expect.objectContaining({ message: expect.stringContaining('the CA left out client auth') }),
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
      'stalled-is-looked-at-at-once-when-the-issuer-is-another',
      {
        order: openOrder(),
        memory: {
          ...fetched({ verdict: 'stalled', code: 'MissingNames', message: 'it lacks b' }),
          through: 'as it was',
        },
      },
      { do: 'look' },
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
      expect.objectContaining({
        do: 'note',
        reason: 'Stalled',
        message: expect.stringMatching(
          /^Stalled: order 812 was issued, but it lacks b\. .*delete this request: another order is made$/,
        ),
      }),
    ],
  ])
})
