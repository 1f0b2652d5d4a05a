// How the API server is reached: two pools of TLS connections and the credentials that go with them, both kept for as long
// as the credentials stay the same. (client-node opens a connection per call; a rotated client certificate needs a new pool.)
import type { ConnectionOptions } from 'node:tls'
import { Agent, type Dispatcher } from 'undici'

export interface KubeConnection {
  /** May have a path (Rancher and other proxies). No trailing slash in `pathname` unless it is the only character. */
  readonly server: URL
  /** The current context's, or the Pod's own; `default` where neither names one. */
  readonly namespace: string
  /** For calls that end soon. */
  dispatcher(): Promise<Dispatcher>
  /** For watches: each holds a connection for minutes, and must not keep calls waiting for one. */
  watchDispatcher(): Promise<Dispatcher>
  /** What proves who we are, per request. Secret: for the wire only. */
  headers(): Promise<Readonly<Record<string, string>>>
  /** Lets calls in flight finish; cuts watches. */
  close(): Promise<void>
}

/** One reading of the credentials. Secret throughout. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  readonly tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>
}

/** A projected token lives an hour and is replaced at 80 % of it; client-go re-reads token files every minute too. */
const CREDENTIALS_MAX_AGE_MS = 60_000
/** Enough for all workers at once; with the watches this stays far below what an API server grants one client. */
const CALL_CONNECTIONS = 16
/** Finds a peer that is gone without a word (client-go's value; below the idle limits of cloud load balancers). */
const TCP_KEEP_ALIVE_MS = 30_000
/** kube-apiserver closes idle connections after 90 s: ours go first, so that no write meets a closing one. */
const IDLE_CONNECTION_MS = 60_000
/** undici's own time-outs are coarse, and watches are silent for minutes: every call has an exact limit of its own. */
const NO_TIMEOUT = 0

export function createConnection(options: {
  readonly server: URL
  readonly namespace: string
  readonly credentials: Credentials
  /** Reads them anew. A failure keeps the ones we have: a file may be half replaced. */
  readonly readCredentials: () => Promise<Credentials>
  /** Milliseconds that only grow. */
  readonly monotonic?: () => number
}): KubeConnection {
  return new PooledConnection(options)
}

class PooledConnection implements KubeConnection {
  readonly server: URL
  readonly namespace: string
  readonly #readCredentials: () => Promise<Credentials>
  readonly #monotonic: () => number
  #credentials: Credentials
  #readAt: number
  #reading: Promise<void> | undefined
  #calls: Agent
  #watches: Agent
  /** Watch pools of earlier credentials, until their last watch has ended. */
  readonly #retired = new Set<Agent>()

  constructor(options: Parameters<typeof createConnection>[0]) {
    this.server = options.server
    this.namespace = options.namespace
    this.#readCredentials = options.readCredentials
    this.#monotonic = options.monotonic ?? (() => performance.now())
    this.#credentials = options.credentials
    this.#readAt = this.#monotonic()
    this.#calls = agentFor(this.#credentials, CALL_CONNECTIONS)
    this.#watches = agentFor(this.#credentials)
  }

  async dispatcher(): Promise<Dispatcher> {
    await this.#refresh()
    return this.#calls
  }

  async watchDispatcher(): Promise<Dispatcher> {
    await this.#refresh()
    return this.#watches
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    await this.#refresh()
    return this.#credentials.headers
  }

  async close(): Promise<void> {
    const watches = [this.#watches, ...this.#retired]
    await Promise.all([this.#calls.close(), ...watches.map((agent) => agent.destroy())])
  }

  async #refresh(): Promise<void> {
    if (this.#monotonic() - this.#readAt < CREDENTIALS_MAX_AGE_MS) return
    this.#reading ??= this.#reread().finally(() => {
      this.#reading = undefined
    })
    await this.#reading
  }

  async #reread(): Promise<void> {
    this.#readAt = this.#monotonic()
    let credentials: Credentials
    try {
      credentials = await this.#readCredentials()
    } catch {
      return // what we have may still be good; if not, the API server says so
    }
    const sameTls = fingerprint(credentials) === fingerprint(this.#credentials)
    this.#credentials = credentials
    if (sameTls) return
    const [calls, watches] = [this.#calls, this.#watches]
    this.#calls = agentFor(credentials, CALL_CONNECTIONS)
    this.#watches = agentFor(credentials)
    this.#retired.add(watches)
    retire(calls, () => undefined)
    retire(watches, () => this.#retired.delete(watches))
  }
}

/** Ends a pool once its requests have ended. Nobody can wait for that: a watch takes minutes. */
function retire(agent: Agent, ended: () => void): void {
  agent.close().then(ended, ended)
}

function agentFor(credentials: Credentials, connections?: number): Agent {
  return new Agent({
    connect: { ...credentials.tls, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS },
    allowH2: false,
    connections: connections ?? null,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    headersTimeout: NO_TIMEOUT,
    bodyTimeout: NO_TIMEOUT,
  })
}

/** Equal for two readings that may share TLS connections. */
function fingerprint({ tls }: Credentials): string {
  return JSON.stringify([tls.ca, tls.cert, tls.key, tls.servername, tls.rejectUnauthorized].map((part) => String(part)))
}
