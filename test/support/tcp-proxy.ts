// A network that a test can break: forwards TCP to one server on loopback until told to cut, stall, refuse or swallow.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../cluster/ports.ts'

export interface TcpProxy extends AsyncDisposable {
  /** On 127.0.0.1; the same again after `refuse`. */
  readonly port: number
  /** How many connections were accepted since the start, and how many are open now. */
  connections(): { readonly accepted: number; readonly open: number }
  /** Resets every established connection. New ones are none of its business. */
  cut(): void
  /** Established connections stay open and carry nothing for ever. New ones are none of its business. */
  stall(): void
  /** New connections are refused until `restore`. Established ones go on: `cut` ends them. */
  refuse(): void
  /**
   * No byte, end or reset gets through until `restore`, on established connections or on new ones, which are accepted all
   * the same. What was sent meanwhile arrives then, as on a lost route, even if the sender has given up: `cut` drops it.
   */
  blackHole(): void
  /** Ends `refuse` and `blackHole`. */
  restore(): Promise<void>
  /** Whatever is sent from now on arrives this much later, in either direction. */
  delay(ms: number): void
}

interface Connection {
  readonly ends: readonly [Socket, Socket]
  readonly broken: AbortController
  stalled: boolean
}

/** @param target the port on 127.0.0.1 that it leads to; without a listener there, connections are accepted and reset */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const connections = new Set<Connection>()
  let accepted = 0
  let delayMs = 0
  let hole: PromiseWithResolvers<void> | undefined

  const reset = (connection: Connection): void => {
    connection.broken.abort()
    for (const end of connection.ends) end.resetAndDestroy()
    connections.delete(connection)
  }

  const forward = (from: Socket, to: Socket, connection: Connection): void => {
    const { signal } = connection.broken
    let last = Promise.resolve()
    const pass = (action: () => void): void => {
      const due = performance.now() + delayMs
      last = last.then(async () => {
        await hole?.promise
        await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => undefined)
        await hole?.promise
        if (!connection.stalled && !signal.aborted) action()
      })
    }
    from.on('data', (chunk) => pass(() => to.write(chunk)))
    from.on('end', () => pass(() => to.end()))
    from.on('error', () => pass(() => reset(connection)))
    from.on('close', () => {
      if (to.closed) connections.delete(connection)
    })
  }

  const accept = (near: Socket): void => {
    accepted++
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const connection: Connection = { ends: [near, far], broken: new AbortController(), stalled: false }
    connections.add(connection)
    forward(near, far, connection)
    forward(far, near, connection)
  }

  const port = await freePort()
  const listen = async (): Promise<Server> => {
    const listening = createServer({ allowHalfOpen: true, noDelay: true }, accept).listen(port, '127.0.0.1')
    await once(listening, 'listening')
    return listening
  }
  let server = await listen()

  return {
    port,
    connections: () => ({ accepted, open: connections.size }),
    cut: () => connections.forEach(reset),
    stall() {
      for (const connection of connections) connection.stalled = true
    },
    refuse: () => void server.close(),
    blackHole() {
      hole ??= Promise.withResolvers()
    },
    async restore() {
      hole?.resolve()
      hole = undefined
      if (!server.listening) server = await listen()
    },
    delay(ms) {
      delayMs = ms
    },
    async [Symbol.asyncDispose]() {
      server.close()
      const closed = [...connections].flatMap(({ ends }) => ends).map((end) => end.closed || once(end, 'close'))
      connections.forEach(reset)
      hole?.resolve()
      await Promise.all(closed)
    },
  }
}
