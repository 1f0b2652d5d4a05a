// The documentation is only as good as its reader of comments.
import { describe, expect, it } from 'vitest'
import { describedSchema, documentedValues, readmeWithTable, valuesTable } from './values-doc.ts'

const VALUES = `# Head of the file.

# Number of
# pods.
replicas: 2

image:
  # Name of the image.
  name: certwright
  # Tag.
  #
  # More about it.
  tag: ""
# Passed on as it is.
resources:
  # not a value of ours
  limits: {memory: 1Mi}
bare: true
`
const SCHEMA = {
  properties: {
    replicas: { type: 'integer' },
    image: { properties: { name: { type: 'string' }, tag: { type: 'string' } } },
    resources: { type: 'object' },
    bare: { type: 'boolean' },
  },
}

describe('documentedValues', () => {
  it('takes the first paragraph of the comment above each value, and groups from the schema', () => {
    expect(documentedValues(VALUES, SCHEMA)).toEqual([
      { path: 'replicas', default: 2, description: 'Number of pods.' },
      { path: 'image.name', default: 'certwright', description: 'Name of the image.' },
      { path: 'image.tag', default: '', description: 'Tag.' },
      { path: 'resources', default: { limits: { memory: '1Mi' } }, description: 'Passed on as it is.' },
      { path: 'bare', default: true, description: '' },
    ])
  })

  it('refuses a file that is not a mapping', () => {
    expect(() => documentedValues('- 1', SCHEMA)).toThrow('values.yaml is not a mapping')
  })
})

describe('what is written', () => {
  const values = documentedValues(VALUES, SCHEMA)

  it('puts the table between the marks and keeps the rest', () => {
    const readme =
      'before\n<!-- values: written by test/chart/write-chart-docs.ts -->\nold\n<!-- end of values -->\nafter\n'
    const written = readmeWithTable(readme, valuesTable(values))
    expect(written).toContain('| `image.tag` | Tag. | `""` |\n')
    expect(written).not.toContain('old')
    expect(written).toMatch(/^before\n.*\nafter\n$/s)
    expect(readmeWithTable(written, valuesTable(values))).toBe(written)
  })

  it('refuses a README without the marks', () => {
    expect(() => readmeWithTable('text', '')).toThrow('lacks the marks')
  })

  it('gives each value of the schema its description', () => {
    const described = describedSchema(SCHEMA, values)
    expect(described.properties?.['image']?.properties?.['tag']).toEqual({ type: 'string', description: 'Tag.' })
    expect(SCHEMA.properties.image.properties.tag).toEqual({ type: 'string' })
  })
})
