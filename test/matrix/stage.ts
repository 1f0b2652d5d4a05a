// What all cells share: one release of the chart, whose ServiceAccount their processes are, each with a class and a lease of its
// own. And what a cell needs: operators behind proxies, and a tenant of SCM behind one.
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KubeClient } from '../../src/kube/client.ts'
import { loadKubeConnection } from '../../src/kube/config.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { connectionOf, writeKubeconfig } from '../cluster/kubeconfig.ts'
import { type Operator, startOperator } from '../cluster/operator.ts'
import { useCluster } from '../support/cluster.ts'
import { installChart } from '../support/install.ts'
import { type InterceptingProxy, startInterceptingProxy } from '../support/intercepting-proxy.ts'

export interface Stage extends AsyncDisposable {
  readonly cluster: Cluster
  /** Also the class whose records the release's admission policy protects. */
  readonly release: string
  /** As administrator, past every proxy. */
  readonly client: KubeClient
  /** A process of the class, and the proxy through which it alone reaches the API server. */
  operator(settings: OperatorSettings): Promise<Actor>
}

export interface OperatorSettings {
  readonly operatorClass: string
  /** `host:port` that its issuers may name; several with commas. */
  readonly allowedHost: string
  readonly timeScale: number
  /** How long a silent leader is respected. Default: the smallest that a loaded machine can still renew in time. */
  readonly leaseSeconds?: number
  /** `--name=value` each. */
  readonly flags?: readonly string[]
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Actor extends AsyncDisposable {
  readonly operator: Operator
  readonly apiServer: InterceptingProxy
}

/** The smallest lease that a loaded machine can still renew in time: every cell but a few waits for one to end. */
const SHORT_LEASE_SECONDS = 6
const leaseOf = (seconds: number): readonly string[] =>
  [`lease-duration=${seconds}s`, `renew-deadline=${seconds - 1}s`, 'retry-period=400ms'].map(
    (flag) => `--leader-election-${flag}`,
  )

export async function setStage(cluster: Cluster = useCluster()): Promise<Stage> {
  const release = `matrix-${randomUUID().slice(0, 6)}`
  await installChart({
    cluster,
    release,
    namespace: release,
    allowedHost: 'localhost',
    values: [`operatorClass=${release}`, 'crds.enabled=false'],
  })
  const account = `${release}-certwright`
  // The chart allows the one lease of its class.
  await cluster.kubectl([
    'create',
    'clusterrole',
    release,
    '--verb=get,create,patch',
    '--resource=leases.coordination.k8s.io',
  ])
  const subject = `--serviceaccount=${release}:${account}`
  await cluster.kubectl(['create', 'clusterrolebinding', release, `--clusterrole=${release}`, subject])
  const own = await cluster.serviceAccountKubeconfig(release, account)
  const { server, ca } = connectionOf(await readFile(own, 'utf8'))
  const { token } = (JSON.parse(await readFile(own, 'utf8')) as { users: [{ user: { token: string } }] }).users[0].user
  const connection = await loadKubeConnection({ kubeconfig: cluster.kubeconfig })
  const client = new KubeClient({ connection, userAgent: 'certwright-matrix' })

  return {
    cluster,
    release,
    client,
    async operator({ operatorClass, allowedHost, timeScale, leaseSeconds = SHORT_LEASE_SECONDS, env = {}, ...more }) {
      const apiServer = await startInterceptingProxy({ origin: server, caPem: ca })
      const path = join(cluster.folder, `${operatorClass}-${randomUUID().slice(0, 6)}.kubeconfig`)
      await writeFile(path, '')
      const kubeconfig = await writeKubeconfig(
        path,
        { server: apiServer.origin, ca: apiServer.caPem, namespace: release },
        { token },
      )
      const flags = [`operator-class=${operatorClass}`, `allowed-hosts=${allowedHost}`, `time-scale=${timeScale}`]
      const extraArgs = [...flags.map((flag) => `--${flag}`), ...leaseOf(leaseSeconds), ...(more.flags ?? [])]
      const operator = await startOperator({ cluster, namespace: release, release, kubeconfig, extraArgs, env })
      await operator.ready()
      return {
        operator,
        apiServer,
        async [Symbol.asyncDispose]() {
          await operator.kill()
          await apiServer[Symbol.asyncDispose]()
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await connection.close()
      await cluster.helm(['uninstall', release, '--namespace', release])
      const all = [`clusterrole/${release}`, `clusterrolebinding/${release}`, `namespace/${release}`]
      await cluster.kubectl(['delete', ...all, '--wait=false'])
    },
  }
}
