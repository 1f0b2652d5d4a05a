import { describe, expect, it } from 'vitest'
import { delivery, NOW, openOrder, order, target } from '../../test/support/known.ts'
import * as record from './order-record.ts'
import { targetOf } from './order-view.ts'

const AT = '2026-11-23T12:00:00Z'
const lost = { code: 'TimedOut', message: 'no answer' }
const refusal = { cause: 'issuer', code: '-36', message: 'the term is not offered' } as const

describe('rule 5: attempts', () => {
  it('puts an outcome that comes after the end on record, and leaves the end as it is', () => {
    const given = order({ phase: 'Failed', failedAt: AT, attempts: [{ number: 1, startedAt: AT, account: 'ab' }] })
    const attempt = { number: 1, startedAt: AT, account: 'ab' }
    expect(record.accepted(given, 1, { id: '812', attributes: {} }, NOW)).toEqual({
      phase: 'Failed',
      remote: { id: '812', attributes: {} },
      attempts: [{ ...attempt, outcome: 'Accepted' }],
    })
    const late = [record.refused(given, 1, refusal, NOW), record.outcomeUnknown(given, 1, refusal, NOW)]
    expect(late).toEqual([
      { phase: 'Failed', attempts: [expect.objectContaining({ ...attempt, outcome: 'Refused' })] },
      { phase: 'Failed', attempts: [expect.objectContaining({ ...attempt, outcome: 'Unknown' })] },
    ])
  })

  it('lets the late outcome of an older attempt change nothing but itself', () => {
    const second = order({
      ...record.attemptRecorded(order({ ...record.outcomeUnknown(order(), 1, lost, NOW) }), { number: 2 }, 'ab', NOW),
    })
    const late = record.refused(second, 1, { ...refusal, cause: 'request' }, NOW)
    expect(late).toEqual({
      phase: 'Submitting',
      attempts: [
        expect.objectContaining({ number: 1, outcome: 'Refused' }),
        { number: 2, startedAt: AT, account: 'ab' },
      ],
    })
    expect(record.outcomeUnknown(second, 1, lost, NOW)).not.toHaveProperty('conditions')
  })
})

describe('rule 6: attempts', () => {
  it('says with which account each attempt was sent, whatever became of it', () => {
    const made = order(undefined, { account: 'ab' })
    const remote = { id: '812', attributes: {} }
    for (const { attempts } of [
      record.accepted(made, 1, remote, NOW),
      record.refused(made, 1, refusal, NOW),
      record.outcomeUnknown(made, 1, lost, NOW),
    ]) {
      expect(attempts).toMatchObject([{ number: 1, startedAt: '2026-11-23T11:59:59Z', account: 'ab' }])
    }
    const second = order({ ...record.attemptRecorded(made, { number: 2 }, 'cd', NOW) }, { account: 'ab' })
    expect(record.accepted(second, 2, remote, NOW).attempts).toEqual([
      { number: 2, startedAt: AT, account: 'cd', outcome: 'Accepted' },
    ])
    // Placed at an attempt of which nothing is on record.
    const late = order(undefined, { firstAttempt: 'AfterSearch' })
    expect(record.accepted(late, 1, remote, NOW).attempts).toEqual([
      { number: 1, startedAt: '2026-11-23T11:59:59Z', outcome: 'Accepted' },
    ])
  })
})

describe('rule 9: definite refusals', () => {
  it('sends a refused attempt again under its number, and another one beside the lost ones', () => {
    const refused = order({ ...record.refused(order(), 1, refusal, NOW) })
    expect(record.attemptRecorded(refused, { number: 1 }, 'ab', NOW).attempts).toEqual([
      { number: 1, startedAt: AT, account: 'ab' },
    ])
    const lost = order({ ...record.outcomeUnknown(order(), 1, { code: 'TimedOut', message: 'no answer' }, NOW) })
    expect(lost.status).toMatchObject({
      phase: 'OutcomeUnknown',
      attempts: [{ number: 1, outcome: 'Unknown', code: 'TimedOut' }],
    })
    expect(record.attemptRecorded(lost, { number: 2 }, 'ab', NOW).attempts).toMatchObject([
      { number: 1, outcome: 'Unknown' },
      { number: 2, startedAt: AT },
    ])
  })

  it('keeps what an attempt asked for beside the outcome', () => {
    const asked = order({ ...record.attemptRecorded(order(), { number: 1, term: 47 }, 'ab', NOW) })
    expect(targetOf(asked)).toEqual({ ...target, term: 47 })
    expect(record.refused(asked, 1, refusal, NOW).attempts).toMatchObject([{ outcome: 'Refused', term: 47 }])
  })

  it('ends when only a new request could cure the refusal, and else stays open for another try', () => {
    expect(record.refused(order(), 1, { ...refusal, cause: 'request' }, NOW)).toMatchObject({
      phase: 'Failed',
      failedAt: AT,
    })
    const curable = record.refused(order(), 1, refusal, NOW)
    expect(curable).toMatchObject({ phase: 'Submitting', attempts: [{ number: 1, outcome: 'Refused', code: '-36' }] })
    expect(curable).not.toHaveProperty('failedAt')
  })
})

describe('an order record', () => {
  it('opens with the id that the CA gave', () => {
    expect(record.accepted(order(), 1, { id: '812', attributes: { renewId: 'r' } }, NOW)).toMatchObject({
      phase: 'Open',
      openedAt: AT,
      remote: { id: '812', attributes: { renewId: 'r' } },
      attempts: [{ number: 1, startedAt: '2026-11-23T11:59:59Z', outcome: 'Accepted' }],
      conditions: [
        { type: 'Ready', status: 'False', reason: 'Pending', observedGeneration: 1, lastTransitionTime: AT },
      ],
    })
  })

  it('settles as issued with what the certificate says, and the CA’s last word', () => {
    expect(record.settled(openOrder(), { phase: 'Issued', delivery }, 'Issued', NOW)).toMatchObject({
      phase: 'Issued',
      issuedAt: AT,
      serial: '0A1B',
      notBefore: '2026-11-23T11:00:00Z',
      notAfter: '2027-06-10T12:00:00Z',
      remote: { id: '812', state: 'Issued' },
      conditions: [{ type: 'Ready', status: 'True', reason: 'Issued' }],
    })
  })

  it('settles as failed with the reason in its condition', () => {
    expect(
      record.settled(openOrder(), { phase: 'Failed', code: 'Declined', message: 'ended' }, 'Declined', NOW),
    ).toMatchObject({
      phase: 'Failed',
      failedAt: AT,
      remote: { id: '812', state: 'Declined' },
      conditions: [{ type: 'Ready', status: 'False', reason: 'Failed', message: 'ended' }],
    })
  })

  it('notes the CA’s word without touching the rest', () => {
    const note = {
      state: 'Requested',
      reason: 'Pending',
      message: 'waits',
      waits: { waitsFor: 'Processing', waited: 9 },
    } as const
    expect(record.noted(openOrder(), note, NOW)).toMatchObject({
      phase: 'Open',
      remote: { id: '812', state: 'Requested' },
      conditions: [{ reason: 'Pending', message: 'waits' }],
    })
    expect(record.noted(openOrder(), note, NOW)).not.toHaveProperty('waiting')
  })

  it.each([
    ['Processing', undefined, { processing: 90, approval: 0 }],
    ['Processing', { processing: 5, approval: 7 }, { processing: 95, approval: 7 }],
    ['Approval', { processing: 5, approval: 7 }, { processing: 5, approval: 97 }],
    ['Issuer', { processing: 5, approval: 7 }, { processing: 5, approval: 7 }],
  ] as const)('adds up how long it waited when it has waited for %s (%j before)', (ended, before, after) => {
    const waiting = before === undefined ? {} : { waiting: { for: ended, since: AT, ...before } }
    const waitsFor = ended === 'Approval' ? 'Processing' : 'Approval'
    const note = { reason: 'Pending', message: 'waits', waits: { waitsFor, waited: 90_400 } } as const
    expect(record.noted(openOrder(waiting), note, NOW).waiting).toEqual({ for: waitsFor, since: AT, ...after })
  })

  it('takes no time back when the clock went back', () => {
    const note = { reason: 'Pending', message: 'waits', waits: { waitsFor: 'Approval', waited: -90_400 } } as const
    expect(record.noted(openOrder(), note, NOW).waiting).toMatchObject({ processing: 0, approval: 0 })
  })
})
