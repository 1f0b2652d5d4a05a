// docs/sectigo.md says what the code says.
import { describe, expect, it } from 'vitest'
import { issuerSpec } from '../../src/api/sectigo-issuer.ts'
import { CREDENTIAL_WORDS } from '../../src/backends/sectigo/credential-state.ts'
import { refusalTable, sectigoDoc, withTable } from './refusal-table.ts'
import { fieldsOf } from './spec-fields.ts'

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
