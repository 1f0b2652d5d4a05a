// The operator's metrics. Whatever controller-runtime also measures has controller-runtime's name and labels, so that
// dashboards and alerts made for it work; what only this operator knows begins with certwright_.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client'
import type { KubeCall } from '../kube/transport.ts'
import { type ControllerInstruments, controllerInstruments } from './metrics-controller.ts'

export interface OwnMetric<Label extends string> {
  /** Without the prefix `certwright_`, which is put before it. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly Label[]
}

export interface Metrics extends ControllerInstruments {
  readonly contentType: string
  /** All metrics in the text format of Prometheus. */
  render(): Promise<string>
  /** controller-runtime's leader_election_master_status: 1 while this process leads. */
  leading(lease: string, leads: boolean): void
  /** A renewal had to read the lease first, because somebody else had written it. */
  slowPath(lease: string): void
  /** What a KubeClient tells of its requests, as client-go's rest_client_* metrics. `host`: the API server's, with port. */
  forApiServer(host: string): (call: KubeCall) => void
  counter<Label extends string = never>(metric: OwnMetric<Label>): Counter<Label>
  /** `buckets`: upper bounds, in the unit that the name ends with. */
  histogram<Label extends string = never>(
    metric: OwnMetric<Label> & { readonly buckets: readonly number[] },
  ): Histogram<Label>
  /** `collect` sets the value at each scrape, for what is cheaper to count than to keep counted. */
  gauge<Label extends string = never>(
    metric: OwnMetric<Label> & { readonly collect?: (gauge: Gauge<Label>) => void },
  ): Gauge<Label>
}

const OWN_PREFIX = 'certwright_'

const MS_PER_SECOND = 1_000

/** client-go labels with the HTTP method, not with Kubernetes' verb. */
const METHODS: Readonly<Record<KubeCall['verb'], string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  patch: 'PATCH',
  apply: 'PATCH',
  delete: 'DELETE',
}

/** client-go's buckets for rest_client_request_duration_seconds. */
const REST_BUCKETS_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]

/** Metrics on a registry of their own; nothing is shared with another call. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const master = new Gauge({
    name: 'leader_election_master_status',
    help: 'Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.',
    labelNames: ['name'],
    registers,
  })
  const slowPaths = new Counter({
    name: 'leader_election_slowpath_total',
    help: 'Total number of slow path exercised in renewing leader leases.',
    labelNames: ['name'],
    registers,
  })
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests, partitioned by status code, method, and host.',
    labelNames: ['code', 'method', 'host'],
    registers,
  })
  const requestSeconds = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Request latency in seconds. Broken down by verb and host.',
    labelNames: ['verb', 'host'],
    buckets: REST_BUCKETS_SECONDS,
    registers,
  })
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    ...controllerInstruments(registry),
    slowPath: (lease) => slowPaths.inc({ name: lease }),
    leading: (lease, leads) => master.set({ name: lease }, leads ? 1 : 0),
    forApiServer: (host) => (call) => {
      const method = METHODS[call.verb]
      requests.inc({ code: call.code, method, host })
      requestSeconds.observe({ verb: method, host }, call.ms / MS_PER_SECOND)
    },
    counter: ({ name, help, labels = [] }) =>
      new Counter({ name: OWN_PREFIX + name, help, labelNames: labels, registers }),
    histogram: ({ name, help, labels = [], buckets }) =>
      new Histogram({ name: OWN_PREFIX + name, help, labelNames: labels, buckets: [...buckets], registers }),
    gauge: ({ name, help, labels = [], collect }) =>
      new Gauge({
        name: OWN_PREFIX + name,
        help,
        labelNames: labels,
        registers,
        ...(collect && {
          collect() {
            collect(this)
          },
        }),
      }),
  }
}
