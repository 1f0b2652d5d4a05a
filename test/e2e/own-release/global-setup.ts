// The CRDs as those apply them who manage CRDs themselves: the releases of these tests come without.
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { attachCluster } from '../../cluster/cluster.ts'
import { root } from '../../tools/root.ts'

export async function setup(project: TestProject): Promise<void> {
  const { kubectl } = attachCluster(project.getProvidedContext().cluster)
  await kubectl(['apply', '--server-side', '-f', join(root, 'crds')])
  await kubectl(['wait', '--for=condition=Established', '-f', join(root, 'crds'), '--timeout=60s'])
}
