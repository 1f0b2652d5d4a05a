// Hours of a bad network and an unwell API server in minutes: somebody changes things all the time, one fault follows another
// in no order, and at the end what the observer holds, was told and has done is compared with what is there.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiServer } from '../../cluster/api-server.ts'
import { Churn } from '../../faults/churn.ts'
import { layGround, portOf } from '../../faults/ground.ts'
import { heldMib } from '../../faults/heap.ts'
import { NETWORK_FAULTS } from '../../faults/network-faults.ts'
import { Observer } from '../../faults/observer.ts'
import { CONFIG_MAPS } from '../../faults/resources.ts'
import { CHANGES_PER_SECOND, complaintsOf, passLandmark, SCALE, settled } from '../../faults/scene.ts'
import { IMPATIENT } from '../../faults/servers.ts'
import { createTenant } from '../../faults/tenant.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'

export interface Suffered {
  readonly fault: string
  readonly times: number
  /** Milliseconds from the end of the cause until what was made just then was known and its wish fulfilled. */
  readonly slowestRecoveryMs: number
}

export interface SoakReport {
  readonly suffered: readonly Suffered[]
  readonly changes: number
  /** Changes that met a fault themselves. */
  readonly failedChanges: number
  readonly told: number
  readonly lists: number
  readonly watches: number
  readonly writes: number
  /** Connections opened over all, and open at the end. */
  readonly connections: number
  readonly open: number
  /** After the first fault, and at the end. */
  readonly heldMib: readonly [number, number]
  /** See {@link Observer.differences}. */
  readonly differences: readonly string[]
}

interface SoakFault {
  readonly name: string
  happen(on: { readonly network: TcpProxy; readonly server: ApiServer; readonly wayToEtcd: TcpProxy }): Promise<unknown>
}

const ETCD_AWAY_MS = 5_000
const MOST_PAUSE_MS = 2_000
const MS_PER_MINUTE = 60_000

const FAULTS: readonly SoakFault[] = [
  ...NETWORK_FAULTS,
  {
    name: '504 to every call (etcd cut off)',
    async happen({ network, wayToEtcd }) {
      wayToEtcd.refuse()
      wayToEtcd.cut()
      network.cut()
      await sleep(ETCD_AWAY_MS)
      await wayToEtcd.restore()
    },
  },
  { name: 'API server killed', happen: ({ server }) => server.restart('SIGKILL') },
]

/** @throws when what should come never does */
export async function soak(options: {
  readonly minutes: number
  readonly log: (line: string) => void
}): Promise<SoakReport> {
  const { minutes, log } = options
  await using ground = await layGround({ log })
  const server = await ground.start('kube-apiserver', ground.wayToEtcd.port, [IMPATIENT])
  const resource = CONFIG_MAPS
  const admin = await ground.adminOf(server)
  const tenant = await createTenant({ ground, admin, server, resource })
  const { namespace } = tenant
  await using network = await startTcpProxy(portOf(server))
  const kubeconfig = await tenant.kubeconfig(network.port)
  await using observer = await Observer.start({ kubeconfig, resource, namespace, scale: SCALE })
  await using churn = new Churn({ client: admin, resource, namespace, perSecond: CHANGES_PER_SECOND })

  const end = performance.now() + minutes * MS_PER_MINUTE
  const recoveries = new Map<string, number[]>(FAULTS.map(({ name }) => [name, []]))
  let heldBefore: number | undefined
  await passLandmark({ churn, observer })
  for (const fault of endlessly(FAULTS)) {
    await fault.happen({ network, server, wayToEtcd: ground.wayToEtcd })
    const recoveredMs = await passLandmark({ churn, observer }).catch((cause: unknown) => {
      throw new Error(`${fault.name}; met: ${complaintsOf(observer)}; ${observer.problems}`, { cause })
    })
    recoveries.get(fault.name)?.push(recoveredMs)
    heldBefore ??= heldMib()
    if (performance.now() > end) break
    await sleep(Math.random() * MOST_PAUSE_MS)
  }
  await churn.stop()
  const differences = await settled({ admin, resource, namespace, observer })
  const { accepted, open } = network.connections()
  return {
    suffered: [...recoveries].map(([fault, times]) => ({
      fault,
      times: times.length,
      slowestRecoveryMs: Math.max(0, ...times),
    })),
    ...observer.counts,
    changes: churn.counts.changes,
    failedChanges: churn.counts.failed,
    connections: accepted,
    open,
    heldMib: [heldBefore ?? 0, heldMib()],
    differences,
  }
}

/** All of them in a random order, and again in another. */
function* endlessly<T>(things: readonly T[]): Generator<T, never, void> {
  for (;;) {
    const drawn = things.map((thing) => ({ thing, lot: Math.random() })).sort((one, other) => one.lot - other.lot)
    yield* drawn.map(({ thing }) => thing)
  }
}
