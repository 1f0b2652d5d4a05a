import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { atMostOneOf, boundedMap, exactlyOneOf, rulesOf, withRule, withTransitionRule } from './rules.ts'

const fields = z.object({ a: z.string().exactOptional(), b: z.string().exactOptional(), c: z.string().exactOptional() })
const setTo = (names: string): object => Object.fromEntries([...names].map((name) => [name, 'x']))

describe('a choice among fields', () => {
  const one = exactlyOneOf(fields, ['a', 'b', 'c'])
  const most = atMostOneOf(fields, ['a', 'b', 'c'])

  it.each([
    ['', false, true],
    ['a', true, true],
    ['c', true, true],
    ['ab', false, false],
    ['abc', false, false],
  ])('with %j set: exactly one is %s, at most one is %s', (names, isOne, isMost) => {
    expect(one.safeParse(setTo(names)).success).toBe(isOne)
    expect(most.safeParse(setTo(names)).success).toBe(isMost)
  })

  it('says in CEL which fields it is about', () => {
    expect(rulesOf(one)).toEqual([
      {
        rule: '[has(self.a), has(self.b), has(self.c)].exists_one(isSet, isSet)',
        message: 'set exactly one of a, b, c',
      },
    ])
    expect(rulesOf(most)).toEqual([
      {
        rule: '[has(self.a), has(self.b), has(self.c)].filter(isSet, isSet).size() <= 1',
        message: 'set at most one of a, b, c',
      },
    ])
  })
})

describe('rules', () => {
  it('add up, and keep what else is said about the schema', () => {
    const even = withRule(z.int().describe('a number'), {
      rule: 'self % 2 == 0',
      message: 'must be even',
      holds: (n) => n % 2 === 0,
    })
    const kept = withTransitionRule(even, { rule: 'self == oldSelf', message: 'stays' })
    expect(rulesOf(kept)).toEqual([
      { rule: 'self % 2 == 0', message: 'must be even' },
      { rule: 'self == oldSelf', message: 'stays' },
    ])
    expect(kept.description).toBe('a number')
    expect(kept.safeParse(3).error?.issues[0]?.message).toBe('must be even')
  })

  it('about a change must mention the state before', () => {
    expect(() => withTransitionRule(z.string(), { rule: 'self == "a"', message: '' })).toThrow(
      'does not mention oldSelf',
    )
  })

  it('bound a map on both sides', () => {
    const map = boundedMap(z.string(), { entries: 1 })
    expect(map.safeParse({ a: '' }).success).toBe(true)
    expect(map.safeParse({ a: '', b: '' }).error?.issues[0]?.message).toBe('at most 1 entries')
    expect(map.meta()).toEqual({ maxProperties: 1 })
  })
})
