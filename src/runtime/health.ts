// The HTTP endpoints for kubelet and Prometheus. Small on purpose: fixed paths, GET only, no request body is read.
import { createServer, type Server } from 'node:http'
import { parseListenAddress } from './http-address.ts'
import type { Metrics } from './metrics.ts'

/** What is wrong, in a few words, or undefined when nothing is. Must answer at once: it is asked within a probe. */
export type Check = () => string | undefined

export interface Page {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export type Route = () => Page | Promise<Page>

export interface HttpEndpoint {
  /** `host:port` with the port really bound; absent when the endpoint is off. */
  readonly address?: string
  /** Ends open connections too. */
  close(): Promise<void>
}

/** A probe or a scrape sends its few header bytes at once; whoever does not is cut off. */
const REQUEST_TIMEOUT_MS = 5_000

/** Far more than a probe or a scraper sends. */
const MAX_HEADER_BYTES = 8_192

/** Many times the number of kubelets and scrapers that ask one Pod. */
const MAX_CONNECTIONS = 64

const TEXT = 'text/plain; charset=utf-8'

/**
 * Listens on `address` (`:8081`, `127.0.0.1:0`, `[::1]:8081`; `0` is off) and answers the paths of `routes`.
 * @throws Error when the address is malformed or cannot be bound.
 */
export async function startHttp({
  address,
  routes,
}: {
  readonly address: string
  readonly routes: Readonly<Record<string, Route>>
}): Promise<HttpEndpoint> {
  const listen = parseListenAddress(address)
  if (listen === undefined) return { close: async () => {} }
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: MAX_HEADER_BYTES })
  server.maxConnections = MAX_CONNECTIONS
  server.on('request', (request, response) => {
    const method = request.method ?? ''
    void answer(method, request.url ?? '', routes).then(({ status, contentType, body }) => {
      response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' })
      response.end(method === 'HEAD' ? undefined : body)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return { address: boundAddress(server), close: () => close(server) }
}

/**
 * A probe's route: 200 `ok`, or 503 and one line per failed check with its name.
 * The answer is readable by everyone who reaches the port: checks must say nothing that is not for everyone.
 */
export function checksRoute(checks: Readonly<Record<string, Check>>): Route {
  return () => {
    const failed = Object.entries(checks).flatMap(([name, check]) => {
      const problem = ask(check)
      return problem === undefined ? [] : [`${name}: ${problem}`]
    })
    return failed.length === 0 ? text(200, 'ok') : text(503, failed.join('\n'))
  }
}

export function metricsRoute(metrics: Metrics): Route {
  return async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.render() })
}

async function answer(method: string, url: string, routes: Readonly<Record<string, Route>>): Promise<Page> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET')
  const path = url.split('?', 1)[0] ?? ''
  const route = routes[path]
  if (route === undefined) return text(404, 'not found')
  try {
    return await route()
  } catch {
    return text(500, 'internal error') // the reason could hold anything, and the port is open to all
  }
}

function ask(check: Check): string | undefined {
  try {
    return check()
  } catch {
    return 'the check itself failed'
  }
}

function text(status: number, body: string): Page {
  return { status, contentType: TEXT, body: `${body}\n` }
}

function boundAddress(server: Server): string {
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the HTTP server is not bound to a port')
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve()) // its only error is that the server was closed before
    server.closeAllConnections()
  })
}
