// The closed list of definite refusals as a table of docs/sectigo.md, so that the two cannot differ.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { refusalRules } from '../../src/backends/sectigo/refusals.ts'
import { root } from '../tools/root.ts'

export const SECTIGO_DOC = join(root, 'docs', 'sectigo.md')

const BEGIN = '<!-- refusals: begin, written by test/docs/write-refusal-table.ts -->\n'
const END = '<!-- refusals: end -->'

export function refusalTable(): string {
  const rows = refusalRules
    .toSorted((a, b) => b.code - a.code)
    .map(({ code, when, cause, meaning, cure }) => {
      const said = when === undefined ? '' : ` (by its text: \`${when.source.replaceAll('|', '\\|')}\`)`
      return `| ${code} | ${meaning}${said} | ${cause} | ${cure} |`
    })
  return ['| code | meaning | cured by | what helps |', '|---|---|---|---|', ...rows, ''].join('\n')
}

/** The document with this table in place of its own. @throws when the markers are missing */
export function withTable(markdown: string, table: string): string {
  const begin = markdown.indexOf(BEGIN)
  const end = markdown.indexOf(END)
  if (begin === -1 || end < begin) throw new Error(`the markers of the table are missing: ${BEGIN}`)
  return `${markdown.slice(0, begin + BEGIN.length)}${table}${markdown.slice(end)}`
}

export function sectigoDoc(): string {
  return readFileSync(SECTIGO_DOC, 'utf8')
}
