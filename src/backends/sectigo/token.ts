// OAuth2 client credentials: one token per login, fetched when needed, by one caller for all.
import { z } from 'zod'
import { jsonIn } from './answer.ts'
import { httpsUrl } from './endpoint.ts'
import type { Failure } from './failure.ts'
import { retryAfterMs } from './retry-after.ts'
import type { Exchange, WireAnswer, WireRequest } from './wire.ts'

export type TokenOutcome =
  | { readonly token: string }
  /** `refused`: the client itself was refused, so asking again with the same secret is pointless and may lock it. */
  | { readonly failure: Failure; readonly refused: boolean }

export interface TokenSource {
  /** A token that is good for a while; never rejects. */
  current(): Promise<TokenOutcome>
  /** Forgets this token (an API call got 401 with it); a newer one is kept. */
  invalidate(token: string): void
  /** Tokens that an answer may still repeat, and that may not be shown. */
  recent(): readonly string[]
}

/** A token is not used in its last seconds: it must outlive the request's way and the difference of two clocks. */
const EXPIRY_SKEW_MS = 30_000
/** Lifetimes of about 300 s were seen; an answer without `expires_in` gets less. */
const LIFETIME_IF_UNSAID_S = 60
const TOKEN_TIMEOUT_MS = 30_000
/** Servers take no longer headers, and answers are searched for every piece of a token. */
const LONGEST_TOKEN = 16_384
/** A call sent with the token before this one may still be answered. */
const RECENT_TOKENS = 3

const tokenAnswer = z.object({
  // token68 of RFC 9110 11.2 and nothing that could break out of a header.
  access_token: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .max(LONGEST_TOKEN),
  expires_in: z.coerce.number().positive().catch(LIFETIME_IF_UNSAID_S),
})

const tokenError = z.object({ error: z.string() })

/** Error words of RFC 6749 5.2 that speak of the client and not of the request or the server. */
const refusesClient: readonly string[] = ['invalid_client', 'unauthorized_client']

export function createTokenSource(options: {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly send: (request: WireRequest) => Promise<Exchange<WireAnswer>>
  readonly clock: { now(): number; monotonic(): number }
}): TokenSource {
  const { clientId, clientSecret, send, clock } = options
  const url = httpsUrl(options.tokenUrl, 'tokenUrl')
  let held: { readonly token: string; readonly until: number } | undefined
  let underway: Promise<TokenOutcome> | undefined
  let recent: readonly string[] = []

  async function fetchToken(): Promise<TokenOutcome> {
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }
    const asked = clock.monotonic()
    const exchange = await send({
      method: 'POST',
      origin: url.origin,
      path: url.pathname + url.search,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(form).toString(),
      timeoutMs: TOKEN_TIMEOUT_MS,
    })
    if (exchange.result !== 'answered') {
      return {
        failure: { ...exchange.failure, message: `token endpoint: ${exchange.failure.message}` },
        refused: false,
      }
    }
    if (exchange.answer.status !== 200) return refusal(exchange.answer, clock.now())
    const answer = tokenAnswer.safeParse(jsonIn(exchange.answer.bytes))
    if (!answer.success) return unexpected('the token endpoint answered HTTP 200 without a usable access_token')
    const lifetime = answer.data.expires_in * 1_000
    held = { token: answer.data.access_token, until: asked + lifetime - Math.min(EXPIRY_SKEW_MS, lifetime / 2) }
    recent = [held.token, ...recent].slice(0, RECENT_TOKENS)
    return { token: held.token }
  }

  return {
    async current() {
      if (held !== undefined && clock.monotonic() < held.until) return { token: held.token }
      underway ??= fetchToken().finally(() => {
        underway = undefined
      })
      return underway
    },
    invalidate(token) {
      if (held?.token === token) held = undefined
    },
    recent: () => recent,
  }
}

function refusal(answer: WireAnswer, now: number): TokenOutcome {
  const { status } = answer
  const error = tokenError.safeParse(jsonIn(answer.bytes)).data?.error ?? ''
  const wait = retryAfterMs(answer.headers['retry-after'], now)
  const retry = wait === undefined ? {} : { retryAfterMs: wait }
  if (status === 401 || (status === 400 && refusesClient.includes(error))) {
    const message = `the token endpoint refused the client (HTTP ${status}); correct clientId and clientSecret`
    return { failure: { kind: 'CredentialsRefused', code: 'ClientRefused', message }, refused: true }
  }
  if (status === 429) {
    const message = 'the token endpoint answered HTTP 429: too many requests'
    return { failure: { kind: 'RateLimited', code: 'RateLimited', message, ...retry }, refused: false }
  }
  if (status >= 500) {
    const message = `the token endpoint answered HTTP ${status}`
    return { failure: { kind: 'Unavailable', code: 'Unavailable', message, ...retry }, refused: false }
  }
  return unexpected(`the token endpoint answered HTTP ${status}; is tokenUrl right?`)
}

function unexpected(message: string): TokenOutcome {
  return { failure: { kind: 'UnexpectedAnswer', code: 'UnexpectedAnswer', message }, refused: false }
}
