// What a soak happens on: a control plane with cert-manager that may be restarted, the chart, and a simulated SCM at the end of a
// network that can be broken.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeClient } from '../../../src/kube/client.ts'
import { loadKubeConnection } from '../../../src/kube/config.ts'
import type { ApiServer } from '../../cluster/api-server.ts'
import { startCertManager } from '../../cluster/cert-manager.ts'
import { attachCluster, type Cluster } from '../../cluster/cluster.ts'
import { startControlPlane } from '../../cluster/control-plane.ts'
import { ProgramGroup } from '../../cluster/program-group.ts'
import { controlPlanePrograms } from '../../cluster/program-names.ts'
import { gatherPrograms } from '../../cluster/programs.ts'
import { type Simulator, startSimulator } from '../../simulators/sectigo/simulator.ts'
import { installChart } from '../../support/install.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'

export interface Ground extends AsyncDisposable {
  readonly cluster: Cluster
  readonly apiServer: ApiServer
  /** As administrator, past every proxy. */
  readonly client: KubeClient
  readonly simulator: Simulator
  /** All that the operators have of SCM. */
  readonly wayToScm: TcpProxy
  /** For an issuer's `spec.url`: through {@link wayToScm}. */
  readonly scmUrl: string
}

/** Of the chart, and its namespace. */
export const RELEASE = 'soak'

/** Short enough to be waited for, long enough that an outage of the API server of {@link LONGEST_API_OUTAGE_MS} takes no lease. */
const LEASE = { leaseDuration: '10s', renewDeadline: '8s', retryPeriod: '1s' }
export const LONGEST_API_OUTAGE_MS = 4_000

/** So long does an API server that is told to end wait for calls that it is busy with; by default a minute. */
const API_SERVER_FLAGS = ['--request-timeout=5s']

/** What a CA takes for an order. */
const ISSUE_DELAY_MS = 500

/** Programs come from `KUBEBUILDER_ASSETS`, else are built with Go: no other cluster lets its API server be restarted. */
export async function layGround({ log }: { readonly log: (line: string) => void }): Promise<Ground> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'certwright-soak-'))
  const group = new ProgramGroup(folder)
  stack.defer(() => group.stop())
  const binaries = join(folder, 'bin')
  const assets = process.env['KUBEBUILDER_ASSETS']
  await gatherPrograms({ into: binaries, wanted: controlPlanePrograms, places: assets ? [assets] : [], log })
  const { kubeconfig, auditLog, apiServer } = await startControlPlane({
    group,
    binaries,
    folder,
    apiServerFlags: API_SERVER_FLAGS,
  })
  const cluster = attachCluster({ provider: assets ? 'assets' : 'go', kubeconfig, binaries, folder, auditLog })
  await startCertManager({ cluster, group })
  const simulator = stack.use(await startSimulator({ settings: { issueDelayMs: ISSUE_DELAY_MS } }))
  const wayToScm = stack.use(await startTcpProxy(Number(new URL(simulator.origin).port)))
  const scmUrl = new URL(simulator.url)
  scmUrl.port = String(wayToScm.port)
  await installChart({
    cluster,
    release: RELEASE,
    namespace: RELEASE,
    allowedHost: scmUrl.host,
    values: Object.entries(LEASE).map(([field, value]) => `leaderElection.${field}=${value}`),
  })
  const connection = await loadKubeConnection({ kubeconfig })
  stack.defer(() => connection.close())
  const client = new KubeClient({ connection, userAgent: 'certwright-soak' })
  const undo = stack.move()
  return {
    cluster,
    apiServer,
    client,
    simulator,
    wayToScm,
    scmUrl: scmUrl.href,
    [Symbol.asyncDispose]: () => undo.disposeAsync(),
  }
}
