// An API server inside the test, over real TLS: objects, lists in pages, watches with bookmarks, and every fault on demand.
// For what a real one will not do when asked: resets, stalls, broken bytes, exact answers. What it accepts is not proof of
// anything; the integration tests ask the real one.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { FakeObjects, type Json } from './fake-kube-objects.ts'
import { type KeyAndCertificate, selfSigned } from './self-signed.ts'

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** `reset`: cut without an answer. `hang`: taken in and never answered. Or an answer, with a Status unless `body` is given. */
export type Fault =
  | 'reset'
  | 'hang'
  | {
      readonly status: number
      readonly reason?: string
      readonly message?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }

interface PlannedFault {
  readonly matches: (request: SeenRequest) => boolean
  readonly fault: Fault
}

interface OpenWatch {
  readonly collection: string
  /** Only what is newer is told, however long that takes to come. */
  readonly from: number
  readonly response: ServerResponse
}

/** The only token this server takes. */
export const FAKE_TOKEN = 'fake-kube-api-token'

const PATH = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)((?:\/namespaces\/[^/]+)?\/([a-z]+))(?:\/([^/]+))?(?:\/(status))?$/

export class FakeKubeApi {
  readonly objects: FakeObjects
  readonly requests: SeenRequest[] = []
  /** TLS connections ever opened. */
  connections = 0
  readonly #server: Server
  readonly #certificate: KeyAndCertificate
  readonly #sockets = new Set<Socket>()
  readonly #watches = new Set<OpenWatch>()
  #faults: PlannedFault[] = []

  private constructor(certificate: KeyAndCertificate, kinds: Readonly<Record<string, string>>) {
    this.#certificate = certificate
    this.objects = new FakeObjects(kinds, (collection, event, resourceVersion) => {
      for (const watch of this.#watches) {
        if (watch.collection === collection && resourceVersion > watch.from) send(watch.response, event)
      }
    })
    this.#server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
    this.#server.on('secureConnection', (socket) => {
      this.connections++
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  /** `kinds`: kind by plural, for all that will be asked for. */
  static async start(options: { readonly kinds: Readonly<Record<string, string>> }): Promise<FakeKubeApi> {
    const api = new FakeKubeApi(await selfSigned('fake-kube-api'), options.kinds)
    api.#server.listen(0, '127.0.0.1')
    await once(api.#server, 'listening')
    return api
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get ca(): string {
    return this.#certificate.cert
  }

  /** Watches that are open now. */
  get watches(): number {
    return this.#watches.size
  }

  /** The text of a kubeconfig for this server. */
  kubeconfig(): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'fake',
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake', namespace: 'ns' } }],
      clusters: [
        {
          name: 'fake',
          cluster: { server: this.url, 'certificate-authority-data': Buffer.from(this.ca).toString('base64') },
        },
      ],
      users: [{ name: 'fake', user: { token: FAKE_TOKEN } }],
    })
  }

  /** The next request that matches gets this instead of an answer; planned faults are used up in order. */
  failNext(matches: (request: SeenRequest) => boolean, ...faults: readonly Fault[]): void {
    this.#faults.push(...faults.map((fault) => ({ matches, fault })))
  }

  /** Puts bytes as they are on every open watch. */
  sendRaw(bytes: string | Uint8Array): void {
    for (const { response } of this.#watches) response.write(bytes)
  }

  sendBookmark(kind: string, resourceVersion: string, apiVersion = 'v1'): void {
    this.sendRaw(
      `${JSON.stringify({ type: 'BOOKMARK', object: { apiVersion, kind, metadata: { resourceVersion } } })}\n`,
    )
  }

  /** As at `timeoutSeconds`. */
  endWatches(): void {
    for (const { response } of this.#watches) response.end()
  }

  resetWatches(): void {
    for (const { response } of this.#watches) response.socket?.destroy()
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? '/', this.url)
    const body = Buffer.concat(await message.toArray()).toString('utf8')
    const { method = 'GET', headers } = message
    const request = { method, path: url.pathname, query: url.searchParams, headers, body }
    this.requests.push(request)
    const fault = this.#takeFault(request)
    if (fault === 'hang') return
    if (fault === 'reset') message.socket.destroy()
    else if (fault !== undefined) refuse(response, fault)
    else if (headers.authorization !== `Bearer ${FAKE_TOKEN}`) refuse(response, { status: 401, reason: 'Unauthorized' })
    else this.#answer(request, response)
  }

  #takeFault(request: SeenRequest): Fault | undefined {
    const planned = this.#faults.find(({ matches }) => matches(request))
    this.#faults = this.#faults.filter((other) => other !== planned)
    return planned?.fault
  }

  #answer(request: SeenRequest, response: ServerResponse): void {
    const [, group, scope, plural, name] = PATH.exec(request.path) ?? []
    if (group === undefined || scope === undefined || plural === undefined || !this.objects.knows(plural)) {
      refuse(response, { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' })
      return
    }
    const collection = `${group}${scope}`
    if (request.query.get('watch') === 'true') {
      this.#watch(collection, request, response)
      return
    }
    const answer = this.objects.answer({ ...request, collection, plural, name, uid: randomUUID() })
    if ('fault' in answer) refuse(response, answer.fault)
    else reply(response, answer.status, answer.object)
  }

  #watch(collection: string, { query }: SeenRequest, response: ServerResponse): void {
    const from = query.get('resourceVersion') ?? '0'
    const missed = this.objects.since(collection, from)
    if (missed === 'expired') {
      refuse(response, { status: 410, reason: 'Expired', message: 'too old resource version' })
      return
    }
    const watch = { collection, from: Number(from), response }
    this.#watches.add(watch)
    response.on('close', () => this.#watches.delete(watch))
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    for (const event of missed) send(response, event)
  }
}

function send(response: ServerResponse, event: Json): void {
  response.write(`${JSON.stringify(event)}\n`)
}

function reply(response: ServerResponse, status: number, object: Json): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(object))
}

function refuse(response: ServerResponse, fault: Exclude<Fault, string>): void {
  const { status, reason, message, headers, body } = fault
  const details = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message }
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body ?? JSON.stringify(details))
}
