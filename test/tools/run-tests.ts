// npm test: everything that must hold, in one command. The last line is `N passed, N failed`.
//
//   npm test                          checks, build, all tests
//   npm test -- unit                  the tests of one level (see LEVELS), and nothing else
//   npm test -- e2e -t renewal        any arguments of vitest
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { duration } from '../cluster/progress.ts'
import { build } from './build.ts'
import { check } from './check.ts'
import { runVitest } from './run-vitest.ts'
import { type Counts, countTests } from './test-counts.ts'

/** A level's name stands for its vitest projects. */
const LEVELS: Readonly<Record<string, string>> = {
  unit: '--project=unit',
  integration: '--project=integration*',
  e2e: '--project=e2e*',
  matrix: '--project=matrix',
  faults: '--project=faults',
  outages: '--project=outages',
  soak: '--project=soak',
}

/** The parts of a whole run, each with a cluster of its own, the longest first; all but one mostly wait. */
const LANES = [
  ['--project=unit', '--project=integration', '--project=e2e'],
  ['--project=e2e-own-release', '--project=integration-elections'],
  ['--project=faults', '--project=soak', '--project=outages'],
  ['--project=matrix'],
] as const
/** So many at the same time: more on few cores would run into the time-outs of tests. */
const MOST_LANES = Math.max(2, availableParallelism() - 1)

const LONGEST_REASON = 2_000
const STACK_OF_OTHERS = /\n +at .*node_modules.*/g

const log = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(args: readonly string[]): Promise<void> {
  const start = performance.now()
  const whole = args.length === 0
  let failedSteps = 0
  if (whole) {
    failedSteps += await check(log)
    failedSteps += await step('build', build)
  }
  const lanes = whole ? LANES : [args.map((arg) => LEVELS[arg] ?? arg)]
  const counts = await inTurns(lanes, (lane) => runLane(lane, !whole))
  // Again at the end: above are thousands of lines, and of a long output often only the end is kept.
  for (const reason of counts.flatMap(({ reasons }) => reasons))
    log(`\n${reason.replaceAll(STACK_OF_OTHERS, '').slice(0, LONGEST_REASON)}`)
  const passed = counts.reduce((sum, lane) => sum + lane.passed, 0)
  const failed = counts.reduce((sum, lane) => sum + lane.failed, failedSteps)
  log(`all steps took ${duration(performance.now() - start)}`)
  log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

/** Runs one step and returns how many failures it adds. */
async function step(name: string, action: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  try {
    await action()
    log(`${name}: ok, ${duration(performance.now() - start)}`)
    return 0
  } catch (error) {
    log(`${name}: FAILED, ${duration(performance.now() - start)}\n${error instanceof Error ? error.message : error}`)
    return 1
  }
}

async function inTurns(lanes: readonly (readonly string[])[], run: (lane: readonly string[]) => Promise<Counts>) {
  const waiting = [...lanes]
  const counts: Counts[] = []
  const work = async (): Promise<void> => {
    for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) counts.push(await run(lane))
  }
  await Promise.all(Array.from({ length: MOST_LANES }, work))
  return counts
}

async function runLane(args: readonly string[], filtered: boolean): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'certwright-tests-'))
  const reportFile = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  try {
    const exitCode = await runVitest([...reporters, ...args])
    const report = await readFile(reportFile, 'utf8').catch(() => undefined)
    return countTests({ report, exitCode, filtered })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

await main(process.argv.slice(2))
