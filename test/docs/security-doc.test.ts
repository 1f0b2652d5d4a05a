// docs/security.md: what is said to be stopped is shown by tests that are there, and what is not stopped is said.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../tools/root.ts'
import { citedTests, isThere } from './cited-tests.ts'

const markdown = readFileSync(join(root, 'docs', 'security.md'), 'utf8')
/** The rows of the tables about actors: what could be tried, what stops it, what shows that. */
const rows = Array.from(
  markdown.matchAll(/^\| (.+) \| (.+) \| (.+) \|$/gm),
  ([, tried = '', stopped = '', shown = '']) => ({
    tried,
    stopped,
    shown,
  }),
).filter(({ shown }) => shown !== 'shown by')

describe('docs/security.md', () => {
  it.each(rows)('shows that it is stopped, or says that it is not: $tried', ({ stopped, shown }) => {
    expect(shown.includes('.test.ts)') || (shown === '–' && stopped.startsWith('**Not stopped**'))).toBe(true)
  })

  it.each(citedTests('security.md'))('cites a test by its title: $file, $title', (test) => {
    expect(test.title).toBeDefined()
    expect(isThere(test)).toBe(true)
  })

  it('has rows for every actor', () => {
    expect(rows.length).toBeGreaterThan(40)
  })
})
