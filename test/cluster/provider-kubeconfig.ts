// A cluster that is there already and has cert-manager. Nothing of it is started or stopped.
import { mkdir, rm } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { attachCluster } from './cluster.ts'
import { clientPrograms } from './program-names.ts'
import { gatherPrograms } from './programs.ts'
import type { ProvidedCluster, ProviderOptions } from './provider.ts'

/** @throws when the cluster does not answer or has no cert-manager */
export async function useKubeconfig(
  options: ProviderOptions & { readonly kubeconfig: string },
): Promise<ProvidedCluster> {
  const { folder, log, signal } = options
  const kubeconfig = resolve(options.kubeconfig)
  const binaries = join(folder, 'bin')
  await mkdir(folder, { recursive: true })
  const places = (process.env['PATH'] ?? '').split(delimiter).filter((place) => place !== '')
  await gatherPrograms({ into: binaries, wanted: clientPrograms, places, log, signal })
  // Tests may read an audit log; only whoever runs the API server knows where it is.
  const auditLog = process.env['TEST_AUDIT_LOG'] || undefined
  const cluster = attachCluster({ provider: 'kubeconfig', kubeconfig, binaries, folder, auditLog })
  await cluster.kubectl(['get', 'crd', 'certificaterequests.cert-manager.io'], signal ? { signal } : {})
  log(`using the cluster of ${kubeconfig}`)
  return {
    handle: cluster,
    stop: () => rm(folder, { recursive: true, force: true }),
    release: () => ({}),
  }
}
