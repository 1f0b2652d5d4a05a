// Provides a cluster in the first way that this machine allows: one that is named, ready binaries, kind, or built with Go.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attachCluster, type Provider, type StartedCluster } from './cluster.ts'
import { goVersion } from './go-build.ts'
import type { Leftovers, ProvidedCluster, ProviderOptions } from './provider.ts'
import { findContainerEngine, startKind } from './provider-kind.ts'
import { useKubeconfig } from './provider-kubeconfig.ts'
import { startLocal } from './provider-local.ts'

export interface StartOptions extends Partial<ProviderOptions> {
  /** Said before start, because a container's clean-up must know: the caller will call `release`. */
  readonly outlives?: boolean
}

export interface ReleasableCluster extends StartedCluster {
  release(): Leftovers
}

const NOTHING_POSSIBLE =
  'no Kubernetes cluster can be started here: install Go 1.26 or newer, or a container engine that allows privileged ' +
  'containers, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl, or TEST_KUBECONFIG to a cluster with cert-manager'

/**
 * A cluster with cert-manager that serves. What was started ends with this process at the latest.
 * @throws one sentence that says what to install, when no provider is possible
 */
export async function startCluster(options: StartOptions = {}): Promise<ReleasableCluster> {
  const { log = () => undefined, signal } = options
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'certwright-cluster-')))
  try {
    const { handle, stop, release } = await provide({ ...options, folder, log, signal })
    let stopping: Promise<void> | undefined
    return {
      ...attachCluster(handle),
      release,
      stop() {
        stopping ??= stop()
        return stopping
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    if (signal?.aborted) throw signal.reason
    throw error
  }
}

async function provide(options: ProviderOptions & { readonly outlives?: boolean }): Promise<ProvidedCluster> {
  const { log } = options
  const wanted = wantedProvider()
  const kubeconfig = process.env['TEST_KUBECONFIG']
  const assets = process.env['KUBEBUILDER_ASSETS']
  const may = (provider: Provider): boolean => wanted === undefined || wanted === provider
  if (kubeconfig && may('kubeconfig')) return useKubeconfig({ ...options, kubeconfig })
  if (assets && may('assets')) return startLocal({ ...options, assets })
  if (may('kind')) {
    const engine = await findContainerEngine()
    if (engine.found) {
      const cluster = await startKind(options)
      if (cluster !== undefined) return cluster
      log('the container engine does not allow what kind needs')
    } else if (wanted === 'kind') {
      throw new Error(`kind is asked for, but ${engine.reason}`)
    }
  }
  if (may('go') && (await goVersion()) !== undefined) return startLocal(options)
  throw new Error(wanted === undefined ? NOTHING_POSSIBLE : `TEST_CLUSTER_PROVIDER=${wanted} is not possible here`)
}

/** A machine with several possibilities (a CI runner has an engine and Go) must be able to run the suite on each of them. */
function wantedProvider(): Provider | undefined {
  const name = process.env['TEST_CLUSTER_PROVIDER']
  if (name === undefined || name === '') return undefined
  if (name === 'kubeconfig' || name === 'assets' || name === 'kind' || name === 'go') return name
  throw new Error(`TEST_CLUSTER_PROVIDER is ${name}; it may be kubeconfig, assets, kind or go`)
}
