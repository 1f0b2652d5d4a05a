// One replica of the operator, as a kubelet keeps it: a process that is started again whenever it ends, behind a network of its own
// to the API server. How each process ended, and what it held meanwhile, is kept.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectionOf, writeKubeconfig } from '../../cluster/kubeconfig.ts'
import { type Operator, startOperator } from '../../cluster/operator.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'
import { type Ground, RELEASE } from './ground.ts'
import { viewOf } from './process-view.ts'

/** One second stands for a minute: searches, looks and pauses. Leases, and the 10 s to send an order, keep their length. */
const TIME_SCALE = 60

export interface Sample {
  readonly rssMib: number
  /** What V8 has on its heap, before it is tidied up. */
  readonly heapMib: number
  readonly toScm: number
  /** With those that renew the lease. */
  readonly toApiServer: number
}

/** A process, from its start to its end. */
export interface Life {
  readonly replica: string
  readonly pid: number
  readonly samples: Sample[]
  /** In words; undefined while it lives. */
  ended?: string
  /** It ended as nobody asked it to. */
  unexpected?: true
  /** Messages at the level of errors, with how often each came, the lost lease aside. */
  errors: ReadonlyMap<string, number>
}

const LEADS = 'this process leads'
const LEASE_LOST = 'the leader lease was lost'
/** What a process says of that. */
const LAST_WORDS: readonly unknown[] = [LEASE_LOST, 'leadership is lost', 'the process cannot go on']
/** The exit code of an operator that lost its lease. */
const LEASE_LOST_CODE = 1
/** A kubelet waits longer. */
const RESTART_AFTER_MS = 1_000
const HEAP = /^nodejs_heap_size_used_bytes (\S+)$/m
const BYTES_PER_MIB = 1024 * 1024
const ERROR_LEVELS: readonly unknown[] = ['error', 'fatal']

export class Replica implements AsyncDisposable {
  readonly name: string
  /** All that it has of the API server. */
  readonly wayToApiServer: TcpProxy
  readonly lives: Life[] = []
  readonly #ground: Ground
  readonly #kubeconfig: string
  /** The signal that it got last, for which its process may end. */
  #asked: NodeJS.Signals | undefined
  #operator: Operator | undefined
  #stopping = false
  #running: Promise<void> = Promise.resolve()

  /** Its first process is on its way when this returns. */
  static async start(name: string, ground: Ground): Promise<Replica> {
    const { cluster, apiServer } = ground
    const way = await startTcpProxy(Number(new URL(apiServer.connection.server).port))
    const path = await cluster.serviceAccountKubeconfig(RELEASE, `${RELEASE}-certwright`)
    const text = await readFile(path, 'utf8')
    const { token } = (JSON.parse(text) as { users: [{ user: { token: string } }] }).users[0].user
    const connection = { ...connectionOf(text), server: `https://127.0.0.1:${way.port}`, namespace: RELEASE }
    const replica = new Replica(name, ground, way, await writeKubeconfig(path, connection, { token }))
    replica.#running = replica.#keepAlive()
    return replica
  }

  private constructor(name: string, ground: Ground, wayToApiServer: TcpProxy, kubeconfig: string) {
    this.name = name
    this.#ground = ground
    this.wayToApiServer = wayToApiServer
    this.#kubeconfig = kubeconfig
  }

  /** Does its process hold the lease, as far as it has said? */
  get leads(): boolean {
    return this.#operator?.logs().some((line) => line.includes(LEADS)) ?? false
  }

  /** SIGTERM and SIGKILL end it, and another one follows. SIGSTOP and SIGCONT do what they do. */
  signal(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    if (this.#operator === undefined) return
    // A kubelet sends one. At a second one the operator cuts short what it still has to finish, and says so by its exit code.
    if (signal === 'SIGTERM' && this.#asked === 'SIGTERM') return
    if (signal === 'SIGTERM' || signal === 'SIGKILL') this.#asked = signal
    process.kill(this.#operator.pid, signal)
  }

  /** Looks at what its process holds now. */
  async sample(): Promise<void> {
    const life = this.lives.at(-1)
    const operator = this.#operator
    if (life === undefined || operator === undefined) return
    const [view, heapMib] = await Promise.all([viewOf(operator.pid), heapOf(operator)])
    if (view === undefined || heapMib === undefined) return
    const { connectionsTo, rssMib } = view
    life.samples.push({
      rssMib,
      heapMib,
      toScm: connectionsTo.get(this.#ground.wayToScm.port) ?? 0,
      toApiServer: connectionsTo.get(this.wayToApiServer.port) ?? 0,
    })
  }

  /** What its present process has written last. */
  lastWords(lines: number): readonly string[] {
    return this.#operator?.logs().slice(-lines) ?? []
  }

  /** Its process ends in order. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    this.signal('SIGTERM')
    await this.#running
    await this.wayToApiServer[Symbol.asyncDispose]()
  }

  async #keepAlive(): Promise<void> {
    while (!this.#stopping) {
      // The API server may be away, and kubectl is asked for the Deployment.
      const operator = await this.#enter().catch(() => undefined)
      if (operator !== undefined) await this.#live(operator)
      if (!this.#stopping) await sleep(RESTART_AFTER_MS)
    }
  }

  #enter(): Promise<Operator> {
    const { cluster } = this.#ground
    const extraArgs = [`--time-scale=${TIME_SCALE}`]
    return startOperator({ cluster, namespace: RELEASE, release: RELEASE, kubeconfig: this.#kubeconfig, extraArgs })
  }

  async #live(operator: Operator): Promise<void> {
    this.#asked = undefined
    this.#operator = operator
    const life: Life = { replica: this.name, pid: operator.pid, samples: [], errors: new Map() }
    this.lives.push(life)
    if (this.#stopping) this.signal('SIGTERM')
    const code = await operator.exitCode
    this.#operator = undefined
    const log = operator.logs()
    life.errors = errorsIn(log)
    const lostLease = code === LEASE_LOST_CODE && log.some((line) => line.includes(LEASE_LOST))
    life.ended = lostLease ? 'lost its lease' : `${this.#asked ?? 'by itself'}, exit code ${code}`
    // Before its first line, nothing in it listens to SIGTERM.
    const inOrder = this.#asked === 'SIGTERM' && (code === 0 || log.length === 0)
    if (!lostLease && this.#asked !== 'SIGKILL' && !inOrder) life.unexpected = true
  }
}

async function heapOf({ metricsUrl }: Operator): Promise<number | undefined> {
  try {
    const text = await (await fetch(`${metricsUrl}/metrics`, { signal: AbortSignal.timeout(RESTART_AFTER_MS) })).text()
    const bytes = HEAP.exec(text)?.[1]
    return bytes === undefined ? undefined : Number(bytes) / BYTES_PER_MIB
  } catch {
    // It starts, ends or is stopped.
    return undefined
  }
}

function errorsIn(log: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const line of log) {
    const { level, msg } = parsed(line)
    if (!ERROR_LEVELS.includes(level) || typeof msg !== 'string' || LAST_WORDS.includes(msg)) continue
    counts.set(msg, (counts.get(msg) ?? 0) + 1)
  }
  return counts
}

/** A process that is killed may leave half a line; one that crashes writes a stack. */
function parsed(line: string): { readonly level?: unknown; readonly msg?: unknown } {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}
