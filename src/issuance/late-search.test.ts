import { describe, expect, it } from 'vitest'
import { openOrder, order } from '../../test/support/known.ts'
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { Candidate } from '../backends/backend.ts'
import { mayBeDoubled, nextLateSearch, surplusIn } from './late-search.ts'

const HOUR = 3_600_000
const startedAt = '2026-11-23T11:59:59Z'
const again = openOrder({
  attempts: [
    { number: 1, startedAt, outcome: 'Unknown' },
    { number: 2, startedAt, outcome: 'Accepted' },
  ],
})

describe('rule 5: an order may be doubled', () => {
  it.each<[string, CertificateOrder, boolean]>([
    ['when it was placed again', again, true],
    [
      'when the attempts before are in the record that it continues',
      openOrder({ attempts: again.status?.attempts?.slice(1) ?? [] }),
      true,
    ],
    [
      'when an earlier record of it may be gone',
      { ...openOrder(), spec: { ...openOrder().spec, firstAttempt: 'AfterSearch' } },
      true,
    ],
    ['not when its one attempt was found', openOrder(), false],
    [
      'not while none is known: the search goes on',
      order({ phase: 'OutcomeUnknown', attempts: again.status?.attempts ?? [] }),
      false,
    ],
  ])('%s', (_, record, expected) => {
    expect(mayBeDoubled(record)).toBe(expected)
  })
})

describe('rule 5: an order that was placed again is searched for', () => {
  it.each<[string, number, number | undefined, number | undefined]>([
    ['an hour later', 0, undefined, HOUR],
    ['then', HOUR, undefined, 0],
    ['and a day later', 2 * HOUR, HOUR, 22 * HOUR],
    ['then', 24 * HOUR, HOUR, 0],
    ['and no more', 25 * HOUR, 24 * HOUR, undefined],
    ['late by whoever comes late', 5 * HOUR, undefined, 0],
    ['once by whoever comes after a day', 30 * HOUR, undefined, 0],
    ['which is then all', 30 * HOUR, 30 * HOUR, undefined],
    ['never after two days', 48 * HOUR, undefined, undefined],
  ])('%s (%i ms after it, last at %s)', (_, sinceAttempt, searchedAt, expected) => {
    expect(nextLateSearch(again, { sinceAttempt, searchedAt })).toBe(expected)
  })

  it('never when it cannot be doubled', () => {
    expect(nextLateSearch(openOrder(), { sinceAttempt: HOUR })).toBeUndefined()
  })
})

describe('rule 5: surplus', () => {
  const candidate = (id: string, differing: Partial<Candidate> = {}): Candidate => ({
    remote: { id, attributes: {} },
    match: 'marker',
    phase: 'issued',
    requestedOn: undefined,
    ...differing,
  })
  const surplusOf = (one: Candidate, policy: 'Keep' | 'Decline' = 'Decline') =>
    surplusIn({ outcome: 'searched', candidates: [candidate('812'), one] }, again, policy)
  const named = (decline: boolean) => [{ remote: { id: '811', attributes: {} }, decline }]

  it.each<[string, Candidate, unknown]>([
    ['is not what is on record', candidate('812'), []],
    ['is what is issued beside it, and is never revoked', candidate('811'), named(false)],
    ['is declined while it awaits approval', candidate('811', { phase: 'awaitingApproval' }), named(true)],
    ['is left when it is past that', candidate('811', { phase: 'processing' }), named(false)],
    ['is left when the CA does not say how far it is', candidate('811', { phase: undefined }), named(false)],
    ['is not what came to nothing', candidate('811', { phase: 'failed' }), []],
    ['is not what has our CSR alone', candidate('811', { match: 'csr' }), []],
    ['is not what may be somebody else’s', candidate('811', { match: 'names' }), []],
  ])('%s', (_, one, expected) => {
    expect(surplusOf(one)).toEqual(expected)
  })

  it('is not declined where the issuer keeps orders', () => {
    expect(surplusOf(candidate('811', { phase: 'awaitingApproval' }), 'Keep')).toEqual(named(false))
  })

  it('is unknown where the CA cannot be searched', () => {
    expect(surplusIn({ outcome: 'notSearchable', reason: 'too many' }, again, 'Decline')).toEqual([])
  })
})
