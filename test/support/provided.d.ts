// What test/cluster/global-setup.ts provides to integration and end-to-end tests: `inject('kubeconfig')`.
import type { ClusterHandle } from '../cluster/cluster.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The whole handle; see useCluster() in test/support/cluster.ts. */
    cluster: ClusterHandle
    /** Path of a kubeconfig that may do everything. */
    kubeconfig: string
    /** A folder with `kubectl` and `helm`. */
    binaries: string
  }
}
