// From an issuer to the CA behind it: over the connections of its login, which every issuer that names the same one shares.
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import type { CertificateBackend } from '../backends/backend.ts'
import { createSectigoBackend } from '../backends/sectigo/backend.ts'
import type { CredentialWord, Hindrance } from '../backends/sectigo/credential-state.ts'
import { accountOf, loginKey, type SectigoCredentials, tenantOf } from '../backends/sectigo/credentials.ts'
import type { ProxySettings } from '../backends/sectigo/tls.ts'
import type { CallObserved, SectigoTransport } from '../backends/sectigo/transport.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/log.ts'
import type { Limits } from '../runtime/scheduler.ts'
import { type AllowedHosts, isAllowed, refuseForbiddenHosts } from './allowed-hosts.ts'
import { type CredentialSourceOptions, type ResolvedCredentials, readCredentials } from './credential-source.ts'
import { settingsOf } from './issuer-settings.ts'
import { Login } from './login.ts'
import { issuerKey } from './requests.ts'

export interface Connection {
  readonly backend: CertificateBackend
  readonly secretVersion: string
  /** Where the credentials are, in people's words. */
  readonly secret: string
  /** Another one when the Secret, the CA bundle or the way to the CA is another one. */
  readonly version: string
  /** As SCM knows the customer; part of what an order must not change. */
  readonly tenant: string
}

export interface ConnectionsOptions extends CredentialSourceOptions, AllowedHosts {
  readonly clock: Clock
  readonly log: Logger
  readonly observe: (call: CallObserved) => void
  /** For issuers that name no proxy. */
  readonly environment?: ProxySettings | undefined
}

interface Known {
  readonly connection: Connection
  readonly login: Login
  readonly transport: SectigoTransport
  readonly uid: string
  readonly generation: number
  /** The number of the look at its Secret. */
  readonly look: number
  /** When its Secret was read (waiting clock). */
  readonly at: number
}

/** How long a Secret that was read is believed without another look, where no watch tells (waiting clock). */
const BELIEVED_MS = 60_000
/** Refused logins are remembered when nobody uses them any more: an issuer that is made again may name the same. */
const MOST_LOGINS = 1_000

export class Connections {
  readonly #options: ConnectionsOptions
  /** By host, customer, login and a hash of the secret value. */
  readonly #logins = new Map<string, Login>()
  /** By issuer. */
  readonly #connections = new Map<string, Known>()
  readonly #retiring = new Set<Promise<void>>()
  /** Looks at Secrets, ever and at this moment. */
  #looks = 0
  #looking = 0
  /** Issuers that were forgotten while somebody looks at Secrets, with the number of the last look before. */
  readonly #forgotten = new Map<string, number>()

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  /**
   * Reads the Secret again when asked for a fresh connection or when the last look is old. Of several calls for one issuer
   * the one with the newest spec wins, and then the one that began last: all get its connection. Throws IssuerProblem,
   * KubeError.
   */
  async connect(
    issuer: SectigoIssuer,
    { fresh = false, signal }: { readonly fresh?: boolean; readonly signal: AbortSignal },
  ): Promise<Connection> {
    const recent = this.#connections.get(issuerKey(issuer))
    if (recent !== undefined && !fresh && !isNewer(issuer, recent)) {
      if (this.#options.clock.monotonic() - recent.at < BELIEVED_MS) return recent.connection
    }
    refuseForbiddenHosts(issuer, this.#options)
    const look = ++this.#looks
    this.#looking++
    try {
      return this.#use(issuer, look, await readCredentials(issuer, this.#options, { signal }))
    } finally {
      this.#looking--
      if (this.#looking === 0) this.#forgotten.clear()
    }
  }

  /** What the look found becomes the issuer's connection, unless it is history by now. */
  #use(issuer: SectigoIssuer, look: number, found: ResolvedCredentials): Connection {
    const user = issuerKey(issuer)
    const { credentials, secretVersion, secret, caBundle, proxyCredentials } = found
    if ((this.#forgotten.get(user) ?? 0) >= look) throw new Error('the issuer was deleted while its Secret was read')
    const known = this.#connections.get(user)
    if (known !== undefined && isHistory(issuer, look, known)) return known.connection
    const { url, limits } = issuer.spec
    const login = this.#login(loginKey(url, credentials), credentials, limits)
    // The same value in a Secret that was touched since is its owner's word that it is worth another try: an account was
    // unlocked. Another value is another login, which has had its try when it is refused.
    if (known?.login === login && known.connection.secretVersion !== secretVersion)
      login.credentialState.retryFor(secretVersion, user)
    const { transport, slots, way } = login.join({
      user,
      limits,
      way: { url, caBundle, proxy: this.#proxyOf(issuer, proxyCredentials) },
    })
    const tenant = tenantOf(credentials)
    const backend = createSectigoBackend({
      transport,
      settings: settingsOf(issuer.spec, tenant),
      slots,
      account: accountOf(credentials),
    })
    const connection = { backend, secretVersion, secret, version: `${way} ${secretVersion}`, tenant }
    if (known !== undefined && known.login !== login) this.#leave(known.login, user)
    const { uid, generation = 1 } = issuer.metadata
    const at = this.#options.clock.monotonic()
    this.#connections.set(user, { connection, login, transport, uid, generation, look, at })
    return connection
  }

  /** What has kept this issuer's orders from being sent for some seconds. */
  hindrance(issuer: SectigoIssuer): Hindrance | undefined {
    const transport = this.#connections.get(issuerKey(issuer))?.transport
    return transport?.credential.hindrance(transport)
  }

  /** What is known of each login in use. */
  loginWords(): CredentialWord[] {
    return [...this.#logins.values()].filter(({ unused }) => !unused).map(({ word }) => word)
  }

  /** The issuer is gone: its login too, if nobody else uses it. */
  forget(issuer: { readonly kind: string; readonly key: string }): void {
    const user = `${issuer.kind}/${issuer.key}`
    if (this.#looking > 0) this.#forgotten.set(user, this.#looks)
    const known = this.#connections.get(user)
    if (known === undefined) return
    this.#connections.delete(user)
    this.#leave(known.login, user)
  }

  async close(): Promise<void> {
    for (const [user, { login }] of this.#connections) login.leave(user)
    this.#logins.clear()
    this.#connections.clear()
    await Promise.all(this.#retiring)
  }

  /** Its connections end when the calls that are under way have ended, an enrolment perhaps: nobody waits for that. */
  #retire(transport: SectigoTransport): void {
    const ended = transport.close().finally(() => this.#retiring.delete(ended))
    this.#retiring.add(ended)
  }

  /** The issuer's own proxy, else the environment's where the operator may use it. */
  #proxyOf({ spec }: SectigoIssuer, credentials: ResolvedCredentials['proxyCredentials']): ProxySettings | undefined {
    if (spec.proxy !== undefined) return { url: spec.proxy.url, credentials }
    const { environment, allowedProxies } = this.#options
    return environment !== undefined && isAllowed(new URL(environment.url), allowedProxies) ? environment : undefined
  }

  #login(key: string, credentials: SectigoCredentials, limits: Limits): Login {
    const existing = this.#logins.get(key)
    if (existing !== undefined) return existing
    const { clock, log, observe } = this.#options
    const retire = (transport: SectigoTransport): void => this.#retire(transport)
    const login = new Login({ credentials, limits, clock, log, observe, retire })
    if (this.#logins.size >= MOST_LOGINS) this.#forgetOldest()
    this.#logins.set(key, login)
    return login
  }

  #forgetOldest(): void {
    const oldest = [...this.#logins].find(([, login]) => login.unused)
    if (oldest !== undefined) this.#logins.delete(oldest[0])
  }

  #leave(login: Login, user: string): void {
    login.leave(user)
    if (!login.unused || login.credentialState.refusal !== undefined) return
    for (const [key, candidate] of this.#logins) if (candidate === login) this.#logins.delete(key)
  }
}

function isNewer({ metadata }: SectigoIssuer, known: Known): boolean {
  return metadata.uid !== known.uid || (metadata.generation ?? 1) > known.generation
}

/** Is what this look found older than what is known? An issuer that was made anew counts its generations from 1 again. */
function isHistory({ metadata }: SectigoIssuer, look: number, known: Known): boolean {
  const { uid, generation = 1 } = metadata
  return uid === known.uid && generation !== known.generation ? generation < known.generation : look < known.look
}
