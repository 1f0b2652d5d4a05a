import { describe, expect, it } from 'vitest'
import { citedTests, isThere } from './cited-tests.ts'

const cited = citedTests('runtime.md')

describe('docs/runtime.md', () => {
  it('shows what it says', () => {
    expect(cited.length).toBeGreaterThan(40)
  })

  it.each(cited)('$file, $title', (test) => {
    expect(isThere(test)).toBe(true)
  })
})
