// What a failed call to the API server looks like to everyone above: one error type, small enough that it cannot hold
// a header, a token or an object. Nothing of the HTTP client's own errors is kept (no `cause`): those carry request options.

/** `message` is bounded, since a Status can quote whole objects back and messages end up in logs. */
const LONGEST_MESSAGE_CHARS = 1024

/** Reasons of {@link KubeError} that are ours, where the API server gave none. */
export type OwnReason =
  /** No HTTP answer: refused, reset, DNS, TLS. */
  | 'Unreachable'
  /** No complete answer within the call's time-out (also the API server's own word for a 504). */
  | 'Timeout'
  /** An answer that is not what the API promises: not JSON, another kind, cut short. */
  | 'MalformedAnswer'
  /** An answer larger than this client is willing to hold. */
  | 'AnswerTooLarge'

export class KubeError extends Error {
  override readonly name = 'KubeError'
  /** The HTTP status, or 0 where no answer arrived. */
  readonly status: number
  /** `Status.reason` of the API server (NotFound, AlreadyExists, Conflict, Expired, ...), or an {@link OwnReason}. */
  readonly reason: string
  /** From `Retry-After`, or the Status' `retryAfterSeconds`. Milliseconds. */
  readonly retryAfterMs: number | undefined
  /**
   * False: no complete HTTP answer arrived, so a write may or may not have taken effect. True with a status of 500 and
   * above proves nothing either: the API server answers 504 and `etcdserver: request timed out` for writes that committed.
   */
  readonly answered: boolean
  /** Node's or undici's word for why no answer arrived: `ECONNREFUSED`, `ENOTFOUND`. Only where they gave the reason. */
  readonly code: string | undefined

  constructor(failure: {
    readonly status: number
    readonly reason: string
    readonly message: string
    readonly retryAfterMs?: number | undefined
    readonly answered: boolean
    readonly code?: string | undefined
  }) {
    super(bounded(failure.message))
    this.status = failure.status
    this.reason = failure.reason
    this.retryAfterMs = failure.retryAfterMs
    this.answered = failure.answered
    this.code = failure.code
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404
}

/** The object changed since the resourceVersion the write was made on. Not an AlreadyExists, which is a 409 too. */
export function isConflict(error: unknown): boolean {
  return error instanceof KubeError && error.status === 409 && error.reason === 'Conflict'
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof KubeError && error.status === 409 && error.reason === 'AlreadyExists'
}

/** The resourceVersion or continue token is older than what the API server still has (`Expired`, or plainly `Gone`). */
export function isExpired(error: unknown): boolean {
  return error instanceof KubeError && error.status === 410
}

/** The write will not be taken, however often it is tried: a policy, a quota, missing rights, or what the object holds. */
export function isForbidden(error: unknown): error is KubeError {
  return error instanceof KubeError && FORBIDDEN.includes(error.status)
}

const FORBIDDEN: readonly number[] = [400, 403, 413, 422]

/** The answer is larger than this client is willing to hold. */
export function isAnswerTooLarge(error: unknown): boolean {
  return error instanceof KubeError && error.reason === 'AnswerTooLarge'
}

/**
 * The API server does not know the resourceVersion yet: etcd was restored from a backup, or a lagging API server
 * answers. It says so in the message of a 504 (k8s.io/apiserver pkg/storage/errors.go NewTooLargeResourceVersionError).
 */
export function isResourceVersionTooLarge(error: unknown): boolean {
  return error instanceof KubeError && /too large resource version/i.test(error.message)
}

/** Who asked for what, for the front of a message: `patch certificaterequests/status "shop/www"`. */
export interface Asked {
  readonly verb: string
  /** Plural, with the subresource: `certificaterequests/status`. */
  readonly resource: string
  /** `namespace/name`, a namespace, or absent for a list over all. */
  readonly object?: string | undefined
}

/** An HTTP answer that is an error. `body` is its text; it is believed only where it is a `Status`. */
export function errorFromAnswer(
  asked: Asked,
  answer: { readonly status: number; readonly retryAfter: string | undefined; readonly body: string },
): KubeError {
  const status = parseStatus(answer.body)
  return new KubeError({
    status: answer.status,
    reason: status?.reason ?? REASON_OF_STATUS[answer.status] ?? 'Unknown',
    message: `${subject(asked)}: ${status?.message ?? `HTTP ${answer.status} without a Status`}`,
    retryAfterMs: retryAfterMs(answer.retryAfter) ?? status?.retryAfterMs,
    answered: true,
  })
}

/** An `ERROR` event of a watch: its object is a `Status` whose `code` plays the part of the HTTP status. */
export function errorFromEvent(asked: Asked, object: unknown): KubeError {
  const status = readStatus(object)
  const code = status?.code ?? 0
  return new KubeError({
    status: code,
    reason: status?.reason ?? REASON_OF_STATUS[code] ?? 'Unknown',
    message: `${subject(asked)}: ${status?.message ?? 'ERROR event without a Status'}`,
    retryAfterMs: status?.retryAfterMs,
    answered: true,
  })
}

/** No answer, from whatever the HTTP client threw. Only the error's code (or name) is kept. */
export function errorFromTransport(asked: Asked, thrown: unknown): KubeError {
  const code = codeOf(thrown)
  const message = `${subject(asked)}: ${code ?? 'no connection'}`
  return new KubeError({ status: 0, reason: 'Unreachable', message, answered: false, code })
}

/** No (complete or usable) answer, in our own words. */
export function unanswered(asked: Asked, reason: OwnReason, message: string): KubeError {
  return new KubeError({ status: 0, reason, message: `${subject(asked)}: ${message}`, answered: false })
}

function subject({ verb, resource, object }: Asked): string {
  return object === undefined ? `${verb} ${resource}` : `${verb} ${resource} "${object}"`
}

/** Where a proxy or load balancer answers instead of the API server, or the Status has no reason. */
const REASON_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

interface Status {
  readonly code: number | undefined
  readonly reason: string | undefined
  readonly message: string | undefined
  readonly retryAfterMs: number | undefined
}

function parseStatus(body: string): Status | undefined {
  try {
    return readStatus(JSON.parse(body))
  } catch {
    return undefined // a proxy's page: its text is foreign, and may quote our request back
  }
}

function readStatus(object: unknown): Status | undefined {
  if (!isRecord(object) || object['kind'] !== 'Status') return undefined
  const details = isRecord(object['details']) ? object['details'] : {}
  const seconds = details['retryAfterSeconds']
  return {
    code: typeof object['code'] === 'number' ? object['code'] : undefined,
    reason: nonEmpty(object['reason']),
    message: nonEmpty(object['message']),
    retryAfterMs: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined,
  }
}

/** RFC 9110 10.2.3: whole seconds or an HTTP date. */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

function codeOf(thrown: unknown): string | undefined {
  if (!isRecord(thrown)) return undefined
  return nonEmpty(thrown['code']) ?? nonEmpty(thrown['name'])
}

function bounded(message: string): string {
  return message.length <= LONGEST_MESSAGE_CHARS ? message : `${message.slice(0, LONGEST_MESSAGE_CHARS - 3)}...`
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
