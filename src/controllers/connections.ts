// From an issuer to the CA behind it: one pooled transport per login, shared by every issuer that uses it.
import { createHash } from 'node:crypto'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import type { CertificateBackend } from '../backends/backend.ts'
import { createSectigoBackend } from '../backends/sectigo/backend.ts'
import { loginKey, tenantOf } from '../backends/sectigo/credentials.ts'
import {
  createSectigoTransport,
  type SectigoTransport,
  type SectigoTransportOptions,
} from '../backends/sectigo/transport.ts'
import { keyOf } from '../kube/resource.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/log.ts'
import { Scheduler } from '../runtime/scheduler.ts'
import { isAllowed } from './allowed-hosts.ts'
import { type CredentialSourceOptions, readCredentials } from './credential-source.ts'
import { IssuerProblem } from './issuer-problem.ts'
import { settingsOf } from './issuer-settings.ts'

export interface Connection {
  readonly backend: CertificateBackend
  readonly secretVersion: string
  /** As SCM knows the customer; part of what an order must not change. */
  readonly tenant: string
}

export interface ConnectionsOptions extends CredentialSourceOptions {
  readonly allowedHosts: readonly string[]
  readonly allowedProxies: readonly string[]
  readonly clock: Clock
  readonly log: Logger
  readonly observe: (call: { endpoint: string; code: string; ms: number }) => void
}

interface Login {
  readonly transport: SectigoTransport
  readonly scheduler: Scheduler
  readonly users: Map<string, NonNullable<SectigoIssuer['spec']['limits']>>
}

/** How long a Secret that was read is believed without another look, where no watch tells (waiting clock). */
const BELIEVED_MS = 60_000

export class Connections {
  readonly #options: ConnectionsOptions
  readonly #logins = new Map<string, Login>()
  readonly #connections = new Map<
    string,
    { readonly connection: Connection; readonly login: string; readonly generation: number; readonly at: number }
  >()

  readonly #retiring = new Set<Promise<void>>()

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  /** Reads the Secret again when asked for a fresh connection or when the last look is old. Throws IssuerProblem, KubeError. */
  async connect(
    issuer: SectigoIssuer,
    { fresh = false, signal }: { readonly fresh?: boolean; readonly signal: AbortSignal },
  ): Promise<Connection> {
    const user = userOf(issuer)
    const { clock } = this.#options
    const known = this.#connections.get(user)
    const generation = issuer.metadata.generation ?? 1
    if (known !== undefined && !fresh && known.generation === generation && clock.monotonic() - known.at < BELIEVED_MS)
      return known.connection
    this.#refuseForbiddenHosts(issuer)
    const { credentials, secretVersion, caBundle } = await readCredentials(issuer, this.#options, { signal })
    const { url, proxy } = issuer.spec
    const key = loginKey(url, credentials)
    const pool = createHash('sha256')
      .update(JSON.stringify([key, caBundle, proxy?.url]))
      .digest('hex')
    const touched = known !== undefined && known.connection.secretVersion !== secretVersion
    const login = this.#login(pool, { url, credentials, caBundle, proxyUrl: proxy?.url }, { touched })
    const limits = limitsOf(issuer)
    login.users.set(user, limits)
    this.#slowest(login)
    const tenant = tenantOf(credentials)
    const backend = createSectigoBackend({
      transport: login.transport,
      settings: settingsOf(issuer.spec, tenant),
      slots: {
        acquire: ({ rank, signal: waiting }) =>
          login.scheduler.acquire({ rank, issuer: user, namespace: issuer.metadata.namespace ?? '', signal: waiting }),
      },
    })
    const connection = { backend, secretVersion, tenant }
    if (known !== undefined && known.login !== pool) this.#leave(known.login, user)
    this.#connections.set(user, { connection, login: pool, generation, at: clock.monotonic() })
    return connection
  }

  /** The issuer is gone: its login too, if nobody else uses it. */
  forget(issuer: { readonly kind: string; readonly key: string }): void {
    const user = `${issuer.kind}/${issuer.key}`
    const known = this.#connections.get(user)
    if (known === undefined) return
    this.#connections.delete(user)
    this.#leave(known.login, user)
  }

  async close(): Promise<void> {
    for (const login of this.#logins.values()) this.#retire(login)
    this.#logins.clear()
    this.#connections.clear()
    await Promise.all(this.#retiring)
  }

  /** Its connections end when the calls that are under way have ended, an enrolment perhaps: nobody waits for that. */
  #retire({ transport }: Login): void {
    const ended = transport.close().finally(() => this.#retiring.delete(ended))
    this.#retiring.add(ended)
  }

  #refuseForbiddenHosts({ spec }: SectigoIssuer): void {
    const { allowedHosts, allowedProxies } = this.#options
    const named = [
      ['spec.url', spec.url],
      ['spec.auth.oauth2.tokenUrl', spec.auth.oauth2?.tokenUrl],
    ] as const
    for (const [field, text] of named) {
      if (text === undefined) continue
      const url = new URL(text)
      if (url.protocol !== 'https:') throw new IssuerProblem('HostNotAllowed', `${field} must begin with https://`)
      if (!isAllowed(url, allowedHosts))
        throw new IssuerProblem(
          'HostNotAllowed',
          `${field}: the host ${url.host} is not one that this operator may connect to`,
        )
    }
    if (spec.proxy !== undefined && !isAllowed(new URL(spec.proxy.url), allowedProxies)) {
      throw new IssuerProblem(
        'ProxyNotAllowed',
        `spec.proxy.url: the proxy ${new URL(spec.proxy.url).host} is not one that this operator may use`,
      )
    }
  }

  /**
   * The login's one transport. A refused one sends nothing more, for all who share it; a Secret that was `touched` since
   * is its owner's word that it is worth another try, even with the same value (an account was unlocked).
   */
  #login(
    pool: string,
    to: Omit<SectigoTransportOptions, 'log' | 'observe' | 'clock'>,
    { touched }: { touched: boolean },
  ): Login {
    const { clock, log, observe } = this.#options
    const existing = this.#logins.get(pool)
    if (existing !== undefined && !(touched && existing.transport.refusal !== undefined)) return existing
    const login: Login = {
      transport: createSectigoTransport({ ...to, log, observe, clock }),
      scheduler: existing?.scheduler ?? new Scheduler({ ...limitsOf(undefined), clock }),
      users: existing?.users ?? new Map(),
    }
    this.#logins.set(pool, login)
    if (existing !== undefined) this.#retire(existing)
    return login
  }

  /** Issuers that share a login share its limits: the most careful one counts. */
  #slowest({ scheduler, users }: Login): void {
    const all = [...users.values()]
    scheduler.setLimits({
      requestsPerSecond: Math.min(...all.map(({ requestsPerSecond }) => requestsPerSecond)),
      concurrentRequests: Math.min(...all.map(({ concurrentRequests }) => concurrentRequests)),
    })
  }

  #leave(pool: string, user: string): void {
    const login = this.#logins.get(pool)
    if (login === undefined) return
    login.users.delete(user)
    if (login.users.size > 0) {
      this.#slowest(login)
      return
    }
    this.#logins.delete(pool)
    this.#retire(login)
  }
}

export function userOf({ kind, metadata }: SectigoIssuer): string {
  return `${kind}/${keyOf(metadata)}`
}

/** As the schema's defaults: polite to a CA whose limits nobody knows. */
function limitsOf(issuer: SectigoIssuer | undefined) {
  return {
    requestsPerSecond: issuer?.spec.limits?.requestsPerSecond ?? 5,
    concurrentRequests: issuer?.spec.limits?.concurrentRequests ?? 4,
  }
}
