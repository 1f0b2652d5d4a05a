// One vitest project as a command of its own, with what was asked for on the command line in its environment.
import { runVitest } from './run-vitest.ts'

/** Runs all tests of `project`; this process then ends with its exit code. */
export async function runProject(project: string, env: Readonly<Record<string, string>>): Promise<void> {
  process.exitCode = (await runVitest([`--project=${project}`], env)) ?? 1
}
