// Where the chart's files are and what they hold, for the tests and the writer of its documentation.
import { readFileSync } from 'node:fs'
import type { SchemaNode } from './values-doc.ts'

export const CHART = new URL('../../charts/certwright/', import.meta.url)
export const README = new URL('README.md', CHART)
export const SCHEMA = new URL('values.schema.json', CHART)

export function chartFile(name: string): string {
  return readFileSync(new URL(name, CHART), 'utf8')
}

export function valuesSchema(): SchemaNode {
  return JSON.parse(readFileSync(SCHEMA, 'utf8'))
}
