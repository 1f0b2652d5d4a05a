// One call from its first byte to its last: route, fault, account, operation, answer. Knows HTTP, no operation.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import { authenticate, sameSecret } from './auth.ts'
import type { Context } from './context.ts'
import { ScmError } from './errors.ts'
import type { FaultRule } from './faults.ts'
import type { Answer, Call, Match, Route } from './router.ts'
import { createRouter, json } from './router.ts'
import { send, sendSpoiled } from './send.ts'

/** Far above any CSR; a client that sends more is broken. */
const BODY_LIMIT_BYTES = 1024 * 1024

/** Seed 004 L62-70: "the requests must have 'private' suffix in the URL", which the example puts before `/api`. */
const PRIVATE_PREFIX = '/private'

export interface Dispatcher {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** `signal` ends held-back answers when the simulator closes. */
export function createDispatcher(options: {
  context: Context
  routes: readonly Route[]
  controlToken: string
  signal: AbortSignal
}): Dispatcher {
  const { context, controlToken, signal } = options
  const find = createRouter(options.routes)

  const perform = async (match: Match | undefined, call: Omit<Call, 'params'>): Promise<Answer> => {
    if (!match) return json({ code: -1, description: 'Not found' }, { status: 404 })
    const { route, params } = match
    if (route.access === 'control') {
      const token = call.headers.authorization?.replace(/^Bearer /i, '') ?? ''
      if (!sameSecret(controlToken, token)) return json({ error: 'wrong control token' }, { status: 401 })
    }
    if (route.access !== 'account') return await route.handle({ ...call, params })
    return await route.handle({ ...call, params, account: authenticate({ ...call, params }) })
  }

  const answer = async (match: Match | undefined, call: Omit<Call, 'params'>): Promise<Answer> => {
    try {
      return await perform(match, call)
    } catch (error) {
      if (!(error instanceof ScmError)) throw error
      const { status, code, message, headers } = error
      return json({ code, description: message }, { status, headers })
    }
  }

  const spoiled = async (fault: FaultRule | undefined, work: () => Promise<Answer>): Promise<Answer | 'cut'> => {
    if (!fault) return await work()
    if (fault.cut === 'before' || fault.cut === 'overtaken') return 'cut'
    const replacement = fault.status === undefined ? undefined : replace(fault.status, fault)
    const given = replacement && fault.perform !== true ? replacement : await work()
    if (fault.delayMs !== undefined) await sleep(fault.delayMs, undefined, { signal })
    if (fault.cut === 'afterStoring') return 'cut'
    return replacement ?? { ...given, headers: { ...given.headers, ...fault.headers } }
  }

  return {
    async handle(request, response) {
      const method = request.method ?? 'GET'
      const [path = '/', query = ''] = (request.url ?? '/').split('?', 2)
      const privatePath = path.startsWith(`${PRIVATE_PREFIX}/api/`)
      const match = find(method, privatePath ? path.slice(PRIVATE_PREFIX.length) : path)
      const counted = !path.startsWith('/control/')
      if (counted) context.counters.begin(request.socket)
      // Counted before the answer goes out: a client that has its answer must find it counted.
      const count = (outcome: number | 'cut' | 'aborted'): void => {
        if (counted) context.counters.end(`${method} ${endpointOf(match, privatePath)}`, String(outcome))
      }
      try {
        const fault = counted ? context.faults.take(method, path) : undefined
        const bytes = await readBytes(request)
        const call = {
          context,
          method,
          query: new URLSearchParams(query),
          headers: request.headers,
          bytes,
          text: bytes.toString('utf8'),
          privatePath,
          certificateSerialNumber: trustedSerial(request),
        }
        const work = async (): Promise<Answer> => {
          const given = await answer(match, call)
          for (const operation of context.faults.overtaken(method, path)) await operation()
          return given
        }
        if (fault?.cut === 'overtaken') context.faults.keep(method, path, () => answer(match, call))
        const result = await spoiled(fault, work)
        if (response.destroyed) return count('aborted')
        count(fault?.cut === undefined && result !== 'cut' ? result.status : 'cut')
        if (result === 'cut') request.socket.destroy()
        else await sendSpoiled(response, result, { fault, method, signal })
      } catch (error) {
        // Counted already: the client went away, or the simulator closes, while a spoiled body was on its way.
        if (response.headersSent) return void response.destroy()
        // A client that went away or a simulator that closes; anything else is a bug and must be seen as one.
        if (request.socket.destroyed || signal.aborted) return count('aborted')
        count(500)
        send(response, bug(error), method)
      }
    },
  }
}

/** The route as counters name it. */
function endpointOf(match: Match | undefined, privatePath: boolean): string {
  return match ? `${privatePath ? PRIVATE_PREFIX : ''}${match.route.path}` : '(unknown)'
}

/** `authorized` alone does not do: Node also sets it on resumed sessions without any certificate. */
function trustedSerial({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
  return socket.getPeerCertificate().serialNumber || undefined
}

function replace(status: number, { body, headers }: FaultRule): Answer {
  if (typeof body === 'object') return json(body, { status, headers: headers ?? {} })
  return { status, headers: { 'content-type': 'text/plain', ...headers }, body: body ?? '' }
}

function bug(error: unknown): Answer {
  const description = `simulator: ${error instanceof Error ? error.message : 'unknown error'}`
  return json({ code: -2, description }, { status: 500 })
}

/** @throws when the client goes away, or sends more than the limit. */
async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_LIMIT_BYTES) throw new Error('request body too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
