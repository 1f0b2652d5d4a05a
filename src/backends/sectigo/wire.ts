// One HTTP exchange, and the one question that decides whether an order may exist: did a byte leave?
//
// undici calls a handler's `onRequestStart` on a connected socket (TLS done) immediately before it writes the request,
// in the same tick (lib/dispatcher/client-h1.js `writeH1`). Before that call nothing was sent, whatever went wrong; from
// that call on anything may have arrived. No error code is needed to tell, and a throw inside it sends nothing.
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { CLIENT_CERTIFICATE_REFUSED, type Failure, failure, failureOf } from './failure.ts'

export interface WireRequest {
  readonly method: 'GET' | 'POST'
  readonly origin: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** For the whole exchange, connecting included. Exact: undici's own time-outs are late by half a second. */
  readonly timeoutMs: number
  /** Without it, `MAX_ANSWER_BYTES`. */
  readonly maxAnswerBytes?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Asked in the tick that would write the first byte; `false` sends nothing. */
  readonly mayWrite?: (() => boolean) | undefined
}

export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly bytes: Uint8Array
  /** Names this exchange in every log line about it. */
  readonly request: string
}

export type Exchange<Answer> =
  | { readonly result: 'answered'; readonly answer: Answer }
  /** Nothing was done at the other end: never connected, not sent, or refused before it was looked at. */
  | { readonly result: 'noEffect'; readonly failure: Failure }
  /** It was sent, and what became of it is not known. */
  | { readonly result: 'unknown'; readonly failure: Failure }

/** 1 MiB: 400 times a long chain, 10 times a list of 200 rows. More is not an answer of SCM's. */
const MAX_ANSWER_BYTES = 1_048_576

/** Interim answers (1xx) before the answer: one hint is usual, and each costs work that no other limit counts. */
const MOST_INTERIM_ANSWERS = 16

/** Sends one request once. Never rejects; never sends twice. */
export function exchangeOnce(dispatcher: Dispatcher, request: WireRequest): Promise<Exchange<WireAnswer>> {
  return new Promise((resolve) => {
    const id = randomUUID()
    let state: 'waiting' | 'written' | 'over' = 'waiting'
    let controller: Dispatcher.DispatchController | undefined
    let status = 0
    let headers: WireAnswer['headers'] = {}
    let interim = 0
    const body = new Body()

    const deadline = AbortSignal.timeout(request.timeoutMs)
    const onTimeout = (): void => give(failure('TimedOut'))
    const onAbort = (): void => give(failure('Aborted'))

    const finish = (outcome: Exchange<WireAnswer>): void => {
      state = 'over'
      deadline.removeEventListener('abort', onTimeout)
      request.signal?.removeEventListener('abort', onAbort)
      resolve(outcome)
    }
    const give = (why: Failure): void => {
      if (state === 'over') return
      // A server reads no request from a client whose certificate it has refused (RFC 8446 4.4.2.4).
      const written = state === 'written' && why.code !== CLIENT_CERTIFICATE_REFUSED
      finish({ result: written ? 'unknown' : 'noEffect', failure: { ...why, request: id } })
      // Not passed on as a reason: what is passed reaches undici's diagnostics.
      if (written) controller?.abort(new Error('given up'))
    }

    if (request.signal?.aborted) return onAbort()
    deadline.addEventListener('abort', onTimeout, { once: true })
    request.signal?.addEventListener('abort', onAbort, { once: true })

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        // Given up while connecting, or undici wants to write it again on a new connection: neither may reach the wire.
        if (state !== 'waiting') throw new Error('given up')
        if (request.mayWrite?.() === false) {
          give(failure('NotSent'))
          throw new Error('given up')
        }
        controller = started
        state = 'written'
      },
      onResponseStart(_, statusCode, answerHeaders) {
        if (statusCode < 200 && ++interim > MOST_INTERIM_ANSWERS) return give(failure('AnswerTooLarge'))
        status = statusCode
        headers = singleValues(answerHeaders)
      },
      onResponseData(_, chunk) {
        if (body.size + chunk.byteLength > (request.maxAnswerBytes ?? MAX_ANSWER_BYTES)) give(failure('AnswerTooLarge'))
        else body.append(chunk)
      },
      onResponseEnd() {
        if (state === 'written')
          finish({ result: 'answered', answer: { status, headers, bytes: body.bytes, request: id } })
      },
      onResponseError(_, error) {
        give(failureOf(error))
      },
    }
    dispatcher.dispatch(
      {
        method: request.method,
        origin: request.origin,
        path: request.path,
        headers: { ...request.headers },
        body: request.body ?? null,
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      handler,
    )
  })
}

function singleValues(headers: IncomingHttpHeaders): WireAnswer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value[0] : value]),
  )
}

/** Where most answers end. */
const FIRST_BODY_BYTES = 4_096

/** An answer's body as it comes. Copied, since a list of pieces would cost a hundred times what comes in pieces of one byte. */
class Body {
  #held = Buffer.alloc(FIRST_BODY_BYTES)
  #size = 0

  get size(): number {
    return this.#size
  }

  get bytes(): Uint8Array {
    return this.#held.subarray(0, this.#size)
  }

  append(chunk: Uint8Array): void {
    const size = this.#size + chunk.byteLength
    if (size > this.#held.byteLength) {
      const larger = Buffer.alloc(Math.max(size, 2 * this.#held.byteLength))
      larger.set(this.bytes)
      this.#held = larger
    }
    this.#held.set(chunk, this.#size)
    this.#size = size
  }
}
