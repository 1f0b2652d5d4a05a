import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type KeyAndCertificate, selfSigned } from '../../test/support/self-signed.ts'
import { loadKubeConnection } from './config.ts'
import { KubeConfigError } from './config-error.ts'

let folder: string
let pair: KeyAndCertificate

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  pair = await selfSigned('someone')
  for (const name of ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', 'KUBECONFIG']) vi.stubEnv(name, undefined)
  vi.stubEnv('HOME', folder)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
  return path
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

interface Parts {
  readonly context?: object | null
  readonly cluster?: object
  readonly user?: object
  readonly current?: string
}

function kubeconfig({ context, cluster, user, current = 'one' }: Parts = {}): string {
  return JSON.stringify({
    'current-context': current,
    contexts: context === null ? [] : [{ name: 'one', context: context ?? { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: cluster ?? { server: 'https://127.0.0.1:6443' } }],
    users: [{ name: 'u', user: user ?? { token: 'canary-token' } }],
  })
}

describe('loadKubeConnection', () => {
  it('reads the named file, and nothing else', async () => {
    vi.stubEnv('KUBECONFIG', await file('other', kubeconfig({ cluster: { server: 'https://other' } })))
    const named = kubeconfig({
      cluster: { server: 'https://127.0.0.1:6443/k8s/clusters/c-1/', 'certificate-authority-data': base64(pair.cert) },
      context: { cluster: 'c', user: 'u', namespace: 'shop' },
    })
    const connection = await loadKubeConnection({ kubeconfig: await file('named', named) })
    expect(connection.server.href).toBe('https://127.0.0.1:6443/k8s/clusters/c-1')
    expect(connection.namespace).toBe('shop')
    expect((await connection.session()).headers).toEqual({ authorization: 'Bearer canary-token' })
    await connection.close()
  })

  it('prefers the service account of a Pod to KUBECONFIG, and trims its files', async () => {
    const mount = 'var/run/secrets/kubernetes.io/serviceaccount'
    await file(`${mount}/token`, 'pod-token\n')
    await file(`${mount}/ca.crt`, pair.cert)
    await file(`${mount}/namespace`, 'cert-manager\n')
    vi.stubEnv('KUBERNETES_SERVICE_HOST', 'fd00::1')
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '443')
    vi.stubEnv('KUBECONFIG', await file('other', kubeconfig()))
    const connection = await loadKubeConnection({ serviceAccountRoot: folder })
    expect(connection.server.href).toBe('https://[fd00::1]/')
    expect(connection.namespace).toBe('cert-manager')
    expect((await connection.session()).headers).toEqual({ authorization: 'Bearer pod-token' })
    await connection.close()
  })

  it('falls back to KUBECONFIG, then to the default file', async () => {
    await file('.kube/config', kubeconfig({ cluster: { server: 'https://default' } }))
    expect((await loadKubeConnection({})).server.host).toBe('default')
    vi.stubEnv('KUBECONFIG', await file('named', kubeconfig({ cluster: { server: 'https://named' } })))
    const connection = await loadKubeConnection({})
    expect(connection.server.host).toBe('named')
    expect(connection.namespace).toBe('default')
  })

  it('merges the files of KUBECONFIG: the first current context decides', async () => {
    const one = await file('one', kubeconfig({ cluster: { server: 'https://one' } }))
    const two = { contexts: [{ name: 'two', context: { cluster: 'c2', user: 'u' } }], 'current-context': 'two' }
    const other = await file(
      'two',
      JSON.stringify({ ...two, clusters: [{ name: 'c2', cluster: { server: 'https://two' } }] }),
    )
    vi.stubEnv('KUBECONFIG', `${one}:${other}`)
    expect((await loadKubeConnection({})).server.host).toBe('one')
    vi.stubEnv('KUBECONFIG', `${other}:${one}`)
    expect((await loadKubeConnection({})).server.host).toBe('two')
    vi.stubEnv('KUBECONFIG', `${one}:${join(folder, 'gone')}`)
    await expect(loadKubeConnection({})).rejects.toThrow(`kubeconfig ${join(folder, 'gone')}: cannot be read (ENOENT)`)
    vi.stubEnv('KUBECONFIG', `${one}:${one}`)
    await expect(loadKubeConnection({})).rejects.toThrow(`kubeconfig ${one}: Duplicate cluster: c`)
  })
})

describe('what cannot work', () => {
  it.each<[string, string, string]>([
    ['no YAML', 'users: [{token: canary-token]', 'not YAML'],
    ['a list', '[]', 'current-context is missing'],
    ['an empty file', '', 'not YAML'],
    ['a word', 'hello', 'current-context is missing'],
    ['null', '~', 'not a kubeconfig'],
    ['no current context', kubeconfig({ current: '' }), 'current-context is missing'],
    ['an unknown context', kubeconfig({ current: 'two' }), 'current-context names "two", which is not in contexts'],
    [
      'an unknown cluster',
      kubeconfig({ context: { cluster: 'x', user: 'u' } }),
      'cluster names "x", which is not in clusters',
    ],
    ['an unknown user', kubeconfig({ context: { cluster: 'c', user: 'x' } }), 'user names "x", which is not in users'],
    ['no server', kubeconfig({ cluster: {} }), 'clusters[0].cluster.server is missing'],
    ['plain http', kubeconfig({ cluster: { server: 'http://127.0.0.1:8080' } }), 'server is not an https URL'],
    ['no URL', kubeconfig({ cluster: { server: '127.0.0.1' } }), 'server is not an https URL'],
    [
      'a proxy',
      kubeconfig({ cluster: { server: 'https://a', 'proxy-url': 'http://p' } }),
      'proxy-url is not supported',
    ],
    ['no credential', kubeconfig({ user: {} }), 'users "u": has no token'],
    [
      'a bad CA',
      kubeconfig({ cluster: { server: 'https://a', 'certificate-authority-data': base64('no PEM') } }),
      'certificate-authority is not a PEM certificate',
    ],
    [
      'a bad key',
      kubeconfig({
        user: { 'client-certificate-data': base64('canary-token'), 'client-key-data': base64('canary-token') },
      }),
      'client-certificate and client-key are not a pair',
    ],
    [
      'a missing file',
      kubeconfig({ cluster: { server: 'https://a', 'certificate-authority': 'gone.crt' } }),
      'gone.crt (ENOENT)',
    ],
    [
      'a failing plugin',
      kubeconfig({ user: { exec: { command: 'sh', args: ['-c', 'echo canary-token >&2; exit 1'] } } }),
      'users "u": the credential plugin sh gave no credential (exit code 1)',
    ],
    ['a plugin without a command', kubeconfig({ user: { exec: {} } }), 'users "u": exec has no command'],
    ['a missing token file', kubeconfig({ user: { tokenFile: 'gone' } }), '/gone (ENOENT)'],
    ['an empty token file', kubeconfig({ user: { tokenFile: '/dev/null' } }), '/dev/null is empty'],
    [
      'impersonation by half',
      kubeconfig({ user: { token: 'canary-token', as: 'me', 'as-groups': ['us'] } }),
      'users "u": as-groups is not supported',
    ],
  ])('%s is named with its file and field', async (_what, content, problem) => {
    const path = await file('bad', content)
    const error = await loadKubeConnection({ kubeconfig: path }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(KubeConfigError)
    expect(String(error)).toContain(`kubeconfig ${path}: `)
    expect(String(error)).toContain(problem)
    expect(String(error)).not.toContain('canary')
  })

  it('a file that is not there', async () => {
    const path = join(folder, 'gone')
    await expect(loadKubeConnection({ kubeconfig: path })).rejects.toThrow(
      `kubeconfig ${path}: cannot be read (ENOENT)`,
    )
  })

  it('no configuration at all', async () => {
    await expect(loadKubeConnection({})).rejects.toThrow('neither --kubeconfig, KUBECONFIG')
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1')
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '443')
    await expect(loadKubeConnection({ serviceAccountRoot: folder })).rejects.toThrow('automountServiceAccountToken')
  })
})
