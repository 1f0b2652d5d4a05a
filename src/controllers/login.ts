// One SCM login: what is known of its credential, its turns, and its connections, shared by every issuer that names it.
import { createHash } from 'node:crypto'
import { CREDENTIAL_WORDS, CredentialState, type CredentialWord } from '../backends/sectigo/credential-state.ts'
import type { Slots } from '../backends/sectigo/slots.ts'
import { SectigoTransport, type SectigoTransportOptions } from '../backends/sectigo/transport.ts'
import { type Limits, Scheduler } from '../runtime/scheduler.ts'

export interface LoginOptions extends Pick<SectigoTransportOptions, 'credentials' | 'log' | 'observe'> {
  readonly clock: ConstructorParameters<typeof Scheduler>[0]['clock']
  readonly limits: Limits
  /** Called with a transport that nobody uses any more. */
  readonly retire: (transport: SectigoTransport) => void
}

/** How an issuer reaches the host: issuers of one login may differ in it. */
export type Way = Pick<SectigoTransportOptions, 'url' | 'caBundle' | 'proxy'>

export interface User {
  readonly user: string
  readonly limits: Limits
  readonly way: Way
}

export interface Use {
  readonly transport: SectigoTransport
  readonly slots: Slots
  /** Tells one way from another. */
  readonly way: string
}

export class Login {
  readonly credentialState: CredentialState
  readonly #options: LoginOptions
  readonly #scheduler: Scheduler
  readonly #transports = new Map<string, SectigoTransport>()
  readonly #users = new Map<string, { readonly way: string; readonly limits: Limits }>()

  constructor(options: LoginOptions) {
    this.#options = options
    const scheduler = new Scheduler({ ...options.limits, clock: options.clock })
    this.#scheduler = scheduler
    this.credentialState = new CredentialState({ clock: options.clock, onPause: (ms) => scheduler.pause(ms) })
  }

  get unused(): boolean {
    return this.#users.size === 0
  }

  /** What is known of it by the way that goes worst. */
  get word(): CredentialWord {
    const words = [...this.#transports.values()].map((transport) => this.credentialState.word(transport))
    return CREDENTIAL_WORDS.findLast((word) => words.includes(word)) ?? 'untried'
  }

  /** Lets a user in, or moves one that is in already to another way. */
  join({ user, limits, way: to }: User): Use {
    const { proxy } = to
    // Only the environment's proxy is bypassed by anything, and there is one environment.
    const way = createHash('sha256')
      .update(JSON.stringify([to.url, to.caBundle, proxy?.url, proxy?.credentials, proxy?.bypasses !== undefined]))
      .digest('hex')
    const transport = this.#transports.get(way) ?? this.#open(to)
    this.#transports.set(way, transport)
    this.#users.set(user, { way, limits })
    this.#tidy()
    const acquire: Slots['acquire'] = (turn) => this.#scheduler.acquire({ ...turn, issuer: user })
    return { transport, slots: { acquire }, way }
  }

  leave(user: string): void {
    this.#users.delete(user)
    this.#tidy()
  }

  #open(way: Way): SectigoTransport {
    const { credentials, log, observe, clock } = this.#options
    const { credentialState } = this
    return new SectigoTransport({ ...way, credentials, credentialState, log, clock, ...(observe && { observe }) })
  }

  /** Issuers that share a login share its limits: the most careful one counts. Ways that nobody takes are closed. */
  #tidy(): void {
    const users = [...this.#users.values()]
    if (users.length > 0) {
      this.#scheduler.setLimits({
        requestsPerSecond: Math.min(...users.map(({ limits }) => limits.requestsPerSecond)),
        concurrentRequests: Math.min(...users.map(({ limits }) => limits.concurrentRequests)),
      })
    }
    for (const [way, transport] of this.#transports) {
      if (users.some((user) => user.way === way)) continue
      this.#transports.delete(way)
      this.#options.retire(transport)
    }
  }
}
