// Canary credentials, and servers that repeat whatever they are sent.
import { describe, expect, it } from 'vitest'
import { ask } from './answer.ts'
import type { SectigoCredentials } from './credentials.ts'
import { WITHHELD } from './quote.ts'
import { type Received, startServer } from './testing/local-server.ts'
import { openTransport, types } from './testing/open-transport.ts'

const SECRET = `Canary<"7f3a/+'&9c>%zz`
const TOKEN = 'eyJhbGciOiJub25lIn0.canary-token.c2ln'

const credentials: readonly SectigoCredentials[] = [
  { kind: 'password', customerUri: 'cst325', login: 'api-user', password: SECRET },
  { kind: 'oauth2', tokenUrl: '', clientId: 'client', clientSecret: SECRET },
]

/** Everything the operator may show after one call to a server that answers so: error, refusal, log lines, metrics. */
async function shown(
  login: SectigoCredentials,
  answer: (secret: string) => { status: number; body: string; type: string },
) {
  const server = await startServer((request: Received, response) => {
    if (request.url === '/token') response.end(JSON.stringify({ access_token: TOKEN, expires_in: 300 }))
    else {
      const { status, body, type } = answer(login.kind === 'password' ? SECRET : TOKEN)
      response.writeHead(status, { 'content-type': type }).end(body)
    }
  })
  const lines: unknown[] = []
  const note = (fields: unknown, message?: string): number => lines.push(fields, message)
  const transport = openTransport(server, {
    credentials: login.kind === 'oauth2' ? { ...login, tokenUrl: `https://127.0.0.1:${server.port}/token` } : login,
    log: { debug: note, warn: note },
    observe: note,
  })
  const thrown = await ask(transport, types).catch((error: Error) => error)
  const error =
    thrown instanceof Error
      ? { ...thrown, message: thrown.message, stack: thrown.stack, cause: thrown.cause }
      : thrown.error
  expect(server.received.length).toBeGreaterThan(0)
  return JSON.stringify([error, transport.refusal, lines])
}

/** Every eight characters in a row of the secret, in the forms in which it might appear. */
function pieces(): string[] {
  const forms = [SECRET, TOKEN].flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
  ])
  return forms.flatMap((form) => Array.from({ length: form.length - 7 }, (_, start) => form.slice(start, start + 8)))
}

describe.each(credentials)('a $kind login', (login) => {
  it.each([
    [
      '401 JSON',
      (secret: string) => ({
        status: 401,
        type: 'application/json',
        body: JSON.stringify({ code: -16, description: `no ${secret}` }),
      }),
    ],
    [
      '400 JSON',
      (secret: string) => ({
        status: 400,
        type: 'application/json',
        body: JSON.stringify({ code: -3, description: secret.slice(0, 12) }),
      }),
    ],
    [
      '400 split by tags',
      (secret: string) => ({
        status: 400,
        type: 'application/json',
        body: JSON.stringify({ description: [...secret].join('<b></b>') }),
      }),
    ],
    [
      '400 base64',
      (secret: string) => ({
        status: 400,
        type: 'application/json',
        body: JSON.stringify({ description: Buffer.from(`u:${secret}`).toString('base64') }),
      }),
    ],
    [
      '502 HTML',
      (secret: string) => ({ status: 502, type: 'text/html', body: `<html><pre>password: ${secret}</pre></html>` }),
    ],
    [
      '503 text',
      (secret: string) => ({ status: 503, type: 'text/plain', body: `header ${encodeURIComponent(secret)}` }),
    ],
  ])('is not shown by %s', async (_, answer) => {
    const text = await shown(login, answer)
    expect(
      pieces().filter((piece) => text.includes(piece) || text.includes(JSON.stringify(piece).slice(1, -1))),
    ).toEqual([])
  })

  it('says that something was withheld', async () => {
    const text = await shown(login, (secret) => ({ status: 400, type: 'text/plain', body: secret }))
    expect(text).toContain(WITHHELD)
  })
})
