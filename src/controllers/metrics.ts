// What only this operator can measure. Labels are bounded: never an order, never a request.
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import { CREDENTIAL_WORDS } from '../backends/sectigo/credential-state.ts'
import type { CallObserved } from '../backends/sectigo/transport.ts'
import { notReadyBecause } from '../issuance/issuer-status.ts'
import { doubledBy } from '../issuance/repeated.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { Caches } from './caches.ts'
import type { Connections } from './connections.ts'

const MS_PER_SECOND = 1_000
/** From a read nearby to the longest enrolment, which is given up after 120 s. */
const CALL_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

/** What becomes of every call to SCM. The time is per endpoint only: by code too it would be a thousand series. */
export function scmCallMetrics(metrics: Metrics): (call: CallObserved) => void {
  const calls = metrics.counter({
    name: 'scm_requests_total',
    help: 'Calls to Sectigo Certificate Manager, by endpoint and by HTTP status or failure.',
    labels: ['endpoint', 'code'],
  })
  const seconds = metrics.histogram({
    name: 'scm_request_duration_seconds',
    help: 'Duration of calls to Sectigo Certificate Manager, by endpoint, whether they were answered or not.',
    labels: ['endpoint'],
    buckets: CALL_BUCKETS_SECONDS,
  })
  return ({ endpoint, code, ms }) => {
    calls.inc({ endpoint, code })
    seconds.observe({ endpoint }, ms / MS_PER_SECOND)
  }
}

/** How many logins are accepted, refused, throttled, down or not tried yet. Which one, an issuer's condition says. */
export function showLogins(metrics: Metrics, connections: Pick<Connections, 'loginWords'>): void {
  metrics.gauge({
    name: 'scm_logins',
    help: 'Logins in use at Sectigo Certificate Manager, by what is known of them.',
    labels: ['state'],
    collect(gauge) {
      gauge.reset()
      for (const state of CREDENTIAL_WORDS) gauge.set({ state }, 0)
      for (const state of connections.loginWords()) gauge.inc({ state })
    },
  })
}

/** 1 while an issuer is Ready for its current generation, else 0; the labels are cert-manager's. */
export function showIssuerReadiness(metrics: Metrics, { issuers, clusterIssuers }: Caches): void {
  metrics.gauge({
    name: 'issuer_ready',
    help: 'Whether an issuer is Ready for its current generation.',
    labels: ['issuer_kind', 'issuer_namespace', 'issuer_name'],
    collect(gauge) {
      gauge.reset()
      for (const issuer of [...issuers.list(), ...clusterIssuers.list()]) {
        gauge.set(labelsOf(issuer), notReadyBecause(issuer) === undefined ? 1 : 0)
      }
    },
  })
}

/** Records of whose order the CA has more than one: something was paid for in vain, or may be. */
export function showDoubledOrders(metrics: Metrics, { orders }: Pick<Caches, 'orders'>): void {
  metrics.gauge({
    name: 'doubled_orders',
    help: 'Order records of which Sectigo Certificate Manager has more than one order.',
    collect: (gauge) => gauge.set(orders.list().filter((order) => doubledBy(order) !== undefined).length),
  })
}

function labelsOf({ kind, metadata }: SectigoIssuer) {
  return { issuer_kind: kind, issuer_namespace: metadata.namespace ?? '', issuer_name: metadata.name }
}
