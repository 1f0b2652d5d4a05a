// Many requests at once: each is ordered in its turn, none records an attempt that it then cannot send, nobody's slot leaks,
// and who waits for a slow login keeps nobody else waiting.
import { beforeAll, describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { createCsr } from '../../test/support/pki.ts'
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import type { CertificateBackend, Submission } from '../backends/backend.ts'
import type { KubeClient } from '../kube/client.ts'
import { type KubeObject, keyOf, type ObjectRef } from '../kube/resource.ts'
import { Controller } from '../runtime/controller.ts'
import { createLogger } from '../runtime/log.ts'
import { WorkQueue } from '../runtime/queue.ts'
import { Scheduler } from '../runtime/scheduler.ts'
import { Store } from '../runtime/store.ts'
import { ORDER_INDEXES, REQUEST_INDEXES } from './caches.ts'
import { RequestReconciler } from './request-controller.ts'

const WORKERS = 2
/** More than any of these tests orders, but for the one that is about it. */
const BUDGET = 50
const log = createLogger({ level: 'error', format: 'text' })
const START = Date.UTC(2026, 10, 23, 12)

let csr: string

beforeAll(async () => {
  const { pem } = await createCsr({ commonName: 'shop.example.com' })
  csr = Buffer.from(pem).toString('base64')
})

/** One login: its turns, and the orders it placed, each within a turn that takes a second. */
function login(clock: FakeClock, limits: { requestsPerSecond: number; concurrentRequests: number }) {
  const scheduler = new Scheduler({ clock, ...limits })
  const placed: { readonly namespace: string; readonly marker: string; readonly at: number }[] = []
  let most = 0
  const byMarker = new Map<string, string>()
  const backendFor = (issuer: string): CertificateBackend =>
    ({
      account: () => 'account',
      async turn({ signal, namespace = '' }) {
        const release = await scheduler.acquire({ rank: 0, issuer, namespace, signal })
        most = Math.max(most, scheduler.inUse)
        return { release }
      },
      async submit({ identity, turn, mayBegin, target }: Submission) {
        if (turn === undefined || !mayBegin()) {
          return { outcome: 'refused', refusal: { cause: 'busy', code: 'NotSent', message: 'too late' } }
        }
        placed.push({ namespace: byMarker.get(identity.marker) ?? '', marker: identity.marker, at: clock.monotonic() })
        await clock.sleep(1_000)
        return { outcome: 'accepted', remote: { id: `${target.product}-${placed.length}`, attributes: {} } }
      },
      look: async () => ({ phase: 'awaitingApproval', word: 'Requested', ours: 'yes' }),
    }) as Partial<CertificateBackend> as CertificateBackend
  return { scheduler, placed, backendFor, most: () => most, byMarker }
}

function issuerNamed(name: string): SectigoIssuer {
  return {
    apiVersion: 'certwright.dev/v1alpha1',
    kind: 'SectigoClusterIssuer',
    metadata: { name, uid: name, resourceVersion: '1', generation: 1, creationTimestamp: '2026-11-23T11:00:00Z' },
    spec: {
      url: 'https://scm.example/api',
      auth: {
        password: {
          customerUri: 'acme',
          login: name,
          secretRef: { name: 'scm', passwordKey: 'password', loginKey: 'login' },
        },
      },
      orgId: 8928,
      ssl: { profile: { id: 5170 }, term: { policy: 'Nearest' }, subjectAltNames: 'ExcludeCommonName' },
      limits: { requestsPerSecond: 5, concurrentRequests: 4 },
      budget: { ordersPerDay: BUDGET, perNamespacePerDay: BUDGET, openOrders: BUDGET },
      deadlines: { processing: '168h', approval: '168h' },
      onRequestDeleted: 'Keep',
      includeCA: true,
    },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Checked',
          message: '',
          lastTransitionTime: '2026-11-23T11:00:00Z',
          observedGeneration: 1,
        },
      ],
      profile: { id: '5170', name: 'OV', terms: [199], keyTypes: {} },
      organization: { id: '8928', name: 'Acme' },
    },
  }
}

function operator(
  logins: Readonly<Record<string, (clock: FakeClock) => ReturnType<typeof login>>>,
  { leadingSince = START - 3_600_000 }: { readonly leadingSince?: number } = {},
) {
  const clock = new FakeClock({ now: START })
  const made = Object.fromEntries(Object.entries(logins).map(([name, make]) => [name, make(clock)]))
  const requests = new Store<CertificateRequest>({ log, indexes: REQUEST_INDEXES })
  const orders = new Store<CertificateOrder>({ log, indexes: ORDER_INDEXES })
  const issuers = new Store<SectigoIssuer>({ log })
  const clusterIssuers = new Store<SectigoIssuer>({ log })
  clusterIssuers.replace(Object.keys(logins).map(issuerNamed), { resourceVersion: '1' })
  let version = 100
  const stored = new Map<string, KubeObject & { status?: object }>()
  const keep = <T extends KubeObject>(object: T): T => {
    stored.set(`${object.kind}/${keyOf(object.metadata)}`, object)
    return object
  }
  const next = (): string => String(++version)
  const kindOf = ({ kind }: { kind: string }, ref: ObjectRef): string => `${kind}/${keyOf(ref)}`
  const client: Pick<KubeClient, 'get' | 'create' | 'mergePatch'> = {
    get: async (resource, ref) => stored.get(kindOf(resource, ref)) as never,
    create: async (_, object) => {
      const metadata = { ...object.metadata, uid: next(), resourceVersion: next(), generation: 1 }
      const creationTimestamp = new Date(clock.now()).toISOString()
      return keep({ ...object, metadata: { ...metadata, creationTimestamp } } as unknown as KubeObject) as never
    },
    mergePatch: async (resource, ref, patch) => {
      const before = stored.get(kindOf(resource, ref)) as KubeObject & { status?: object }
      const status = { ...before.status, ...(patch as unknown as { status: object }).status }
      return keep({ ...before, status, metadata: { ...before.metadata, resourceVersion: next() } }) as never
    },
  }
  const queue = new WorkQueue({ clock })
  const reconciler = new RequestReconciler({
    client: client as KubeClient,
    requests,
    orders,
    issuers,
    clusterIssuers,
    namespaces: new Store({ log }),
    events: { emit: () => {} },
    clock,
    realClock: clock,
    operatorClass: '',
    clusterName: '',
    isLeader: () => true,
    leadingSince: () => leadingSince,
    lifecycle: { draining: false, runCritical: (_, section) => section() },
    connections: {
      connect: async ({ metadata: { name } }) => ({
        backend: made[name]?.backendFor(name) as CertificateBackend,
        secretVersion: '1',
        secret: 'Secret "shop/scm"',
        version: '1',
        tenant: 'acme',
      }),
      hindrance: () => undefined,
    },
    recheckIssuer: () => {},
    wake: (key) => queue.add(key),
  })
  const controller = new Controller({
    name: 'request',
    queue,
    workers: WORKERS,
    realClock: clock,
    log,
    reconcileTimeoutMs: 300_000,
    reconcile: (key, options) => reconciler.reconcile(key, options),
  })
  controller.start()
  const add = (namespace: string, name: string, issuer: string): void => {
    const uid = `${namespace}-${name}`
    made[issuer]?.byMarker.set(`certwright:1:${uid}`, namespace)
    const request: CertificateRequest = {
      apiVersion: 'cert-manager.io/v1',
      kind: 'CertificateRequest',
      metadata: { name, namespace, uid, resourceVersion: next(), creationTimestamp: new Date(START).toISOString() },
      spec: { request: csr, issuerRef: { group: 'certwright.dev', kind: 'SectigoClusterIssuer', name: issuer } },
      status: {
        conditions: [
          { type: 'Approved', status: 'True', reason: 'x', lastTransitionTime: new Date(clock.now()).toISOString() },
        ],
      },
    }
    requests.upsert(keep(request))
    queue.add(keyOf(request.metadata))
  }
  const remove = (namespace: string, name: string): void => {
    requests.remove(`${namespace}/${name}`)
    reconciler.forget(`${namespace}-${name}`)
  }
  /** CSRs are verified by real threads, which no clock of ours moves: until so many are in line or beyond. */
  const arrived = async (count: number): Promise<void> => {
    const all = Object.values(made)
    const seen = (): number =>
      all.reduce((sum, { scheduler, placed }) => sum + scheduler.waiting + Math.max(scheduler.inUse, placed.length), 0)
    await expect.poll(seen).toBeGreaterThanOrEqual(count)
  }
  const stop = async (): Promise<void> => {
    const drained = controller.drain().then(() => reconciler.stop())
    await clock.advance(10_000)
    await drained
  }
  return { clock, made, orders, add, remove, arrived, stop }
}

const slow = (clock: FakeClock) => login(clock, { requestsPerSecond: 1, concurrentRequests: 2 })
const quick = (clock: FakeClock) => login(clock, { requestsPerSecond: 100, concurrentRequests: 4 })

describe('a burst of requests', () => {
  it('is ordered one after the other, by namespaces in turn, each with one attempt that is sent', async () => {
    const { clock, made, orders, add, arrived, stop } = operator({ slow })
    for (let n = 0; n < 20; n++) add('greedy', `r${n}`, 'slow')
    for (let n = 0; n < 3; n++) add('modest', `r${n}`, 'slow')
    await arrived(23)
    // One a second: longer than the ten seconds within which an attempt must be sent once it is on record.
    const next = async (): Promise<number> => {
      await clock.advance(1_000)
      return made['slow']?.placed.length ?? 0
    }
    await expect.poll(next).toBe(23)
    await clock.advance(5_000)
    const { placed, scheduler, most } = made['slow'] as ReturnType<typeof slow>
    expect(placed).toHaveLength(23)
    expect(new Set(placed.map(({ marker }) => marker)).size).toBe(23)
    expect(most()).toBeLessThanOrEqual(2)
    expect(placed.slice(0, 8).filter(({ namespace }) => namespace === 'modest')).toHaveLength(3)
    const attempts = orders.list().flatMap(({ status }) => status?.attempts ?? [])
    expect(attempts.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 23 }, () => 'Accepted'))
    expect(orders.list().every(({ spec }) => spec.firstAttempt === 'AtCreation')).toBe(true)
    expect(scheduler).toMatchObject({ inUse: 0, waiting: 0 })
    await stop()
  })

  it.each([
    ['', START - 3_600_000],
    [', though the leader changed while it came,', START + 20_000],
  ])('that waits long in line%s is not searched for', async (_, leadingSince) => {
    const tenSecondsEach = (clock: FakeClock) => login(clock, { requestsPerSecond: 0.1, concurrentRequests: 1 })
    const { clock, orders, add, arrived, stop } = operator({ tenSecondsEach }, { leadingSince })
    for (let n = 0; n < 35; n++) add('shop', `r${n}`, 'tenSecondsEach')
    await arrived(35)
    // A little at a time, so that the threads which verify keep up.
    const next = async (): Promise<number> => {
      await clock.advance(1_000)
      return orders.size
    }
    await expect.poll(next).toBe(35)
    expect(clock.monotonic()).toBeGreaterThan(300_000)
    expect(orders.list().every(({ spec }) => spec.firstAttempt === 'AtCreation')).toBe(true)
    await stop()
  })

  it('gets as many orders as the budget allows, and no more requests are in line', async () => {
    const { clock, made, orders, add, arrived, stop } = operator({ slow })
    for (let n = 0; n < 2 * BUDGET; n++) add('shop', `r${n}`, 'slow')
    await arrived(BUDGET)
    const { scheduler, placed } = made['slow'] as ReturnType<typeof slow>
    const next = async (): Promise<number> => {
      expect(scheduler.waiting + Math.max(scheduler.inUse, placed.length)).toBeLessThanOrEqual(BUDGET)
      await clock.advance(1_000)
      return placed.length
    }
    await expect.poll(next).toBe(BUDGET)
    // Long enough for all to look again.
    for (let minute = 0; minute < 10; minute++) await clock.advance(60_000)
    expect([placed.length, orders.size]).toEqual([BUDGET, BUDGET])
    await stop()
  })

  it('at one login keeps no other login waiting, though it outnumbers the workers', async () => {
    const { clock, made, add, arrived, stop } = operator({ slow, quick })
    for (let n = 0; n < 40; n++) add('shop', `r${n}`, 'slow')
    add('other', 'r', 'quick')
    await arrived(41)
    await clock.advance(500)
    expect(made['quick']?.placed).toHaveLength(1)
    await stop()
  })

  it('leaves no slot behind when requests go while they wait, or when the process does', async () => {
    const { clock, made, orders, add, remove, arrived, stop } = operator({ slow })
    for (let n = 0; n < 10; n++) add('shop', `r${n}`, 'slow')
    await arrived(10)
    for (let n = 2; n < 8; n++) remove('shop', `r${n}`)
    await clock.advance(2_000)
    await stop()
    const { scheduler, placed } = made['slow'] as ReturnType<typeof slow>
    expect(scheduler).toMatchObject({ inUse: 0, waiting: 0 })
    expect(placed.length).toBe(orders.size)
    expect(placed.map(({ marker }) => marker)).not.toContain('certwright:1:shop-r5')
  })
})
