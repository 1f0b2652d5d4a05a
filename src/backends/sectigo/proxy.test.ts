import { createServer } from 'node:http'
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import type { Call } from './call.ts'
import { sendJson, startServer } from './testing/local-server.ts'
import { createSectigoTransport } from './transport.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

const enrol: Call = {
  endpoint: 'ssl/v1/enroll',
  method: 'POST',
  path: 'ssl/v1/enroll',
  body: {},
  rank: 0,
  timeoutMs: 5_000,
}

/** A proxy that answers CONNECT so; with 200 it opens the tunnel. */
async function through(status: string) {
  const server = await startServer((_, response) => sendJson(response, 200, { sslId: 1 }))
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const proxy = createServer().on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '')
    sockets.add(socket)
    socket.on('error', () => {}).write(`HTTP/1.1 ${status}\r\n\r\n`)
    if (!status.startsWith('200')) return void socket.end()
    const onward = connectTcp(server.port, '127.0.0.1')
    sockets.add(onward)
    onward.on('error', () => {})
    socket.pipe(onward).pipe(socket)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const transport = createSectigoTransport({
    url: server.url,
    caBundle: server.caBundle,
    proxyUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    credentials: { kind: 'password', customerUri: 'c', login: 'l', password: 'p' },
    clock: new FakeClock(),
    log: { debug: () => {}, warn: () => {} },
  })
  open.push(server, {
    async [Symbol.asyncDispose]() {
      await transport.close()
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
    },
  })
  return { server, asked, transport }
}

describe('a proxy', () => {
  it('carries the call through a tunnel to the server, whose certificate is checked', async () => {
    const { server, asked, transport } = await through('200 Connection Established')
    expect(await transport.exchange(enrol)).toMatchObject({ result: 'answered', answer: { status: 200 } })
    expect(asked).toEqual([`127.0.0.1:${server.port}`])
    expect(server.received).toHaveLength(1)
  })

  it.each(['407 Proxy Authentication Required', '502 Bad Gateway'])(
    'that answers %s has carried nothing',
    async (status) => {
      const { server, transport } = await through(status)
      expect(await transport.exchange(enrol)).toMatchObject({
        result: 'noEffect',
        failure: { kind: 'Unreachable', message: 'the proxy did not open a tunnel' },
      })
      expect(server.received).toHaveLength(0)
    },
  )
})
