// What the chart says about itself is complete and agrees with itself. What Helm and the API server make of it is tested
// in test/integration/chart.test.ts.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { chartFile, valuesSchema } from './chart-files.ts'
import {
  describedSchema,
  documentedValues,
  nodeAt,
  readmeWithTable,
  type SchemaNode,
  valuesTable,
} from './values-doc.ts'

const REWRITE = 'run `node test/chart/write-chart-docs.ts`'
const schema = valuesSchema()
const values = documentedValues(chartFile('values.yaml'), schema)
const manifest: Record<string, unknown> = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
)

describe('chart', () => {
  it('has the version and the licence of the project', () => {
    const chart = parse(chartFile('Chart.yaml'))
    expect(chart).toMatchObject({ name: 'certwright', version: manifest['version'], appVersion: manifest['version'] })
    expect(chart.annotations['artifacthub.io/license']).toBe(manifest['license'])
  })

  it('describes every value in one sentence or more', () => {
    expect(values.filter((value) => !/^[A-Z].*\.$/.test(value.description)).map((value) => value.path)).toEqual([])
  })

  it('shows every value in the README, as values.yaml has it', () => {
    const readme = chartFile('README.md')
    expect(readme, REWRITE).toBe(readmeWithTable(readme, valuesTable(values)))
  })

  it('describes every value in the schema, as values.yaml does', () => {
    expect(schema, REWRITE).toEqual(describedSchema(schema, values))
  })
})

describe('values.schema.json', () => {
  it('knows every value of values.yaml', () => {
    expect(values.filter((value) => nodeAt(schema, value.path) === undefined).map((value) => value.path)).toEqual([])
  })

  it('knows no value that values.yaml does not have', () => {
    const documented = new Set(values.map((value) => value.path))
    // Helm itself sets `global` when the chart is part of another one.
    expect(leaves(schema, '').filter((path) => path !== 'global' && !documented.has(path))).toEqual([])
  })

  it('allows no unknown member in any group', () => {
    expect(openGroups(schema, '<root>')).toEqual([])
  })
})

function leaves(node: SchemaNode, path: string): string[] {
  if (node.properties === undefined) return [path]
  const prefix = path === '' ? '' : `${path}.`
  return Object.entries(node.properties).flatMap(([name, child]) => leaves(child, prefix + name))
}

function openGroups(node: SchemaNode, path: string): string[] {
  if (node.properties === undefined) return []
  const below = Object.entries(node.properties).flatMap(([name, child]) => openGroups(child, `${path}.${name}`))
  return node.additionalProperties === false ? below : [path, ...below]
}
