import { createServer } from 'node:http'
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sendJson, startServer } from './testing/local-server.ts'
import { enrol, openTransport } from './testing/open-transport.ts'
import type { ProxySettings } from './tls.ts'

/** A proxy that answers CONNECT so, or never; with 200 it opens the tunnel. */
async function through(status: string | undefined, more: Omit<ProxySettings, 'url'> = {}) {
  const server = await startServer((_, response) => sendJson(response, 200, { sslId: 1 }))
  const asked: string[] = []
  const logins: (string | undefined)[] = []
  const sockets = new Set<Socket>()
  const proxy = createServer().on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '')
    logins.push(request.headers['proxy-authorization'])
    sockets.add(socket)
    socket.on('error', () => {})
    if (status === undefined) return
    socket.write(`HTTP/1.1 ${status}\r\n\r\n`)
    if (!status.startsWith('200')) return void socket.end()
    const onward = connectTcp(server.port, '127.0.0.1')
    sockets.add(onward)
    onward.on('error', () => {})
    socket.pipe(onward).pipe(socket)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => proxy.close(resolve))
  })
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const transport = openTransport(server, { proxy: { url, ...more } })
  return { server, asked, logins, transport }
}

describe('a proxy', () => {
  it('carries the call through a tunnel to the server, whose certificate is checked', async () => {
    const { server, asked, transport } = await through('200 Connection Established')
    expect(await transport.exchange(enrol)).toMatchObject({ result: 'answered', answer: { status: 200 } })
    expect(asked).toEqual([`127.0.0.1:${server.port}`])
    expect(server.received).toHaveLength(1)
  })

  it('is told who asks, and never shows it', async () => {
    const { logins, transport } = await through('200 OK', { credentials: { username: 'op', password: 'Canary-5b1e' } })
    await transport.exchange(enrol)
    expect(logins).toEqual([`Basic ${Buffer.from('op:Canary-5b1e').toString('base64')}`])
    expect(transport.quote('who is Canary-5b1e?')).not.toContain('Canary')
  })

  it('is not asked for what is reached without it', async () => {
    const { server, asked, transport } = await through('502 No', {
      bypasses: ({ hostname }) => hostname === '127.0.0.1',
    })
    expect(await transport.exchange(enrol)).toMatchObject({ result: 'answered', answer: { status: 200 } })
    expect(asked).toEqual([])
    expect(server.received).toHaveLength(1)
  })

  it('that never answers keeps nobody waiting, neither for the call nor for its end', async () => {
    const { asked, transport } = await through(undefined)
    expect(await transport.exchange({ ...enrol, timeoutMs: 200 })).toMatchObject({
      result: 'noEffect',
      failure: { code: 'TimedOut' },
    })
    expect(asked).toHaveLength(1)
    await transport.close()
  })

  it.each(['407 Who is op:Canary-5b1e?', '407 Basic b3A6Q2FuYXJ5LTViMWU=', '502 Bad Gateway'])(
    'that answers %s has carried nothing, and its words are not repeated',
    async (status) => {
      const credentials = { username: 'op', password: 'Canary-5b1e' }
      const { server, transport } = await through(status, { credentials })
      expect(await transport.exchange(enrol)).toEqual({
        result: 'noEffect',
        failure: {
          kind: 'Unreachable',
          code: 'ProxyFailed',
          message: 'the proxy did not open a tunnel',
          request: expect.any(String),
        },
      })
      expect(server.received).toHaveLength(0)
    },
  )
})
