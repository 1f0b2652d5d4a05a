// An HTTPS server inside the test, with which it ends. It does what the test says: answers, hangs, cuts the line.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { selfSigned } from '../../../../test/support/self-signed.ts'

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface LocalServer {
  /** `https://127.0.0.1:12345/api`. */
  readonly url: string
  readonly port: number
  /** What a client has to trust. */
  readonly caBundle: string
  /** Every request whose body has arrived, in order. */
  readonly received: readonly Received[]
  /** Connections that were ever accepted. */
  readonly accepted: () => number
  /** Those of them whose handshake was finished. */
  readonly secured: () => number
  /** At the latest with the test. */
  close(): Promise<void>
}

export async function startServer(
  handle: (request: Received, response: ServerResponse) => void,
  /** PEM of those whose certificates are asked for and taken; without it none is asked for. */
  { clientCa }: { readonly clientCa?: string } = {},
): Promise<LocalServer> {
  const { key, cert } = await selfSigned('local')
  const asking = clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca: clientCa }
  const received: Received[] = []
  let accepted = 0
  let secured = 0
  const server = createServer({ key, cert, ...asking }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('error', () => response.destroy())
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const whole = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') }
      received.push(whole)
      handle(whole, response)
    })
  })
  server.on('connection', () => accepted++)
  server.on('secureConnection', () => secured++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(close)
  return {
    url: `https://127.0.0.1:${port}/api`,
    port,
    caBundle: cert,
    received,
    accepted: () => accepted,
    secured: () => secured,
    close,
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}
