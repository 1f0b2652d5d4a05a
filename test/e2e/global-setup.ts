// One SCM simulator, one release of the chart and one running operator for all end-to-end tests of a run.
import type { TestProject } from 'vitest/node'
import { attachCluster } from '../cluster/cluster.ts'
import { startSimulator } from '../simulators/sectigo/simulator.ts'
import { runOperator } from '../support/install.ts'
import { readmeBlock } from '../support/readme.ts'
import { runShell } from '../support/shell.ts'
import { NO_ADDRESS } from './no-address.ts'

/** Poll intervals of 2 to 60 s become 0.1 to 3 s; back-offs, re-checks and searches shrink alike. */
const TIME_SCALE = 20

/** Long enough to be looked at, and short enough to be seen going: 12 s. */
const ORDER_RETENTION = '4m'

/** What the README's command calls it, and where it puts it. */
const RELEASE = 'certwright'
const NAMESPACE = 'certwright'

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = attachCluster(project.getProvidedContext().cluster)
  const simulator = await startSimulator()
  const host = new URL(simulator.origin).host
  // A cluster that was used before may have CRDs that no release owns; helm takes over only what is its own.
  await cluster.kubectl(['delete', 'crd', '--ignore-not-found', '--wait', ...CRDS])
  const install = `${readmeBlock('install')} --set 'allowedHosts={${host},${NO_ADDRESS}}' --set orderRetention=${ORDER_RETENTION}`
  await runShell(cluster, install, { REGISTRY: 'registry.example.com' })
  const operator = await runOperator({ cluster, release: RELEASE, namespace: NAMESPACE }, { timeScale: TIME_SCALE })
  const { origin, url, tokenUrl, controlToken, caPem, rootPem } = simulator
  project.provide('installation', {
    namespace: NAMESPACE,
    healthUrl: operator.healthUrl,
    metricsUrl: operator.metricsUrl,
    simulator: { origin, url, tokenUrl, controlToken, caPem, rootPem },
  })
  return async () => {
    const exitCode = await operator.stop()
    await simulator.close()
    if (exitCode !== 0)
      throw new Error(`the operator ended with ${exitCode}:\n${operator.logs().slice(-20).join('\n')}`)
  }
}

const CRDS = ['sectigoissuers', 'sectigoclusterissuers', 'certificateorders'].map(
  (plural) => `${plural}.certwright.dev`,
)
