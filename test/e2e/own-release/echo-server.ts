// The worst server that an issuer can point at: it repeats every request, credentials and all, in each of its answers.
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { selfSigned } from '../../support/self-signed.ts'
import { spellings } from '../canaries.ts'

interface Manner {
  readonly status: number
  readonly type: string
  readonly headers?: (echo: string) => Readonly<Record<string, string>>
  readonly body: (echo: string, path: string) => string
}

const page = (echo: string): string => `<html><head><title>Error</title></head><body><pre>${echo}</pre></body></html>`
const errorObject = (code: number) => (echo: string) => JSON.stringify({ code, description: `No. You sent ${echo}` })
const json = 'application/json'

/** How it answers, by the first segment of the path. */
export const MANNERS = {
  login: { status: 401, type: json, body: errorObject(-16) },
  denied: { status: 400, type: json, body: errorObject(-37) },
  plain: { status: 400, type: 'text/plain', body: (echo) => `Bad request: ${echo}` },
  gateway: { status: 502, type: 'text/html', body: page },
  unavailable: { status: 503, type: 'text/plain', body: (echo) => echo },
  welcome: { status: 200, type: 'text/html', body: page },
  organizations: { status: 200, type: json, body: (echo) => JSON.stringify([{ id: 1, name: echo }]) },
  scm: { status: 200, type: json, body: (echo, path) => JSON.stringify(asSCM(echo, path)) },
  elsewhere: {
    status: 302,
    type: 'text/plain',
    headers: (echo) => ({ location: `https://localhost/?${encodeURIComponent(echo.slice(0, 1_000))}` }),
    body: (echo) => echo,
  },
  invalidClient: {
    status: 401,
    type: json,
    body: (echo) => JSON.stringify({ error: 'invalid_client', error_description: echo }),
  },
  invalidGrant: { status: 400, type: json, body: (echo) => JSON.stringify({ error: echo, error_description: echo }) },
} as const satisfies Record<string, Manner>

/** Gives what SCM would give, so that orders are placed, with the request repeated in every text. */
function asSCM(echo: string, path: string): unknown {
  if (path.endsWith('/organization/v1')) return [{ id: 8928, name: echo, departments: [{ id: 1, name: echo }] }]
  if (path.endsWith('/types'))
    return [{ id: 1, name: 'OV SSL 199', terms: [90], keyTypes: { EC: ['P-256'], [echo]: [echo] } }]
  if (path.endsWith('/enroll')) return { sslId: 1, renewId: echo.slice(0, 200) }
  return { sslId: 1, status: echo, comments: echo, sslCertsApiEnabled: true, expirationDate: echo }
}

export type MannerName = keyof typeof MANNERS

export interface EchoServer extends AsyncDisposable {
  /** `localhost:4711` */
  readonly host: string
  readonly caPem: string
  /** How often it has answered so. */
  answered(manner: MannerName): number
}

/** `POST /token` gives out `accessToken`; every other path answers in the manner of its first segment. */
export async function startEchoServer({ accessToken }: { readonly accessToken: string }): Promise<EchoServer> {
  const { key, cert } = await selfSigned('echo')
  const answered = new Map<string, number>()
  const server = createServer({ key, cert }, async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) body += chunk
    const { pathname } = new URL(request.url ?? '/', 'https://localhost')
    const segment = pathname.split('/')[1] ?? ''
    if (segment === 'token') {
      response.writeHead(200, { 'content-type': json })
      response.end(JSON.stringify({ access_token: accessToken, token_type: 'Bearer', expires_in: 300 }))
      return
    }
    const manner: Manner = MANNERS[segment as MannerName] ?? MANNERS.plain
    answered.set(segment, (answered.get(segment) ?? 0) + 1)
    const echo = echoOf(request.rawHeaders, body)
    response.writeHead(manner.status, { 'content-type': manner.type, ...manner.headers?.(echo) })
    response.end(manner.body(echo, pathname))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    caPem: cert,
    answered: (manner) => answered.get(manner) ?? 0,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** What may be secret first, for a reader that keeps only the beginning; each value in every spelling. */
function echoOf(rawHeaders: readonly string[], body: string): string {
  const pairs = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : [],
  )
  const secret = pairs.filter(([name]) => ['password', 'authorization'].includes(name.toLowerCase()))
  const values = [...secret.map(([, value]) => value), ...new URLSearchParams(body).values()]
  return [
    body,
    ...pairs.map(([name, value]) => `${name}: ${value}`),
    ...values.flatMap((value) => Object.values(spellings(value))),
  ]
    .filter((line) => line !== '')
    .join(' ')
}
