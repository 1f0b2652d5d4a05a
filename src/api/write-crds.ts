// `npm run crds`: writes the CustomResourceDefinitions. With --check it only says which files are out of date, and exits 1.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { staleCrdFiles, writeCrdFiles } from './crd-files.ts'

const root = join(import.meta.dirname, '..', '..')
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

const stale = staleCrdFiles(root)
if (values.check) {
  for (const path of stale) console.error(`${path} is out of date: run npm run crds`)
  if (stale.length > 0) process.exitCode = 1
} else {
  writeCrdFiles(root)
  for (const path of stale) console.log(path)
}
