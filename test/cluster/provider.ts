// What every way to provide a cluster is given and returns.
import { cp, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterHandle } from './cluster.ts'

export interface ProviderOptions {
  /** The cluster's own folder, empty; whoever stops the cluster removes it. */
  readonly folder: string
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/** What a provider returns. */
export interface ProvidedCluster {
  readonly handle: ClusterHandle
  stop(): Promise<void>
  /** Lets the cluster outlive this process, and says what there is to end later. */
  release(): Leftovers
}

/** What a cluster that outlives its starter consists of. */
export interface Leftovers {
  /** By program name. */
  readonly pids?: Readonly<Record<string, number>>
  readonly containerId?: string
}

/** Saves the logs of a cluster that did not start from its removal, and names their new place in the error. */
export async function withLogsKept(folder: string, error: unknown, signal?: AbortSignal): Promise<unknown> {
  if (signal?.aborted) return error
  const kept = await mkdtemp(join(tmpdir(), 'certwright-failed-cluster-'))
  await cp(join(folder, 'logs'), kept, { recursive: true }).catch(() => undefined)
  const message = error instanceof Error ? error.message : String(error)
  return new Error(`${message}\nthe programs' logs are in ${kept}`, { cause: error })
}
