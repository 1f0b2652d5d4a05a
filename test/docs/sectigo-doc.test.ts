// docs/sectigo.md says what the code says.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
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

  it.each(fieldsOf(issuerSpec))('says what becomes of spec.%s', (field) => {
    const table = markdown.split('## What a setting becomes')[1]?.split('\n## ')[0] ?? ''
    const settings = Array.from(
      table.matchAll(/^\| (.*?) \|/gm),
      ([, cell = '']) => cell.match(/[\w.*]+/g) ?? [],
    ).flat()
    expect(settings).toContain(field.replace(/^\w+\.(profile|term)$/, '*.$1'))
  })
})

/** `url`, `ssl.profile`: the fields of the spec, and of its blocks. */
function fieldsOf(spec: z.ZodType): string[] {
  return Object.entries(shapeOf(spec) ?? {}).flatMap(([name, schema]) => {
    const inner = Object.keys(shapeOf(schema) ?? {})
    return inner.length === 0 ? [name] : inner.map((one) => `${name}.${one}`)
  })
}

/** The fields of an object, whether or not it may be left out; undefined for anything else. */
function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  if (schema instanceof z.ZodObject) return schema.shape
  const { innerType } = schema._zod.def as { readonly innerType?: z.core.$ZodType }
  return innerType === undefined ? undefined : shapeOf(innerType)
}
