// Credentials that are replaced while the client works, on the real API server, which refuses those from before: token files,
// a Pod's projected files, plugins, client certificates.
import { randomUUID, webcrypto } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import type { KubeError } from '../../src/kube/errors.ts'
import type { KubeObject, Resource } from '../../src/kube/resource.ts'
import { connectionOf } from '../cluster/kubeconfig.ts'
import { useCluster } from '../support/cluster.ts'
import { CONFIG_MAPS } from '../support/config-maps.ts'
import { NAMESPACES } from '../support/own-namespace.ts'
import { createAuthority, createCsr } from '../support/pki.ts'

interface SigningRequest extends KubeObject {
  readonly spec: { readonly request: string; readonly signerName: string; readonly usages: readonly string[] }
  readonly status?: { readonly certificate?: string }
}

const SECRETS: Resource = { ...CONFIG_MAPS, plural: 'secrets', kind: 'Secret' }
const SIGNING_REQUESTS: Resource<SigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  plural: 'certificatesigningrequests',
  kind: 'CertificateSigningRequest',
  namespaced: false,
}
const fieldManager = 'certwright-test'
const userAgent = 'certwright/test'
const cluster = useCluster()
const namespace = `credentials-${randomUUID().slice(0, 8)}`
const refusedToken = async (): Promise<string> => (await readFile(join(home, 'refused'), 'utf8')).trim()

/** Files of all tests. */
let home: string
/** Files of one test. */
let folder: string
let server: string
let ca: string
let admin: KubeClient

const kubectl = async (...args: readonly string[]): Promise<string> =>
  (await cluster.kubectl(['-n', namespace, ...args])).stdout.trim()

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'kube-credentials-'))
  const view = await cluster.kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'])
  ;({ server, ca } = connectionOf(view.stdout))
  const connection = await loadKubeConnection({ kubeconfig: cluster.kubeconfig })
  admin = new KubeClient({ connection, userAgent })
  await admin.create(NAMESPACES, { metadata: { name: namespace } }, { fieldManager })
  const users = ['one', 'two'].map((name) => `--user=${namespace}:${name}`)
  const reader = `--serviceaccount=${namespace}:reader`
  await Promise.all([kubectl('create', 'serviceaccount', 'reader'), kubectl('create', 'serviceaccount', 'refused')])
  await kubectl('create', 'role', 'reader', '--resource=configmaps', '--verb=get,list,watch,create')
  await kubectl('create', 'rolebinding', 'reader', '--role=reader', reader, ...users)
  // Never used before its ServiceAccount goes, or the API server would know it for another ten seconds.
  await writeFile(join(home, 'refused'), await kubectl('create', 'token', 'refused'))
  await kubectl('delete', 'serviceaccount', 'refused')
  return async () => connection.close()
})

afterAll(async () => {
  await rm(home, { recursive: true })
  await kubectl('delete', 'namespace', namespace, '--wait=false')
})

beforeEach(async () => {
  folder = await mkdtemp(join(home, 'test-'))
})

/** As whoever `user` (of a kubeconfig) stands for; `pass` makes the credentials older. */
async function clientAs(user: object) {
  const kubeconfig = join(folder, 'config')
  const certificateAuthority = { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  const config = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
    clusters: [{ name: 'test', cluster: { server, ...certificateAuthority } }],
    users: [{ name: 'test', user }],
  }
  await writeFile(kubeconfig, JSON.stringify(config))
  return clientOf({ kubeconfig })
}

async function clientOf(options: { readonly kubeconfig?: string; readonly serviceAccountRoot?: string }) {
  let now = 0
  const connection = await loadKubeConnection({ ...options, monotonic: () => now })
  onTestFinished(() => connection.close())
  const codes: string[] = []
  const client = new KubeClient({ connection, userAgent, observe: ({ code }) => codes.push(code) })
  return { client, codes, pass: (ms: number) => (now += ms) }
}

const list = (client: KubeClient) => client.list(CONFIG_MAPS, { namespace, limit: 1 })
const failure = (call: Promise<unknown>) => call.then(() => undefined).catch((error: unknown) => error as KubeError)

/** Whom the API server takes us for. It says so to those whom it refuses. */
async function whoIs(client: KubeClient): Promise<string | undefined> {
  const error = await failure(client.get(SECRETS, { namespace, name: 'x' }))
  expect(error).toMatchObject({ status: 403, reason: 'Forbidden', answered: true })
  return /User "([^"]+)" cannot get/.exec(error?.message ?? '')?.[1]
}

async function replace(name: string, text: string): Promise<void> {
  await writeFile(join(folder, `${name}.new`), text)
  await rename(join(folder, `${name}.new`), join(folder, name))
}

describe('a token', () => {
  const withNewToken = async () => {
    await replace('token', await refusedToken())
    const fresh = await clientAs({ tokenFile: 'token' })
    await replace('token', await kubectl('create', 'token', 'reader'))
    return fresh
  }

  it('that is refused is read again from its file, and reads and watches go on', async () => {
    const { client, codes } = await withNewToken()
    const { resourceVersion } = await list(client)
    expect(codes).toEqual(['401', '200'])
    expect(await whoIs(client)).toBe(`system:serviceaccount:${namespace}:reader`)
    const other = await withNewToken()
    const { signal } = new AbortController()
    for await (const _ of other.client.watch(CONFIG_MAPS, { namespace, resourceVersion, timeoutSeconds: 1, signal })) {
      // Bookmarks, perhaps.
    }
    expect(other.codes).toEqual(['401', '200'])
  })

  it('that is refused costs a write its answer, and the next write goes well', async () => {
    const { client, codes } = await withNewToken()
    const create = () => client.create(CONFIG_MAPS, { metadata: { name: 'written', namespace } }, { fieldManager })
    expect(await failure(create())).toMatchObject({ status: 401, reason: 'Unauthorized', answered: true })
    expect(await create()).toMatchObject({ metadata: { name: 'written' } })
    expect(codes).toEqual(['401', '201'])
  })

  it('of a Pod is replaced under its feet', async () => {
    const { hostname, port } = new URL(server)
    vi.stubEnv('KUBERNETES_SERVICE_HOST', hostname)
    vi.stubEnv('KUBERNETES_SERVICE_PORT', port)
    const mount = 'var/run/secrets/kubernetes.io/serviceaccount'
    await mkdir(join(folder, mount), { recursive: true })
    await replace(`${mount}/ca.crt`, ca)
    await replace(`${mount}/namespace`, namespace)
    await replace(`${mount}/token`, await refusedToken())
    const { client, codes } = await clientOf({ serviceAccountRoot: folder })
    await replace(`${mount}/token`, await kubectl('create', 'token', 'reader'))
    await list(client)
    expect(codes).toEqual(['401', '200'])
  })

  it('of a plugin is asked for again when it is refused, and when it expires', async () => {
    const plugin = `#!/bin/sh
      echo >> "$FOLDER/runs"
      token=$(cat "$FOLDER/token" 2>/dev/null || "$KUBECTL" --kubeconfig="$ADMIN" -n ${namespace} create token reader)
      expires=$(date -u -d '+11 seconds' +%Y-%m-%dT%H:%M:%SZ)
      printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s","expirationTimestamp":"%s"}}' "$token" "$expires"`
    await replace('plugin', plugin)
    await chmod(join(folder, 'plugin'), 0o700)
    await replace('token', await refusedToken())
    const env = { FOLDER: folder, KUBECTL: join(cluster.binaries, 'kubectl'), ADMIN: cluster.kubeconfig }
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './plugin',
      env: Object.entries(env).map(([name, value]) => ({ name, value })),
      interactiveMode: 'Never',
    }
    const { client, codes, pass } = await clientAs({ exec })
    await rm(join(folder, 'token'))
    await list(client)
    expect(codes).toEqual(['401', '200'])
    const runs = async () => (await readFile(join(folder, 'runs'), 'utf8')).length
    const afterRefusal = await runs()
    expect(afterRefusal).toBeGreaterThanOrEqual(2)
    const afterExpiry = async (): Promise<number> => {
      pass(60_000)
      await list(client)
      return runs()
    }
    await expect.poll(afterExpiry).toBeGreaterThan(afterRefusal)
    expect(codes.filter((code) => code !== '200')).toEqual(['401'])
  })
})

describe('a client certificate', () => {
  interface Pair {
    readonly certificate: string
    readonly key: string
  }

  /** From the cluster's own CA, through a CertificateSigningRequest. */
  async function certificateOf(user: string): Promise<Pair> {
    const { pem, keys } = await createCsr({ commonName: user })
    const name = user.replace(':', '-')
    const spec = {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth', 'digital signature', 'key encipherment'],
    }
    await admin.create(SIGNING_REQUESTS, { metadata: { name }, spec }, { fieldManager })
    await kubectl('certificate', 'approve', name)
    const issued = async () => (await admin.get(SIGNING_REQUESTS, { name })).status?.certificate
    await expect.poll(issued).toBeDefined()
    const certificate = Buffer.from((await issued()) ?? '', 'base64').toString()
    await admin.delete(SIGNING_REQUESTS, { name })
    return { certificate, key: await privatePem(keys.privateKey) }
  }

  async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
    return `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`
  }

  async function install({ certificate, key }: Pair): Promise<void> {
    await replace('tls.crt', certificate)
    await replace('tls.key', key)
  }

  const files = { 'client-certificate': 'tls.crt', 'client-key': 'tls.key' }

  it('that is replaced takes its watches along, and they come back with the new one', async () => {
    const [one, two] = await Promise.all([certificateOf(`${namespace}:one`), certificateOf(`${namespace}:two`)])
    await install(one)
    const { client, codes, pass } = await clientAs(files)
    expect(await whoIs(client)).toBe(`${namespace}:one`)
    const { resourceVersion } = await list(client)
    const { signal } = new AbortController()
    const watch = () =>
      client.watch(CONFIG_MAPS, {
        namespace,
        resourceVersion,
        timeoutSeconds: 300,
        signal,
        fieldSelector: 'metadata.name=seen',
      })
    const before = watch().next()
    await expect.poll(() => codes).toEqual(['403', '200', '200'])
    await install(two)
    expect(await whoIs(client)).toBe(`${namespace}:one`)
    pass(60_000)
    expect(await whoIs(client)).toBe(`${namespace}:two`)
    expect(await before).toEqual({ done: true, value: undefined })
    const after = watch().next()
    await admin.create(CONFIG_MAPS, { metadata: { name: 'seen', namespace } }, { fieldManager })
    expect((await after).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'seen' } } })
  })

  it('that the API server does not believe is read again at once', async () => {
    const { pem, keys } = await createCsr({ commonName: `${namespace}:one` })
    const stranger = await createAuthority({ name: 'nobody here knows it' })
    await install({ certificate: await stranger.sign(pem), key: await privatePem(keys.privateKey) })
    const { client, codes } = await clientAs(files)
    await install(await certificateOf(`${namespace}:two`))
    await list(client)
    expect(codes).toEqual(['401', '200'])
  })
})
