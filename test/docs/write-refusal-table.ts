// Writes the table of refusals into docs/sectigo.md. Run it after a change of the list:
// `node test/docs/write-refusal-table.ts`.
import { writeFileSync } from 'node:fs'
import { refusalTable, SECTIGO_DOC, sectigoDoc, withTable } from './refusal-table.ts'

writeFileSync(SECTIGO_DOC, withTable(sectigoDoc(), refusalTable()))
