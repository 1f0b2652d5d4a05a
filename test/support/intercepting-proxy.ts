// Stands between a process and an HTTPS server, reads what is asked, and stops the world at a chosen call: before it is sent on,
// after it took effect and before its answer, or after its answer. Or keeps one call back while all others go on. Or lets calls meet
// what they meet in an outage.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, request as ask, createServer } from 'node:https'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { freePort } from '../cluster/ports.ts'
import { type KeyAndCertificate, selfSigned } from './self-signed.ts'

export const CUTS = ['before it is sent', 'after its effect', 'after its answer'] as const
export type Cut = (typeof CUTS)[number]

export interface Call {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: string
  readonly body: string
}

/** A call that is under way for as long as a test likes. */
export interface HeldCall {
  /** Resets its sender's connection: whoever sent it does not know whether it arrived. */
  reset(): void
  /** Sends it on, whatever became of its sender; the status of the answer, which the sender gets if it is still there. */
  release(): Promise<number>
}

/** What a call meets. */
export interface Trouble {
  /** Default: the server's own. */
  readonly answer?:
    | 'reset'
    | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string }
  /** It takes effect at the server, and at once. Without this, a call that gets an answer does not reach it. */
  readonly performed?: boolean
  /** Nothing else happens until then. */
  readonly until?: Promise<unknown>
}

export interface InterceptingProxy extends AsyncDisposable {
  /** `https://127.0.0.1:port`. */
  readonly origin: string
  /** What vouches for it, PEM. */
  readonly caPem: string
  /**
   * The next call that `matches` goes as far as `cut` says. From then on no connection that exists carries anything any more;
   * they stay open until `drop`. `caught` is called in that very moment. Connections made later are served.
   */
  catchNext(matches: (call: Call) => boolean, cut: Cut, caught: () => void): void
  /** Resets the connections that were stopped. */
  drop(): void
  /** The next call that `matches` is kept back; resolves when it has come. */
  hold(matches: (call: Call) => boolean): Promise<HeldCall>
  /** From now on every call that comes is shown to `trouble`, which says what it meets. */
  meet(trouble: (call: Call) => Trouble | undefined): void
  /** Resets every connection; new ones are refused until `open`. */
  shut(): void
  open(): Promise<void>
  /** Resets every connection; who connects from now on is shown this. Default: what {@link caPem} vouches for. */
  present(identity?: KeyAndCertificate): void
}

/** @param target where it leads to, and what vouches for that in PEM */
export async function startInterceptingProxy(target: {
  readonly origin: string
  readonly caPem: string
}): Promise<InterceptingProxy> {
  const identity = await selfSigned('intercepting proxy')
  const upstream = new Agent({ ca: target.caPem, keepAlive: true })
  const sockets = new Set<Socket>()
  const stopped = new Set<Socket>()
  let trap: { matches(call: Call): boolean; readonly cut: Cut; caught(): void } | undefined
  let troubleOf: (call: Call) => Trouble | undefined = () => undefined
  let holding: { matches(call: Call): boolean; readonly held: PromiseWithResolvers<HeldCall> } | undefined

  const forward = async (request: IncomingMessage, body: Buffer): Promise<IncomingMessage> => {
    const { host: _, ...headers } = request.headers
    const sent = ask(new URL(request.url ?? '/', target.origin), {
      method: request.method,
      headers,
      agent: upstream,
    }).end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return answer
  }

  const spoil = async (
    { answer, performed, until }: Trouble,
    { request, response, body }: { request: IncomingMessage; response: ServerResponse; body: Buffer },
  ): Promise<void> => {
    const real = performed ? await forward(request, body) : undefined
    const whole = real && (await buffer(real))
    await until
    if (answer === 'reset') request.socket.destroy()
    else if (answer !== undefined) response.writeHead(answer.status, answer.headers).end(answer.body)
    else response.writeHead(real?.statusCode ?? 502, real?.headers).end(whole)
  }

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/', socket } = request
    const body = await buffer(request)
    const [path = '', query = ''] = url.split('?', 2)
    const call = { method, path, query, body: body.toString() }
    const trouble = troubleOf(call)
    if (trouble?.performed || trouble?.answer) return spoil(trouble, { request, response, body })
    await trouble?.until
    const released = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<number>()
    const isHeld = holding?.matches(call) === true
    if (isHeld) {
      const release = (): Promise<number> => {
        released.resolve()
        return answered.promise
      }
      holding?.held.resolve({ reset: () => socket.destroy(), release })
      holding = undefined
      await released.promise
    }
    const sprung = trap?.matches(call) ? trap : undefined
    if (sprung !== undefined) trap = undefined
    const stop = (cut: Cut): void => {
      if (sprung?.cut !== cut) return
      for (const each of sockets) stopped.add(each)
      sprung.caught()
    }
    const isStopped = (): boolean => stopped.has(socket)
    stop('before it is sent')
    if (isStopped()) return
    const { host: _, ...headers } = request.headers
    const sent = ask(new URL(url, target.origin), { method, headers, agent: upstream })
    sent.on('error', () => response.destroy())
    if (!isHeld) response.on('close', () => sent.destroy())
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    answered.resolve(answer.statusCode ?? 502)
    answer.on('error', () => response.destroy())
    if (sprung !== undefined) {
      const whole = await buffer(answer)
      stop('after its effect')
      if (isStopped()) return
      response.writeHead(answer.statusCode ?? 502, answer.headers).end(whole)
      await once(response, 'finish')
      stop('after its answer')
      return
    }
    if (!isStopped()) response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders()
    answer.on('data', (chunk) => isStopped() || response.write(chunk))
    answer.on('end', () => isStopped() || response.end())
  }

  const server = createServer(identity, (request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  server.on('secureConnection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      stopped.delete(socket)
    })
  })
  // Nobody else gets it while the proxy is shut, neither a program nor a connection that goes out.
  const port = await freePort()
  const listen = async (): Promise<void> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen()
  const reset = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    origin: `https://127.0.0.1:${port}`,
    caPem: identity.cert,
    catchNext(matches, cut, caught) {
      trap = { matches, cut, caught }
    },
    drop() {
      for (const socket of stopped) socket.destroy()
    },
    hold(matches) {
      const held = Promise.withResolvers<HeldCall>()
      holding = { matches, held }
      return held.promise
    },
    meet(trouble) {
      troubleOf = trouble
    },
    shut() {
      server.close()
      reset()
    },
    open: listen,
    present(other = identity) {
      server.setSecureContext(other)
      reset()
    },
    async [Symbol.asyncDispose]() {
      reset()
      upstream.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}
