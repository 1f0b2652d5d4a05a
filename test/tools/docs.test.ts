// Documentation that people search by the words they see must use those words.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CURE } from '../../src/issuance/issuer-status.ts'
import { root } from './root.ts'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The cells of every row of the table whose heading begins with the given cells. */
function tableIn(markdown: string, ...heading: readonly string[]): string[][] {
  const lines = markdown.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${heading.join(' | ')} |`))
  if (start === -1) throw new Error(`there is no table ${heading.join(', ')}`)
  const rows = lines.slice(start + 2)
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((row) => row.split('|').slice(1, -1))
}

/** The code of the order core, which has all the messages, with N for whatever is filled in. */
const wordings = readdirSync(join(root, 'src', 'issuance'))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => read(join('src', 'issuance', name)))
  .join('\n')
  .replace(/^\s*(?:\/\/|\/?\*).*$/gm, '')
  .replace(/\$\{[^}]*\}/g, 'N')

describe('docs/troubleshooting.md', () => {
  const troubleshooting = read('docs/troubleshooting.md')

  it('has every reason of an issuer, and no other', () => {
    const reasons = tableIn(troubleshooting, 'reason', 'cause').map(([reason = '']) => reason.replace(/[ `]/g, ''))
    expect(reasons.toSorted()).toEqual(Object.keys(CURE).toSorted())
  })
})

describe.each([
  ['README.md', ['you see']],
  ['docs/troubleshooting.md', ['reason', 'message']],
])('%s', (file, heading) => {
  const markdown = read(file)
  const rows = tableIn(markdown, ...heading)
  const quotes = rows.flatMap(
    (row) =>
      row
        .slice(0, heading.length)
        .join()
        .match(/"[^"]+"/g) ?? [],
  )

  it('has a row for many messages', () => {
    expect(rows.length).toBeGreaterThan(5)
    expect(quotes.length).toBeGreaterThan(5)
  })

  it.each(quotes)('quotes the operator: %s', (quote) => {
    // "Waiting for the CA": the second half is filled in.
    const words = quote.slice(1, -1).replace(/^Waiting for /, '')
    expect(wordings.includes(words)).toBe(true)
  })
})

describe.each([
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/issuer-access.md',
  'docs/sectigo.md',
  'docs/security.md',
  'docs/troubleshooting.md',
  'test/cluster/README.md',
])('%s', (file) => {
  const markdown = read(file)

  it('links only to files and headings that are there', () => {
    for (const [, target = ''] of markdown.matchAll(/\]\((?!https:)([^)]+)\)/g)) {
      const [path = '', anchor] = target.split('#')
      const linked = path === '' ? file : join(dirname(file), path)
      expect(existsSync(join(root, linked)), target).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(read(linked)), target).toContain(anchor)
    }
  })

  it('names only npm scripts, files and folders that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    for (const [, code = ''] of markdown.matchAll(/`([^`\n]+)`/g)) {
      const [, script] = /^npm (?:run )?([a-z:]+)/.exec(code) ?? []
      if (script !== undefined && script !== 'ci') expect(scripts, code).toHaveProperty([script])
      for (const [, path = ''] of code.matchAll(/(?:^|\s)((?:src|test|docs|charts|crds)\/[\w./-]*)/g))
        expect(existsSync(join(root, path)), code).toBe(true)
    }
  })
})

/** As GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  return Array.from(markdown.matchAll(/^#+ (.+)$/gm), ([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
}
