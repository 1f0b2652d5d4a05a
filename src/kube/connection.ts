// How the API server is reached: two pools of TLS connections and the credentials that go with them, both kept for as long
// as the credentials stay the same. (client-node opens a connection per call; a rotated client certificate needs a new pool.)
import { isDeepStrictEqual } from 'node:util'
import { Agent, type Dispatcher } from 'undici'
import type { Credentials, ReadCredentials } from './credentials.ts'

export interface KubeConnection {
  /** May have a path (Rancher and other proxies). No trailing slash in `pathname` unless it is the only character. */
  readonly server: URL
  /** The current context's, or the Pod's own; `default` where neither names one. */
  readonly namespace: string
  /** For one request: asked for anew by the next, and another object only when the credentials are others. */
  session(): Promise<KubeSession>
  /**
   * After a 401: reads the credentials again without waiting for their time.
   * @returns whether there are now others than those that were refused. Never rejects.
   */
  renew(refused: KubeSession): Promise<boolean>
  /** Lets calls in flight finish; cuts watches. */
  close(): Promise<void>
}

export interface KubeSession {
  /** What proves who we are. Secret: for the wire only. */
  readonly headers: Readonly<Record<string, string>>
  /** For calls that end soon. */
  readonly calls: Dispatcher
  /** For watches: each holds a connection for minutes, and must not keep calls waiting for one. */
  readonly watches: Dispatcher
}

/** How a watch ends whose connection was made with a client certificate or a CA that has been replaced. */
export class CredentialsReplaced extends Error {
  override readonly name = 'CredentialsReplaced'
}

/** A projected token lives an hour and is replaced at 80 % of it; client-go re-reads token files every minute too. */
const CREDENTIALS_MAX_AGE_MS = 60_000
/** However soon they expire: a plugin that gives what has expired already is not run for every call. */
const CREDENTIALS_MIN_AGE_MS = 1_000
/** A file may be half replaced, a plugin's cloud away for a moment; and an API server that refuses all is not news each time. */
const NEXT_TRY_MS = 10_000
/** Enough for all workers at once; with the watches this stays far below what an API server grants one client. */
const CALL_CONNECTIONS = 16
/** Finds a peer that is gone without a word (client-go's value; below the idle limits of cloud load balancers). */
const TCP_KEEP_ALIVE_MS = 30_000
/** kube-apiserver closes idle connections after 90 s: ours go first, so that no write meets a closing one. */
const IDLE_CONNECTION_MS = 60_000
/** undici's own time-outs are coarse, and watches are silent for minutes: every call has an exact limit of its own. */
const NO_TIMEOUT = 0

export interface ConnectionOptions {
  readonly server: URL
  readonly namespace: string
  readonly credentials: Credentials
  /** A failure keeps the credentials we have. */
  readonly readCredentials: ReadCredentials
  /** Told why they could not be read, once for each reason until they could. */
  readonly onProblem?: ((error: unknown) => void) | undefined
  /** Milliseconds that only grow. */
  readonly monotonic?: (() => number) | undefined
}

export function createConnection(options: ConnectionOptions): KubeConnection {
  return new PooledConnection(options)
}

class PooledConnection implements KubeConnection {
  readonly server: URL
  readonly namespace: string
  readonly #readCredentials: ReadCredentials
  readonly #onProblem: (error: unknown) => void
  readonly #monotonic: () => number
  #credentials: Credentials
  #session: Readonly<Record<'calls' | 'watches', Agent>> & KubeSession
  #nextReadAt: number
  #nextRenewalAt = 0
  #reading: Promise<void> | undefined
  #problem: string | undefined

  constructor(options: ConnectionOptions) {
    this.server = options.server
    this.namespace = options.namespace
    this.#readCredentials = options.readCredentials
    this.#onProblem = options.onProblem ?? (() => undefined)
    this.#monotonic = options.monotonic ?? (() => performance.now())
    this.#credentials = options.credentials
    this.#session = { headers: options.credentials.headers, ...poolsFor(options.credentials) }
    this.#nextReadAt = this.#monotonic() + ageLimit(options.credentials)
  }

  async session(): Promise<KubeSession> {
    if (this.#reading !== undefined || this.#monotonic() >= this.#nextReadAt) await this.#read({ renew: false })
    return this.#session
  }

  async renew(refused: KubeSession): Promise<boolean> {
    await this.#reading // which may bring others
    if (this.#session === refused && this.#monotonic() >= this.#nextRenewalAt) {
      this.#nextRenewalAt = this.#monotonic() + NEXT_TRY_MS
      void this.#read({ renew: true })
    }
    await this.#reading // by whichever call began it
    return this.#session !== refused
  }

  async close(): Promise<void> {
    const { calls, watches } = this.#session
    await Promise.all([calls.close(), watches.destroy()])
  }

  /** Once for all who ask meanwhile. */
  #read(options: { readonly renew: boolean }): Promise<void> {
    this.#reading ??= this.#readOnce(options).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #readOnce(options: { readonly renew: boolean }): Promise<void> {
    try {
      const credentials = await this.#readCredentials(options)
      this.#problem = undefined
      this.#nextReadAt = this.#monotonic() + ageLimit(credentials)
      this.#use(credentials)
    } catch (error) {
      // What we have may still be good; if not, the API server says so.
      this.#nextReadAt = this.#monotonic() + NEXT_TRY_MS
      if (this.#problem !== String(error)) this.#onProblem(error)
      this.#problem = String(error)
    }
  }

  #use(credentials: Credentials): void {
    const { headers } = credentials
    const { calls, watches } = this.#session
    const sameTls = fingerprint(credentials) === fingerprint(this.#credentials)
    if (sameTls && isDeepStrictEqual(headers, this.#session.headers)) return
    this.#credentials = credentials
    this.#session = { headers, ...(sameTls ? { calls, watches } : poolsFor(credentials)) }
    if (sameTls) return
    // Calls end by themselves within their time-out. Watches would go on for minutes with a certificate that may have been
    // replaced because it was stolen; who watches comes back at once.
    calls.close().catch(() => undefined)
    watches.destroy(new CredentialsReplaced()).catch(() => undefined)
  }
}

/** Milliseconds until credentials must be read again. */
function ageLimit({ renewAt = Number.POSITIVE_INFINITY }: Credentials): number {
  return Math.min(Math.max(renewAt - Date.now(), CREDENTIALS_MIN_AGE_MS), CREDENTIALS_MAX_AGE_MS)
}

function poolsFor(credentials: Credentials): { readonly calls: Agent; readonly watches: Agent } {
  return { calls: agentFor(credentials, CALL_CONNECTIONS), watches: agentFor(credentials, null) }
}

function agentFor(credentials: Credentials, connections: number | null): Agent {
  return new Agent({
    connect: { ...credentials.tls, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS },
    allowH2: false,
    connections,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    headersTimeout: NO_TIMEOUT,
    bodyTimeout: NO_TIMEOUT,
  })
}

/** Equal for two readings that may share TLS connections. */
function fingerprint({ tls }: Credentials): string {
  return JSON.stringify([tls.ca, tls.cert, tls.key, tls.servername, tls.rejectUnauthorized].map((part) => String(part)))
}
