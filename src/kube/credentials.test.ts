import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type KeyAndCertificate, selfSigned } from '../../test/support/self-signed.ts'
import { type Credentials, credentialReader, type ReadCredentials } from './credentials.ts'
import { readKubeconfigs } from './kubeconfig-file.ts'

let folder: string
let pair: KeyAndCertificate
let otherPair: KeyAndCertificate

beforeAll(async () => {
  pair = await selfSigned('someone')
  otherPair = await selfSigned('someone else')
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credentials-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const base64 = (text: string) => Buffer.from(text).toString('base64')
const put = (name: string, text: string) => writeFile(join(folder, name), text)

async function readerFor(user: object, cluster: object = {}): Promise<ReadCredentials> {
  const path = join(folder, 'config')
  const config = {
    'current-context': 'one',
    contexts: [{ name: 'one', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  }
  await writeFile(path, JSON.stringify(config))
  return credentialReader('test', readKubeconfigs([path]))
}

const read = async (user: object, cluster?: object): Promise<Credentials> =>
  (await readerFor(user, cluster))({ renew: false })

/** A plugin that prints what stands in the file `credential`, and notes each run. */
const plugin = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'sh',
  args: ['-c', 'echo run >> "$FOLDER/runs"; cat "$FOLDER/credential"'],
}
const exec = () => ({ exec: { ...plugin, env: [{ name: 'FOLDER', value: folder }] } })
const execCredential = (status: object) =>
  put('credential', JSON.stringify({ apiVersion: plugin.apiVersion, kind: 'ExecCredential', status }))

describe('the forms of credentials', () => {
  it.each<[string, object, Record<string, string>]>([
    ['a token', { token: 't' }, { authorization: 'Bearer t' }],
    ['a password', { username: 'me', password: 'p' }, { authorization: `Basic ${base64('me:p')}` }],
    ['somebody else', { token: 't', as: 'them' }, { authorization: 'Bearer t', 'impersonate-user': 'them' }],
  ])('%s', async (_what, user, headers) => {
    expect(await read(user)).toEqual({ headers, tls: { rejectUnauthorized: true } })
  })

  it('a client certificate, as data and as files', async () => {
    const expected = { cert: Buffer.from(pair.cert), key: Buffer.from(pair.key), rejectUnauthorized: true }
    const inline = { 'client-certificate-data': base64(pair.cert), 'client-key-data': base64(pair.key) }
    expect(await read(inline)).toEqual({ headers: {}, tls: expected })
    await put('tls.crt', pair.cert)
    await put('tls.key', pair.key)
    expect(await read({ 'client-certificate': 'tls.crt', 'client-key': 'tls.key' })).toEqual({
      headers: {},
      tls: expected,
    })
  })

  it('a plugin that gives a token or a client certificate, until when', async () => {
    await execCredential({ token: 't', expirationTimestamp: '2100-01-01T00:01:00Z' })
    expect(await read(exec())).toEqual({
      headers: { authorization: 'Bearer t' },
      tls: { rejectUnauthorized: true },
      renewAt: Date.parse('2100-01-01T00:00:50Z'),
    })
    await execCredential({ clientCertificateData: pair.cert, clientKeyData: pair.key })
    expect(await read(exec())).toEqual({
      headers: {},
      tls: { cert: pair.cert, key: pair.key, rejectUnauthorized: true },
    })
  })

  it('a token beside a plugin counts, as for every Kubernetes client', async () => {
    await execCredential({ token: 'of the plugin' })
    expect((await read({ ...exec(), token: 't' })).headers).toEqual({ authorization: 'Bearer t' })
  })

  it('how the server is recognised', async () => {
    const cluster = { 'certificate-authority-data': base64(pair.cert), 'tls-server-name': 'api.internal' }
    const { tls } = await read({ token: 't' }, cluster)
    expect(tls).toEqual({ ca: Buffer.from(pair.cert), servername: 'api.internal', rejectUnauthorized: true })
    expect((await read({ token: 't' }, { 'insecure-skip-tls-verify': true })).tls).toEqual({
      rejectUnauthorized: false,
    })
  })
})

describe('what is replaced', () => {
  it.each(['tokenFile', 'token-file'])('a %s is read each time, and counts more than a token', async (field) => {
    await put('token', 'one\n')
    const reader = await readerFor({ [field]: join(folder, 'token'), token: 'static' })
    expect((await reader({ renew: false })).headers).toEqual({ authorization: 'Bearer one' })
    await put('token', 'two\n')
    expect((await reader({ renew: false })).headers).toEqual({ authorization: 'Bearer two' })
    await put('token', '\n')
    await expect(reader({ renew: true })).rejects.toThrow(`${join(folder, 'token')} is empty`)
  })

  it('a projected token and CA change as kubelet changes them: by a link', async () => {
    const mount = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount')
    const project = async (version: string, token: string, ca: string): Promise<void> => {
      await mkdir(join(mount, version), { recursive: true })
      for (const [name, text] of Object.entries({ token, 'ca.crt': ca })) {
        await writeFile(join(mount, version, name), text)
        await symlink(`..data/${name}`, join(mount, name)).catch(() => undefined)
      }
      await symlink(version, join(mount, '..data_tmp'))
      await rename(join(mount, '..data_tmp'), join(mount, '..data'))
    }
    await project('v1', 'one', pair.cert)
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1')
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '443')
    const config = readKubeconfigs([])
    config.loadFromCluster(folder)
    const reader = credentialReader('service account', config)
    const first = await reader({ renew: false })
    await project('v2', 'two', otherPair.cert)
    const second = await reader({ renew: false })
    expect([first.headers, second.headers]).toEqual([{ authorization: 'Bearer one' }, { authorization: 'Bearer two' }])
    expect([String(first.tls.ca), String(second.tls.ca)]).toEqual([pair.cert, otherPair.cert])
  })

  it('client certificate files: not while they are no pair', async () => {
    await put('tls.crt', pair.cert)
    await put('tls.key', pair.key)
    const reader = await readerFor({ 'client-certificate': 'tls.crt', 'client-key': 'tls.key' })
    await put('tls.crt', otherPair.cert)
    await expect(reader({ renew: false })).rejects.toThrow('client-certificate and client-key are not a pair')
    await put('tls.key', otherPair.key)
    expect(String((await reader({ renew: false })).tls.cert)).toBe(otherPair.cert)
  })

  it('a plugin is run again when the API server refused what it gave', async () => {
    await execCredential({ token: 'one' })
    const reader = await readerFor(exec())
    await reader({ renew: false })
    await execCredential({ token: 'two' })
    expect((await reader({ renew: false })).headers).toEqual({ authorization: 'Bearer one' })
    expect((await reader({ renew: true })).headers).toEqual({ authorization: 'Bearer two' })
  })
})
