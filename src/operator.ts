// All parts of the operator, put together, and the order in which they start and stop.
import { hostname } from 'node:os'
import { createCaches } from './controllers/caches.ts'
import { Connections } from './controllers/connections.ts'
import { createControllers } from './controllers/controllers.ts'
import { environmentProxy } from './controllers/environment-proxy.ts'
import { FIELD_MANAGER } from './controllers/field-manager.ts'
import { scmCallMetrics, showIssuerReadiness, showLogins } from './controllers/metrics.ts'
import type { Flags } from './flags.ts'
import { KubeClient } from './kube/client.ts'
import { loadKubeConnection } from './kube/config.ts'
import { systemClock } from './runtime/clock.ts'
import { EventRecorder } from './runtime/events.ts'
import { type Check, checksRoute, type HttpEndpoint, metricsRoute, type Route, startHttp } from './runtime/health.ts'
import { LeaderElector, leaderIdentity } from './runtime/leader.ts'
import { Lifecycle, type Part } from './runtime/lifecycle.ts'
import { createLogger, type Logger } from './runtime/log.ts'
import { createMetrics } from './runtime/metrics.ts'

/** News for people is not worth a longer shutdown (real time). */
const LAST_EVENTS_MS = 3_000

/** Runs until SIGTERM, a lost lease, or a part that cannot start. Throws KubeConfigError. */
export async function runOperator(flags: Flags, { version }: { readonly version: string }): Promise<number> {
  const log = createLogger({ level: flags.logLevel, format: flags.logFormat })
  const { kubeconfig, operatorClass, clusterName, workers, allowedHosts, allowedProxies } = flags
  const load = () =>
    loadKubeConnection({
      ...(kubeconfig !== undefined && { kubeconfig }),
      onProblem: (err) => log.warn({ err }, 'credentials for the API server cannot be read: the last ones stay in use'),
    })
  // A connection of its own for the lease: it must not wait until one of the workers' calls, which may all hang, is over.
  const [connection, leaseConnection] = await Promise.all([load(), load()])
  const clock = systemClock({ scale: flags.timeScale })
  const realClock = systemClock()
  const metrics = createMetrics()
  const lifecycle = new Lifecycle({ realClock, log })
  const observe = metrics.forApiServer(connection.server.host)
  const userAgent = `certwright/${version}`
  const warn = (text: string): void => log.warn({ warning: text }, 'the API server warns')
  const client = new KubeClient({ connection, userAgent, observe, warn })
  const clusterResourceNamespace = flags.clusterResourceNamespace ?? connection.namespace
  const shared = { client, clusterResourceNamespace, clock, realClock, log, metrics, operatorClass }

  const caches = createCaches(shared)
  showIssuerReadiness(metrics, caches)
  const connections = new Connections({
    ...shared,
    allowedHosts,
    allowedProxies,
    environment: environmentProxy(process.env, (text) => log.warn({}, text)),
    observe: scmCallMetrics(metrics),
  })
  showLogins(metrics, connections)
  const events = new EventRecorder({
    ...shared,
    fieldManager: FIELD_MANAGER,
    reportingController: 'certwright.dev/certwright',
    reportingInstance: hostname(),
  })
  const identity = leaderIdentity()
  const elector = new LeaderElector({
    ...shared,
    client: new KubeClient({ connection: leaseConnection, userAgent, observe }),
    fieldManager: FIELD_MANAGER,
    namespace: flags.leaderElectionNamespace ?? connection.namespace,
    name: operatorClass === '' ? 'certwright' : `certwright-${operatorClass}`,
    identity,
    times: {
      leaseDurationMs: flags.leaseDuration,
      renewDeadlineMs: flags.renewDeadline,
      retryPeriodMs: flags.retryPeriod,
    },
  })
  let leadingSince = realClock.now()
  const isLeader = flags.leaderElect ? () => elector.isLeader() : () => true
  const controllers = createControllers({
    ...shared,
    caches,
    connections,
    events,
    lifecycle,
    clusterName,
    workers,
    orderRetentionMs: flags.orderRetention,
    isLeader,
    leadingSince: () => leadingSince,
  })
  const leadership: Part = {
    name: 'leadership',
    async start(options) {
      await elector.acquire(options)
      leadingSince = realClock.now()
      const { lease } = elector
      const note = `${identity} became leader`
      if (lease !== undefined)
        events.emit({ regarding: lease, type: 'Normal', reason: 'LeaderElection', action: 'Acquire', note })
    },
    stop: () => elector.release(),
  }
  elector.lost.addEventListener('abort', () => lifecycle.fail('the leader lease was lost'), { once: true })

  const live = { leader: () => elector.check(), workers: () => controllers.check() }
  const ready = { lifecycle: () => lifecycle.check(), caches: () => caches.check() }
  log.info({ version, server: connection.server.host, operatorClass, clusterResourceNamespace }, 'certwright starts')
  return lifecycle.run([
    [
      httpPart('health', flags.healthAddress, probes(live, ready), log),
      httpPart('metrics', flags.metricsAddress, { '/metrics': metricsRoute(metrics) }, log),
    ],
    [stopOnly('kubernetes connections', () => Promise.all([connection.close(), leaseConnection.close()]))],
    [stopOnly('CA connections', () => connections.close())],
    [caches.part],
    flags.leaderElect ? [leadership] : [],
    [stopOnly('events', () => events.flush({ signal: AbortSignal.timeout(LAST_EVENTS_MS) }))],
    controllers.parts,
  ])
}

function probes(live: Readonly<Record<string, Check>>, ready: Readonly<Record<string, Check>>): Record<string, Route> {
  return { '/healthz': checksRoute(live), '/readyz': checksRoute(ready) }
}

function httpPart(name: string, address: string, routes: Readonly<Record<string, Route>>, log: Logger): Part {
  let endpoint: HttpEndpoint | undefined
  return {
    name,
    async start() {
      endpoint = await startHttp({ address, routes })
      if (endpoint.address !== undefined) log.info({ address: endpoint.address }, `${name} is served`)
    },
    stop: async () => endpoint?.close(),
  }
}

/** Something that is there from the beginning and must be ended in its turn. */
function stopOnly(name: string, stop: () => Promise<unknown>): Part {
  return {
    name,
    start: async () => {},
    stop: async () => {
      await stop()
    },
  }
}
