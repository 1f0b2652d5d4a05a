// docs/sectigo.md says what the code says.
import { describe, expect, it } from 'vitest'
import { issuerSpec } from '../../src/api/sectigo-issuer.ts'
import { CREDENTIAL_WORDS } from '../../src/backends/sectigo/credential-state.ts'
import { refusalTable, sectigoDoc, withTable } from './refusal-table.ts'

describe('docs/sectigo.md', () => {
  const markdown = sectigoDoc()

  it('has the table of refusals that the code has', () => {
    expect(withTable(markdown, refusalTable())).toBe(markdown)
  })

  it('has every state of a login', () => {
    for (const word of CREDENTIAL_WORDS) expect(markdown).toContain(`| ${word} |`)
  })

  it.each(['auth', 'ssl', 'device', 'client'] as const)('names every field of spec.%s', (field) => {
    const block = issuerSpec.shape[field]
    const shape = 'shape' in block ? block.shape : block.unwrap().shape
    for (const name of Object.keys(shape)) {
      if (name === 'profile' || name === 'term') continue
      expect(markdown).toContain(`${field}.${name}`)
    }
  })
})
