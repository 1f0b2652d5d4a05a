// A cluster of host processes: from ready binaries where there are some, else from programs built with Go.
import { join } from 'node:path'
import { startCertManager } from './cert-manager.ts'
import { attachCluster } from './cluster.ts'
import { startControlPlane } from './control-plane.ts'
import { ProgramGroup } from './program-group.ts'
import { controlPlanePrograms } from './program-names.ts'
import { gatherPrograms } from './programs.ts'
import { duration } from './progress.ts'
import type { ProvidedCluster, ProviderOptions } from './provider.ts'
import { withLogsKept } from './provider.ts'
import { waitUntil } from './wait-until.ts'

/** A second on an idle machine. */
const CONTROLLER_MANAGER_START_MS = 120_000

/** `assets` is a folder with ready binaries, as `KUBEBUILDER_ASSETS` names it. */
export async function startLocal({
  folder,
  log,
  signal,
  assets,
}: ProviderOptions & { readonly assets?: string }): Promise<ProvidedCluster> {
  const group = new ProgramGroup(folder)
  try {
    const binaries = join(folder, 'bin')
    await gatherPrograms({ into: binaries, wanted: controlPlanePrograms, places: assets ? [assets] : [], log, signal })
    const start = performance.now()
    log('starting etcd, kube-apiserver, kube-controller-manager and cert-manager (10 to 20 s) ...')
    const { kubeconfig, auditLog } = await startControlPlane({ group, binaries, folder, signal })
    const provider = assets ? 'assets' : 'go'
    const cluster = attachCluster({ provider, kubeconfig, binaries, folder, auditLog })
    await startCertManager({ cluster, group, signal })
    await waitUntil(() => cluster.kubectl(['-n', 'default', 'get', 'serviceaccount', 'default']), {
      what: 'kube-controller-manager to make the default ServiceAccount',
      timeoutMs: CONTROLLER_MANAGER_START_MS,
      signal,
    })
    log(`the cluster is ready after ${duration(performance.now() - start)}`)
    return { handle: cluster, stop: () => group.stop(), release: () => ({ pids: group.release() }) }
  } catch (error) {
    const told = await withLogsKept(folder, error, signal)
    await group.stop()
    throw told
  }
}
