// Runs every property for as long as is asked, each time with new random answers:
//
//   npm run fuzz                     a minute for all together
//   npm run fuzz -- --seconds 600 --seed 42
//   npm run fuzz -- --seconds 600 --only 'ordered once'     those that have these words in their names
//
// The seed of a failure is printed; the same seed finds it again.
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { allProperties, createSample } from './properties.ts'

const DEFAULT_SECONDS = 60
/** As many as fit into the time. */
const RUNS = 1_000_000_000

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const seconds = Number(values.seconds ?? DEFAULT_SECONDS)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
if (!(seconds > 0) || !Number.isInteger(seed)) {
  process.stderr.write('--seconds must be above 0, --seed a whole number\n')
  process.exit(2)
}

const properties = allProperties(await createSample()).filter(({ name }) => name.includes(values.only ?? ''))
const interruptAfterTimeLimit = (seconds * 1_000) / properties.length
let failed = 0
for (const { name, property } of properties) {
  const details = await fc.check(property, { numRuns: RUNS, seed, interruptAfterTimeLimit })
  const ok = !details.failed || (details.interrupted && details.counterexample === null)
  if (!ok) failed++
  process.stdout.write(`${ok ? 'ok' : 'FAILED'}  ${String(details.numRuns).padStart(9)} runs  ${name}\n`)
  if (ok) continue
  const { message } = details.errorInstance instanceof Error ? details.errorInstance : { message: '' }
  process.stdout.write(`${fc.defaultReportMessage(details) ?? ''}\n${message}\n`)
}
process.stdout.write(`seed ${seed}: ${properties.length - failed} held, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1
