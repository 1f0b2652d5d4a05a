// Ways to reach SCM, and issuers that share one: client certificates, proxies, logins with many users.
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { uncheckedIssuer } from '../../test/support/issuer.ts'
import { selfSigned } from '../../test/support/self-signed.ts'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import { KubeError } from '../kube/errors.ts'
import { createLogger } from '../runtime/log.ts'
import { Connections, type ConnectionsOptions } from './connections.ts'

const signal = new AbortController().signal
const log = createLogger({ level: 'error', format: 'text' })

let server: Server
let caBundle: string
let host: string
/** Whether SCM takes the password. */
let accepts: boolean
let calls: number
/** Secrets of the namespace `shop` by name. */
let secrets: Map<string, { resourceVersion: string; data: Record<string, string> }>
let connections: Connections
let clock: FakeClock

beforeEach(async () => {
  const { key, cert } = await selfSigned('scm.test')
  caBundle = cert
  accepts = false
  calls = 0
  server = createServer({ key, cert }, (_, response) => {
    calls++
    response.writeHead(accepts ? 200 : 401, { 'content-type': 'application/json' }).end(accepts ? '[]' : '{"code":-16}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  secrets = new Map()
  clock = new FakeClock()
  connections = connectionsWith({})
})

afterEach(async () => {
  await connections.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function connectionsWith(options: Partial<ConnectionsOptions>): Connections {
  return new Connections({
    client: { get: async ({ kind }, { name }) => read(kind, name) as never },
    clusterResourceNamespace: 'certwright',
    allowedHosts: [host],
    allowedProxies: ['proxy.example:3128'],
    clock,
    log,
    observe: () => {},
    ...options,
  })
}

function read(kind: string, name: string): object {
  const found = kind === 'Secret' ? secrets.get(name) : undefined
  if (found === undefined) {
    throw new KubeError({ status: 404, reason: 'NotFound', message: `${kind} ${name} not found`, answered: true })
  }
  const { data, resourceVersion } = found
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])
  return { metadata: { resourceVersion }, data: Object.fromEntries(encoded) }
}

/** Each put is a new version. */
function put(name: string, data: Record<string, string>): void {
  const version = Number(secrets.get(name)?.resourceVersion ?? 0) + 1
  secrets.set(name, { resourceVersion: String(version), data })
}

function issuer(name: string, spec: Partial<SectigoIssuer['spec']> = {}): SectigoIssuer {
  return uncheckedIssuer({ name, namespace: 'shop', spec: { url: `https://${host}/api`, tls: { caBundle }, ...spec } })
}

describe('a client certificate', () => {
  const byCertificate = {
    auth: {
      clientCertificate: {
        customerUri: 'acme',
        login: 'api',
        secretRef: { name: 'scm', certificateKey: 'tls.crt', privateKeyKey: 'tls.key' },
      },
    },
  }

  it('is read from a Secret of type kubernetes.io/tls, and a renewed one makes new connections', async () => {
    const seen: (string | undefined)[] = []
    const [first, second] = [await selfSigned('one'), await selfSigned('two')]
    const { key, cert } = await selfSigned('scm.test')
    const scm = createServer({ key, cert, requestCert: true, rejectUnauthorized: false }, (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate()
      seen.push(`${request.url} ${String(subject?.CN)}`)
      response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
    })
    await new Promise<void>((resolve) => scm.listen(0, '127.0.0.1', resolve))
    const at = `127.0.0.1:${(scm.address() as AddressInfo).port}`
    const own = connectionsWith({ allowedHosts: [at] })
    const subject = issuer('a', { ...byCertificate, url: `https://${at}/api/`, tls: { caBundle: cert } })
    for (const identity of [first, second]) {
      put('scm', { 'tls.crt': identity.cert, 'tls.key': identity.key })
      const { backend, tenant } = await own.connect(subject, { fresh: true, signal })
      expect(tenant).toBe('acme')
      await expect(backend.describe({ signal })).rejects.toMatchObject({ kind: 'OrganizationNotFound' })
    }
    await own.close()
    scm.closeAllConnections()
    await new Promise((resolve) => scm.close(resolve))
    expect(seen).toEqual(['/private/api/organization/v1 one', '/private/api/organization/v1 two'])
  })

  it.each([
    [{ 'tls.crt': 'x' }, { reason: 'SecretKeyMissing', message: expect.stringContaining('"tls.key"') }],
    [{ 'tls.key': 'x' }, { reason: 'SecretKeyMissing', message: expect.stringContaining('"tls.crt"') }],
  ])('with half a Secret is none: %j', async (data, problem) => {
    put('scm', data)
    await expect(connections.connect(issuer('a', byCertificate), { signal })).rejects.toMatchObject(problem)
  })

  it('that cannot be read is refused without a call', async () => {
    put('scm', { 'tls.crt': 'not PEM', 'tls.key': 'not PEM' })
    const { backend } = await connections.connect(issuer('a', byCertificate), { signal })
    await expect(backend.describe({ signal })).rejects.toMatchObject({ kind: 'CredentialsRefused' })
    expect(calls).toBe(0)
  })
})

describe('a proxy', () => {
  const url = 'http://proxy.example:3128'
  const withLogin = { url, secretRef: { name: 'proxy', usernameKey: 'username', passwordKey: 'password' } }

  it('has its login in a Secret beside the credentials', async () => {
    put('scm', { password: 'right' })
    await expect(connections.connect(issuer('a', { proxy: withLogin }), { signal })).rejects.toMatchObject({
      reason: 'SecretNotFound',
      message: 'Secret "shop/proxy" (spec.proxy.secretRef) does not exist',
    })
    put('proxy', { username: 'op' })
    await expect(connections.connect(issuer('a', { proxy: withLogin }), { signal })).rejects.toMatchObject({
      reason: 'SecretKeyMissing',
    })
    put('proxy', { username: 'op', password: 'pw' })
    await expect(connections.connect(issuer('a', { proxy: withLogin }), { signal })).resolves.toHaveProperty('backend')
  })

  it.each([
    ['an allowed one is used', 'http://127.0.0.1:1', ['127.0.0.1:1'], () => false, 'Unreachable'],
    ['one that is not allowed is not used', 'http://127.0.0.1:1', [], () => false, 'CredentialsRefused'],
    ['what NO_PROXY names goes past it', 'http://127.0.0.1:1', ['127.0.0.1:1'], () => true, 'CredentialsRefused'],
  ])('of the environment: %s', async (_, proxy, allowedProxies, bypasses, kind) => {
    put('scm', { password: 'right' })
    const own = connectionsWith({ allowedProxies, environment: { url: proxy, bypasses } })
    const { backend } = await own.connect(issuer('a'), { signal })
    await expect(backend.describe({ signal })).rejects.toMatchObject({ kind })
    await own.close()
  })
})

describe('the environment’s proxy', () => {
  it('named by an issuer too is used by it for everything, and by others where NO_PROXY lets them', async () => {
    const proxy = { url: 'http://127.0.0.1:1' }
    put('scm', { password: 'right' })
    const own = connectionsWith({ allowedProxies: ['127.0.0.1:1'], environment: { ...proxy, bypasses: () => true } })
    const kindOf = async (subject: SectigoIssuer): Promise<unknown> => {
      const { backend } = await own.connect(subject, { signal })
      return backend.describe({ signal }).catch(({ kind }: { kind: string }) => kind)
    }
    expect(await kindOf(issuer('a', { proxy }))).toBe('Unreachable')
    expect(await kindOf(issuer('b'))).toBe('CredentialsRefused')
    await own.close()
  })
})

describe('many issuers', () => {
  const turnsAtOnce = async (issuers: readonly SectigoIssuer[]): Promise<number> => {
    // A second's worth of calls is allowed again.
    await clock.advance(1_000)
    const backends = await Promise.all(issuers.map((one) => connections.connect(one, { signal })))
    const given = new AbortController()
    const granted: { release(): void }[] = []
    const asked = backends.flatMap(({ backend }) =>
      Array.from({ length: 8 }, () => backend.turn({ signal: given.signal, namespace: 'shop' })),
    )
    for (const one of asked) one.then((turn) => granted.push(turn)).catch(() => {})
    await expect.poll(() => granted.length).toBeGreaterThan(0)
    // As many as there are slots are granted at once; the rest only when one of them is given back.
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve))
    given.abort(new Error('enough'))
    await Promise.allSettled(asked)
    for (const turn of granted) turn.release()
    return granted.length
  }

  beforeEach(() => {
    accepts = true
  })

  it('of one login share the lower of their limits, however each of them connects', async () => {
    put('scm', { password: 'right' })
    const limits = { requestsPerSecond: 100, concurrentRequests: 3 }
    const more = { requestsPerSecond: 100, concurrentRequests: 8 }
    const issuers = [
      issuer('a', { limits }),
      issuer('b', { limits: more }),
      issuer('c', { limits: more, tls: { caBundle: `${caBundle}\n` } }),
    ]
    expect(await turnsAtOnce(issuers)).toBe(3)
    expect(connections.loginWords()).toEqual(['accepted'])
    connections.forget({ kind: 'SectigoIssuer', key: 'shop/a' })
    expect(await turnsAtOnce(issuers.slice(1))).toBe(8)
  })

  it('of several logins have each their own', async () => {
    for (const name of ['one', 'two']) put(name, { password: name })
    const limits = { requestsPerSecond: 100, concurrentRequests: 3 }
    const issuers = ['one', 'two'].map((name) =>
      issuer(name, {
        limits,
        auth: {
          password: {
            customerUri: 'acme',
            login: name,
            secretRef: { name, passwordKey: 'password', loginKey: 'login' },
          },
        },
      }),
    )
    expect(await turnsAtOnce(issuers)).toBe(6)
    expect(connections.loginWords()).toEqual(['accepted', 'accepted'])
  })
})
