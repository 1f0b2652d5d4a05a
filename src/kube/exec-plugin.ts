// Credential plugins (`exec` in a kubeconfig), as client-go runs them: kept until they expire, run again when they do or when
// the API server refuses them, with a time-out. (client-node runs them too, but never again after a refusal or an answer
// that made no sense, waits for one that hangs for ever, and does not say what Kubernetes is to be spoken to.)
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { KubeConfigError } from './config-error.ts'

/** `exec` of a kubeconfig user, as far as it is used. `command` is absolute or looked for in PATH. */
export interface ExecSpec {
  readonly apiVersion?: string
  readonly command?: string
  readonly args?: readonly string[] | null
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null
  readonly provideClusterInfo?: boolean
}

/** What a plugin gave. Secret. */
export interface ExecCredential {
  readonly token?: string
  /** PEM, both or neither. */
  readonly certificate?: string
  readonly key?: string
  /** From then on (epoch milliseconds) it is time to ask the plugin again. Absent: the plugin set no expiry. */
  readonly renewAt?: number
}

/** Some of these programs start a Python interpreter and ask a cloud; none takes a minute. */
const PLUGIN_TIMEOUT_MS = 60_000
/** A token and a certificate chain are some kB. */
const LONGEST_OUTPUT_BYTES = 1024 * 1024
/** A credential is replaced this long before it expires, so that none expires on its way. */
const EXPIRY_MARGIN_MS = 10_000

export class ExecPlugin {
  readonly #spec: ExecSpec
  readonly #timeoutMs: number
  readonly #now: () => number
  #credential: ExecCredential | undefined

  constructor(options: {
    readonly spec: ExecSpec
    readonly timeoutMs?: number
    /** Wall clock: a plugin says when its credential expires. */
    readonly now?: () => number
  }) {
    this.#spec = options.spec
    this.#timeoutMs = options.timeoutMs ?? PLUGIN_TIMEOUT_MS
    this.#now = options.now ?? Date.now
  }

  /**
   * @param renew the last credential was refused: run the plugin whatever it said about expiry
   * @param cluster `spec.cluster` of the ExecCredential that a plugin with `provideClusterInfo` is told
   * @throws KubeConfigError that says what the plugin did wrong, and nothing of what it wrote.
   */
  async credential({ renew, cluster }: { readonly renew: boolean; readonly cluster: object }): Promise<ExecCredential> {
    const known = this.#credential
    if (known !== undefined && !renew && this.#now() < (known.renewAt ?? Number.POSITIVE_INFINITY)) return known
    this.#credential = credentialIn(await this.#run(cluster), this.#spec)
    return this.#credential
  }

  async #run(cluster: object): Promise<string> {
    const { command, args, env, apiVersion, provideClusterInfo } = this.#spec
    if (typeof command !== 'string' || command === '') throw new KubeConfigError('exec has no command')
    const spec = { interactive: false, ...(provideClusterInfo === true && { cluster }) }
    const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec })
    const named = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]))
    const running = promisify(execFile)(command, args ?? [], {
      env: { ...process.env, ...named, KUBERNETES_EXEC_INFO: info },
      timeout: this.#timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: LONGEST_OUTPUT_BYTES,
    })
    // There is nobody to ask for a password.
    running.child.stdin?.end()
    try {
      return (await running).stdout
    } catch (error) {
      // The message has the command line and what the plugin wrote.
      const { code, killed } = error as { readonly code?: string | number | null; readonly killed?: boolean }
      const how = typeof code === 'string' ? code : killed ? `none within ${this.#timeoutMs} ms` : `exit code ${code}`
      throw new KubeConfigError(`the credential plugin ${command} gave no credential (${how})`)
    }
  }
}

function credentialIn(output: string, { command, apiVersion }: ExecSpec): ExecCredential {
  const refuse = (problem: string): never => {
    throw new KubeConfigError(`the credential plugin ${command} ${problem}`)
  }
  const answer = parsed(output)
  if (answer?.['kind'] !== 'ExecCredential') return refuse('wrote no ExecCredential')
  if (answer['apiVersion'] !== apiVersion)
    return refuse('wrote an ExecCredential of another apiVersion than exec names')
  const status = (answer['status'] ?? {}) as Readonly<Record<string, unknown>>
  const token = text(status['token'])
  const certificate = text(status['clientCertificateData'])
  const key = text(status['clientKeyData'])
  if ((certificate === undefined) !== (key === undefined))
    return refuse('gave half of a client certificate and its key')
  if (token === undefined && certificate === undefined) return refuse('gave neither a token nor a client certificate')
  const expires = Date.parse(text(status['expirationTimestamp']) ?? '')
  return {
    ...(token !== undefined && { token }),
    ...(certificate !== undefined && key !== undefined && { certificate, key }),
    ...(!Number.isNaN(expires) && { renewAt: expires - EXPIRY_MARGIN_MS }),
  }
}

function parsed(output: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(output)
  } catch {
    return null
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
