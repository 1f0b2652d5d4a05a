// A Kubernetes cluster with cert-manager, as tests, the demo and a developer's terminal use it, whoever provides it.
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { connectionOf, writeKubeconfig } from './kubeconfig.ts'
import { type RunOptions, type RunResult, run } from './run.ts'

/** By which way it came; see README.md here. */
export type Provider = 'kubeconfig' | 'assets' | 'kind' | 'go'

/** All there is to know of a running cluster. Plain data: it crosses process boundaries. */
export interface ClusterHandle {
  readonly provider: Provider
  /** Path of a kubeconfig that may do everything. */
  readonly kubeconfig: string
  /** A folder with at least `kubectl` and `helm`. */
  readonly binaries: string
  /** For files that should go when the cluster goes. */
  readonly folder: string
  /** Path of the API server's audit log at level Metadata, a JSON event a line; not every provider has one. */
  readonly auditLog?: string | undefined
}

/** Environment variables are fixed (see {@link clientEnvironment}); a command may not take longer than two minutes by itself. */
export type CommandOptions = Pick<RunOptions, 'input' | 'signal' | 'timeoutMs' | 'cwd'>

export interface Cluster extends ClusterHandle {
  /** Runs kubectl as administrator. @throws {RunError} with what kubectl wrote, when it fails */
  kubectl(args: readonly string[], options?: CommandOptions): Promise<RunResult>
  /** Runs helm as administrator. @throws {RunError} with what helm wrote, when it fails */
  helm(args: readonly string[], options?: CommandOptions): Promise<RunResult>
  /** Path of a new kubeconfig with a 24 h token of the ServiceAccount and its namespace, as its Pods would have them. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string>
}

/** A cluster that whoever holds this has to stop. */
export interface StartedCluster extends Cluster {
  /** Ends and removes all that was started; nothing for a cluster that was there before. May be called twice. */
  stop(): Promise<void>
}

/** As long as the longest wait a test gives `kubectl wait`, and some. */
const COMMAND_TIMEOUT_MS = 180_000

/** The verbs of a cluster that runs. */
export function attachCluster(handle: ClusterHandle): Cluster {
  const env = clientEnvironment(handle)
  const command =
    (name: string) =>
    (args: readonly string[], options: CommandOptions = {}) =>
      run(join(handle.binaries, name), args, { timeoutMs: COMMAND_TIMEOUT_MS, ...options, env })
  const kubectl = command('kubectl')
  return {
    ...handle,
    kubectl,
    helm: command('helm'),
    async serviceAccountKubeconfig(namespace, name) {
      const [view, token] = await Promise.all([
        kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']),
        kubectl(['-n', namespace, 'create', 'token', name, '--duration=24h']),
      ])
      const folder = join(handle.folder, 'service-accounts')
      mkdirSync(folder, { recursive: true })
      const path = join(folder, `${namespace}-${name}-${randomUUID().slice(0, 8)}.kubeconfig`)
      return writeKubeconfig(path, { ...connectionOf(view.stdout), namespace }, { token: token.stdout.trim() })
    },
  }
}

/**
 * What kubectl and helm are run with, by us or by a person: this cluster, and no file of the user's. kubectl's discovery
 * cache is kept by host and port, and a later cluster may get the same port.
 */
export function clientEnvironment(handle: Pick<ClusterHandle, 'kubeconfig' | 'folder'>): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    KUBECONFIG: handle.kubeconfig,
    KUBECACHEDIR: join(handle.folder, 'kubectl-cache'),
    HELM_CACHE_HOME: join(handle.folder, 'helm', 'cache'),
    HELM_CONFIG_HOME: join(handle.folder, 'helm', 'config'),
    HELM_DATA_HOME: join(handle.folder, 'helm', 'data'),
  }
}
