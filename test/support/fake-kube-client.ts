// A client of the fake API server, with everything noted that it does beside answering.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import type { KubeConnection } from '../../src/kube/connection.ts'
import type { KubeCall } from '../../src/kube/transport.ts'
import { FakeKubeApi } from './fake-kube-api.ts'

/** Fields of a kubeconfig's cluster and user; undefined takes one away. */
export interface FakeAccess {
  readonly cluster?: Readonly<Record<string, unknown>>
  readonly user?: Readonly<Record<string, unknown>>
}

export interface FakeClient extends AsyncDisposable {
  readonly api: FakeKubeApi
  /** Where the kubeconfig is, and relative paths in it begin. */
  readonly folder: string
  readonly connection: KubeConnection
  readonly client: KubeClient
  readonly calls: KubeCall[]
  readonly warnings: string[]
  /** Why credentials could not be read. */
  readonly problems: string[]
  /** For the age of credentials. */
  pass(ms: number): void
}

export interface FakeClientOptions {
  readonly timeoutMs?: number
  /** How a read waits out `Retry-After`. Default: it does. */
  readonly sleep?: (ms: number) => Promise<unknown>
  /** Before the kubeconfig is read: by file name, what else is in its folder. */
  readonly files?: (api: FakeKubeApi) => Readonly<Record<string, string>>
  readonly access?: (api: FakeKubeApi, folder: string) => FakeAccess
}

export async function startFakeClient(options: FakeClientOptions = {}): Promise<FakeClient> {
  const api = await FakeKubeApi.start({ kinds: { configmaps: 'ConfigMap' } })
  const folder = await mkdtemp(join(tmpdir(), 'fake-kube-'))
  const kubeconfig = JSON.parse(api.kubeconfig())
  const { cluster, user } = options.access?.(api, folder) ?? {}
  Object.assign(kubeconfig.clusters[0].cluster, cluster)
  Object.assign(kubeconfig.users[0].user, user)
  const files = { ...options.files?.(api), config: JSON.stringify(kubeconfig) }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const calls: KubeCall[] = []
  const warnings: string[] = []
  const problems: string[] = []
  let now = 0
  const connection = await loadKubeConnection({
    kubeconfig: join(folder, 'config'),
    monotonic: () => now,
    onProblem: (error) => problems.push(String(error)),
  })
  const client = new KubeClient({
    connection,
    userAgent: 'certwright/test',
    observe: (call) => calls.push(call),
    warn: (text) => warnings.push(text),
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    ...(options.sleep !== undefined && { sleep: options.sleep }),
  })
  return {
    api,
    folder,
    connection,
    client,
    calls,
    warnings,
    problems,
    pass: (ms) => {
      now += ms
    },
    async [Symbol.asyncDispose]() {
      await api.close()
      await connection.close()
      await rm(folder, { recursive: true })
    },
  }
}
