import { describe, expect, it } from 'vitest'
import { chooseTerm, type TermPolicy } from './term.ts'

const DAY = 86_400
const terms = [365, 30, 90, 199]

describe('chooseTerm', () => {
  it.each<[TermPolicy, number, number | undefined]>([
    ['Nearest', 90, 90],
    ['Nearest', 1, 30],
    ['Nearest', 60, 90],
    ['Nearest', 59, 30],
    ['Nearest', 9_999, 365],
    ['AtMost', 90, 90],
    ['AtMost', 198, 90],
    ['AtMost', 29, undefined],
    ['AtLeast', 91, 199],
    ['AtLeast', 90, 90],
    ['AtLeast', 366, undefined],
    ['Longest', 30, 365],
    ['Exact', 199, 199],
    ['Exact', 200, undefined],
  ])('%s %i days: %s', (policy, asked, days) => {
    const choice = chooseTerm({ terms, policy, durationSeconds: asked * DAY })
    if (days === undefined) expect(choice).toMatchObject({ problem: { field: 'spec.duration' } })
    else expect(choice).toEqual({ days })
  })

  it('rounds a duration up to whole days', () => {
    expect(chooseTerm({ terms, policy: 'AtLeast', durationSeconds: 90 * DAY + 1 })).toEqual({ days: 199 })
    expect(chooseTerm({ terms, policy: 'Exact', durationSeconds: 89 * DAY + 1 })).toEqual({ days: 90 })
  })

  it("goes by the request's duration, else the issuer's days, else the longest", () => {
    expect(chooseTerm({ terms, policy: 'Nearest', days: 90, durationSeconds: 30 * DAY })).toEqual({ days: 30 })
    expect(chooseTerm({ terms, policy: 'Nearest', days: 90 })).toEqual({ days: 90 })
    expect(chooseTerm({ terms, policy: 'Exact' })).toEqual({ days: 365 })
  })

  it('names what was asked and what there is', () => {
    expect(chooseTerm({ terms, policy: 'Exact', days: 100 })).toEqual({
      problem: {
        field: 'term.days',
        message: "asked are 100 days, the profile offers 30, 90, 199, 365, and the issuer's term policy is Exact",
      },
    })
    expect(chooseTerm({ terms: [], policy: 'Longest' })).toMatchObject({
      problem: { message: 'the profile offers no term' },
    })
  })
})
