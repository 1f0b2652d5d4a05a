// Writes the comments of values.yaml into the chart's README and schema. Run it after a change of values.yaml:
// `node test/chart/write-chart-docs.ts`.
import { readFileSync, writeFileSync } from 'node:fs'
import { chartFile, README, SCHEMA, valuesSchema } from './chart-files.ts'
import { describedSchema, documentedValues, readmeWithTable, valuesTable } from './values-doc.ts'

const schema = valuesSchema()
const values = documentedValues(chartFile('values.yaml'), schema)
writeFileSync(SCHEMA, `${JSON.stringify(describedSchema(schema, values), undefined, 2)}\n`)
writeFileSync(README, readmeWithTable(readFileSync(README, 'utf8'), valuesTable(values)))
