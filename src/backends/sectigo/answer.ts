// An answer of SCM's as the calls see it, and what each status means to a call that only reads.
import type { z } from 'zod'
import { BackendError, type BackendErrorKind } from '../backend-error.ts'
import type { Call, Caller } from './call.ts'
import type { ErrorBody } from './error-body.ts'
import type { Failure } from './failure.ts'

export interface Answer {
  readonly status: number
  readonly bytes: Uint8Array
  /** Set when the status is 400 or more. */
  readonly error?: ErrorBody
  readonly retryAfterMs?: number
  /** Header `X-Total-Count` of lists. */
  readonly totalCount?: number
  /** The id under which the log has the call, with SCM's own where it gave one. */
  readonly request?: string
}

/** Codes that say the same for every read; all others are left to the status. */
const kindsOfCodes: Readonly<Record<number, BackendErrorKind>> = {
  [-3]: 'AccessDenied',
  [-25]: 'AccessDenied',
  [-37]: 'AccessDenied',
  [-226]: 'AccessDenied',
  [-639]: 'OrganizationNotFound',
  [-1021]: 'OrganizationNotFound',
  [-1023]: 'OrganizationNotFound',
  [-111]: 'ProfileNotFound',
  [-5109]: 'ProfileNotFound',
  [-410]: 'CredentialsRefused',
  [-1]: 'Unavailable',
  [-2]: 'Unavailable',
  [-14]: 'Unavailable',
  [-43]: 'Unavailable',
  [-65]: 'Unavailable',
  [-195]: 'Unavailable',
}

/** Makes a call that changes nothing. Returns a 2xx answer, or a 4xx answer that is not about the login; throws BackendError otherwise. */
export async function ask(transport: Caller, call: Call): Promise<Answer> {
  const exchange = await transport.exchange(call)
  if (exchange.result === 'answered') {
    const { status } = exchange.answer
    if (status < 300 || (status >= 400 && status < 500 && status !== 429)) return exchange.answer
    throw troubleOf(call, exchange.answer)
  }
  call.signal?.throwIfAborted()
  const { kind, message, ...more } = exchange.failure
  throw new BackendError(kind, `${call.endpoint}: ${message}`, more)
}

/** As `ask`, and any 4xx throws too; the body must fit the schema. */
export async function read<Schema extends z.ZodType>(
  transport: Caller,
  call: Call,
  schema: Schema,
): Promise<z.output<Schema>> {
  const answer = await ask(transport, call)
  if (answer.status >= 300) throw troubleOf(call, answer)
  return bodyOf(call, answer, schema)
}

/** The body of a 2xx answer; throws BackendError UnexpectedAnswer when it is not what is documented. */
export function bodyOf<Schema extends z.ZodType>(call: Call, answer: Answer, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(jsonIn(answer.bytes))
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path.map(String).join('.') ?? ''
  const what = where === '' ? 'something else than is documented' : `an unusable ${where}`
  const message = `${call.endpoint}: SCM answered HTTP ${answer.status} with ${what}`
  throw new BackendError('UnexpectedAnswer', message, { request: answer.request })
}

/** What an answer with an error status means to a read. */
export function troubleOf(call: Pick<Call, 'endpoint'>, answer: Answer): BackendError {
  const code = answer.error?.code
  return new BackendError(kindOf(answer), sentenceOf(call, answer), {
    code: code === undefined ? undefined : String(code),
    retryAfterMs: answer.retryAfterMs,
    request: answer.request,
  })
}

/** What an answer says of SCM as a whole that is not of SCM's own making, or says that SCM cannot. */
export function outageOf(answer: Answer): Failure {
  const { status } = answer
  // Nothing of its text, which may be another one each time, and thousands of requests repeat this.
  return { kind: kindOf(answer), code: `HTTP${status}`, message: saidBy({ status }) }
}

function kindOf({ status, error }: Answer): BackendErrorKind {
  if (status === 429) return 'RateLimited'
  // 408: the request was not read to its end, as gateways say of a server that is away (RFC 9110 15.5.9).
  if (status >= 500 || status === 408) return 'Unavailable'
  const kind = error?.code === undefined ? undefined : kindsOfCodes[error.code]
  return kind ?? (status === 403 ? 'AccessDenied' : 'UnexpectedAnswer')
}

/** `ssl/v1/types: SCM answered HTTP 400, code -37: Access denied.` */
export function sentenceOf({ endpoint }: Pick<Call, 'endpoint'>, answer: Answer): string {
  return `${endpoint}: ${saidBy(answer)}`
}

function saidBy({ status, error }: Pick<Answer, 'status' | 'error'>): string {
  if (status < 300) return `SCM answered HTTP ${status} with something else than is documented`
  if (status < 400) return `SCM answered HTTP ${status}, a redirect, which is not followed`
  const code = error?.code === undefined ? '' : `, code ${error.code}`
  const description = error?.description === undefined ? '' : `: ${error.description}`
  return `SCM answered HTTP ${status}${code}${description}`
}

/** The JSON value in these bytes, `undefined` when there is none. */
export function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
