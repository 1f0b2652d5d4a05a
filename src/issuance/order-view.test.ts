import { describe, expect, it } from 'vitest'
import { NOW, openOrder, order, requestView } from '../../test/support/known.ts'
import { isSentAgain, neededSince, waitingOf } from './order-view.ts'

const HOUR = 3_600_000
const createdAt = '2026-11-20T10:00:00Z'

describe('an order record', () => {
  it('is needed since its request was made, or the first one that it continues; without any since it was made itself', () => {
    const request = requestView({ createdAt: NOW - HOUR })
    expect(neededSince(order(), request)).toBe(NOW - HOUR)
    expect(neededSince(order(undefined, { continues: { uid: 'gone', createdAt } }), request)).toBe(
      Date.parse(createdAt),
    )
    expect(neededSince(order(), undefined)).toBe(Date.parse(order().metadata.creationTimestamp))
  })

  it('waits since the turn of its waiting, and once it is issued since then', () => {
    const waiting = { for: 'Approval', since: createdAt, processing: 60, approval: 0 } as const
    const issuedAt = '2026-11-23T11:00:00Z'
    expect(waitingOf(openOrder({ waiting }))).toMatchObject({ for: 'Approval', since: Date.parse(createdAt) })
    expect(waitingOf(openOrder({ phase: 'Issued', issuedAt, waiting })).since).toBe(Date.parse(issuedAt))
  })
})

describe('an attempt', () => {
  const at = (startedAt: string, number = 1) =>
    order({ phase: 'Submitting', attempts: [{ number, startedAt, outcome: 'Refused' }] })

  it.each([
    ['that is on record as before is not sent again', at(createdAt), at(createdAt), false],
    ['that began anew is', at(createdAt), at('2026-11-20T10:01:00Z'), true],
    ['whose intent was the record is, once it has one of its own', order(), at(createdAt), true],
    ['is not when another one is', order(), at(createdAt, 2), false],
  ])('%s', (_, before, now, again) => {
    expect(isSentAgain(1, { before, now })).toBe(again)
  })
})
