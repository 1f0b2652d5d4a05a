// The controllers, their queues, and who wakes whom.
import { isDeepStrictEqual } from 'node:util'
import type { CertificateOrder } from '../api/certificate-order.ts'
import { type SectigoIssuer, sectigoClusterIssuers, sectigoIssuers } from '../api/sectigo-issuer.ts'
import { mayBeDoubled } from '../issuance/late-search.ts'
import { orderName } from '../issuance/order-view.ts'
import type { KubeClient } from '../kube/client.ts'
import { keyOf, type Resource } from '../kube/resource.ts'
import type { Clock } from '../runtime/clock.ts'
import { Controller, type ReconcileOptions, type Result } from '../runtime/controller.ts'
import type { EventRecorder } from '../runtime/events.ts'
import type { Lifecycle, Part } from '../runtime/lifecycle.ts'
import type { Logger } from '../runtime/log.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { WorkQueue } from '../runtime/queue.ts'
import type { Store } from '../runtime/store.ts'
import type { Caches } from './caches.ts'
import type { Connections } from './connections.ts'
import { IssuerReconciler } from './issuer-controller.ts'
import { namesSecret } from './issuers.ts'
import { doubledOrders } from './metrics.ts'
import { OrderReconciler } from './order-controller.ts'
import { isWaiting, sameOrder } from './records-alike.ts'
import { RequestReconciler } from './request-controller.ts'
import { isOpen, issuerKey } from './requests.ts'

export interface ControllersOptions {
  readonly client: KubeClient
  readonly caches: Caches
  readonly connections: Connections
  readonly events: EventRecorder
  readonly lifecycle: Lifecycle
  /** May this process act at this very moment? */
  readonly isLeader: () => boolean
  /** Since when it may, wall clock. */
  readonly leadingSince: () => number
  readonly metrics: Metrics
  /** Scaled: what is waited for. */
  readonly clock: Clock
  /** Unscaled: what bounds and fences. */
  readonly realClock: Clock
  readonly log: Logger
  readonly operatorClass: string
  readonly clusterName: string
  /** Requests worked on at the same time. */
  readonly workers: number
  readonly clusterResourceNamespace: string
  /** How long order records are kept when they are of no further use, milliseconds on the scaled clock. */
  readonly orderRetentionMs: number
}

/** Order records worked on at the same time: they are in no hurry. */
const ORDER_WORKERS = 2
/** Issuers checked at the same time, of each kind: a few whose CA does not answer must not keep the others waiting. */
const ISSUER_WORKERS = 16
/** A reconcile ends by itself long before; one that does not, hangs (real time). */
const REQUEST_TIMEOUT_MS = 5 * 60_000
const ISSUER_TIMEOUT_MS = 2 * 60_000
/** A worker in one reconcile for this long has ignored its time-out too: only a restart helps (real time). */
const STUCK_MS = 10 * 60_000

export interface Controllers {
  readonly parts: readonly Part[]
  /** For liveness. */
  check(): string | undefined
}

interface Kind {
  readonly name: string
  readonly queue: WorkQueue
  readonly workers: number
  readonly reconcileTimeoutMs: number
  reconcile(key: string, options: ReconcileOptions): Promise<Result>
  /** Called when no reconcile runs any more. */
  stop?(): Promise<void>
}

export function createControllers(options: ControllersOptions): Controllers {
  const { caches } = options
  const namespaced = issuerKind(sectigoIssuers, caches.issuers, options)
  const cluster = issuerKind(sectigoClusterIssuers, caches.clusterIssuers, options)
  const recheck = (issuer: SectigoIssuer): void => {
    const kind = issuer.kind === sectigoClusterIssuers.kind ? cluster : namespaced
    kind.recheck(keyOf(issuer.metadata))
  }
  const queue = queueFor('certificaterequest', options)
  const wake = (key: string): void => queue.add(key)
  const requests = new RequestReconciler({ ...options, ...caches, recheckIssuer: recheck, wake })
  const request: Kind = {
    name: 'certificaterequest',
    queue,
    workers: options.workers,
    reconcileTimeoutMs: REQUEST_TIMEOUT_MS,
    reconcile: (key, given) => requests.reconcile(key, given),
    stop: () => requests.stop(),
  }
  const order = orderKind(recheck, options)
  const { realClock, log, metrics } = options
  const controllers = [namespaced, cluster, request, order].map(
    (kind) => [kind, new Controller({ ...kind, realClock, log, metrics: metrics.forController(kind.name) })] as const,
  )
  const parts = controllers.map(
    ([kind, controller]): Part => ({
      name: `controller ${kind.name}`,
      start: async () => controller.start(),
      stop: async () => {
        await controller.drain()
        await kind.stop?.()
      },
    }),
  )
  const waking: Part = {
    name: 'waking',
    // Only now: the queues of a standby would fill with every name there ever was.
    async start() {
      wakeRequests(request.queue, requests, caches)
      wakeOrders(order.queue, caches)
      wakeIssuers(recheck, options)
    },
    stop: async () => {},
  }
  return {
    parts: [...parts, waking],
    check() {
      const stuck = controllers.find(([, controller]) => controller.stuckFor(STUCK_MS))
      return stuck && `${stuck[0].name} is in one reconcile for more than ${STUCK_MS / 60_000} minutes`
    },
  }
}

interface IssuerKind extends Kind {
  recheck(key: string): void
}

function issuerKind(
  resource: Resource<SectigoIssuer>,
  store: Store<SectigoIssuer>,
  options: ControllersOptions,
): IssuerKind {
  const name = resource.kind.toLowerCase()
  const reconciler = new IssuerReconciler({ ...options, resource, store, random: Math.random })
  const queue = queueFor(name, options)
  return {
    name,
    queue,
    recheck(key) {
      reconciler.want(key)
      queue.add(key)
    },
    workers: ISSUER_WORKERS,
    reconcileTimeoutMs: ISSUER_TIMEOUT_MS,
    reconcile: (key, given) => reconciler.reconcile(key, given),
  }
}

function orderKind(recheckIssuer: (issuer: SectigoIssuer) => void, options: ControllersOptions): Kind {
  const { caches, metrics, orderRetentionMs: retentionMs } = options
  const name = 'certificateorder'
  const queue = queueFor(name, options)
  const wake = (key: string): void => queue.add(key)
  const countDoubled = doubledOrders(metrics)
  const orders = new OrderReconciler({ ...options, ...caches, retentionMs, recheckIssuer, wake, countDoubled })
  return {
    name,
    queue,
    workers: ORDER_WORKERS,
    reconcileTimeoutMs: REQUEST_TIMEOUT_MS,
    reconcile: (key, given) => orders.reconcile(key, given),
    stop: () => orders.stop(),
  }
}

function queueFor(name: string, { clock, metrics }: ControllersOptions): WorkQueue {
  return new WorkQueue({ clock, metrics: metrics.forQueue(name) })
}

/** A request is looked at when it, its order record, its issuer or what its namespace is labelled changes. */
function wakeRequests(queue: WorkQueue, reconciler: RequestReconciler, caches: Caches): void {
  const { requests, orders, issuers, clusterIssuers, namespaces } = caches
  requests.onChange(({ key, previous, current }) => {
    if (previous !== undefined && previous.metadata.uid !== current?.metadata.uid)
      reconciler.forget(previous.metadata.uid)
    if (current !== undefined && isOpen(current)) queue.add(key)
  })
  for (const request of requests.list().filter(isOpen)) queue.add(keyOf(request.metadata))
  orders.onChange(({ previous, current }) => {
    if (previous !== undefined && current === undefined) reconciler.recordGone(previous.spec.requestRef.uid)
    // By the record's own name, which only its request can have: what a foreign record says of itself may be anything.
    const order = current ?? previous
    const names = new Set(
      [order, ...(order === undefined ? [] : sameOrder(order, orders))].map((one) => one?.metadata.name),
    )
    for (const name of names)
      for (const request of requests.byIndex('order', name ?? '').filter(isOpen)) queue.add(keyOf(request.metadata))
  })
  for (const store of [issuers, clusterIssuers]) {
    store.onChange(({ previous, current }) => {
      const issuer = current ?? previous
      const waiting = issuer === undefined ? [] : requests.byIndex('issuer', issuerKey(issuer))
      for (const request of waiting.filter(isOpen)) queue.add(keyOf(request.metadata))
    })
  }
  namespaces.onChange(({ key, previous, current }) => {
    if (isDeepStrictEqual(previous?.metadata.labels, current?.metadata.labels)) return
    const within = requests.list().filter(({ metadata }) => metadata.namespace === key)
    for (const request of within.filter(isOpen)) queue.add(keyOf(request.metadata))
  })
}

/**
 * A record is looked at when it, or one of the same order, changes while nobody waits for it, and when its request goes; one
 * whose order may be doubled at each change.
 */
function wakeOrders(queue: WorkQueue, { requests, orders }: Caches): void {
  const add = (order: CertificateOrder): void => {
    if (mayBeDoubled(order) || !isWaiting(order.spec.requestRef, requests)) queue.add(keyOf(order.metadata))
  }
  orders.onChange(({ previous, current }) => {
    const order = current ?? previous
    if (order !== undefined) for (const one of sameOrder(order, orders)) add(one)
  })
  for (const order of orders.list()) add(order)
  requests.onChange(({ previous }) => {
    if (previous === undefined || !isOpen(previous)) return
    const { namespace, uid } = previous.metadata
    const order = orders.get(keyOf({ namespace, name: orderName({ uid }) }))
    if (order !== undefined) add(order)
  })
}

/** An issuer is checked when its spec or a Secret that it names changes; what no watch shows, a timer finds. */
function wakeIssuers(
  recheck: (issuer: SectigoIssuer) => void,
  { caches, clusterResourceNamespace }: ControllersOptions,
): void {
  const { issuers, clusterIssuers, credentials } = caches
  for (const store of [issuers, clusterIssuers]) {
    store.onChange(({ previous, current }) => {
      const issuer = current ?? previous
      // Our own status writes change neither, so a check does not call for the next one.
      const same =
        previous?.metadata.uid === current?.metadata.uid &&
        previous?.metadata.generation === current?.metadata.generation
      if (issuer !== undefined && !same) recheck(issuer)
    })
    for (const issuer of store.list()) recheck(issuer)
  }
  credentials.onChange(({ previous, current }) => {
    const secret = (current ?? previous)?.metadata.name ?? ''
    const beside = issuers.list().filter(({ metadata }) => metadata.namespace === clusterResourceNamespace)
    for (const issuer of [...clusterIssuers.list(), ...beside]) if (namesSecret(issuer, secret)) recheck(issuer)
  })
}
