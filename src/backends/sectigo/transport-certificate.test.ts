// Login by TLS client certificate, below /private.
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { type KeyAndCertificate, selfSigned } from '../../../test/support/self-signed.ts'
import { loginKey, type SectigoCredentials, secretOf, tenantOf } from './credentials.ts'
import { sendJson, startServer } from './testing/local-server.ts'
import { openTransport, types } from './testing/open-transport.ts'

const login = ({ cert, key }: KeyAndCertificate): SectigoCredentials => ({
  kind: 'clientCertificate',
  customerUri: 'cst325',
  login: 'api-user',
  certificate: cert,
  key,
})

async function serve(options: { trusted: KeyAndCertificate; used?: KeyAndCertificate; now?: number }) {
  const { trusted, used = trusted, now = Date.now() } = options
  const server = await startServer((_, response) => sendJson(response, 200, []), { clientCa: trusted.cert })
  const lines: string[] = []
  const log = (fields: object, message: string): number => lines.push(JSON.stringify({ ...fields, message }))
  const clock = Object.assign(new FakeClock(), { now: () => now })
  const transport = openTransport(server, { credentials: login(used), clock, log: { debug: log, warn: log } })
  return { server, transport, lines }
}

describe('login by client certificate', () => {
  it('shows the certificate, and sends login and customer and no password below /private', async () => {
    const { server, transport } = await serve({ trusted: await selfSigned('api-user') })
    expect(await transport.exchange(types)).toMatchObject({ result: 'answered', answer: { status: 200 } })
    expect(server.received[0]).toMatchObject({
      url: '/private/api/ssl/v1/types',
      headers: { login: 'api-user', customeruri: 'cst325' },
    })
    expect(server.received[0]?.headers).not.toHaveProperty('password')
    expect(transport.credentialsExpire).toBe(new Date(Date.now() + 86_400_000).toISOString().slice(0, 10))
  })

  it('that the server does not take reaches nobody', async () => {
    const { server, transport } = await serve({ trusted: await selfSigned('known'), used: await selfSigned('unknown') })
    expect((await transport.exchange(types)).result).not.toBe('answered')
    expect(server.received).toHaveLength(0)
  })

  it.each<[string, (right: KeyAndCertificate) => Promise<KeyAndCertificate>, RegExp]>([
    ['no certificate', async ({ key }) => ({ cert: 'x', key }), /^the client certificate cannot be read/],
    ['no key', async ({ cert }) => ({ cert, key: cert }), /^the key of the client certificate cannot be read/],
    ['a foreign key', async ({ cert }) => ({ cert, key: (await selfSigned('b')).key }), /^the key does not belong/],
  ])('with %s is refused without connecting', async (_, wrong, message) => {
    const right = await selfSigned('api-user')
    const { server, transport } = await serve({ trusted: right, used: await wrong(right) })
    expect(await transport.exchange(types)).toMatchObject({
      result: 'noEffect',
      failure: { kind: 'CredentialsRefused', message: expect.stringMatching(message) },
    })
    expect(server.accepted()).toBe(0)
  })

  it('that has ended is refused without connecting', async () => {
    const now = Date.now() + 2 * 86_400_000
    const { server, transport } = await serve({ trusted: await selfSigned('api-user'), now })
    expect(transport.refusal?.message).toMatch(/^the client certificate expired on \d{4}-\d{2}-\d{2}$/)
    expect(server.accepted()).toBe(0)
  })

  it('never shows its key', async () => {
    const identity = await selfSigned('api-user')
    const { transport, lines } = await serve({ trusted: identity })
    await transport.exchange(types)
    const piece = secretOf(login(identity)).slice(40, 60)
    expect(transport.quote(`BEGIN ${piece} END`)).not.toContain(piece)
    expect(lines.join()).not.toContain(piece)
    expect(transport.quote('-----BEGIN CERTIFICATE-----')).toBe('-----BEGIN CERTIFICATE-----')
  })

  it('is another login when the certificate was renewed with the same key', async () => {
    const [a, b] = [await selfSigned('a'), await selfSigned('b')]
    const key = (identity: KeyAndCertificate): string => loginKey('https://h/api', login(identity))
    expect(new Set([key(a), key(b), key({ cert: b.cert, key: a.key })]).size).toBe(3)
    expect(tenantOf(login(a))).toBe('cst325')
  })
})
