import { describe, expect, it } from 'vitest'
import { remoteId } from './schemas.ts'

describe('remoteId', () => {
  it.each([
    [812, '812'],
    ['812', '812'],
    ['GADTi8Ws1d43h32SAAAAAA==', 'GADTi8Ws1d43h32SAAAAAA=='],
  ])('%s is %s', (id, text) => {
    expect(remoteId.parse(id)).toBe(text)
  })

  it.each(['', '../1', '1 2', -1, 1.5, null, {}, 'x'.repeat(65)])('refuses %s', (id) => {
    expect(remoteId.safeParse(id).success).toBe(false)
  })
})
