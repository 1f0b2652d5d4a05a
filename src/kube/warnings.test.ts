import { describe, expect, it } from 'vitest'
import { Warnings } from './warnings.ts'

function told(...headers: readonly (string | readonly string[] | undefined)[]): string[] {
  const texts: string[] = []
  const warnings = new Warnings((text) => texts.push(text))
  for (const header of headers) warnings.read(header)
  return texts
}

describe('Warning headers', () => {
  it('are handed on as texts, in whatever way they come', () => {
    expect(told(undefined, '299 - "one"', ['299 - "two"', '299 - "say \\"three\\" \\\\"'])).toEqual([
      'one',
      'two',
      'say "three" \\',
    ])
    expect(told('299 - "four", 299 kube "five, 6" "Tue, 15 Nov 2026 08:12:31 GMT"')).toEqual(['four', 'five, 6'])
  })

  it('of other kinds are not for us', () => {
    expect(told('199 - "miscellaneous"', 'nonsense', '')).toEqual([])
  })

  it('are told once, bounded in length and number', () => {
    expect(told('299 - "one"', '299 - "one"')).toEqual(['one'])
    expect(told(`299 - "${'x'.repeat(5_000)}"`)[0]).toHaveLength(512)
    expect(told(...Array.from({ length: 500 }, (_, index) => `299 - "${index}"`))).toHaveLength(100)
  })
})
