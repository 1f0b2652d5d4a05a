// The shared cluster of a test run, from inside a test file of the projects `integration` and `e2e`.
import { inject } from 'vitest'
import { attachCluster, type Cluster } from '../cluster/cluster.ts'

/** Shared with every other test file: work in namespaces of your own. It is stopped when the run ends. */
export function useCluster(): Cluster {
  return attachCluster(inject('cluster'))
}
