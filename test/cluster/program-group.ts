// Programs that must not outlive the process that started them, whatever happens to it.
//
// Three nets, from gentle to certain: stop() when all goes well; the `exit` event when the process ends in any way it can
// notice; and the leash, a tiny shell that reads from a pipe only this process writes to: when this process is gone, even by
// SIGKILL, the read ends, and the shell kills what is left and removes the folder. Programs get sessions of their own, so a
// Ctrl-C in the terminal reaches them only through us.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'

export interface Program {
  readonly name: string
  readonly pid: number
  readonly logFile: string
  /** How the program ended; undefined while it runs. */
  readonly ended: string | undefined
  /** Resolves when it has ended: its exit code, or 128 and the number of the signal, as a shell tells it. */
  readonly exitCode: Promise<number>
  /** What it has written so far. */
  log(): string
  signal(name: NodeJS.Signals): void
  kill(): Promise<void>
}

/** What the leash does when its owner is gone. More than one round, since a program may be just about to write its pid. */
const LEASH = `
while read -r _; do :; done
for round in 1 2 3; do
  for file in "$0"/pids/*; do read -r pid <"$file" && kill -9 "$pid"; done
  sleep 0.2
done
rm -rf "$0"`

/** Writes its own pid before it becomes the program, so that there is no moment at which a running program is unknown. */
const WRITE_PID_THEN_RUN = 'echo $$ >"$0" && exec "$@"'

/** A shell's exit code for a program that cannot be run. */
const COULD_NOT_RUN = 126

/** Enough of a log to see why a program ended, in characters. */
const LAST_WORDS = 1500

/** The end of a program's log, for an error. */
export function lastWords(program: Program): string {
  return program.log().trim().slice(-LAST_WORDS)
}

export class ProgramGroup {
  readonly #folder: string
  readonly #children = new Map<ChildProcess, string>()
  readonly #leash: ChildProcess
  readonly #onExit = (): void => this.#killAll()

  /** `folder` is the group's own: made when missing, removed with everything in it when the group ends. */
  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(join(folder, 'pids'), { recursive: true })
    mkdirSync(join(folder, 'logs'), { recursive: true })
    this.#leash = spawn('/bin/sh', ['-c', LEASH, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    this.#leash.unref()
    this.#leash.stdin?.on('error', () => undefined)
    process.on('exit', this.#onExit)
  }

  /** Starts a program with its output in `logs/<name>.log`. It is not waited for: see {@link Program.ended}. */
  start(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Program {
    const logFile = join(this.#folder, 'logs', `${name}.log`)
    const pidFile = join(this.#folder, 'pids', name)
    const log = openSync(logFile, 'a')
    const child = spawn('/bin/sh', ['-c', WRITE_PID_THEN_RUN, pidFile, command, ...args], {
      env,
      detached: true,
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    let ended: string | undefined
    const { promise: exitCode, resolve: exited } = Promise.withResolvers<number>()
    this.#children.set(child, name)
    child.on('error', (error) => {
      ended = error.message
      exited(COULD_NOT_RUN)
    })
    child.on('exit', (code, signal) => {
      ended = signal === null ? `exit code ${code}` : `ended by ${signal}`
      this.#children.delete(child)
      rmSync(pidFile, { force: true })
      exited(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
    return {
      name,
      pid: child.pid ?? 0,
      logFile,
      get ended() {
        return ended
      },
      exitCode,
      log: () => readFileSync(logFile, 'utf8'),
      signal: (signal) => void child.kill(signal),
      kill: () => kill(child),
    }
  }

  /** Ends every program at once (their state is thrown away anyway) and removes the folder. */
  async stop(): Promise<void> {
    await Promise.all([...this.#children.keys()].map(kill))
    this.#letGo()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** From now on the programs outlive this process; their pids, by name, are all that is left to end them with. */
  release(): Record<string, number> {
    const pids: Record<string, number> = {}
    for (const [child, name] of this.#children) {
      pids[name] = child.pid ?? 0
      child.removeAllListeners('exit')
      child.unref()
    }
    this.#letGo()
    return pids
  }

  #letGo(): void {
    process.off('exit', this.#onExit)
    this.#leash.kill('SIGKILL')
  }

  #killAll(): void {
    // The folder is left to the leash, which comes when nothing writes there any more.
    for (const child of this.#children.keys()) child.kill('SIGKILL')
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
