// One fault from before it to after it: an observer behind a network of its own, and somebody who goes on changing things.
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeClient } from '../../src/kube/client.ts'
import type { KubeObject, Resource } from '../../src/kube/resource.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { Churn } from './churn.ts'
import { portOf } from './ground.ts'
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
  /** A complaint that the observer must have made, or it was no fault. See {@link Observer.complaints}. */
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
  /** Milliseconds that the cause was there. */
  readonly lastedMs: number
  /** Milliseconds from the end of the cause until what was made just then was known and its wish fulfilled. */
  readonly recoveredMs: number
  /** Connections opened over all, and open at the end. */
  readonly connections: number
  readonly open: number
  readonly complaints: ReadonlyMap<string, number>
  /** See {@link Observer.differences}; looked for until there are none. */
  readonly differences: readonly string[]
}

/** One second of a test stands for half a minute: back-offs, not calls, become shorter. */
export const SCALE = 30
export const CHANGES_PER_SECOND = 15
/** Given up after this. What is expected is much less; CI may have two slow cores. */
const LONGEST_WAIT_MS = 60_000
const LOOK_EVERY_MS = 20
/** Rarely: it is a list of all. */
const COMPARE_EVERY_MS = 250
const PAGE_ITEMS = 1000

/** @throws when what should come never does, with the fault's name and what was complained of */
export async function run(fault: Fault, servers: Servers): Promise<Outcome> {
  const { resource = CONFIG_MAPS } = fault
  const server = fault.at === 'brittle' ? servers.brittle : servers.steady
  const tenant = await createTenant({ ...servers, server, resource })
  await fault.prepare?.({ servers, tenant })
  await using network = await startTcpProxy(portOf(server))
  const outcome = await observe(fault, { servers, tenant, resource, network })
  await waitUntil(async () => network.connections().open === 0, {
    what: 'all connections to be closed',
    timeoutMs: LONGEST_WAIT_MS,
  })
  return outcome
}

async function observe(fault: Fault, ground: Omit<Scene, 'observer' | 'churn'>): Promise<Outcome> {
  const { servers, tenant, resource, network } = ground
  const { namespace } = tenant
  const { admin } = servers
  const kubeconfig = await tenant.kubeconfig(network.port)
  const { watchSeconds } = fault
  await using observer = await Observer.start({ kubeconfig, resource, namespace, scale: SCALE, watchSeconds })
  await using churn = new Churn({ client: admin, resource, namespace, perSecond: CHANGES_PER_SECOND })
  const times = await suffer(fault, { ...ground, observer, churn }).catch((cause: unknown) => {
    throw new Error(`${fault.name}; met: ${complaintsOf(observer)}; ${observer.problems}`, { cause })
  })
  await churn.stop()
  const differences = await settled({ admin, resource, namespace, observer })
  const { accepted, open } = network.connections()
  return {
    fault: fault.name,
    ...churn.counts,
    ...observer.counts,
    ...times,
    connections: accepted,
    open,
    complaints: observer.complaints,
    differences,
  }
}

async function suffer(fault: Fault, scene: Scene): Promise<Pick<Outcome, 'lastedMs' | 'recoveredMs'>> {
  if (!fault.beginsInTrouble) {
    await passLandmark(scene)
    // The first may have come with the list. The second is told by the watch, which is so there to be lost.
    await passLandmark(scene)
  }
  const began = performance.now()
  await fault.happen(scene)
  const lastedMs = performance.now() - began
  return { lastedMs, recoveredMs: await passLandmark(scene) }
}

/**
 * Something new is made, and waited for until the observer has seen it and done what it asks for.
 * @returns milliseconds, from before it was made
 */
export async function passLandmark({ churn, observer }: Pick<Scene, 'churn' | 'observer'>): Promise<number> {
  const started = performance.now()
  const until = { timeoutMs: LONGEST_WAIT_MS, everyMs: LOOK_EVERY_MS }
  const name = await waitUntil(() => churn.landmark(), { what: 'a landmark to be made', ...until })
  await waitUntil(async () => observer.knows(name), { what: `${name} to be known`, ...until })
  return performance.now() - started
}

/** What still differs from the truth when nothing changes any more. */
export async function settled(options: {
  readonly admin: KubeClient
  readonly resource: Resource
  readonly namespace: string
  readonly observer: Observer
}): Promise<readonly string[]> {
  const deadline = performance.now() + LONGEST_WAIT_MS
  for (;;) {
    const differences = options.observer.differences(await listTruth(options))
    if (differences.length === 0 || performance.now() > deadline) return differences
    await sleep(COMPARE_EVERY_MS)
  }
}

async function listTruth(options: {
  readonly admin: KubeClient
  readonly resource: Resource
  readonly namespace: string
}): Promise<KubeObject[]> {
  const { admin, resource, namespace } = options
  const all: KubeObject[] = []
  for (let next: string | undefined; ; ) {
    const page = await admin.list(resource, { namespace, limit: PAGE_ITEMS, continue: next })
    all.push(...page.items)
    next = page.continue
    if (next === undefined) return all
  }
}

/** `3 x 404 NotFound, 1 x 410 Expired`. */
export function complaintsOf({ complaints }: Pick<Outcome, 'complaints'>): string {
  return [...complaints].map(([what, times]) => `${times} x ${what}`).join(', ')
}
