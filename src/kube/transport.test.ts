import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, Socket } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { CONFIG_MAPS } from '../../test/support/config-maps.ts'
import { FAKE_TOKEN, type SeenRequest } from '../../test/support/fake-kube-api.ts'
import { a, COLLECTION, failure, start } from '../../test/support/fake-kube-calls.ts'
import { selfSigned } from '../../test/support/self-signed.ts'

const any = () => true
const isWatch = ({ query }: SeenRequest) => query.get('watch') === 'true'

describe('a connection that was lost while it was idle', () => {
  it('costs a read another try, at once, and only one', async () => {
    const { get, api, calls } = await start()
    api.failNext(any, 'reset')
    expect(await get()).toMatchObject({ metadata: a })
    expect(calls.map(({ code }) => code)).toEqual(['<error>', '200'])
    api.failNext(any, 'reset', 'reset')
    expect(await failure(get())).toMatchObject({ reason: 'Unreachable', code: expect.stringMatching(/RESET|SOCKET/) })
    expect(api.requests).toHaveLength(4)
  })

  it('costs a write its answer', async () => {
    const { create, api } = await start()
    api.failNext(any, 'reset')
    expect(await failure(create('b'))).toMatchObject({ reason: 'Unreachable', answered: false })
    expect(api.requests).toHaveLength(1)
  })
})

describe('what the connection stands for', () => {
  it('a new CA: watches end as if the server had ended them, and come back on a new connection', async () => {
    const { watch, api, folder, pass, get } = await start({
      files: (fake) => ({ 'ca.crt': fake.ca }),
      access: () => ({ cluster: { 'certificate-authority-data': undefined, 'certificate-authority': 'ca.crt' } }),
    })
    const before = watch().next()
    await expect.poll(() => api.watches).toBe(1)
    await writeFile(join(folder, 'ca.crt'), `${api.ca}\n${(await selfSigned('next')).cert}`)
    pass(60_000)
    const connections = api.connections
    expect(await get()).toMatchObject({ metadata: a })
    expect(await before).toEqual({ done: true, value: undefined })
    await expect.poll(() => api.watches).toBe(0)
    const after = watch().next()
    await expect.poll(() => api.watches).toBe(1)
    api.objects.put(COLLECTION, 'b')
    expect((await after).value).toMatchObject({ type: 'ADDED' })
    expect(api.connections).toBe(connections + 2)
  })

  it('a CA that is unreadable for a while: nothing changes, and it is told', async () => {
    const { api, folder, pass, get, problems } = await start({
      files: (fake) => ({ 'ca.crt': fake.ca }),
      access: () => ({ cluster: { 'certificate-authority-data': undefined, 'certificate-authority': 'ca.crt' } }),
    })
    await get()
    await writeFile(join(folder, 'ca.crt'), api.ca.slice(0, 100))
    pass(60_000)
    expect(await get()).toMatchObject({ metadata: a })
    expect(api.connections).toBe(1)
    expect(problems).toEqual([expect.stringContaining('certificate-authority is not a PEM certificate')])
  })

  it('calls that follow each other at once go over one, which a call that is cut off takes with it', async () => {
    const { get, create, api } = await start()
    await create('b')
    await get()
    api.failNext(any, { status: 409 })
    await failure(create('c'))
    await get()
    expect(api.connections).toBe(1)
  })

  it('tls-server-name is what the certificate must say', async () => {
    const right = await start({ access: () => ({ cluster: { 'tls-server-name': 'localhost' } }) })
    expect(await right.get()).toMatchObject({ metadata: a })
    const wrong = await start({ access: () => ({ cluster: { 'tls-server-name': 'kubernetes.default.svc' } }) })
    expect(await failure(wrong.get())).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', answered: false })
  })

  it('insecure-skip-tls-verify believes anybody, and nothing else does, whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const noCa = { 'certificate-authority-data': undefined }
    const insecure = await start({ access: () => ({ cluster: { ...noCa, 'insecure-skip-tls-verify': true } }) })
    expect(await insecure.get()).toMatchObject({ metadata: a })
    const strict = await start({ access: () => ({ cluster: noCa }) })
    expect(await failure(strict.get())).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    const another = Buffer.from((await selfSigned('another')).cert).toString('base64')
    const other = await start({ access: () => ({ cluster: { 'certificate-authority-data': another } }) })
    expect(await failure(other.get())).toMatchObject({ reason: 'Unreachable', answered: false })
  })

  it('a server below a path is asked below it', async () => {
    const { get, api } = await start({ access: ({ url }) => ({ cluster: { server: `${url}/k8s/clusters/c-1/` } }) })
    api.failNext(any, { status: 503 })
    await failure(get())
    expect(api.requests[0]?.path).toBe(`/k8s/clusters/c-1${COLLECTION}/a`)
  })

  it('sends what it is: no wish for compression, TCP keep-alive', async () => {
    const keepAlive = vi.spyOn(Socket.prototype, 'setKeepAlive')
    const { get, api } = await start()
    await get()
    expect(api.requests[0]?.headers).not.toHaveProperty('accept-encoding')
    expect(keepAlive).toHaveBeenCalledWith(true, 30_000)
  })

  it('no proxy of the environment', async () => {
    let contacts = 0
    const proxy = createServer((socket) => {
      contacts++
      socket.destroy()
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    onTestFinished(() => void proxy.close())
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY']) {
      vi.stubEnv(name, url)
      vi.stubEnv(name.toLowerCase(), url)
    }
    for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, '')
    vi.stubEnv('NODE_USE_ENV_PROXY', '1')
    const { get, watch, api } = await start()
    expect(await get()).toMatchObject({ metadata: a })
    const next = watch().next()
    await expect.poll(() => api.watches).toBe(1)
    api.endWatches()
    await next
    expect(contacts).toBe(0)
  })

  it('a name that nobody knows, a port where nobody listens', async () => {
    const unknown = await start({
      timeoutMs: 5_000,
      access: () => ({ cluster: { server: 'https://no-such-host.invalid' } }),
    })
    // A resolver that is itself away takes its time to say so.
    expect(await failure(unknown.get())).toMatchObject({
      status: 0,
      reason: expect.stringMatching(/^(?:Unreachable|Timeout)$/),
      answered: false,
    })
    const nobody = createServer().listen(0, '127.0.0.1')
    await once(nobody, 'listening')
    const { port } = nobody.address() as AddressInfo
    nobody.close()
    const closed = await start({ access: () => ({ cluster: { server: `https://127.0.0.1:${port}` } }) })
    expect(await failure(closed.get())).toMatchObject({ reason: 'Unreachable', code: 'ECONNREFUSED', answered: false })
  })
})

describe('time', () => {
  it('is limited for a call as it asks', async () => {
    const { client, api } = await start()
    api.failNext(any, 'hang')
    const error = await failure(client.get(CONFIG_MAPS, a, { timeoutMs: 100 }))
    expect(error).toMatchObject({ reason: 'Timeout', message: 'get configmaps "ns/a": no answer within 100 ms' })
  })

  it('is not limited for a watch that has begun', async () => {
    const { watch, api, get } = await start({ timeoutMs: 1_000 })
    const first = watch().next()
    await expect.poll(() => api.watches).toBe(1)
    api.failNext(({ query }) => !query.has('watch'), 'hang')
    // So much time has passed by then.
    expect(await failure(get())).toMatchObject({ reason: 'Timeout' })
    api.objects.put(COLLECTION, 'b')
    expect((await first).value).toMatchObject({ object: { metadata: { name: 'b' } } })
  })

  it('that is waited for Retry-After ends with the caller, whose reason it gives', async () => {
    const { client, api, calls } = await start()
    api.failNext(any, { status: 429, headers: { 'retry-after': '10' } })
    const caller = new AbortController()
    const call = client.get(CONFIG_MAPS, a, { signal: caller.signal })
    await expect.poll(() => calls).toHaveLength(1)
    caller.abort(new Error('shutting down'))
    await expect(call).rejects.toThrow('shutting down')
  })

  it('ends with the caller before credentials are even there', async () => {
    const { client, api } = await start()
    await expect(client.get(CONFIG_MAPS, a, { signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow('over')
    expect(api.requests).toEqual([])
  })
})

describe('answers', () => {
  it('that are redirections are not followed', async () => {
    const { get, api } = await start()
    api.failNext(any, { status: 307, headers: { location: `${api.url}${COLLECTION}/b` }, body: '' })
    expect(await failure(get())).toMatchObject({ status: 307, answered: true })
    expect(api.requests).toHaveLength(1)
  })

  it('that are errors bring a Retry-After as a date too', async () => {
    const { create, api } = await start()
    api.failNext(any, { status: 503, headers: { 'retry-after': new Date(Date.now() + 30_000).toUTCString() } })
    expect((await failure(create('b'))).retryAfterMs).toBeGreaterThan(20_000)
  })

  it('that warn are told, once, those of errors and watches too', async () => {
    const { get, create, warnings, api, watch } = await start()
    api.failNext(isWatch, { status: 410, headers: { warning: '299 - "of a watch"' } })
    api.failNext(any, { status: 422, headers: { warning: '299 - "unknown field \\"spec.nope\\""' } })
    await failure(create('b'))
    await failure(watch().next())
    await get()
    expect(warnings).toEqual(['unknown field "spec.nope"', 'of a watch'])
  })

  it('that stop half way are no answers, and show no token', async () => {
    const { create, api } = await start({ timeoutMs: 200 })
    api.failNext(any, { status: 201, headers: { 'content-length': '100' }, body: `{"kind":"${FAKE_TOKEN}` })
    const error = await failure(create('b'))
    expect(error).toMatchObject({ status: 0, reason: 'Timeout', answered: false })
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(FAKE_TOKEN)
  })
})
