import { createServer as createTcpServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { SectigoCredentials } from './credentials.ts'
import { sendJson, startServer } from './testing/local-server.ts'
import { enrol, LOGIN, openTransport, types } from './testing/open-transport.ts'
import type { CallObserved, SectigoTransport } from './transport.ts'

interface Watched {
  readonly transport: SectigoTransport
  readonly observed: CallObserved[]
  readonly lines: string[]
}

function connect(
  server: { url: string; caBundle?: string },
  options: { credentials?: SectigoCredentials } = {},
): Watched {
  const observed: CallObserved[] = []
  const lines: string[] = []
  const log = (fields: object, message: string): number => lines.push(JSON.stringify({ ...fields, message }))
  const noted = { log: { debug: log, warn: log }, observe: (one: CallObserved) => observed.push(one) }
  const transport = openTransport(server, { ...noted, ...options })
  return { transport, observed, lines }
}

describe('password login', () => {
  it('sends the three headers, the path below the base and the body as JSON', async () => {
    const server = await startServer((_, response) => sendJson(response, 200, { sslId: 1 }))
    const { transport, observed } = connect({ ...server, url: `${server.url}/` })
    await transport.exchange({ ...types, query: { organizationId: '8928', name: 'a b+c' } })
    expect(await transport.exchange(enrol)).toMatchObject({ result: 'answered', answer: { status: 200 } })
    const [get, post] = server.received
    expect(get).toMatchObject({ method: 'GET', url: '/api/ssl/v1/types?organizationId=8928&name=a%20b%2Bc', body: '' })
    expect(get?.headers).toMatchObject({ login: 'api-user', password: 'Canary-7f3a', customeruri: 'cst325' })
    expect(post).toMatchObject({ method: 'POST', url: '/api/ssl/v1/enroll', body: '{"orgId":1}' })
    expect(post?.headers['content-type']).toBe('application/json;charset=UTF-8')
    expect(observed.map(({ endpoint, code }) => [endpoint, code])).toEqual([
      ['ssl/v1/types', '200'],
      ['ssl/v1/enroll', '200'],
    ])
  })

  it.each([1, 4])('uses %i connections for as many calls at a time', async (concurrent) => {
    const server = await startServer((_, response) => sendJson(response, 200, []))
    const { transport } = connect(server)
    const oneAfterTheOther = async (): Promise<void> => {
      for (let n = 0; n < 10; n++) await transport.exchange(types)
    }
    await Promise.all(Array.from({ length: concurrent }, oneAfterTheOther))
    expect(server.received).toHaveLength(10 * concurrent)
    expect(server.accepted()).toBe(concurrent)
  })

  it('sends nothing more after a 401, and says why', async () => {
    const server = await startServer((_, response) =>
      sendJson(response, 401, { code: -16, description: 'Unknown user' }),
    )
    const { transport } = connect(server)
    const first = await transport.exchange(types)
    const second = await transport.exchange(enrol)
    expect(first).toMatchObject({ result: 'noEffect', failure: { kind: 'CredentialsRefused' } })
    expect(second).toEqual(first)
    expect(transport.refusal?.message).toBe('SCM refused the credentials (HTTP 401, code -16): Unknown user')
    expect(server.received).toHaveLength(1)
  })

  it('takes "Incorrect login credentials" for a refusal whatever the status', async () => {
    const server = await startServer((_, response) =>
      sendJson(response, 400, { code: -970, description: 'Incorrect login credentials.' }),
    )
    const { transport } = connect(server)
    await transport.exchange(types)
    await transport.exchange(types)
    expect(server.received).toHaveLength(1)
  })

  it('sends what was waiting for a connection to nobody once the login is refused', async () => {
    const server = await startServer((_, response) =>
      sendJson(response, 401, { code: -16, description: 'Unknown user' }),
    )
    const { transport } = connect(server)
    const first = await transport.exchange(types)
    const rest = await Promise.all([transport.exchange(types), transport.exchange(enrol)])
    expect(rest).toEqual([first, first])
    expect(server.received).toHaveLength(1)
  })

  it.each([
    ['a line break', 'abc\r\nx: y'],
    ['a character beyond Latin-1', 'abc€'],
    ['nothing', ''],
  ])('refuses a password with %s without connecting and without showing it', async (_, secret) => {
    const server = await startServer((_request, response) => sendJson(response, 200, []))
    const { transport, lines } = connect(server, { credentials: { ...LOGIN, password: secret } })
    const exchange = await transport.exchange(types)
    expect(exchange).toMatchObject({ result: 'noEffect', failure: { kind: 'CredentialsRefused' } })
    expect(JSON.stringify([exchange, lines])).not.toContain('abc')
    expect(server.accepted()).toBe(0)
  })
})

describe('answers', () => {
  const answer = async (status: number, body: string, headers: Record<string, string> = {}) => {
    const server = await startServer((_, response) => response.writeHead(status, headers).end(body))
    return connect(server).transport.exchange(types)
  }

  it('does not follow a redirect', async () => {
    const server = await startServer((_, response) => response.writeHead(302, { location: '/api/elsewhere' }).end())
    const exchange = await connect(server).transport.exchange(types)
    expect(exchange).toMatchObject({ result: 'answered', answer: { status: 302 } })
    expect(server.received).toHaveLength(1)
  })

  it('says of an HTML error only that it is one', async () => {
    expect(await answer(502, '<html><body>Bad Gateway</body></html>')).toMatchObject({
      answer: { status: 502, error: { from: 'other' } },
    })
  })

  it.each([
    ['7', 7_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['soon', undefined],
  ])('reads Retry-After %s', async (value, ms) => {
    const exchange = await answer(429, '', { 'retry-after': value })
    expect(exchange.result === 'answered' && exchange.answer.retryAfterMs).toBe(ms)
  })

  it('stops reading an answer without end', async () => {
    const server = await startServer((_, response) => {
      response.writeHead(200)
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    const exchange = await connect(server).transport.exchange(enrol)
    expect(exchange).toMatchObject({ result: 'unknown', failure: { kind: 'UnexpectedAnswer', code: 'AnswerTooLarge' } })
  })
})

describe('what became of a call', () => {
  it('knows that a refused connection carried nothing', async () => {
    const server = await startServer(() => {})
    await server.close()
    const exchange = await connect(server).transport.exchange(enrol)
    expect(exchange).toMatchObject({
      result: 'noEffect',
      failure: { kind: 'Unreachable', message: 'connection refused' },
    })
  })

  it('knows that an unknown name was never reached', async () => {
    const exchange = await connect({ url: 'https://scm.invalid/api' }).transport.exchange(enrol)
    expect(exchange).toMatchObject({ result: 'noEffect', failure: { kind: 'Unreachable', message: 'name not found' } })
  })

  it('knows that nothing was sent to a server it does not trust', async () => {
    const server = await startServer((_, response) => sendJson(response, 200, {}))
    const exchange = await connect({ url: server.url }).transport.exchange(enrol)
    expect(exchange).toMatchObject({
      result: 'noEffect',
      failure: { kind: 'TLSFailed', code: 'CertificateNotTrusted' },
    })
    expect(server.received).toHaveLength(0)
  })

  it.each([
    ['cut', 'ConnectionReset', 5_000],
    ['never finished', 'TimedOut', 200],
  ])('knows that nothing was sent when the handshake was %s', async (how, code, timeoutMs) => {
    const { caBundle } = await startServer(() => {})
    const sockets: { destroy(): void }[] = []
    const server = createTcpServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      if (how === 'cut') socket.once('data', () => socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const exchange = await connect({ url: `https://127.0.0.1:${port}/api`, caBundle }).transport.exchange({
      ...enrol,
      timeoutMs,
    })
    for (const socket of sockets) socket.destroy()
    server.close()
    expect(exchange).toMatchObject({ result: 'noEffect', failure: { kind: 'Unreachable', code } })
  })

  it('does not know what became of a request whose connection was cut, and does not send it again', async () => {
    const server = await startServer((_, response) => response.socket?.destroy())
    const { transport } = connect(server)
    expect(await transport.exchange(enrol)).toMatchObject({
      result: 'unknown',
      failure: { kind: 'Unreachable', message: 'connection reset' },
    })
    expect(server.received).toHaveLength(1)
  })

  it('does not know what became of a request whose answer was cut', async () => {
    const server = await startServer((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"sslId":')
      setImmediate(() => response.socket?.destroy())
    })
    expect(await connect(server).transport.exchange(enrol)).toMatchObject({ result: 'unknown' })
  })

  it('does not know what became of a request that got no answer in time', async () => {
    const server = await startServer(({ method }, response) => {
      if (method === 'GET') sendJson(response, 200, [])
    })
    const { transport } = connect(server)
    // Connected, so that its time is not over before it is sent.
    await transport.exchange(types)
    const exchange = await transport.exchange({ ...enrol, timeoutMs: 200 })
    expect(exchange).toMatchObject({ result: 'unknown', failure: { kind: 'Unreachable', message: 'timed out' } })
    expect(server.received).toHaveLength(2)
  })

  it('sends nothing when its time has passed by the first byte', async () => {
    const server = await startServer((_, response) => sendJson(response, 200, {}))
    const { transport } = connect(server)
    const exchange = await transport.exchange({ ...enrol, mayWrite: () => false })
    expect(exchange).toMatchObject({ result: 'noEffect', failure: { code: 'NotSent' } })
    expect(await transport.exchange(types)).toMatchObject({ result: 'answered' })
    expect(server.received.map(({ method }) => method)).toEqual(['GET'])
  })

  it('asks whether it may write after connecting, not before', async () => {
    const server = await startServer((_, response) => sendJson(response, 200, {}))
    let connected = 0
    const mayWrite = (): boolean => {
      connected = server.accepted()
      return true
    }
    await connect(server).transport.exchange({ ...enrol, mayWrite })
    expect(connected).toBe(1)
  })

  it('ends with its signal, before and after sending', async () => {
    const abort = new AbortController()
    const server = await startServer(() => abort.abort())
    const { transport } = connect(server)
    expect(await transport.exchange({ ...types, signal: AbortSignal.abort() })).toMatchObject({ result: 'noEffect' })
    expect(await transport.exchange({ ...enrol, signal: abort.signal })).toMatchObject({
      result: 'unknown',
      failure: { code: 'Aborted' },
    })
  })
})

describe('settings that cannot work', () => {
  it.each([
    ['http', { url: 'http://cert-manager.com/api' }, 'url must begin with https://'],
    ['no URL', { url: 'cert-manager' }, 'url is not a URL'],
    ['a password in the URL', { url: 'https://u:p@cert-manager.com' }, 'url must not hold a user name or password'],
    ['an empty CA bundle', { url: 'https://scm.invalid', caBundle: 'x' }, 'the CA bundle holds no PEM certificate'],
    [
      'a broken CA bundle',
      { url: 'https://scm.invalid', caBundle: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      'certificate 1 of the CA bundle cannot be read',
    ],
  ])('are reported by each call: %s', async (_, server, message) => {
    expect(await connect(server).transport.exchange(types)).toMatchObject({ result: 'noEffect', failure: { message } })
  })
})
