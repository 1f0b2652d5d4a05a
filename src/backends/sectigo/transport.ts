// All calls of one SCM login: its connections, its credential, and the memory that the credential was refused.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { BackendError } from '../backend-error.ts'
import { type Answer, outageOf } from './answer.ts'
import type { Call } from './call.ts'
import { clientCertificateExpires } from './client-certificate.ts'
import { CredentialState, PAUSE_IF_UNSAID_MS } from './credential-state.ts'
import { type SectigoCredentials, secretOf } from './credentials.ts'
import { baseOf, requestPath } from './endpoint.ts'
import { errorBody } from './error-body.ts'
import { type Failure, failure } from './failure.ts'
import { isLoginRefusal, isScms, refusedLogin } from './login-answer.ts'
import { quoter } from './quote.ts'
import { retryAfterMs } from './retry-after.ts'
import { SharedReads } from './shared-reads.ts'
import type { HeldCaller } from './slots.ts'
import { type ConnectionSettings, type Connections, createConnections } from './tls.ts'
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
  readonly clock: { now(): number; monotonic(): number; after(ms: number, callback: () => void): () => void }
  readonly observe?: (observed: CallObserved) => void
}

/** What a header can carry; undici throws for anything else. */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** Never throws: a transport whose settings cannot work is made all the same, and every call says why without sending anything. */
export class SectigoTransport implements HeldCaller {
  readonly authentication: SectigoCredentials['kind']
  readonly quote: (text: string) => string
  readonly #options: SectigoTransportOptions
  /** Shared with all who use the same login. */
  readonly credential: CredentialState
  /** What the checks of its issuers ask. */
  readonly reads: SharedReads
  readonly #ready: Ready | undefined
  readonly #closing = new AbortController()
  readonly #underway = new Set<Promise<unknown>>()
  /** The settings themselves cannot work. */
  #unusable: Failure | undefined

  constructor(options: SectigoTransportOptions) {
    this.#options = options
    this.authentication = options.credentials.kind
    this.credential = options.credentialState ?? new CredentialState(options)
    this.reads = new SharedReads({
      clock: options.clock,
      closed: this.#closing.signal,
      heldBack: () => this.heldBack !== undefined,
    })
    const secrets = [secretOf(options.credentials), options.proxy?.credentials?.password ?? '']
    this.quote = quoter(() => [...secrets, ...(this.#ready?.tokens?.recent() ?? [])])
    try {
      this.#ready = this.#prepare()
    } catch (error) {
      if (!(error instanceof BackendError)) throw error
      this.#unusable = { kind: error.kind, code: error.code ?? error.kind, message: error.message }
    }
  }

  /** Why no call is sent; only other settings or another word about the credential help. */
  get refusal(): Failure | undefined {
    return this.#unusable ?? this.credential.refusal
  }

  /** Why no call is sent at this moment. */
  get heldBack(): Failure | undefined {
    return this.#unusable ?? this.credential.heldBack(this)
  }

  /** May an order be sent now? */
  get fit(): boolean {
    return this.credential.fit(this)
  }

  /** The day on which the credential ends: its own word, `ask` where SCM knows, undefined where nobody does. */
  get credentialsExpire(): string | 'ask' | undefined {
    return this.authentication === 'password' ? 'ask' : this.#ready?.expires
  }

  /** Aborted when this way to SCM is given up for another one: whoever waits here must ask anew. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** Lets calls under way finish, each within its own time-out, then ends the connections. */
  async close(): Promise<void> {
    this.#closing.abort(new BackendError('Unavailable', 'the connection was replaced by another one'))
    await Promise.allSettled(this.#underway)
    await this.#ready?.connections.destroy()
  }

  /** Makes one call. Never rejects, and never repeats a call that may have had an effect. */
  exchange(call: Call): Promise<Exchange<Answer>> {
    const ended = this.credential.take(this, () => this.#exchange(call)).finally(() => this.#underway.delete(ended))
    this.#underway.add(ended)
    return ended
  }

  async #exchange(call: Call): Promise<Exchange<Answer>> {
    for (let mayRefresh = true; ; mayRefresh = false) {
      if (this.#ready === undefined || this.refusal !== undefined) return this.#refused()
      if (this.#closing.signal.aborted) return { result: 'noEffect', failure: failure('NotSent') }
      // Somebody else found out while this call waited for its turn.
      if (this.heldBack !== undefined) return { result: 'noEffect', failure: this.heldBack }
      const { tokens, headers } = this.#ready
      const outcome = await tokens?.current()
      if (outcome !== undefined && 'failure' in outcome) {
        if (outcome.refused) this.#refuse(outcome.failure)
        else this.#learnFrom(outcome.failure)
        return { result: 'noEffect', failure: outcome.failure }
      }
      const bearer = outcome === undefined ? {} : { authorization: `Bearer ${outcome.token}` }
      const exchange = await this.#send(call, { ...headers, ...bearer })
      if (exchange.result !== 'answered') {
        this.#learnFrom(exchange.failure)
        return exchange.result === 'noEffect' && this.refusal ? this.#refused() : exchange
      }
      const answer = this.#answerOf(exchange.answer)
      if (!isLoginRefusal(answer)) {
        this.#learnFromAnswer(call, answer)
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
    const { base } = this.#ready as Ready
    return this.#observed(call.endpoint, {
      method: call.method,
      origin: new URL(base).origin,
      path: requestPath(base, call.path, call.query),
      headers: call.body === undefined ? headers : { ...headers, 'content-type': 'application/json;charset=UTF-8' },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      timeoutMs: call.timeoutMs,
      maxAnswerBytes: call.maxAnswerBytes,
      signal: call.signal,
      // Another call may have been refused while this one was connecting.
      mayWrite: () => this.refusal === undefined && (call.mayWrite?.() ?? true),
    })
  }

  async #observed(endpoint: string, request: WireRequest): Promise<Exchange<WireAnswer>> {
    const { observe, log } = this.#options
    const { connections } = this.#ready as Ready
    const started = performance.now()
    const exchange = await exchangeOnce(connections.towards(request.origin), request)
    const ms = performance.now() - started
    // undici gives a connection back one turn of the loop after its answer; a call made before would open another one.
    await nextTurn()
    const code = exchange.result === 'answered' ? String(exchange.answer.status) : exchange.failure.code
    observe?.({ endpoint, code, ms })
    const { request: id } = exchange.result === 'answered' ? exchange.answer : exchange.failure
    const { method, origin } = request
    log.debug({ request: id, method, origin, endpoint, code, ms: Math.round(ms) }, 'SCM call')
    return exchange
  }

  #answerOf({ status, headers, bytes, request }: WireAnswer): Answer {
    const wait = retryAfterMs(headers['retry-after'], this.#options.clock.now())
    const total = headers['x-total-count']
    const scms = headers['x-request-id']
    return {
      status,
      bytes,
      request: scms === undefined ? request : `${request} (SCM: ${this.quote(scms)})`,
      ...(status >= 400 ? { error: errorBody(bytes, this.quote) } : {}),
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
      ...(total !== undefined && /^\d{1,9}$/.test(total) ? { totalCount: Number(total) } : {}),
    }
  }

  /** What a call that got no answer says of the login. */
  #learnFrom(why: Failure): void {
    if (untellingFailures.includes(why.code)) return
    if (why.kind === 'RateLimited') this.credential.pause(why.retryAfterMs ?? PAUSE_IF_UNSAID_MS)
    else this.credential.fail(this, why)
  }

  #learnFromAnswer(call: Call, answer: Answer): void {
    const { status, retryAfterMs: wait } = answer
    if (status === 429 || (status === 503 && wait !== undefined)) this.credential.pause(wait ?? PAUSE_IF_UNSAID_MS)
    if (status === 429) return
    if (isScms(call, answer)) this.credential.accept(this)
    else this.credential.fail(this, outageOf(answer))
  }

  #refuse(why: Failure): void {
    this.credential.refuse(why)
    this.#options.log.warn(
      { url: this.#ready?.base, reason: why.code },
      'SCM refused the credentials; no call is sent until they change',
    )
  }

  #refused(): Exchange<never> {
    return { result: 'noEffect', failure: this.refusal ?? failure('ConnectionFailed') }
  }

  #prepare(): Ready {
    const { credentials, clock, url } = this.#options
    const base = baseOf(url, credentials.kind)
    if (credentials.kind === 'oauth2') {
      const connections = createConnections(this.#options)
      const send = (request: WireRequest): Promise<Exchange<WireAnswer>> => this.#observed('token', request)
      return { base, connections, headers: {}, tokens: createTokenSource({ ...credentials, send, clock }) }
    }
    const { login, customerUri } = credentials
    if (credentials.kind === 'clientCertificate') {
      const expires = clientCertificateExpires(credentials, clock.now())
      const headers = checkedHeaders({ login, customerUri })
      return { base, connections: createConnections(this.#options, credentials), headers, expires }
    }
    const headers = checkedHeaders({ login, password: credentials.password, customerUri })
    return { base, connections: createConnections(this.#options), headers }
  }
}

interface Ready {
  readonly base: string
  readonly connections: Connections
  readonly headers: Readonly<Record<string, string>>
  readonly tokens?: TokenSource
  /** The day on which a client certificate ends. */
  readonly expires?: string
}

/** Failures that are ours or one answer's, and say nothing of the way to SCM. */
const untellingFailures: readonly string[] = ['Aborted', 'NotSent', 'AnswerTooLarge']

function checkedHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (value === '') throw new BackendError('CredentialsRefused', `${name} is empty`)
    if (!headerValue.test(value)) {
      throw new BackendError('CredentialsRefused', `${name} holds a character that an HTTP header cannot carry`)
    }
  }
  return headers
}
