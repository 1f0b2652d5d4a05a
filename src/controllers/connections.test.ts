import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { uncheckedIssuer } from '../../test/support/issuer.ts'
import { selfSigned } from '../../test/support/self-signed.ts'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import { KubeError } from '../kube/errors.ts'
import { createLogger } from '../runtime/log.ts'
import { Connections } from './connections.ts'

const signal = new AbortController().signal
const log = createLogger({ level: 'error', format: 'text' })

let server: Server
let caBundle: string
let host: string
let logins: string[]
let paths: string[]
/** Secrets by `namespace/name`. */
let secrets: Map<string, { resourceVersion: string; data: Record<string, string> }>
let reads: number
/** What the API server's answer goes through. */
let answers: (found: object) => Promise<object>
let connections: Connections

beforeEach(async () => {
  const { key, cert } = await selfSigned('scm.test')
  caBundle = cert
  logins = []
  paths = []
  server = createServer({ key, cert }, (request, response) => {
    logins.push(String(request.headers['password']))
    paths.push(String(request.url))
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"code":-16,"description":"Unknown user"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  secrets = new Map()
  reads = 0
  answers = async (found) => found
  connections = new Connections({
    client: { get: async ({ kind }, { namespace, name }) => answers(read(kind, `${namespace}/${name}`)) as never },
    clusterResourceNamespace: 'certwright',
    allowedHosts: [host],
    allowedProxies: ['proxy.example:3128'],
    clock: new FakeClock(),
    log,
    observe: () => {},
  })
})

afterEach(async () => {
  await connections.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function read(kind: string, key: string): object {
  reads++
  const found = kind === 'Secret' ? secrets.get(key) : undefined
  if (found === undefined) {
    throw new KubeError({ status: 404, reason: 'NotFound', message: `${kind} ${key} not found`, answered: true })
  }
  const data = Object.fromEntries(
    Object.entries(found.data).map(([name, text]) => [name, Buffer.from(text).toString('base64')]),
  )
  return { metadata: { resourceVersion: found.resourceVersion }, data }
}

function issuer(
  name: string,
  spec: Partial<SectigoIssuer['spec']> = {},
  scope: 'namespace' | 'cluster' = 'namespace',
): SectigoIssuer {
  const at = scope === 'cluster' ? { name } : { name, namespace: 'shop' }
  return uncheckedIssuer({ ...at, spec: { url: `https://${host}/api`, tls: { caBundle }, ...spec } })
}

const put = (password: string, resourceVersion: string, namespace = 'shop'): unknown =>
  secrets.set(`${namespace}/scm`, { resourceVersion, data: { password } })

const check = async (subject: SectigoIssuer): Promise<void> => {
  const { backend } = await connections.connect(subject, { fresh: true, signal })
  await expect(backend.describe({ signal })).rejects.toMatchObject({ kind: 'CredentialsRefused' })
}

describe('what an issuer may name', () => {
  it.each<[string, Partial<SectigoIssuer['spec']>, object]>([
    [
      'a foreign host',
      { url: 'https://10.0.0.1/api' },
      { reason: 'HostNotAllowed', message: expect.stringContaining('spec.url: the host 10.0.0.1') },
    ],
    [
      'plain http',
      { url: 'http://127.0.0.1/api' },
      { reason: 'HostNotAllowed', message: 'spec.url must begin with https://' },
    ],
    [
      'a port that cannot be',
      { url: 'https://cert-manager.com:99999/api' },
      { reason: 'HostNotAllowed', message: 'spec.url is not a URL' },
    ],
    [
      'an address that cannot be',
      { url: 'https://[::1::]/api' },
      { reason: 'HostNotAllowed', message: 'spec.url is not a URL' },
    ],
    [
      'a proxy that cannot be',
      { proxy: { url: 'http://1.2.3.4.5:3128' } },
      { reason: 'ProxyNotAllowed', message: 'spec.proxy.url is not a URL' },
    ],
    [
      'a foreign proxy',
      { proxy: { url: 'http://10.0.0.1:3128' } },
      { reason: 'ProxyNotAllowed', message: expect.stringContaining('10.0.0.1:3128') },
    ],
    [
      'a Secret that is not there',
      {},
      {
        reason: 'SecretNotFound',
        message: 'Secret "shop/scm" (spec.auth.password.secretRef) does not exist',
      },
    ],
  ])('not %s, and nothing is called', async (_, spec, problem) => {
    await expect(connections.connect(issuer('a', spec), { signal })).rejects.toMatchObject(problem)
    expect(logins).toEqual([])
  })

  it.each<[string, NonNullable<SectigoIssuer['spec']['tls']>, object]>([
    [
      'that is not there, though it is called like the Secret',
      { caBundleRef: { kind: 'ConfigMap', name: 'scm', key: 'ca.crt' } },
      { reason: 'CABundleNotFound', message: 'ConfigMap "shop/scm" (spec.tls.caBundleRef) does not exist' },
    ],
    [
      'that has no such key',
      { caBundleRef: { kind: 'Secret', name: 'scm', key: 'ca.crt' } },
      { reason: 'CABundleNotFound', message: 'Secret "shop/scm" (spec.tls.caBundleRef) has no key "ca.crt"' },
    ],
    [
      'that holds something else',
      { caBundleRef: { kind: 'Secret', name: 'scm', key: 'password' } },
      {
        reason: 'CABundleInvalid',
        message: 'Secret "shop/scm" (spec.tls.caBundleRef), key "password" holds no PEM certificate',
      },
    ],
    [
      'that cannot be read',
      { caBundle: '-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n' },
      { reason: 'CABundleInvalid', message: 'certificate 1 of spec.tls.caBundle cannot be read' },
    ],
    [
      'that nobody could read every minute',
      { caBundleRef: { kind: 'Secret', name: 'scm', key: 'long' } },
      {
        reason: 'CABundleInvalid',
        message: 'Secret "shop/scm" (spec.tls.caBundleRef), key "long" holds more than 256 KiB',
      },
    ],
  ])('not a CA bundle %s', async (_, tls, problem) => {
    secrets.set('shop/scm', { resourceVersion: '1', data: { password: 'right', long: caBundle.repeat(1_000) } })
    await expect(connections.connect(issuer('a', { tls }), { signal })).rejects.toMatchObject(problem)
    expect(logins).toEqual([])
  })

  it('only a Secret in its own namespace, or for a cluster issuer in the operator’s', async () => {
    put('right', '1', 'certwright')
    await expect(connections.connect(issuer('a'), { signal })).rejects.toMatchObject({ reason: 'SecretNotFound' })
    await expect(connections.connect(issuer('a', {}, 'cluster'), { signal })).resolves.toMatchObject({ tenant: 'acme' })
  })

  it('only a key with a value in it, in which line ends around it do no harm and inside it do', async () => {
    put(' \n', '1')
    await expect(connections.connect(issuer('a'), { signal })).rejects.toMatchObject({
      reason: 'SecretKeyMissing',
      message: expect.stringContaining('under the key "password"'),
    })
    put('hun\nter', '2')
    await expect(connections.connect(issuer('a'), { signal })).rejects.toMatchObject({
      reason: 'SecretKeyMissing',
      message: expect.not.stringContaining('hun'),
    })
    put('x'.repeat(700_000), '2b')
    await expect(connections.connect(issuer('a'), { signal })).rejects.toMatchObject({
      reason: 'SecretKeyMissing',
      message: expect.stringContaining('a value of more than 64 KiB under the key "password"'),
    })
    put('right\n', '3')
    await check(issuer('a'))
    expect(logins).toEqual(['right'])
  })
})

describe('a login', () => {
  it('that was refused once is not tried again by anybody who shares it, however he gets there', async () => {
    put('wrong', '1')
    const elsewhere = issuer('d', { tls: { caBundle: `${caBundle}\n` } })
    await Promise.all([issuer('a'), issuer('b'), elsewhere].map(check))
    await check(issuer('a'))
    connections.forget({ kind: 'SectigoIssuer', key: 'shop/d' })
    await check(elsewhere)
    expect(logins).toEqual(['wrong'])
  })

  it('that several issuers share is tried once more when their Secret changes or is touched, not once for each', async () => {
    const issuers = [issuer('a'), issuer('b')]
    for (const [password, version] of [
      ['wrong', '1'],
      ['wrong too', '2'],
      ['wrong too', '3'],
    ] as const) {
      put(password, version)
      for (const one of issuers) await check(one)
    }
    expect(logins).toEqual(['wrong', 'wrong too', 'wrong too'])
  })

  it('is tried once more when its Secret changes, or is touched with the same value in it', async () => {
    put('wrong', '1')
    await check(issuer('a'))
    put('wrong too', '2')
    await check(issuer('a'))
    put('wrong too', '3')
    await check(issuer('a'))
    await check(issuer('a'))
    expect(logins).toEqual(['wrong', 'wrong too', 'wrong too'])
  })

  it('reaches each of its issuers where that issuer says', async () => {
    put('wrong', '1')
    await check(issuer('a', { url: `https://${host}/first` }))
    put('wrong too', '2')
    await check(issuer('b', { url: `https://${host}/second` }))
    expect(paths).toEqual(['/first/organization/v1', '/second/organization/v1'])
  })

  it('is the one whose Secret was asked for last, whichever answer comes last', async () => {
    const slow = Promise.withResolvers<void>()
    put('wrong', '1')
    answers = (found) => slow.promise.then(() => found)
    const older = connections.connect(issuer('a'), { fresh: true, signal })
    put('wrong too', '2')
    answers = async (found) => found
    await check(issuer('a'))
    slow.resolve()
    expect(await older).toMatchObject({ secretVersion: '2' })
    expect(await connections.connect(issuer('a'), { signal })).toMatchObject({ secretVersion: '2' })
    expect(logins).toEqual(['wrong too'])
  })

  it('is not tried again for an older look at its Secret that ends late', async () => {
    const slow = Promise.withResolvers<void>()
    put('wrong', '1')
    await check(issuer('a'))
    answers = (found) => slow.promise.then(() => found)
    const older = connections.connect(issuer('a'), { fresh: true, signal })
    put('wrong', '2')
    answers = async (found) => found
    await check(issuer('a'))
    slow.resolve()
    await older
    await check(issuer('a'))
    expect(logins).toEqual(['wrong', 'wrong'])
  })

  it('of an issuer that is deleted while its Secret is read is in use by nobody', async () => {
    const slow = Promise.withResolvers<void>()
    put('wrong', '1')
    answers = (found) => slow.promise.then(() => found)
    const late = connections.connect(issuer('a'), { signal })
    connections.forget({ kind: 'SectigoIssuer', key: 'shop/a' })
    slow.resolve()
    await expect(late).rejects.toThrow('deleted while its Secret was read')
    expect(connections.loginWords()).toEqual([])
    await connections.connect(issuer('a'), { signal })
    expect(connections.loginWords()).toEqual(['untried'])
  })

  it('is not taken from an older spec, whoever still holds it', async () => {
    put('wrong', '1')
    const spec = { url: `https://${host}/old` }
    const before = issuer('a', spec)
    const after = issuer('a', { url: `https://${host}/new` })
    const changed = { ...after, metadata: { ...after.metadata, generation: 2 } }
    const { version } = await connections.connect(changed, { signal })
    expect(await connections.connect(before, { signal })).toMatchObject({ version })
    expect(await connections.connect(before, { fresh: true, signal })).toMatchObject({ version })
    const again = { ...before, metadata: { ...before.metadata, uid: 'made anew' } }
    expect((await connections.connect(again, { signal })).version).not.toBe(version)
  })

  it('is read again only when asked to be fresh, or after a minute', async () => {
    put('right', '1')
    for (const fresh of [false, false, true, false]) await connections.connect(issuer('a'), { fresh, signal })
    expect(reads).toBe(2)
  })
})
