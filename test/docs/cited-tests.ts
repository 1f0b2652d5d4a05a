// Pages of docs/ that cite the tests which show what they say: a link to the file, then titles in double quotes.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../tools/root.ts'

export interface CitedTest {
  /** Below the root. */
  readonly file: string
  /** Absent: the whole file. */
  readonly title?: string
}

/** `[name](../src/a.test.ts) "one", "two"` cites two tests. */
export function citedTests(page: string): readonly CitedTest[] {
  const markdown = readFileSync(join(root, 'docs', page), 'utf8')
  const citations = markdown.matchAll(/\]\(\.\.\/([^)]+\.test\.ts)\)((?:,? "[^"]+")*)/g)
  return [...citations].flatMap(([, file = '', quoted = '']) => {
    const titles = [...quoted.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title)
    return titles.length === 0 ? [{ file }] : titles.map((title) => ({ file, title }))
  })
}

/** Is there such a file, with a test or a group of tests of this title? */
export function isThere({ file, title }: CitedTest): boolean {
  const path = join(root, file)
  if (!existsSync(path)) return false
  return title === undefined || readFileSync(path, 'utf8').includes(`'${title}'`)
}
