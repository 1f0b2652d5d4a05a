import { describe, expect, it } from 'vitest'
import { openOrder, order } from '../../test/support/known.ts'
import type { Candidate } from '../backends/backend.ts'
import { mayBeDoubled, othersIn, untilNextLook } from './repeated.ts'

const HOUR = 3_600_000
const startedAt = '2026-11-23T11:59:59Z'

describe('an order that may have a second one', () => {
  it.each([
    ['was placed once', openOrder(), false],
    ['was placed twice', openOrder({ attempts: [{ number: 2, startedAt, outcome: 'Accepted' }] }), true],
    [
      'has no id yet',
      order({ phase: 'OutcomeUnknown', attempts: [{ number: 2, startedAt, outcome: 'Unknown' }] }),
      false,
    ],
    [
      'is the first of its record, which was made late',
      order({ phase: 'Open', remote: { id: '812', attributes: {} } }, { firstAttempt: 'AfterSearch' }),
      true,
    ],
  ])('%s', (_, one, expected) => {
    expect(mayBeDoubled(one)).toBe(expected)
  })

  it.each([
    ['just sent', { age: 0, lookedAt: 0 }, HOUR],
    ['an hour old', { age: HOUR, lookedAt: 0 }, 0],
    ['an hour old, and looked for', { age: HOUR + 5, lookedAt: HOUR }, 23 * HOUR - 5],
    ['a day old', { age: 24 * HOUR, lookedAt: HOUR }, 0],
    ['a day old, and this process has only begun', { age: 30 * HOUR, lookedAt: 0 }, 0],
    ['a day old, and looked for', { age: 24 * HOUR + 5, lookedAt: 24 * HOUR }, undefined],
    ['two days old', { age: 48 * HOUR, lookedAt: 0 }, undefined],
  ])('is looked for when it is due: %s', (_, known, expected) => {
    expect(untilNextLook(known)).toBe(expected)
  })

  it('is one with our marker and another id that was not declined, rejected or revoked', () => {
    const candidate = (id: string, match: Candidate['match'], phase?: Candidate['phase']): Candidate => ({
      remote: { id, attributes: {} },
      match,
      phase,
      requestedOn: undefined,
    })
    const candidates = [
      candidate('812', 'marker'),
      candidate('813', 'marker', 'issued'),
      candidate('814', 'marker', 'failed'),
      candidate('815', 'csr'),
    ]
    expect(othersIn({ outcome: 'searched', candidates }, openOrder())).toEqual(['813'])
    expect(othersIn({ outcome: 'notSearchable', reason: 'no name' }, openOrder())).toEqual([])
  })
})
