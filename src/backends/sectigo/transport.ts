// All calls of one SCM login: its connections, its credential, and the memory that the credential was refused.
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { BackendError } from '../backend.ts'
import type { Answer } from './answer.ts'
import type { Call, Caller } from './call.ts'
import { CredentialState } from './credential-state.ts'
import { type SectigoCredentials, secretOf } from './credentials.ts'
import { endpointOf, requestPath } from './endpoint.ts'
import { errorBody } from './error-body.ts'
import { type Failure, failure } from './failure.ts'
import { quoter } from './quote.ts'
import { retryAfterMs } from './retry-after.ts'
import { type ConnectionSettings, createDispatcher } from './tls.ts'
import { createTokenSource, type TokenSource } from './token.ts'
import { type Exchange, exchangeOnce, type WireAnswer, type WireRequest } from './wire.ts'

/** The part of a pino logger that is used here. */
export interface SectigoLog {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
}

/** One call's end, for metrics. `code`: the HTTP status, or a failure's closed word. */
export interface CallObserved {
  readonly endpoint: string
  readonly code: string
  readonly ms: number
}

export interface SectigoTransportOptions extends ConnectionSettings {
  /** The issuer's `url`. */
  readonly url: string
  readonly credentials: SectigoCredentials
  /** Shared with other transports of the same login, which differ in how they connect. Default: its own. */
  readonly credentialState?: CredentialState
  readonly log: SectigoLog
  /** Ages tokens. One that runs fast does no harm but to fetch them more often. */
  readonly clock: { now(): number; monotonic(): number }
  readonly observe?: (observed: CallObserved) => void
}

/**
 * Makes the one transport of a login. Never throws: a transport whose settings cannot work is made all the same, and
 * every call says why without sending anything.
 */
export function createSectigoTransport(options: SectigoTransportOptions): SectigoTransport {
  return new SectigoTransport(options)
}

/** Codes with which SCM refuses the login itself: "Unknown user" (seed 004 L96), "Incorrect login credentials" (L97-387). */
const loginRefusals: readonly number[] = [-16, -970]
/** What a header can carry; undici throws for anything else. */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/

export class SectigoTransport implements Caller {
  readonly authentication: SectigoCredentials['kind']
  readonly quote: (text: string) => string
  readonly #options: SectigoTransportOptions
  readonly #ready: Ready | undefined
  readonly #credential: CredentialState
  /** The settings themselves cannot work. */
  #unusable: Failure | undefined

  constructor(options: SectigoTransportOptions) {
    this.#options = options
    this.authentication = options.credentials.kind
    this.#credential = options.credentialState ?? new CredentialState()
    const secret = secretOf(options.credentials)
    this.quote = quoter(() => [secret, ...(this.#ready?.tokens?.recent() ?? [])])
    try {
      this.#ready = this.#prepare()
    } catch (error) {
      if (!(error instanceof BackendError)) throw error
      this.#unusable = { kind: error.kind, code: error.code ?? error.kind, message: error.message }
    }
  }

  /** Why no call is sent; only other settings or another word about the credential help. */
  get refusal(): Failure | undefined {
    return this.#unusable ?? this.#credential.refusal
  }

  /** Lets calls under way finish, then closes the connections. */
  async close(): Promise<void> {
    await this.#ready?.dispatcher.close()
  }

  /** Makes one call. Never rejects, and never repeats a call that may have had an effect. */
  exchange(call: Call): Promise<Exchange<Answer>> {
    return this.#credential.take(() => this.#exchange(call))
  }

  async #exchange(call: Call): Promise<Exchange<Answer>> {
    for (let mayRefresh = true; ; mayRefresh = false) {
      if (this.#ready === undefined || this.refusal !== undefined) return this.#refused()
      const { tokens, headers } = this.#ready
      const outcome = await tokens?.current()
      if (outcome !== undefined && 'failure' in outcome) {
        if (outcome.refused) this.#refuse(outcome.failure)
        return { result: 'noEffect', failure: outcome.failure }
      }
      const bearer = outcome === undefined ? {} : { authorization: `Bearer ${outcome.token}` }
      const exchange = await this.#send(call, { ...headers, ...bearer })
      if (exchange.result !== 'answered')
        return exchange.result === 'noEffect' && this.refusal ? this.#refused() : exchange
      const answer = this.#answerOf(exchange.answer)
      if (!isLoginRefusal(answer)) {
        if (knowsTheLogin(answer)) this.#credential.accept()
        return { result: 'answered', answer }
      }
      // 401 means "not applied" (RFC 9110 15.5.2): one more try, with a new token, is not a second order.
      if (outcome !== undefined) tokens?.invalidate(outcome.token)
      if (outcome === undefined || !mayRefresh) {
        this.#refuse(refusedLogin(answer))
        return this.#refused()
      }
    }
  }

  #send(call: Call, headers: Readonly<Record<string, string>>): Promise<Exchange<WireAnswer>> {
    const { endpoint } = this.#ready as Ready
    return this.#observed(call.endpoint, {
      method: call.method,
      origin: new URL(endpoint).origin,
      path: requestPath(endpoint, call.path, call.query),
      headers: call.body === undefined ? headers : { ...headers, 'content-type': 'application/json;charset=UTF-8' },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      timeoutMs: call.timeoutMs,
      signal: call.signal,
      // Another call may have been refused while this one was connecting.
      mayWrite: () => this.refusal === undefined && (call.mayWrite?.() ?? true),
    })
  }

  async #observed(endpoint: string, request: WireRequest): Promise<Exchange<WireAnswer>> {
    const { observe, log } = this.#options
    const { dispatcher } = this.#ready as Ready
    const started = performance.now()
    const id = randomUUID()
    const exchange = await exchangeOnce(dispatcher, request)
    const ms = performance.now() - started
    // undici gives a connection back one turn of the loop after its answer; a call made before would open another one.
    await nextTurn()
    const code = exchange.result === 'answered' ? String(exchange.answer.status) : exchange.failure.code
    observe?.({ endpoint, code, ms })
    log.debug({ request: id, method: request.method, endpoint, code, ms: Math.round(ms) }, 'SCM call')
    return exchange
  }

  #answerOf({ status, headers, bytes }: WireAnswer): Answer {
    const wait = retryAfterMs(headers['retry-after'], this.#options.clock.now())
    const total = headers['x-total-count']
    return {
      status,
      bytes,
      ...(status >= 400 ? { error: errorBody(bytes, this.quote) } : {}),
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
      ...(total !== undefined && /^\d{1,9}$/.test(total) ? { totalCount: Number(total) } : {}),
    }
  }

  #refuse(why: Failure): void {
    this.#credential.refuse(why)
    this.#options.log.warn(
      { url: this.#options.url, reason: why.code },
      'SCM refused the credentials; no call is sent until they change',
    )
  }

  #refused(): Exchange<never> {
    return { result: 'noEffect', failure: this.refusal ?? failure('ConnectionFailed') }
  }

  #prepare(): Ready {
    const { credentials, clock } = this.#options
    const endpoint = endpointOf(this.#options.url)
    if (credentials.kind === 'oauth2') {
      const dispatcher = createDispatcher(this.#options)
      const send = (request: WireRequest): Promise<Exchange<WireAnswer>> => this.#observed('token', request)
      return { endpoint, dispatcher, headers: {}, tokens: createTokenSource({ ...credentials, send, clock }) }
    }
    const { login, password, customerUri } = credentials
    for (const [name, value] of Object.entries({ login, password, customerUri })) {
      if (value === '') throw new BackendError('CredentialsRefused', `${name} is empty`)
      if (!headerValue.test(value)) {
        throw new BackendError('CredentialsRefused', `${name} holds a character that an HTTP header cannot carry`)
      }
    }
    const dispatcher = createDispatcher(this.#options)
    return { endpoint, dispatcher, headers: { login, password, customerUri }, tokens: undefined }
  }
}

interface Ready {
  readonly endpoint: string
  readonly dispatcher: ReturnType<typeof createDispatcher>
  readonly headers: Readonly<Record<string, string>>
  readonly tokens: TokenSource | undefined
}

function isLoginRefusal({ status, error }: Answer): boolean {
  return (
    status === 401 || (status >= 400 && status < 500 && error?.code !== undefined && loginRefusals.includes(error.code))
  )
}

/** Did SCM itself answer, and not something in front of it that asks for no login? */
function knowsTheLogin({ status, error }: Answer): boolean {
  return status < 300 || (status < 500 && error?.from === 'scm')
}

function refusedLogin({ status, error }: Answer): Failure {
  const said = error?.description === undefined ? '' : `: ${error.description}`
  const code = error?.code === undefined ? '' : `, code ${error.code}`
  const message = `SCM refused the credentials (HTTP ${status}${code})${said}`
  return { kind: 'CredentialsRefused', code: 'CredentialsRefused', message }
}
