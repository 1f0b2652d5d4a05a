// The HTTPS listener. It can go away and come back on the same port, so that an outage keeps the orders.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { ServerIdentity } from './tls.ts'

/** Longer than any client keeps idle connections, so that the client is the one who closes them. */
const KEEP_ALIVE_MS = 75_000

export interface Listener {
  /** Known after `open`. */
  readonly port: number
  open(): Promise<void>
  /** Stops listening and drops every connection. */
  shut(): Promise<void>
}

export function createListener(options: {
  identity: ServerIdentity
  /** PEM of the CA whose certificates clients may log in with. */
  clientCaPem: string
  host: string
  /** 0: any free port. */
  port: number
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
}): Listener {
  const { identity, host } = options
  const sockets = new Set<Socket>()
  let port = options.port
  let server: ReturnType<typeof createServer> | undefined

  return {
    get port() {
      return port
    },
    async open() {
      if (server) return
      const tls = {
        key: identity.keyPem,
        cert: identity.certificatePem,
        // Asked of everybody, because TLS knows no paths; who needs one is decided by the path.
        requestCert: true,
        rejectUnauthorized: false,
        ca: options.clientCaPem,
      }
      const opened = createServer(tls, (request, response) => {
        void options.handle(request, response)
      })
      opened.keepAliveTimeout = KEEP_ALIVE_MS
      // Plain sockets, so that connections in the middle of a TLS handshake are dropped too.
      opened.on('connection', (socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
      opened.listen(port, host)
      await once(opened, 'listening')
      server = opened
      port = (opened.address() as AddressInfo).port
    },
    async shut() {
      const closing = server
      if (!closing) return
      server = undefined
      const closed = once(closing, 'close')
      closing.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
