import { describe, expect, it } from 'vitest'
import { isOlder } from './resource-version.ts'

describe('isOlder', () => {
  it.each([
    ['9', '10', true],
    ['10', '9', false],
    ['10', '10', false],
    ['0', '1', true],
    ['9007199254740993', '9007199254740994', true],
    ['9999999999999999999', '10000000000000000000', true],
  ])('compares %s and %s as numbers of any size: %s', (one, than, older) => {
    expect(isOlder(one, than)).toBe(older)
  })

  it.each(['', '-1', '1.5', '007', 'abc', '1e3', ' 1'])('takes no guess about "%s"', (foreign) => {
    expect([isOlder(foreign, '5'), isOlder('5', foreign)]).toEqual([false, false])
  })
})
