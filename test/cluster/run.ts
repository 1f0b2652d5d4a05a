// Runs one program to its end, and says on failure what a person needs: the command, how it ended, what it wrote.
import { spawn } from 'node:child_process'

export interface RunOptions {
  /** Written to the program's standard input. */
  readonly input?: string | Buffer
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly signal?: AbortSignal
  /** A run that takes longer is killed and fails. Default: no limit. */
  readonly timeoutMs?: number
  /** Called with each piece of standard error as it comes, for progress. */
  readonly onStderr?: (text: string) => void
}

export interface RunResult {
  readonly stdout: string
  readonly stderr: string
}

/** A program that could not be started, or ended with something else than 0. */
export class RunError extends Error {
  override readonly name = 'RunError'
  /** Undefined when the program did not start or was ended by a signal. */
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string

  constructor(command: string, how: string, result: RunResult & { exitCode?: number | undefined; cause?: unknown }) {
    const said = (result.stderr.trim() || result.stdout.trim()).slice(-LONGEST_QUOTE)
    super(`${command}: ${how}${said && `\n${said}`}`, { cause: result.cause })
    this.exitCode = result.exitCode
    this.stdout = result.stdout
    this.stderr = result.stderr
  }
}

/** How much of a failed program's output an error quotes, in characters: its last words, not its life. */
const LONGEST_QUOTE = 4000

/** @throws {RunError} unless the program ends with 0 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { input, env = process.env, cwd, signal, timeoutMs, onStderr } = options
  signal?.throwIfAborted()
  const shown = [command, ...args].join(' ')
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal === undefined ? {} : { signal }),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' as const }),
    })
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      onStderr?.(text)
    })
    child.on('error', (cause) => {
      reject(signal?.aborted ? signal.reason : new RunError(shown, cause.message, { stdout, stderr, cause }))
    })
    child.on('close', (code, killedBy) => {
      if (code === 0) resolve({ stdout, stderr })
      else {
        const how = code === null ? `ended by ${killedBy}` : `exit code ${code}`
        reject(new RunError(shown, how, { stdout, stderr, exitCode: code ?? undefined }))
      }
    })
    // A program may end without reading its input; the write error that follows says less than its exit code.
    child.stdin?.on('error', () => undefined).end(input)
  })
}
