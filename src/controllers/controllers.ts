// The controllers, each with its queue and its workers, as parts of the process.
import { type SectigoIssuer, sectigoClusterIssuers, sectigoIssuers } from '../api/sectigo-issuer.ts'
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
import { doubledOrders } from './metrics.ts'
import { OrderReconciler } from './order-controller.ts'
import { RequestReconciler } from './request-controller.ts'
import { wakeIssuers, wakeOrders, wakeRequests } from './waking.ts'

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
  const request = requestKind(recheck, options)
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
      wakeRequests(request.queue, request.reconciler, caches)
      wakeOrders(order.queue, caches)
      wakeIssuers(recheck, caches, options)
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

interface RequestKind extends Kind {
  readonly reconciler: RequestReconciler
}

function requestKind(recheckIssuer: (issuer: SectigoIssuer) => void, options: ControllersOptions): RequestKind {
  const { caches, workers } = options
  const name = 'certificaterequest'
  const queue = queueFor(name, options)
  const wake = (key: string): void => queue.add(key)
  const reconciler = new RequestReconciler({ ...options, ...caches, recheckIssuer, wake })
  return {
    name,
    queue,
    reconciler,
    workers,
    reconcileTimeoutMs: REQUEST_TIMEOUT_MS,
    reconcile: (key, given) => reconciler.reconcile(key, given),
    stop: () => reconciler.stop(),
  }
}

function orderKind(recheckIssuer: (issuer: SectigoIssuer) => void, options: ControllersOptions): Kind {
  const { caches, metrics, orderRetentionMs: retentionMs } = options
  const name = 'certificateorder'
  const queue = queueFor(name, options)
  const wake = (key: string): void => queue.add(key)
  const countDoubled = doubledOrders(metrics)
  const reconciler = new OrderReconciler({ ...options, ...caches, retentionMs, recheckIssuer, wake, countDoubled })
  return {
    name,
    queue,
    workers: ORDER_WORKERS,
    reconcileTimeoutMs: REQUEST_TIMEOUT_MS,
    reconcile: (key, given) => reconciler.reconcile(key, given),
    stop: () => reconciler.stop(),
  }
}

function queueFor(name: string, { clock, metrics }: ControllersOptions): WorkQueue {
  return new WorkQueue({ clock, metrics: metrics.forQueue(name) })
}
