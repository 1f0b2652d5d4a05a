// The controller_runtime_* and workqueue_* metrics: names, labels and buckets are those of controller-runtime
// (pkg/internal/controller/metrics, pkg/internal/metrics/workqueue.go).
import { Counter, exponentialBuckets, Gauge, Histogram, type Registry } from '@prometheus-io/client'
import type { ControllerMetrics } from './controller.ts'
import type { QueueFacts, QueueMetrics } from './queue.ts'

export interface ControllerInstruments {
  forController(name: string): ControllerMetrics
  /** `name` is the controller's that the queue feeds. */
  forQueue(name: string): QueueMetrics
}

const RECONCILE_BUCKETS_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
]

/** 10 ns to 1,000 s. */
const QUEUE_BUCKETS_SECONDS = exponentialBuckets(1e-8, 10, 12)

/** Ours has no priorities; controller-runtime labels such a queue's depth with an empty one. */
const NO_PRIORITY = ''

const RESULTS = ['success', 'error', 'requeue', 'requeue_after'] as const

export function controllerInstruments(registry: Registry): ControllerInstruments {
  return { forController: controllers(registry), forQueue: queues(registry) }
}

function controllers(registry: Registry): (name: string) => ControllerMetrics {
  const registers = [registry]
  const counter = (name: string, help: string): Counter<'controller'> =>
    new Counter({ name, help, labelNames: ['controller'], registers })
  const gauge = (name: string, help: string): Gauge<'controller'> =>
    new Gauge({ name, help, labelNames: ['controller'], registers })
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Total number of reconciliations per controller',
    labelNames: ['controller', 'result'],
    registers,
  })
  const errors = counter('controller_runtime_reconcile_errors_total', 'Total number of reconciliation errors')
  const terminal = counter(
    'controller_runtime_terminal_reconcile_errors_total',
    'Total number of reconciliation errors that are not retried',
  )
  const panics = counter('controller_runtime_reconcile_panics_total', 'Total number of reconciliations ended by a bug')
  const timeouts = counter('controller_runtime_reconcile_timeouts_total', 'Total number of reconciliation timeouts')
  const seconds = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Length of time per reconciliation per controller',
    labelNames: ['controller'],
    buckets: RECONCILE_BUCKETS_SECONDS,
    registers,
  })
  const workers = gauge('controller_runtime_max_concurrent_reconciles', 'Maximum number of concurrent reconciles')
  const active = gauge('controller_runtime_active_workers', 'Number of currently used workers')

  return (controller) => {
    // A rate() over a counter that appears only with its first error misses that error.
    for (const result of RESULTS) total.inc({ controller, result }, 0)
    for (const each of [errors, terminal, panics, timeouts]) each.inc({ controller }, 0)
    active.set({ controller }, 0)
    return {
      workers: (count) => workers.set({ controller }, count),
      began: () => active.inc({ controller }),
      ended(result, took) {
        active.dec({ controller })
        total.inc({ controller, result })
        seconds.observe({ controller }, took)
      },
      failed(kind) {
        errors.inc({ controller })
        if (kind === 'terminal') terminal.inc({ controller })
        if (kind === 'panic') panics.inc({ controller })
      },
      timedOut: () => timeouts.inc({ controller }),
    }
  }
}

function queues(registry: Registry): (name: string) => QueueMetrics {
  const registers = [registry]
  const labelNames = ['name', 'controller'] as const
  const probes = new Map<string, () => QueueFacts>()
  const counter = (name: string, help: string): Counter<'name' | 'controller'> =>
    new Counter({ name, help, labelNames, registers })
  const histogram = (name: string, help: string): Histogram<'name' | 'controller'> =>
    new Histogram({ name, help, labelNames, buckets: QUEUE_BUCKETS_SECONDS, registers })
  const scraped = (name: string, help: string, value: (facts: QueueFacts) => number): Gauge<'name' | 'controller'> =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const [queue, ask] of probes) this.set({ name: queue, controller: queue }, value(ask()))
      },
    })
  const adds = counter('workqueue_adds_total', 'Total number of adds handled by workqueue')
  const retries = counter('workqueue_retries_total', 'Total number of retries handled by workqueue')
  const waited = histogram('workqueue_queue_duration_seconds', 'How long in seconds an item stays in workqueue')
  const worked = histogram('workqueue_work_duration_seconds', 'How long in seconds processing an item takes')
  scraped('workqueue_unfinished_work_seconds', 'How many seconds of work are in progress', (f) => f.unfinishedSeconds)
  scraped(
    'workqueue_longest_running_processor_seconds',
    'How many seconds the longest running processor has been running',
    (facts) => facts.longestRunningSeconds,
  )
  new Gauge({
    name: 'workqueue_depth',
    help: 'Current depth of workqueue',
    labelNames: ['name', 'controller', 'priority'],
    registers,
    collect() {
      for (const [name, ask] of probes) this.set({ name, controller: name, priority: NO_PRIORITY }, ask().depth)
    },
  })

  return (name) => {
    const labels = { name, controller: name }
    adds.inc(labels, 0)
    retries.inc(labels, 0)
    return {
      added: () => adds.inc(labels),
      retried: () => retries.inc(labels),
      waited: (seconds) => waited.observe(labels, seconds),
      worked: (seconds) => worked.observe(labels, seconds),
      observe: (facts) => void probes.set(name, facts),
    }
  }
}
