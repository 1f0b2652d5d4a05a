import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { startTcpProxy } from './tcp-proxy.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A server that repeats what it hears, and a proxy in front of it. */
async function setUp() {
  const state = { heard: '' }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      state.heard += String(chunk)
    })
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await startTcpProxy(port)
  closing.push(
    () => server.close(),
    () => sockets.forEach((socket) => void socket.destroy()),
    () => proxy[Symbol.asyncDispose](),
  )
  return { state, sockets, port, proxy }
}

/** Says `words` at once and notes what befalls it. */
function client(port: number, words: string) {
  const socket = connect(port, '127.0.0.1')
  const state = { answers: '', befell: '' }
  socket.on('data', (chunk) => {
    state.answers += String(chunk)
  })
  socket.on('end', () => {
    state.befell = 'end'
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    state.befell = error.code ?? error.message
  })
  socket.write(words)
  closing.push(() => socket.destroy())
  return { socket, state, say: (more: string) => socket.write(more) }
}

async function established(port: number, words: string) {
  const one = client(port, words)
  await expect.poll(() => one.state.answers).toBe(words)
  return one
}

describe('a TCP proxy', () => {
  it('forwards both ways, in order, and passes on an end', async () => {
    const { proxy, sockets } = await setUp()
    const { socket, state, say } = await established(proxy.port, 'first ')
    const words = Array.from({ length: 1_000 }, (_, index) => `${index} `)
    for (const word of words) say(word)
    await expect.poll(() => state.answers).toBe(['first ', ...words].join(''))
    expect(proxy.connections()).toEqual({ accepted: 1, open: 1 })
    socket.end()
    await expect.poll(() => [state.befell, proxy.connections().open, sockets.size]).toEqual(['end', 0, 0])
  })

  it('resets both ends of what is established when it is cut, and takes new connections', async () => {
    const { proxy, sockets } = await setUp()
    const { state } = await established(proxy.port, 'a')
    proxy.cut()
    await expect.poll(() => [state.befell, sockets.size]).toEqual(['ECONNRESET', 0])
    await established(proxy.port, 'b')
    expect(proxy.connections()).toEqual({ accepted: 2, open: 1 })
  })

  it('resets a connection when there is nobody to lead it to', async () => {
    const { proxy } = await setUp()
    const onward = await startTcpProxy(proxy.port)
    closing.push(() => onward[Symbol.asyncDispose]())
    proxy.refuse()
    const { state } = client(onward.port, 'a')
    await expect.poll(() => [state.befell, onward.connections().open]).toEqual(['ECONNRESET', 0])
  })

  it('refuses new connections until it is restored, and leaves the others alone', async () => {
    const { proxy } = await setUp()
    const one = await established(proxy.port, 'a')
    proxy.refuse()
    proxy.refuse()
    const refused = client(proxy.port, 'b')
    await expect.poll(() => refused.state.befell).toBe('ECONNREFUSED')
    one.say('c')
    await expect.poll(() => one.state.answers).toBe('ac')
    await proxy.restore()
    await proxy.restore()
    await established(proxy.port, 'd')
  })

  it('swallows everything while it is a black hole, and lets it through when restored', async () => {
    const { proxy, port, state } = await setUp()
    const before = await established(proxy.port, 'a')
    proxy.blackHole()
    before.say('b')
    before.socket.end()
    const meanwhile = client(proxy.port, 'c')
    await once(meanwhile.socket, 'connect')
    await established(port, 'past the proxy ')
    expect(state.heard).toBe('apast the proxy ')
    expect([before.state.befell, meanwhile.state.befell]).toEqual(['', ''])
    await proxy.restore()
    await expect.poll(() => [before.state, meanwhile.state.answers]).toEqual([{ answers: 'ab', befell: 'end' }, 'c'])
  })

  it('drops what a black hole holds when it is cut', async () => {
    const { proxy, state } = await setUp()
    const before = await established(proxy.port, 'a')
    proxy.blackHole()
    before.say('b')
    proxy.cut()
    await expect.poll(() => before.state.befell).toBe('ECONNRESET')
    await proxy.restore()
    await established(proxy.port, 'c')
    expect(state.heard).toBe('ac')
  })

  it('lets established connections stall unnoticed, for good, and serves new ones', async () => {
    const { proxy, state } = await setUp()
    const before = await established(proxy.port, 'a')
    proxy.stall()
    before.say('b')
    await established(proxy.port, 'c')
    await proxy.restore()
    await established(proxy.port, 'd')
    expect(state.heard).toBe('acd')
    expect(before.state.befell).toBe('')
  })

  it('delays both ways', async () => {
    const { proxy } = await setUp()
    const one = await established(proxy.port, 'a')
    proxy.delay(60)
    const began = performance.now()
    one.say('b')
    await expect.poll(() => one.state.answers).toBe('ab')
    expect(performance.now() - began).toBeGreaterThanOrEqual(119)
  })

  it('closes cleanly, also while refusing or swallowing', async () => {
    const { proxy, sockets } = await setUp()
    const one = await established(proxy.port, 'a')
    proxy.refuse()
    proxy.blackHole()
    one.say('b')
    await proxy[Symbol.asyncDispose]()
    await expect.poll(() => [one.state.befell, sockets.size, proxy.connections().open]).toEqual(['ECONNRESET', 0, 0])
    const refused = client(proxy.port, 'c')
    await expect.poll(() => refused.state.befell).toBe('ECONNREFUSED')
  })
})
