// What a call to SCM is, apart from how it is carried out.
import type { Answer } from './answer.ts'
import { READ_TIMEOUT_MS } from './timing.ts'
import type { Exchange } from './wire.ts'

/** One operation of SCM's API. */
export interface Operation {
  /** Path with `{id}` for ids: closed, for metrics, logs and messages. */
  readonly endpoint: string
  /** Below the API's base, without a leading slash: `ssl/v1/types`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
}

export interface Call extends Operation {
  readonly method: 'GET' | 'POST'
  /** Sent as JSON. */
  readonly body?: unknown
  /** For its turn among others: smaller goes first. */
  readonly rank: number
  readonly timeoutMs: number
  /** Answered with a file, and not, as everything else, with JSON or nothing. */
  readonly file?: boolean
  /** Where the usual bound is too small. */
  readonly maxAnswerBytes?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Asked in the tick that would write the first byte; `false` sends nothing. */
  readonly mayWrite?: () => boolean
}

/** An operation without an id in its path. */
export function fixed(path: string): Operation {
  return { endpoint: path, path }
}

/** An operation on one thing: `withId('ssl/v1/collect', '811')`. */
export function withId(base: string, id: string): Operation {
  return { endpoint: `${base}/{id}`, path: `${base}/${encodeURIComponent(id)}` }
}

/** The call for an operation that only reads. */
export function readOf(operation: Operation, { rank, signal }: Pick<Call, 'rank' | 'signal'>): Call {
  return { ...operation, method: 'GET', rank, timeoutMs: READ_TIMEOUT_MS, signal }
}

/** Carries out calls. */
export interface Caller {
  /** Makes one call. Never rejects, and never repeats a call that may have had an effect. */
  exchange(call: Call): Promise<Exchange<Answer>>
  /** Foreign text made fit for a condition: one bounded line, withheld when it holds a piece of the credential. */
  quote(text: string): string
}
