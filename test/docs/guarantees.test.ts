// docs/guarantees.md says what the code does and what its tests show: every rule once and in order, with tests that are there,
// words that people will meet, and the times that are in force.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { issuerSpec } from '../../src/api/sectigo-issuer.ts'
import { ENROL_TIMEOUT_MS } from '../../src/backends/sectigo/timing.ts'
import * as waits from '../../src/issuance/waits.ts'
import { DEFAULT_GRACE_MS } from '../../src/runtime/lifecycle.ts'
import { root } from '../tools/root.ts'
import { fieldsOf } from './spec-fields.ts'

const PAGE = join(root, 'docs', 'guarantees.md')
const markdown = readFileSync(PAGE, 'utf8')
const [before = '', ...sections] = markdown.split(/^### Rule /m)
/** Titles may be broken across lines. */
const rules = sections.map((section) => (section.split('\n## ')[0] ?? '').replaceAll(/\s+/g, ' '))
const numbers = Array.from({ length: 12 }, (_, n) => n + 1)

const read = (path: string): string => readFileSync(join(dirname(PAGE), path), 'utf8')

/** The tests that a rule cites, by file: `[plan](../src/issuance/plan.test.ts) "one title", "another"`. */
function citedIn(rule: string): { file: string; titles: readonly string[] }[] {
  return Array.from(rule.matchAll(/\]\((\S+\.test\.ts)\)((?:,? "[^"]+")+)/g), ([, file = '', quoted = '']) => ({
    file,
    titles: Array.from(quoted.matchAll(/"([^"]+)"/g), ([, title = '']) => title),
  }))
}

describe('a rule of docs/guarantees.md', () => {
  it('is there once, in its place', () => {
    expect(rules.map((rule) => Number(/^(\d+): /.exec(rule)?.[1]))).toEqual(numbers)
    expect(before).not.toBe('')
  })

  it.each(numbers)('names tests that are there, and that name it: rule %i', (number) => {
    const cited = citedIn(rules[number - 1] ?? '')
    for (const { file, titles } of cited) {
      for (const title of titles) expect(isIn(read(file), title), `${file}: ${title}`).toBe(true)
    }
    expect(cited.filter(({ file }) => read(file).includes(`describe('rule ${number}: `))).not.toEqual([])
  })

  it('cites no file without a test in it', () => {
    const files = rules.flatMap((rule) => Array.from(rule.matchAll(/\]\((\S+\.test\.ts)\)/g), ([, file]) => file))
    expect(rules.flatMap(citedIn).map(({ file }) => file)).toEqual(files)
  })
})

describe('docs/guarantees.md', () => {
  it('names reasons, phases and kinds that the operator writes', () => {
    const written = [...sourcesOf('src/issuance'), ...sourcesOf('src/api')].join('\n')
    const named = Array.from(markdown.matchAll(/`([A-Z][a-z]+(?:[A-Z][a-z]+)*)`/g), ([, word = '']) => word)
    expect(named.length).toBeGreaterThan(10)
    for (const word of new Set(named)) {
      // cert-manager's.
      if (word !== 'Certificate') expect(written).toMatch(new RegExp(`['"\`|]${word}\\b`))
    }
  })

  it('names settings that an issuer has', () => {
    const named = Array.from(markdown.matchAll(/`spec\.([\w.]+)`/g), ([, field = '']) => field)
    expect(fieldsOf(issuerSpec)).toEqual(expect.arrayContaining(named))
  })

  it('links to what is there', () => {
    for (const [, path = '', anchor] of markdown.matchAll(/\]\(([^)#]+)(?:#([^)]+))?\)/g)) {
      expect(existsSync(join(dirname(PAGE), path)), path).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(read(path)), path).toContain(anchor)
    }
  })

  it('has the times that are in force', () => {
    const table = /\| what \| how long \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(markdown)?.[1] ?? ''
    const rows = Array.from(table.matchAll(/^\| (.+?) \| (.+?) \|$/gm), ([, what = '', long = '']) => [what, long])
    const known = Object.entries(TIMES).map(([what, times]) => [what, times.map(inWords).join(', ')])
    expect(rows).toEqual(known)
    expect(markdown).toContain(`At most ${waits.MOST_ATTEMPTS} attempts`)
  })
})

const TIMES: Readonly<Record<string, readonly number[]>> = {
  'from the record to the first byte, or never': [waits.SUBMIT_BY_MS],
  'an enrolment may take': [ENROL_TIMEOUT_MS],
  'a shutdown waits for that, and for its id on record': [DEFAULT_GRACE_MS],
  'searches after a lost answer, counted from the first': waits.SEARCH_ROUNDS_MS,
  'the same for device certificates': waits.SEARCH_ROUNDS_DEVICE_MS,
  'searches before a late record is sent': waits.SEARCH_ROUNDS_NO_ATTEMPT_MS,
  'searches for a second order, counted from the last attempt': waits.LATE_SEARCHES_MS,
  'such a search is made up for, by a new leader too, until': [waits.LATE_SEARCH_END_MS],
  'a search that cannot answer, or found another order in the way, again after': [waits.SEARCH_AGAIN_MS],
  'the same attempt after a refusal, at the latest again after': [waits.REFUSED_LONGEST_MS],
  'the domains that a refusal named, and an order that was followed for an hour, are looked at again after': [
    waits.LOOK_LATER_MS,
  ],
  'a certificate may have begun before its request by': [waits.NOT_BEFORE_TOLERANCE_MS],
  'a request was approved before its process began to lead, and still is sent without a search, by': [
    waits.FRESH_APPROVAL_MS,
  ],
  'an order is given up only by a process that has followed it for': [waits.FOLLOWED_MS],
  'an order that was not approved in time is tried to be declined, if SCM does not answer, for': [
    waits.DECLINE_WITHIN_MS,
  ],
}

/** `10 s`, `30 min`, `48 h`. */
function inWords(ms: number): string {
  if (ms < 60_000 || ms % 60_000 !== 0) return `${ms / 1_000} s`
  return ms > 60 * 60_000 ? `${ms / 3_600_000} h` : `${ms / 60_000} min`
}

/** Is the title there as a string of the source? */
function isIn(source: string, title: string): boolean {
  return [`'${title}'`, `"${title}"`].some((literal) => source.includes(literal))
}

function sourcesOf(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
}

function anchorsOf(page: string): string[] {
  return Array.from(page.matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}
