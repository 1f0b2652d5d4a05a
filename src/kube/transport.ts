// One exchange with the API server: exact time-outs, bounded bodies, errors as KubeError. What is only a matter of the
// connection (its credentials were replaced, the server closed it while it was idle) a read gets over by itself.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Dispatcher, request } from 'undici'
import { CredentialsReplaced, type KubeConnection, type KubeSession } from './connection.ts'
import { type Asked, errorFromAnswer, errorFromTransport, KubeError, unanswered } from './errors.ts'
import { Warnings } from './warnings.ts'

/** What became of one HTTP request, for the `rest_client_*` metrics. */
export interface KubeCall {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'apply' | 'delete'
  /** Plural, with the subresource: `certificaterequests/status`. */
  readonly resource: string
  /** The HTTP status, or `<error>` (client-go's word) where no answer arrived. */
  readonly code: string
  /** Until the answer was read; for a watch, until it began. */
  readonly ms: number
}

export interface Exchange {
  readonly asked: Asked & { readonly verb: KubeCall['verb'] }
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the server's own path, with the query. */
  readonly path: string
  readonly body?: unknown
  readonly contentType?: string
  /** The longest answer that is read. */
  readonly longestAnswer: number
  readonly signal?: AbortSignal | undefined
  /** Instead of the transport's own. */
  readonly timeoutMs?: number | undefined
}

export interface TransportOptions {
  readonly connection: KubeConnection
  /** Per HTTP request, from its start to the end of its answer. Default 30 s. */
  readonly timeoutMs?: number
  readonly userAgent: string
  /** Told of every HTTP request, retries included. */
  readonly observe?: (call: KubeCall) => void
  /** Told what the API server warns of, each text once: a deprecated version, a field that it dropped. */
  readonly warn?: (text: string) => void
}

/** The longest any call takes: the API server itself gives up on one after 60 s, and a worker waits for it. */
const DEFAULT_TIMEOUT_MS = 30_000

/** An error's Status can list every invalid field, but is never a page of objects. */
const LONGEST_ERROR_BYTES = 1024 * 1024
/**
 * A connection that the server or a load balancer closed while it was idle fails like this when it is used again, and one
 * whose credentials have just been replaced like the last.
 */
const LOST_CONNECTION = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', CredentialsReplaced.name])

export class Transport {
  readonly #connection: KubeConnection
  readonly #timeoutMs: number
  readonly #userAgent: string
  readonly #observe: (call: KubeCall) => void
  readonly #warnings: Warnings

  constructor({ connection, timeoutMs, userAgent, observe, warn }: TransportOptions) {
    this.#connection = connection
    this.#timeoutMs = timeoutMs ?? DEFAULT_TIMEOUT_MS
    this.#userAgent = userAgent
    this.#observe = observe ?? (() => undefined)
    this.#warnings = new Warnings(warn ?? (() => undefined))
  }

  /**
   * Reads the JSON answer.
   * @throws KubeError, or the signal's reason when the caller aborted.
   */
  async exchange(exchange: Exchange): Promise<unknown> {
    return this.#send(exchange, 'calls', async (answer) =>
      parse(exchange.asked, await textOf(exchange.asked, answer, exchange.longestAnswer)),
    )
  }

  /**
   * Gives the answer's bytes as they come. The time-out ends with the answer's headers; who reads the bytes ends them
   * through the signal.
   */
  async open(exchange: Exchange): Promise<AsyncIterable<Uint8Array>> {
    return this.#send(exchange, 'watches', async ({ body }) => body)
  }

  /** A write is sent once, whatever happens; a read once more where the first failed for nothing that will last. */
  async #send<A>(exchange: Exchange, pool: Pool, take: (answer: Answer) => Promise<A>): Promise<A> {
    const session = await this.#session(exchange)
    try {
      return await this.#sendOnce(exchange, session[pool], session, take)
    } catch (error) {
      if (!(await this.#isWorthAnother(exchange, session, error))) throw error
    }
    const next = await this.#session(exchange)
    return this.#sendOnce(exchange, next[pool], next, take)
  }

  #session(exchange: Exchange): Promise<KubeSession> {
    return this.#limited(exchange, 'no credentials', (signal) => raced(this.#connection.session(), signal))
  }

  async #isWorthAnother(exchange: Exchange, session: KubeSession, error: unknown): Promise<boolean> {
    if (!(error instanceof KubeError)) return false
    const isRead = exchange.method === 'GET'
    if (error.code !== undefined) return isRead && LOST_CONNECTION.has(error.code)
    if (error.status !== 401) return false
    const renewal = this.#connection.renew(session)
    // Who writes is told at once, and finds the new credentials when it comes back.
    return isRead && this.#limited(exchange, 'no new credentials', (signal) => raced(renewal, signal))
  }

  async #sendOnce<A>(
    exchange: Exchange,
    dispatcher: Dispatcher,
    { headers }: KubeSession,
    take: (answer: Answer) => Promise<A>,
  ): Promise<A> {
    const { asked, method, path, contentType, body } = exchange
    const { server } = this.#connection
    const started = performance.now()
    let code = '<error>'
    try {
      return await this.#limited(exchange, 'no answer', async (signal) => {
        const answer = await request(`${server.origin}${server.pathname.replace(/\/$/, '')}${path}`, {
          dispatcher,
          method,
          signal,
          headers: {
            ...headers,
            accept: 'application/json',
            'user-agent': this.#userAgent,
            ...(contentType !== undefined && { 'content-type': contentType }),
          },
          body: body === undefined ? null : JSON.stringify(body),
        })
        code = String(answer.statusCode)
        this.#warnings.read(answer.headers['warning'])
        await refuseErrors(asked, answer)
        return take(answer)
      })
    } finally {
      this.#observe({ verb: asked.verb, resource: asked.resource, code, ms: performance.now() - started })
      // undici takes a connection back a turn of the loop after its answer. Whoever calls again at once would open another one, and
      // keep two: of connections that died without a word the second would cost a leader its second try.
      await nextTurn()
    }
  }

  /**
   * Runs with a signal that aborts after the time-out or with the caller, and turns what is thrown into our errors.
   * (Not with AbortSignal.timeout: that one's timer outlives a call that has long ended, half a minute for each.)
   */
  async #limited<A>(
    { asked, signal, timeoutMs = this.#timeoutMs }: Exchange,
    what: string,
    run: (signal: AbortSignal) => Promise<A>,
  ): Promise<A> {
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(), timeoutMs)
    try {
      return await run(signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]))
    } catch (error) {
      if (error instanceof KubeError) throw error
      if (signal?.aborted) throw signal.reason
      if (timeout.signal.aborted) throw unanswered(asked, 'Timeout', `${what} within ${timeoutMs} ms`)
      throw errorFromTransport(asked, error)
    } finally {
      clearTimeout(timer)
    }
  }
}

type Pool = 'calls' | 'watches'
type Answer = Awaited<ReturnType<typeof request>>

async function refuseErrors(asked: Asked, answer: Answer): Promise<void> {
  if (answer.statusCode >= 200 && answer.statusCode < 300) return
  const retryAfter = answer.headers['retry-after']
  throw errorFromAnswer(asked, {
    status: answer.statusCode,
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
    body: await textOf(asked, answer, LONGEST_ERROR_BYTES),
  })
}

async function textOf(asked: Asked, { body, headers, statusCode }: Answer, longest: number): Promise<string> {
  const tooLarge = (): KubeError =>
    new KubeError({
      status: statusCode,
      reason: 'AnswerTooLarge',
      message: `${asked.verb} ${asked.resource}: the answer is longer than ${longest} bytes`,
      answered: true,
    })
  const decoder = new TextDecoder()
  let bytes = Number(headers['content-length'] ?? 0) > longest ? Number.POSITIVE_INFINITY : 0
  let text = ''
  // Leaving the loop early destroys the body, and with it the connection.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > longest) throw tooLarge()
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** The parser's own message quotes what it read, which may be a Secret: it is dropped. */
function parse(asked: Asked, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw unanswered(asked, 'MalformedAnswer', 'the answer is not JSON')
  }
}

/** Who waits goes when the signal aborts; what is waited for goes on, for others who may wait for it too. */
function raced<V>(promise: Promise<V>, signal: AbortSignal): Promise<V> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort))
}
