// The operator's process: reads flags, wires the parts, runs until SIGTERM.
import { FlagError } from './flag-values.ts'
import { readFlags, usage } from './flags.ts'
import { KubeConfigError } from './kube/config-error.ts'
import { runOperator } from './operator.ts'

declare const CERTWRIGHT_VERSION: string | undefined
/** Put in by the build; run from source there is none. */
const version = typeof CERTWRIGHT_VERSION === 'string' ? CERTWRIGHT_VERSION : 'development'

/** The command line is not understood, as in every other program. */
const USAGE = 2

async function main(): Promise<void> {
  try {
    const invocation = readFlags(process.argv.slice(2), process.env)
    if (invocation.run === 'help') process.stdout.write(usage())
    else if (invocation.run === 'version') process.stdout.write(`certwright ${version}\n`)
    else process.exitCode = await runOperator(invocation.flags, { version })
  } catch (error) {
    if (!(error instanceof FlagError || error instanceof KubeConfigError)) throw error
    process.stderr.write(`certwright: ${error.message}\n`)
    process.exitCode = error instanceof FlagError ? USAGE : 1
  }
}

await main()
