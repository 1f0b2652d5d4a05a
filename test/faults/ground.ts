// What faults happen on: one etcd, a way to it that can be cut, and API servers with flags of their own.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import { type ApiServer, startApiServer, writePki } from '../cluster/api-server.ts'
import { type Etcd, startEtcd } from '../cluster/etcd.ts'
import { writeKubeconfig } from '../cluster/kubeconfig.ts'
import { type ControlPlanePki, createPki } from '../cluster/pki.ts'
import { ProgramGroup } from '../cluster/program-group.ts'
import { gatherPrograms } from '../cluster/programs.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

export interface Ground extends AsyncDisposable {
  /** Goes with it. */
  readonly folder: string
  readonly pki: ControlPlanePki
  readonly etcd: Etcd
  readonly wayToEtcd: TcpProxy
  start(name: string, etcdPort: number, flags: readonly string[]): Promise<ApiServer>
  /** An administrator's client. No limit holds for it. */
  adminOf(server: ApiServer): Promise<KubeClient>
}

/** Programs come from `KUBEBUILDER_ASSETS`, else are built with Go: no other cluster lets itself be broken like this. */
export async function layGround(options: { readonly log: (line: string) => void }): Promise<Ground> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'certwright-faults-'))
  const group = new ProgramGroup(folder)
  stack.defer(() => group.stop())
  const binaries = join(folder, 'bin')
  const assets = process.env['KUBEBUILDER_ASSETS']
  const wanted = ['etcd', 'kube-apiserver']
  await gatherPrograms({ into: binaries, wanted, places: assets ? [assets] : [], log: options.log })
  const pki = await createPki()
  const files = await writePki(join(folder, 'pki'), pki)
  const etcd = await startEtcd({ group, binaries, folder })
  const wayToEtcd = stack.use(await startTcpProxy(etcd.port))
  const undo = stack.move()
  return {
    folder,
    pki,
    etcd,
    wayToEtcd,
    start: (name, etcdPort, flags) => startApiServer({ group, binaries, pki, files, etcdPort, name, flags }),
    async adminOf({ connection: { server, ca } }) {
      const path = join(folder, `admin-${new URL(server).port}.kubeconfig`)
      const kubeconfig = await writeKubeconfig(path, { server, ca }, pki.admin)
      const connection = await loadKubeConnection({ kubeconfig })
      undo.defer(() => connection.close())
      return new KubeClient({ connection, userAgent: 'certwright-faults/admin' })
    },
    [Symbol.asyncDispose]: () => undo.disposeAsync(),
  }
}

export function portOf({ connection }: ApiServer): number {
  return Number(new URL(connection.server).port)
}
