// A declarative route table: an operation is one entry, whatever it does.
import type { IncomingHttpHeaders } from 'node:http'
import type { Account } from './catalogue.ts'
import type { Context } from './context.ts'
import { refuse } from './errors.ts'

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface Call {
  readonly context: Context
  readonly method: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The path began with `/private`, the entrance for TLS client certificates (seed 004 L62-70); `params` are of the rest. */
  readonly privatePath: boolean
  /** Hex, of the TLS client certificate; undefined when none was sent or this SCM does not trust it. */
  readonly certificateSerialNumber: string | undefined
  readonly text: string
  /** The body as it came, for the one operation that takes no text. */
  readonly bytes: Uint8Array
}

export interface AccountCall extends Call {
  readonly account: Account
}

interface RouteKey {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Segments beginning with `:` are parameters. A trailing slash in a call is ignored: observed, clients send `/types/`. */
  readonly path: string
}

export type Route =
  | (RouteKey & { readonly access: 'account'; handle(call: AccountCall): Answer | Promise<Answer> })
  | (RouteKey & { readonly access: 'open' | 'control'; handle(call: Call): Answer | Promise<Answer> })

export interface Match {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** Finds the route of a call; literal segments win over parameters. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Match | undefined {
  const parameters = (route: Route): number => route.path.split('/:').length
  const ordered = [...routes].sort((a, b) => parameters(a) - parameters(b))
  return (method, path) => {
    for (const route of ordered) {
      const params = route.method === method ? matchPath(route.path, path) : undefined
      if (params) return { route, params }
    }
    return undefined
  }
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/')
  const given = path.replace(/\/+$/, '').split('/')
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, segment] of wanted.entries()) {
    const actual = given[index] ?? ''
    if (segment.startsWith(':') && actual !== '') params[segment.slice(1)] = decode(actual)
    else if (segment !== actual) return undefined
  }
  return params
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** A JSON answer with SCM's content type (seed 004 L489). */
export function json(value: unknown, options: { status?: number; headers?: Record<string, string> } = {}): Answer {
  return {
    status: options.status ?? 200,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...options.headers },
    body: JSON.stringify(value),
  }
}

export const NO_CONTENT: Answer = { status: 204 }

/** The body as JSON. @throws ScmError -1002. */
export function readJson(call: Call): unknown {
  try {
    return JSON.parse(call.text)
  } catch {
    throw refuse('unreadableBody')
  }
}
