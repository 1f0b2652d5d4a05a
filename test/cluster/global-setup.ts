// Starts one cluster for all test files of a vitest run, and stops it at the end.
import type { TestProject } from 'vitest/node'
import type { StartedCluster } from './cluster.ts'
import { startCluster } from './start.ts'

interface Shared {
  readonly cluster: Promise<StartedCluster>
  /** How many projects still use it. */
  users: number
}

/** vitest loads this file once for each project, so what the projects share cannot be a variable of the module. */
const SHARED = Symbol.for('certwright.test-cluster')

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const process_ = globalThis as { [SHARED]?: Shared }
  process_[SHARED] ??= {
    cluster: startCluster({ log: (line) => process.stderr.write(`cluster: ${line}\n`) }),
    users: 0,
  }
  const shared = process_[SHARED]
  shared.users++
  const cluster = await shared.cluster
  const { provider, kubeconfig, binaries, folder, auditLog } = cluster
  project.provide('cluster', { provider, kubeconfig, binaries, folder, auditLog })
  project.provide('kubeconfig', kubeconfig)
  project.provide('binaries', binaries)
  return async () => {
    if (--shared.users === 0) await cluster.stop()
  }
}
