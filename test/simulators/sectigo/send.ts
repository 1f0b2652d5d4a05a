// Puts an answer on the wire: whole, or spoiled as a fault rule says.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultRule } from './faults.ts'
import type { Answer } from './router.ts'

/** What oversized bodies grow by. */
const BLANKS = Buffer.alloc(64 * 1024, ' ')

export function send(response: ServerResponse, answer: Answer, method: string): void {
  writeHead(response, answer)
  response.end(method === 'HEAD' ? '' : (answer.body ?? ''))
}

/** Resolves when the last byte is written. @throws when the client goes away or `signal` aborts in between. */
export async function sendSpoiled(
  response: ServerResponse,
  answer: Answer,
  options: { fault: FaultRule | undefined; method: string; signal: AbortSignal },
): Promise<void> {
  const { fault, method } = options
  const signal = AbortSignal.any([options.signal, closed(response)])
  if (fault?.cut === 'midAnswer') sendHalf(response, answer)
  else if (fault?.trickle) await trickle(response, answer, { ...fault.trickle, signal })
  else if (fault?.oversized !== undefined) await oversize(response, answer, { limit: fault.oversized, signal })
  else send(response, answer, method)
}

function closed(response: ServerResponse): AbortSignal {
  const closing = new AbortController()
  response.once('close', () => closing.abort())
  return closing.signal
}

function sendHalf(response: ServerResponse, answer: Answer): void {
  writeHead(response, answer)
  const bytes = Buffer.from(answer.body ?? '')
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.socket?.destroy())
}

/** The length is announced: a client knows what is missing. */
async function trickle(
  response: ServerResponse,
  answer: Answer,
  { bytes: step, everyMs, signal }: { bytes: number; everyMs: number; signal: AbortSignal },
): Promise<void> {
  writeHead(response, answer)
  const bytes = Buffer.from(answer.body ?? '')
  response.flushHeaders()
  for (let at = 0; at < bytes.length; at += step) {
    if (at > 0) await sleep(everyMs, undefined, { signal })
    response.write(bytes.subarray(at, at + step))
  }
  response.end()
}

/** Without a length: only a client that counts notices. */
async function oversize(
  response: ServerResponse,
  { status, headers, body }: Answer,
  { limit, signal }: { limit: number | 'endless'; signal: AbortSignal },
): Promise<void> {
  const total = limit === 'endless' ? Number.POSITIVE_INFINITY : limit
  response.writeHead(status, { ...headers })
  const bytes = Buffer.from(body ?? '')
  response.write(bytes)
  for (let sent = bytes.length; sent < total; sent += BLANKS.length) {
    const ready = response.write(BLANKS.subarray(0, Math.min(BLANKS.length, total - sent)))
    if (!ready) await once(response, 'drain', { signal })
  }
  response.end()
}

function writeHead(response: ServerResponse, { status, headers, body }: Answer): void {
  const length = status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body ?? '')) }
  response.writeHead(status, { ...headers, ...length })
}
