// A TLS server that speaks bytes and not HTTP, for answers that no HTTP library would let a test give. It ends with the test.
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { onTestFinished } from 'vitest'
import { selfSigned } from '../../../../test/support/self-signed.ts'

export interface HostileServer {
  /** `https://127.0.0.1:12345/api`. */
  readonly url: string
  readonly port: number
  /** What a client has to trust. */
  readonly caBundle: string
  /** Connections that were ever accepted. */
  readonly accepted: () => number
}

/** What it does on a connection: once TLS is there and the first bytes of a request have come, or, `bare`, at once and without TLS. */
export type Manner = (socket: Socket) => void

export async function startHostileServer(
  manner: Manner,
  { bare = false, protocols }: { readonly bare?: boolean; readonly protocols?: readonly string[] } = {},
): Promise<HostileServer> {
  const { key, cert } = await selfSigned('hostile')
  const sockets = new Set<Socket>()
  let accepted = 0
  const listening = bare
    ? createTcpServer((socket) => manner(socket.resume()))
    : createTlsServer({ key, cert, ...(protocols && { ALPNProtocols: [...protocols] }) }, (socket) => {
        socket.on('error', () => {})
        socket.once('data', () => manner(socket))
      })
  listening.on('connection', (socket: Socket) => {
    accepted++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const { port } = listening.address() as AddressInfo
  onTestFinished(async () => {
    const closed = new Promise((resolve) => listening.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  })
  return {
    url: `https://127.0.0.1:${port}/api`,
    port,
    caBundle: cert,
    accepted: () => accepted,
  }
}

/** Says `beginning`, then `more` without end, as fast as it is read. */
export function floods(beginning: string, more: string | Buffer): Manner {
  return (socket) => {
    const push = (): void => {
      while (!socket.destroyed && socket.write(more));
    }
    socket.on('drain', push)
    socket.write(beginning)
    push()
  }
}

/** Says `beginning`, then `more` without end, every twenty milliseconds: never silent for as long as any time-out between bytes. */
export function drips(beginning: string, more: string | Buffer): Manner {
  return (socket) => {
    socket.write(beginning)
    const timer = setInterval(() => socket.write(more), 20)
    socket.on('close', () => clearInterval(timer))
  }
}

export function says(text: string | Buffer): Manner {
  return (socket) => void socket.write(text)
}

/** Says so, and closes the connection. */
export function ends(text: string): Manner {
  return (socket) => void socket.end(text)
}
