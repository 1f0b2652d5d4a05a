import { describe, expect } from 'vitest'
import { openOrder, order, TICK } from '../../test/support/known.ts'
import { aim, check, end, gone, lookedAt, recordKnown, says } from '../../test/support/record-known.ts'
import type { CertificateOrderStatus } from '../api/certificate-order.ts'
import { planRecord, type RecordKnown } from './orphan.ts'
import { ORPHAN_AGAIN_MS, ORPHAN_GRACE_MS, ORPHAN_LOOK_MS } from './waits.ts'

const DAY = 24 * 60 * 60_000
const MINUTE = 60_000
const attempts = (outcome: 'Refused' | 'Unknown') => [{ number: 1, startedAt: '2026-11-23T11:59:59Z', outcome }]
const noted = planRecord(recordKnown({ memory: lookedAt({}) }))
const KEPT = noted.do === 'note' ? noted.message : ''
const kept = says('RequestDeleted', KEPT, { remote: { id: '812', state: 'Requested', attributes: {} } })

describe('a record that has ended', () => {
  check([
    ['is-kept-for-its-time', { uselessInMs: 5 * DAY }, { do: 'wait', until: TICK + 5 * DAY }],
    ['is-removed-after-it', { uselessInMs: 0 }, { do: 'remove' }],
    ['stays-while-its-request-is-not-told', { uselessInMs: 0, wanted: true }, { do: 'nothing' }],
  ])
})

describe('rule 10: an open order whose request is gone', () => {
  const heir = (status?: CertificateOrderStatus, uid = 'heir'): RecordKnown['heir'] => {
    const requestRef = { kind: 'CertificateRequest', name: 'shop-2', uid } as const
    const record = order(status, { requestRef, firstAttempt: 'AfterSearch' })
    return { waits: true, order: { ...record, metadata: { ...record.metadata, name: `cr-${uid}` } } }
  }
  const foreign = order(undefined, { marker: 'certwright:1:another' })
  check([
    ['is-its-request’s-as-long-as-that-is-there', { wanted: true }, { do: 'nothing' }],
    [
      'is-left-alone-for-a-minute',
      { memory: { goneSince: TICK - 1_000 } },
      { do: 'wait', until: TICK - 1_000 + ORPHAN_GRACE_MS },
    ],
    ['is-asked-about-where-no-cache-lags-behind', { memory: { goneSince: gone.goneSince ?? 0 } }, { do: 'confirm' }],
    ['is-looked-at', {}, { do: 'look' }],
    [
      'says-so-once',
      { memory: lookedAt({}) },
      { do: 'note', reason: 'RequestDeleted', message: expect.stringMatching(/Order 812 is kept/), event: 'Normal' },
    ],
    [
      'shows-the-ca’s-new-word-without-an-event',
      { order: kept, memory: lookedAt({ word: 'Approved' }) },
      { do: 'note', reason: 'RequestDeleted', message: KEPT },
    ],
    [
      'says-once-that-it-was-issued-all-the-same',
      { order: kept, memory: lookedAt({ phase: 'issued', word: 'Issued' }) },
      {
        do: 'note',
        reason: 'Unclaimed',
        message: expect.stringMatching(/812 was issued all the same/),
        event: 'Normal',
      },
    ],
    [
      'goes-on-saying-so-while-the-ca-cannot-be-asked',
      { order: says('Unclaimed', 'x'), aim: undefined },
      { do: 'wait', until: TICK + ORPHAN_AGAIN_MS },
    ],
    [
      'shows-no-word-about-an-order-that-is-not-ours',
      { order: kept, memory: lookedAt({ word: 'Approved', ours: 'no' }) },
      expect.objectContaining({ do: 'wait' }),
    ],
    [
      'is-looked-at-again-seldom',
      { order: kept, memory: lookedAt({}, MINUTE) },
      { do: 'wait', until: TICK - MINUTE + ORPHAN_LOOK_MS },
    ],
    ['but-again', { order: kept, memory: lookedAt({}, ORPHAN_LOOK_MS) }, { do: 'look' }],
    [
      'is-not-asked-about-sooner-than-the-ca-likes',
      { order: kept, memory: { ...gone, trouble: { at: TICK, times: 1, retryAfterMs: 2 * MINUTE } } },
      { do: 'wait', until: TICK + 2 * MINUTE },
    ],
    [
      'ends-when-the-ca-ended-it',
      { memory: lookedAt({ phase: 'failed', word: 'Rejected' }) },
      end('Failed', /order 812 ended as "Rejected"$/),
    ],
    [
      'is-not-believed-to-have-ended-when-it-is-another’s',
      { order: kept, memory: lookedAt({ phase: 'failed', word: 'Requested', ours: 'no' }) },
      expect.objectContaining({ do: 'wait' }),
    ],
    [
      'is-kept-while-the-ca-cannot-be-asked',
      { order: kept, aim: undefined },
      { do: 'wait', until: TICK + ORPHAN_AGAIN_MS },
    ],
    [
      'is-never-asked-about-elsewhere',
      { order: kept, aim: { ...aim, tenant: 'other' } },
      { do: 'wait', until: TICK + ORPHAN_AGAIN_MS },
    ],
    [
      'ends-when-nobody-came-in-time-and-says-what-is-left',
      { order: kept, age: 7 * DAY, aim: undefined },
      end('RequestDeleted', /Order 812 is left as it is at the CA, last seen as "Requested": decline it/),
    ],
    [
      'that-the-ca-refused-ends',
      { order: order({ phase: 'Submitting', attempts: attempts('Refused') }) },
      end('RequestDeleted', /there is none$/),
    ],
    [
      'that-the-ca-refused-after-an-attempt-of-unknown-outcome-is-kept',
      {
        order: order({
          phase: 'Submitting',
          attempts: attempts('Refused').map((attempt) => ({ ...attempt, number: 2 })),
        }),
      },
      expect.objectContaining({ do: 'note', message: expect.stringMatching(/not known whether the CA has made/) }),
    ],
    [
      'of-unknown-outcome-cannot-be-searched-for-and-is-kept',
      { order: order({ phase: 'OutcomeUnknown', attempts: attempts('Unknown') }), onRequestDeleted: 'Decline' },
      expect.objectContaining({
        do: 'note',
        reason: 'RequestDeleted',
        message: expect.stringMatching(/begin with certwr/),
      }),
    ],
    [
      'of-unknown-outcome-ends-with-what-to-look-for',
      { order: order({ phase: 'OutcomeUnknown', attempts: attempts('Unknown') }), age: 7 * DAY },
      end('RequestDeleted', /comments that begin with certwright:1:b5b5c9a1/),
    ],
    [
      'that-can-be-delivered-to-nobody-ends',
      { order: says('Stalled', 'Stalled: order 812 was issued, but the certificate lacks b.example') },
      end('RequestDeleted', /lacks b\.example$/),
    ],
    [
      'waits-for-the-request-that-claimed-it',
      { heir: { waits: true, order: undefined } },
      expect.objectContaining({ do: 'wait' }),
    ],
    ['is-free-again-when-that-one-went', { heir: { waits: false, order: undefined } }, { do: 'look' }],
    ['is-free-again-when-that-one-ordered-by-itself', { heir: { waits: false, order: foreign } }, { do: 'look' }],
    ['stays-until-the-next-record-knows-what-there-is', { heir: heir() }, expect.objectContaining({ do: 'wait' })],
    [
      'ends-when-the-next-record-has-the-id',
      { heir: heir({ phase: 'Open', remote: { id: '812', attributes: {} } }) },
      end('Continued', /CertificateOrder "cr-heir" continues it/),
    ],
    ['ends-when-the-next-record-has-ended', { heir: heir({ phase: 'Failed' }) }, end('Continued', /cr-heir/)],
    [
      'takes-over-the-id-of-the-record-that-it-continues',
      {
        order: order(undefined, {
          continues: { uid: 'first', createdAt: '2026-11-22T10:00:00Z' },
          firstAttempt: 'AfterSearch',
        }),
        alike: [{ order: openOrder(), wanted: false }],
      },
      { do: 'adopt', remote: { id: '812', attributes: {} } },
    ],
  ])
})

describe('a record of an order that was placed again', () => {
  const again = openOrder({
    attempts: [
      { number: 1, startedAt: '2026-11-23T11:00:00Z', outcome: 'Unknown' },
      { number: 2, startedAt: '2026-11-23T12:00:00Z', outcome: 'Accepted' },
    ],
  })
  const early = { order: again, sinceAttempt: MINUTE, wanted: true }
  const due = { ...early, sinceAttempt: 61 * MINUTE }
  check([
    ['is-searched-for-an-hour-later', early, { do: 'wait', until: TICK + 59 * MINUTE }],
    ['then', due, { do: 'searchAgain' }],
    ['also-when-it-has-ended', { ...due, wanted: false, uselessInMs: 5 * DAY }, { do: 'searchAgain' }],
    ['but-not-before-what-is-due-for-its-own-sake', { ...due, wanted: false }, { do: 'look' }],
    [
      'and-does-not-keep-an-orphan-waiting',
      { ...early, wanted: false, memory: { goneSince: TICK } },
      { do: 'wait', until: TICK + ORPHAN_GRACE_MS },
    ],
    [
      'and-again-a-day-later',
      { ...due, memory: { late: { at: 60 * MINUTE, told: [] } } },
      { do: 'wait', until: TICK + DAY - 61 * MINUTE },
    ],
    [
      'later-when-the-ca-could-not-be-asked',
      { ...due, memory: { trouble: { at: TICK, times: 1 } } },
      { do: 'wait', until: TICK + 5_000 },
    ],
    ['later-while-its-issuer-is-not-ready', { ...due, aim: undefined }, { do: 'wait', until: TICK + ORPHAN_AGAIN_MS }],
    ['never-elsewhere', { ...due, aim: { ...aim, tenant: 'other' } }, { do: 'wait', until: TICK + ORPHAN_AGAIN_MS }],
    ['not-after-two-days', { ...due, sinceAttempt: 2 * DAY }, { do: 'nothing' }],
  ])
})
