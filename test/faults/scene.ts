// One fault from before it to after it: an observer behind a network of its own, and somebody who goes on changing things.
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeClient } from '../../src/kube/client.ts'
import type { KubeObject, Resource } from '../../src/kube/resource.ts'
import type { ApiServer } from '../cluster/api-server.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { Churn } from './churn.ts'
import { Observer } from './observer.ts'
import { CONFIG_MAPS } from './resources.ts'
import type { Servers } from './servers.ts'
import { createTenant, type Tenant } from './tenant.ts'

/** What a fault has at hand. */
export interface Scene {
  readonly servers: Servers
  readonly tenant: Tenant
  readonly resource: Resource
  /** Between the observer and its API server. */
  readonly network: TcpProxy
  readonly observer: Observer
  readonly churn: Churn
}

export interface Fault {
  readonly name: string
  /** The API server that is observed. Default: the steady one. */
  readonly at?: 'brittle'
  /** Default: ConfigMaps. */
  readonly resource?: Resource
  /** See {@link Observer}. */
  readonly watchSeconds?: number
  /** What `prepare` does already keeps the observer from seeing anything. */
  readonly beginsInTrouble?: boolean
  /** Before anybody observes. */
  prepare?(scene: Pick<Scene, 'servers' | 'tenant'>): Promise<void>
  /** Resolves when the cause is gone. */
  happen(scene: Scene): Promise<void>
  /** A failure that the observer must have met, or it was no fault. As in {@link Observer.failures}. */
  readonly met?: string
  /** The most lists and watches that it may take. */
  readonly mostReads: number
}

export interface Outcome {
  readonly fault: string
  readonly changes: number
  readonly told: number
  readonly lists: number
  readonly watches: number
  readonly writes: number
  /** Milliseconds from the end of the cause until what was made just then was known and its wish fulfilled. */
  readonly recoveredMs: number
  /** Connections opened over all, and open at the end. */
  readonly connections: number
  readonly open: number
  readonly failures: ReadonlyMap<string, number>
  /** See {@link Observer.differences}; looked for until there are none. */
  readonly differences: readonly string[]
}

/** One second of a test stands for half a minute: back-offs, not calls, become shorter. */
export const SCALE = 30
const CHANGES_PER_SECOND = 15
/** Given up after this. What is expected is much less; CI may have two slow cores. */
const LONGEST_WAIT_MS = 60_000
const LOOK_EVERY_MS = 20
/** Rarely: it is a list of all. */
const COMPARE_EVERY_MS = 250
const PAGE_ITEMS = 1000

/** @throws when what should come never does, with the fault's name and what was complained of */
export async function run(fault: Fault, servers: Servers): Promise<Outcome> {
  const { resource = CONFIG_MAPS } = fault
  await using stack = new AsyncDisposableStack()
  const tenant = await createTenant(servers, resource)
  await fault.prepare?.({ servers, tenant })
  const { namespace } = tenant
  const network = stack.use(await startTcpProxy(portOf(fault.at === 'brittle' ? servers.brittle : servers.steady)))
  const kubeconfig = await tenant.kubeconfig(network.port)
  const { watchSeconds } = fault
  const observer = await Observer.start({ kubeconfig, resource, namespace, scale: SCALE, watchSeconds })
  stack.defer(() => observer.stop())
  const churn = new Churn({ client: servers.admin, resource, namespace, perSecond: CHANGES_PER_SECOND })
  stack.defer(() => churn.stop())
  const scene = { servers, tenant, resource, network, observer, churn }

  const recoveredMs = await suffer(fault, scene).catch((error: unknown) => {
    const met = [...observer.failures].map(([what, times]) => `${times} x ${what}`)
    throw new Error(`${fault.name}; met: ${met.join(', ') || 'nothing'}; ${observer.problems.join('; ')}`, {
      cause: error,
    })
  })
  await churn.stop()
  const differences = await settled(scene)
  return {
    fault: fault.name,
    ...churn.counts,
    ...observer.counts,
    recoveredMs,
    connections: network.connections().accepted,
    open: network.connections().open,
    failures: observer.failures,
    differences,
  }
}

/** @returns {@link Outcome.recoveredMs} */
async function suffer(fault: Fault, scene: Scene): Promise<number> {
  if (!fault.beginsInTrouble) await passLandmark(scene)
  await fault.happen(scene)
  const healed = performance.now()
  await passLandmark(scene)
  return Math.round(performance.now() - healed)
}

/** Something new is made, and waited for until the observer has seen it and done what it asks for. */
export async function passLandmark({ churn, observer }: Scene): Promise<void> {
  const until = { timeoutMs: LONGEST_WAIT_MS, everyMs: LOOK_EVERY_MS }
  const name = await waitUntil(() => churn.landmark(), { what: 'a landmark to be made', ...until })
  await waitUntil(async () => observer.knows(name), { what: `${name} to be known`, ...until })
}

/** What still differs when nothing changes any more. */
async function settled({ servers, resource, tenant, observer }: Scene): Promise<readonly string[]> {
  const deadline = performance.now() + LONGEST_WAIT_MS
  for (;;) {
    const differences = observer.differences(await listAll(servers.admin, resource, tenant.namespace))
    if (differences.length === 0 || performance.now() > deadline) return differences
    await sleep(COMPARE_EVERY_MS)
  }
}

async function listAll(client: KubeClient, resource: Resource, namespace: string): Promise<KubeObject[]> {
  const all: KubeObject[] = []
  for (let next: string | undefined; ; ) {
    const page = await client.list(resource, { namespace, limit: PAGE_ITEMS, continue: next })
    all.push(...page.items)
    next = page.continue
    if (next === undefined) return all
  }
}

export function portOf({ connection }: ApiServer): number {
  return Number(new URL(connection.server).port)
}
