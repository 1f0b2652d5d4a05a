import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { type LocalServer, type Received, sendJson, startServer } from './testing/local-server.ts'
import { openTransport, types } from './testing/open-transport.ts'
import type { SectigoTransport } from './transport.ts'

type Handle = Parameters<typeof startServer>[0]
const isToken = ({ url }: Received): boolean => url === '/token'

interface Flow {
  readonly server: LocalServer
  readonly transport: SectigoTransport
  readonly clock: FakeClock
  readonly tokens: () => number
  readonly calls: () => Received[]
}

/** Both the token endpoint and the API on one server; tokens are `token-1`, `token-2`, ... */
async function flow(options: { token?: Handle; api?: Handle } = {}): Promise<Flow> {
  let issued = 0
  const token: Handle = (_, response) => sendJson(response, 200, { access_token: `token-${++issued}`, expires_in: 300 })
  const api: Handle = (_, response) => sendJson(response, 200, [])
  const server = await startServer((request, response) =>
    isToken(request) ? (options.token ?? token)(request, response) : (options.api ?? api)(request, response),
  )
  const clock = new FakeClock()
  const tokenUrl = `https://127.0.0.1:${server.port}/token`
  const credentials = { kind: 'oauth2', tokenUrl, clientId: 'client 1', clientSecret: 'Canary&9c/+' } as const
  const transport = openTransport(server, { credentials, clock })
  return {
    server,
    transport,
    clock,
    tokens: () => server.received.filter(isToken).length,
    calls: () => server.received.filter((one) => !isToken(one)),
  }
}

const bearers = (calls: Received[]): unknown[] => calls.map(({ headers }) => headers.authorization)

describe('OAuth2 login', () => {
  it('gets a token with the client credentials grant and sends it, and nothing of the password flavour', async () => {
    const { server, transport, calls } = await flow()
    expect(await transport.exchange(types)).toMatchObject({ result: 'answered', answer: { status: 200 } })
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      body: 'grant_type=client_credentials&client_id=client+1&client_secret=Canary%269c%2F%2B',
    })
    expect(calls()[0]?.headers).toMatchObject({ authorization: 'Bearer token-1' })
    expect(calls()[0]?.headers).not.toHaveProperty('customeruri')
  })

  it('gets one token for many calls at once, and keeps it', async () => {
    const { transport, tokens, calls } = await flow()
    await Promise.all(Array.from({ length: 5 }, () => transport.exchange(types)))
    await transport.exchange(types)
    expect(tokens()).toBe(1)
    expect(calls()).toHaveLength(6)
  })

  it('gets a new token 30 seconds before the old one ends', async () => {
    const { transport, clock, tokens } = await flow()
    await transport.exchange(types)
    await clock.advance(269_000)
    await transport.exchange(types)
    expect(tokens()).toBe(1)
    await clock.advance(1_000)
    await transport.exchange(types)
    expect(tokens()).toBe(2)
  })

  it('tries once more with a new token after a 401', async () => {
    const { transport, calls } = await flow({
      api: ({ headers }, response) =>
        headers.authorization === 'Bearer token-1' ? sendJson(response, 401, {}) : sendJson(response, 200, []),
    })
    expect(await transport.exchange(types)).toMatchObject({ result: 'answered', answer: { status: 200 } })
    expect(bearers(calls())).toEqual(['Bearer token-1', 'Bearer token-2'])
  })

  it('gives up for good after a 401 for a new token', async () => {
    const { transport, tokens, calls } = await flow({ api: (_, response) => sendJson(response, 401, {}) })
    await transport.exchange(types)
    expect(await transport.exchange(types)).toMatchObject({
      result: 'noEffect',
      failure: { kind: 'CredentialsRefused' },
    })
    expect([tokens(), calls().length]).toEqual([2, 2])
  })

  it.each([
    [401, {}],
    [401, { error: 'invalid_client' }],
    [400, { error: 'invalid_client', error_description: 'wrong secret Canary&9c/+' }],
    [400, { error: 'unauthorized_client' }],
  ])('gives up for good when the token endpoint refuses the client: %i %j', async (status, body) => {
    const { transport, tokens, calls } = await flow({ token: (_, response) => sendJson(response, status, body) })
    const first = await transport.exchange(types)
    expect(await transport.exchange({ ...types, method: 'POST', body: {} })).toEqual(first)
    expect(first).toMatchObject({ result: 'noEffect', failure: { kind: 'CredentialsRefused', code: 'ClientRefused' } })
    expect(JSON.stringify(first)).not.toContain('Canary')
    expect([tokens(), calls().length]).toEqual([1, 0])
  })

  it.each([
    [503, '', 'Unavailable'],
    [429, '', 'RateLimited'],
    [404, '<html>', 'UnexpectedAnswer'],
    [302, '', 'UnexpectedAnswer'],
    [400, '{"error":"invalid_scope"}', 'UnexpectedAnswer'],
    [200, '{"token":"x"}', 'UnexpectedAnswer'],
    [200, '{"access_token":"two words"}', 'UnexpectedAnswer'],
    [200, 'not JSON', 'UnexpectedAnswer'],
  ])('asks again next time when the token endpoint answers %i %s', async (status, body, kind) => {
    const { transport, tokens, calls } = await flow({
      token: (_, response) => response.writeHead(status, { 'retry-after': '5' }).end(body),
    })
    expect(await transport.exchange(types)).toMatchObject({ result: 'noEffect', failure: { kind } })
    await transport.exchange(types)
    expect([tokens(), calls().length]).toEqual([2, 0])
    expect(transport.refusal).toBeUndefined()
  })

  it('takes no token of a megabyte, which no header could carry and whose pieces would take all memory', async () => {
    const { transport, calls } = await flow({
      token: (_, response) => sendJson(response, 200, { access_token: 'x'.repeat(1_000_000) }),
    })
    expect(await transport.exchange(types)).toMatchObject({ failure: { kind: 'UnexpectedAnswer' } })
    expect(calls()).toEqual([])
  })

  it('believes a token without expires_in for a short while only', async () => {
    const { transport, clock, tokens } = await flow({
      token: (_, response) => sendJson(response, 200, { access_token: 'token' }),
    })
    await transport.exchange(types)
    await clock.advance(31_000)
    await transport.exchange(types)
    expect(tokens()).toBe(2)
  })
})
