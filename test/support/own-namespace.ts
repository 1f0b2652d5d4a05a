// A namespace of its own for a test of the real API server, and a client to use it with.
import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import { resourceOf } from './resource-of.ts'

export const NAMESPACES = resourceOf('', 'v1', 'Namespace', { namespaced: false })

/** Disposed of with all that is in it. */
export interface OwnNamespace extends AsyncDisposable {
  readonly client: KubeClient
  readonly namespace: string
}

/** @param prefix begins its name. @param warn as KubeClient takes it */
export async function openNamespace(prefix: string, warn?: (text: string) => void): Promise<OwnNamespace> {
  const connection = await loadKubeConnection({ kubeconfig: inject('kubeconfig') })
  const client = new KubeClient({ connection, userAgent: 'certwright/test', ...(warn && { warn }) })
  const namespace = `${prefix}-${randomUUID().slice(0, 8)}`
  await client.create(NAMESPACES, { metadata: { name: namespace } }, { fieldManager: 'certwright-test' })
  return {
    client,
    namespace,
    async [Symbol.asyncDispose]() {
      await client.delete(NAMESPACES, { name: namespace })
      await connection.close()
    },
  }
}
