// A cluster with cert-manager beside the shared one, whose etcd can be copied and put back: a backup and its restoration.
import { randomUUID } from 'node:crypto'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startCertManager } from '../../cluster/cert-manager.ts'
import { attachCluster, type Cluster } from '../../cluster/cluster.ts'
import { startControlPlane } from '../../cluster/control-plane.ts'
import { ProgramGroup } from '../../cluster/program-group.ts'
import { root } from '../../tools/root.ts'

export interface OwnCluster extends AsyncDisposable {
  readonly cluster: Cluster
  /** Copies etcd's files while it is stopped; the API server waits for it. */
  backUp(): Promise<void>
  /** As Kubernetes' documentation has it: the API server is down while etcd gets its former files back. */
  restore(): Promise<void>
}

/** With the programs of `shared`. */
export async function startOwnCluster({ provider, binaries, folder: shared }: Cluster): Promise<OwnCluster> {
  const folder = join(shared, `own-${randomUUID().slice(0, 8)}`)
  const backup = join(folder, 'backup')
  const group = new ProgramGroup(folder)
  const { kubeconfig, auditLog, etcd, apiServer } = await startControlPlane({ group, binaries, folder })
  const cluster = attachCluster({ provider, kubeconfig, binaries, folder, auditLog })
  await startCertManager({ cluster, group })
  await cluster.kubectl(['apply', '--server-side', '-f', join(root, 'crds')])
  await cluster.kubectl(['wait', '--for=condition=Established', '-f', join(root, 'crds'), '--timeout=60s'])
  return {
    cluster,
    backUp: () => etcd.restart((files) => cp(files, backup, { recursive: true })),
    restore: () =>
      apiServer.restart('SIGKILL', () =>
        etcd.restart(async (files) => {
          await rm(files, { recursive: true })
          await cp(backup, files, { recursive: true })
        }),
      ),
    [Symbol.asyncDispose]: () => group.stop(),
  }
}
