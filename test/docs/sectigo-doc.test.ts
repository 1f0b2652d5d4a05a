// docs/sectigo.md says what the code says.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { issuerSpec } from '../../src/api/sectigo-issuer.ts'
import { CREDENTIAL_WORDS } from '../../src/backends/sectigo/credential-state.ts'
import { refusalRules } from '../../src/backends/sectigo/refusals.ts'
import { todoOf } from '../../src/backends/sectigo/status.ts'
import { root } from '../tools/root.ts'
import { refusalTable, sectigoDoc, withTable } from './refusal-table.ts'
import { fieldsOf } from './spec-fields.ts'

describe('docs/troubleshooting.md', () => {
  const troubleshooting = readFileSync(join(root, 'docs', 'troubleshooting.md'), 'utf8')
  const section = troubleshooting.split('## Who is waited for')[1]?.split('\n## ')[0] ?? ''

  it.each(refusalRules.filter(({ cause }) => cause === 'validation'))('says whom code $code waits for', ({ code }) => {
    expect(section).toMatch(new RegExp(`${code}\\b`))
  })

  it.each(['Requested', 'Applied'])('has the words of an order that is %s', (word) => {
    expect(section).toContain(`is "${word}"`)
    expect(section).toContain(todoOf(word, 'ssl').todo)
  })
})

describe('docs/sectigo.md', () => {
  const markdown = sectigoDoc()

  it('has the table of refusals that the code has', () => {
    expect(withTable(markdown, refusalTable())).toBe(markdown)
  })

  it('has every state of a login', () => {
    for (const word of CREDENTIAL_WORDS) expect(markdown).toContain(`| ${word} |`)
  })

  it.each(fieldsOf(issuerSpec))('says what becomes of spec.%s', (field) => {
    const table = markdown.split('## What a setting becomes')[1]?.split('\n## ')[0] ?? ''
    const settings = Array.from(
      table.matchAll(/^\| (.*?) \|/gm),
      ([, cell = '']) => cell.match(/[\w.*]+/g) ?? [],
    ).flat()
    expect(settings).toContain(field.replace(/^\w+\.(profile|term)$/, '*.$1'))
  })
})
