// Two API servers on one etcd: a steady one, which knows the truth and takes the writes of others, and a brittle one with
// small limits, which is cut off from etcd, restarted and asked for history that is gone.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import type { KubeConnection } from '../../src/kube/connection.ts'
import { type ApiServer, startApiServer, writePki } from '../cluster/api-server.ts'
import { type Etcd, startEtcd } from '../cluster/etcd.ts'
import { writeKubeconfig } from '../cluster/kubeconfig.ts'
import { type ControlPlanePki, createPki } from '../cluster/pki.ts'
import { ProgramGroup } from '../cluster/program-group.ts'
import { gatherPrograms } from '../cluster/programs.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

export interface Servers extends AsyncDisposable {
  readonly folder: string
  readonly pki: ControlPlanePki
  readonly etcd: Etcd
  readonly steady: ApiServer
  readonly brittle: ApiServer
  /** Between the brittle one and etcd. */
  readonly wayToEtcd: TcpProxy
  /** An administrator's, of the steady one. No limit holds for it. */
  readonly admin: KubeClient
}

/** What the brittle API server answers to whatever etcd keeps it waiting for, instead of after a minute. */
const REQUEST_TIMEOUT = '--request-timeout=2s'
/** At a time, at the brittle API server, for everybody but administrators. */
export const MOST_WRITES = 5
/**
 * Secrets are read and watched in etcd itself, not in the API server's
 * memory of it, so that what is compacted there is gone here.
 */
const BRITTLE_FLAGS = [
  REQUEST_TIMEOUT,
  '--enable-priority-and-fairness=false',
  `--max-mutating-requests-inflight=${MOST_WRITES}`,
  '--watch-cache-sizes=secrets#0',
]

/** The programs are taken from `KUBEBUILDER_ASSETS`, else built with Go: no other cluster lets itself be broken like this. */
export async function startServers(options: { readonly log: (line: string) => void }): Promise<Servers> {
  const folder = await mkdtemp(join(tmpdir(), 'certwright-faults-'))
  const group = new ProgramGroup(folder)
  const proxies: TcpProxy[] = []
  const connections: KubeConnection[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(connections.map((connection) => connection.close()))
    await group.stop()
    await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()))
  }
  try {
    const binaries = join(folder, 'bin')
    const assets = process.env['KUBEBUILDER_ASSETS']
    await gatherPrograms({
      into: binaries,
      wanted: ['etcd', 'kube-apiserver'],
      places: assets ? [assets] : [],
      log: options.log,
    })
    const pki = await createPki()
    const files = await writePki(join(folder, 'pki'), pki)
    const etcd = await startEtcd({ group, binaries, folder })
    const wayToEtcd = await startTcpProxy(etcd.port)
    proxies.push(wayToEtcd)
    const server = (name: string, etcdPort: number, flags: readonly string[]): Promise<ApiServer> =>
      startApiServer({ group, binaries, pki, files, etcdPort, name, flags })
    // One after the other: the first makes what both expect in etcd.
    const steady = await server('steady', etcd.port, [])
    const brittle = await server('brittle', wayToEtcd.port, BRITTLE_FLAGS)
    const kubeconfig = await writeKubeconfig(join(folder, 'admin.kubeconfig'), steady.connection, pki.admin)
    const connection = await loadKubeConnection({ kubeconfig })
    connections.push(connection)
    const admin = new KubeClient({ connection, userAgent: 'certwright-faults/admin' })
    return { folder, pki, etcd, steady, brittle, wayToEtcd, admin, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}
