// docs/outages.md tells of the outages that test/outages runs, and what is said meanwhile.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { API_SERVER_OUTAGES } from '../outages/api-server-outages.ts'
import { SCM_OUTAGES } from '../outages/scm-outages.ts'
import { root } from '../tools/root.ts'

const markdown = readFileSync(join(root, 'docs', 'outages.md'), 'utf8')

/** Cells of the rows of the table under a heading. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const section = markdown.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const table = section.split('\n').filter((line) => line.startsWith('|'))
  return table.slice(2).map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')))
}

it('docs/outages.md has every outage of SCM, with what requests and metrics say', () => {
  const told = rowsUnder('SCM').map(([, name, says, login]) => ({ name, says: [says], login }))
  expect(told).toEqual(SCM_OUTAGES.map(({ name, says, login }) => ({ name, says, login })))
})

it('docs/outages.md has every outage of the API server', () => {
  expect(rowsUnder('The API server').map(([, name]) => name)).toEqual(API_SERVER_OUTAGES.map(({ name }) => name))
})
