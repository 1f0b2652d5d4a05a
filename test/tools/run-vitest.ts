// vitest as a process of its own, so that nothing it does, a crash included, can end this one with a wrong result.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from './root.ts'

/** Resolves with its exit code; null when a signal ended it. */
export async function runVitest(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number | null> {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', `--root=${root}`, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  // It ends what it started and then itself; the result is told after that. A terminal tells both of a Ctrl-C, and a second one
  // would end vitest at once.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  return exitCode
}
