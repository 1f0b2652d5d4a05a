// Starts a program that must be told its ports, and starts it again on others when someone else was quicker.
import { freePort } from './ports.ts'
import { lastWords, type Program, type ProgramGroup } from './program-group.ts'
import { GiveUp, waitUntil } from './wait-until.ts'

export interface ServerProgram {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Whether it serves; throwing means no. Must not take another program on the same port for it. */
  readonly ready: (program: Program) => Promise<boolean>
  readonly timeoutMs: number
}

/** A collision is rare; two in a row mean something else is wrong. */
const MOST_TRIES = 3

const PORT_TAKEN = /address already in use/i

interface Where {
  readonly group: ProgramGroup
  readonly signal?: AbortSignal | undefined
}

/**
 * Starts what `describe` returns for a pair of free ports and waits until it is ready.
 * @throws with the end of its log, when it ends or is not ready in time
 */
export async function startOnFreePort(
  where: Where,
  describe: (port: number, secondPort: number) => ServerProgram | Promise<ServerProgram>,
): Promise<{ readonly port: number; readonly program: Program }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      return { port, program: await startOnPort(where, await describe(port, await freePort())) }
    } catch (error) {
      if (attempt < MOST_TRIES && error instanceof Error && PORT_TAKEN.test(error.message)) continue
      throw error
    }
  }
}

/**
 * Starts a program that knows its ports, and waits until it is ready.
 * @throws with the end of its log, when it ends or is not ready in time
 */
export async function startOnPort({ group, signal }: Where, server: ServerProgram): Promise<Program> {
  const { name, command, args, env, ready, timeoutMs } = server
  const program = group.start(name, command, args, env)
  try {
    await waitUntil(
      async () => {
        if (program.ended !== undefined) throw new GiveUp(`${name}: ${program.ended}`)
        return ready(program)
      },
      { what: `${name} to serve`, timeoutMs, signal },
    )
    return program
  } catch (error) {
    const said = lastWords(program)
    await program.kill()
    signal?.throwIfAborted()
    throw new Error(`${error instanceof Error ? error.message : name}\n${said}`, { cause: error })
  }
}
