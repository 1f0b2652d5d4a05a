// One HTTP exchange with the API server: exact time-outs, bounded bodies, errors as KubeError. Knows no verbs and no retries.
import { request } from 'undici'
import type { KubeConnection } from './connection.ts'
import { type Asked, errorFromAnswer, errorFromTransport, KubeError, unanswered } from './errors.ts'

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
}

export interface TransportOptions {
  readonly connection: KubeConnection
  readonly timeoutMs: number
  readonly userAgent: string
  readonly observe?: ((call: KubeCall) => void) | undefined
}

/** An error's Status can list every invalid field, but is never a page of objects. */
const LONGEST_ERROR_BYTES = 1024 * 1024

export class Transport {
  readonly #connection: KubeConnection
  readonly #timeoutMs: number
  readonly #userAgent: string
  readonly #observe: (call: KubeCall) => void

  constructor({ connection, timeoutMs, userAgent, observe }: TransportOptions) {
    this.#connection = connection
    this.#timeoutMs = timeoutMs
    this.#userAgent = userAgent
    this.#observe = observe ?? (() => undefined)
  }

  /**
   * Sends once and reads the JSON answer.
   * @throws KubeError, or the signal's reason when the caller aborted.
   */
  async exchange(exchange: Exchange): Promise<unknown> {
    const timeout = AbortSignal.timeout(this.#timeoutMs)
    const signal = exchange.signal === undefined ? timeout : AbortSignal.any([exchange.signal, timeout])
    return this.#observed(exchange, timeout, async (answered) => {
      const answer = await this.#send(exchange, await this.#connection.dispatcher(), signal)
      answered(answer.statusCode)
      await refuseErrors(exchange.asked, answer)
      return parse(exchange.asked, await textOf(exchange.asked, answer, exchange.longestAnswer))
    })
  }

  /**
   * Sends once and gives the answer's bytes as they come. The time-out ends with the answer's headers; who reads the
   * bytes ends them through the signal.
   */
  async open(exchange: Exchange): Promise<AsyncIterable<Uint8Array>> {
    const beginning = new AbortController()
    const timer = setTimeout(() => beginning.abort(), this.#timeoutMs)
    const signal =
      exchange.signal === undefined ? beginning.signal : AbortSignal.any([exchange.signal, beginning.signal])
    try {
      return await this.#observed(exchange, beginning.signal, async (answered) => {
        const answer = await this.#send(exchange, await this.#connection.watchDispatcher(), signal)
        answered(answer.statusCode)
        await refuseErrors(exchange.asked, answer)
        return answer.body
      })
    } finally {
      clearTimeout(timer)
    }
  }

  async #send(exchange: Exchange, dispatcher: Awaited<ReturnType<KubeConnection['dispatcher']>>, signal: AbortSignal) {
    const { server } = this.#connection
    const base = server.pathname.replace(/\/$/, '')
    const headers = await this.#connection.headers()
    return request(`${server.origin}${base}${exchange.path}`, {
      dispatcher,
      method: exchange.method,
      signal,
      headers: {
        ...headers,
        accept: 'application/json',
        'user-agent': this.#userAgent,
        ...(exchange.contentType !== undefined && { 'content-type': exchange.contentType }),
      },
      body: exchange.body === undefined ? null : JSON.stringify(exchange.body),
    })
  }

  /** Runs one exchange, turns what it throws into our errors, and reports it once. */
  async #observed<A>(
    { asked, signal }: Exchange,
    timeout: AbortSignal,
    run: (answered: (status: number) => void) => Promise<A>,
  ): Promise<A> {
    const started = performance.now()
    let code = '<error>'
    try {
      return await run((status) => {
        code = String(status)
      })
    } catch (error) {
      if (error instanceof KubeError) throw error
      if (signal?.aborted) throw signal.reason
      if (timeout.aborted) throw unanswered(asked, 'Timeout', `no answer within ${this.#timeoutMs} ms`)
      throw errorFromTransport(asked, error)
    } finally {
      this.#observe({ verb: asked.verb, resource: asked.resource, code, ms: performance.now() - started })
    }
  }
}

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
