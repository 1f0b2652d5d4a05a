// What can be said about the sources without running them. `npm run check` runs this alone.
import { join } from 'node:path'
import { duration } from '../cluster/progress.ts'
import { RunError, run } from '../cluster/run.ts'
import { readSources, violations } from './arrows.ts'
import { root } from './root.ts'

interface Check {
  readonly name: string
  /** What is wrong; empty when nothing is. */
  readonly problems: () => Promise<string>
}

const checks: readonly Check[] = [
  { name: 'types', problems: () => outputOf(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ['-p', root]) },
  {
    name: 'format and lint',
    problems: () => outputOf(join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'), ['check', root]),
  },
  { name: 'arrows between rooms', problems: async () => violations(readSources()).join('\n') },
  { name: 'crds/ up to date', problems: () => outputOf(join(root, 'src', 'api', 'write-crds.ts'), ['--check']) },
]

/** Runs every check, says how each went, and returns how many failed. */
export async function check(log: (line: string) => void): Promise<number> {
  const results = await Promise.all(
    checks.map(async ({ name, problems }) => {
      const start = performance.now()
      const found = (await problems()).trim()
      const time = duration(performance.now() - start)
      log(found === '' ? `check: ${name}: ok, ${time}` : `check: ${name}: FAILED, ${time}\n${found}`)
      return found === ''
    }),
  )
  return results.filter((ok) => !ok).length
}

/** Runs a script with this Node; what it wrote, if it failed. */
async function outputOf(script: string, args: readonly string[]): Promise<string> {
  try {
    await run(process.execPath, [script, ...args], { cwd: root })
    return ''
  } catch (error) {
    if (!(error instanceof RunError)) throw error
    return `${error.stdout}\n${error.stderr}`.trim() || error.message
  }
}

if (import.meta.main) process.exitCode = (await check((line) => process.stdout.write(`${line}\n`))) === 0 ? 0 : 1
