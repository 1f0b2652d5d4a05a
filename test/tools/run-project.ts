// One vitest project as a command of its own, with what was asked for on the command line in its environment.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from './root.ts'

/** Runs all tests of `project`; this process then ends with its exit code. */
export async function runProject(project: string, env: Readonly<Record<string, string>>): Promise<void> {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const run = spawn(process.execPath, [vitest, 'run', `--root=${root}`, `--project=${project}`], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => run.kill(signal))
  const [exitCode] = (await once(run, 'exit')) as [number | null]
  process.exitCode = exitCode ?? 1
}
