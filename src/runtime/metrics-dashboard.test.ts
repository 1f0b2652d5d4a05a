// A stock controller-runtime dashboard works: every series that kubebuilder's Grafana plugin (grafana/v1-alpha: the dashboards
// Controller-Runtime-Metrics and Controller-Resources-Metrics) and the usual alerts ask for is there, with the labels that they
// group by, under the name and in the buckets of controller-runtime (pkg/internal/controller/metrics, pkg/internal/metrics).
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { Controller } from './controller.ts'
import { createLogger } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { WorkQueue } from './queue.ts'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Series -> type, and the labels by which dashboards and alerts tell its samples apart. */
const ASKED_FOR: Readonly<Record<string, readonly [type: string, ...labels: string[]]>> = {
  // Controller-Runtime-Metrics, "Reconciliation Metrics"
  controller_runtime_active_workers: ['gauge', 'controller'],
  controller_runtime_reconcile_total: ['counter', 'controller', 'result'],
  controller_runtime_reconcile_errors_total: ['counter', 'controller'],
  // Controller-Runtime-Metrics, "Work Queue Metrics"
  workqueue_depth: ['gauge', 'name'],
  workqueue_queue_duration_seconds_bucket: ['histogram', 'name', 'le'],
  workqueue_adds_total: ['counter', 'name'],
  workqueue_unfinished_work_seconds: ['gauge', 'name'],
  workqueue_work_duration_seconds_bucket: ['histogram', 'name', 'le'],
  workqueue_retries_total: ['counter', 'name'],
  // Controller-Resources-Metrics
  process_cpu_seconds_total: ['counter'],
  process_resident_memory_bytes: ['gauge'],
  // Alerts
  controller_runtime_reconcile_time_seconds_bucket: ['histogram', 'controller', 'le'],
  controller_runtime_max_concurrent_reconciles: ['gauge', 'controller'],
  controller_runtime_terminal_reconcile_errors_total: ['counter', 'controller'],
  controller_runtime_reconcile_panics_total: ['counter', 'controller'],
  controller_runtime_reconcile_timeouts_total: ['counter', 'controller'],
  workqueue_longest_running_processor_seconds: ['gauge', 'name'],
  rest_client_requests_total: ['counter', 'code', 'method', 'host'],
  rest_client_request_duration_seconds_bucket: ['histogram', 'verb', 'host', 'le'],
  leader_election_master_status: ['gauge', 'name'],
  leader_election_slowpath_total: ['counter', 'name'],
  process_start_time_seconds: ['gauge'],
}

/** Every panel filters by these, which Prometheus puts on when it scrapes: a sample must not bring its own. */
const OF_THE_SCRAPE = ['job', 'namespace', 'pod', 'instance']

const RECONCILE_BUCKETS =
  '0.005 0.01 0.025 0.05 0.1 0.15 0.2 0.25 0.3 0.35 0.4 0.45 0.5 0.6 0.7 0.8 0.9 1 1.25 1.5 1.75 2 2.5 3 3.5 4 4.5 5 6 7 8 9 10 ' +
  '15 20 25 30 40 50 60 +Inf'
const QUEUE_BUCKETS = '1e-8 1e-7 1e-6 1e-5 1e-4 0.001 0.01 0.1 1 10 100 1000 +Inf'

let metrics: Metrics
let clock: FakeClock
let queue: WorkQueue
let controller: Controller

beforeEach(() => {
  metrics = createMetrics()
  clock = new FakeClock()
  queue = new WorkQueue({ clock, random: () => 0, metrics: metrics.forQueue('things') })
  controller = new Controller({
    name: 'things',
    workers: 2,
    queue,
    async reconcile(key) {
      await clock.sleep(10_000)
      if (key === 'fails') throw new Error('no')
      return key === 'later' ? { requeueAfterMs: 60_000 } : {}
    },
    realClock: clock,
    log: createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } }),
    metrics: metrics.forController('things'),
    reconcileTimeoutMs: 30_000,
  })
})

async function scrape() {
  const samples: Sample[] = []
  const types = new Map<string, string>()
  for (const line of (await metrics.render()).split('\n')) {
    const [, typed, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (typed !== undefined && type !== undefined) types.set(typed, type)
    const [, name, labels = '', value] = /^([a-z_:]\w*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name === undefined) continue
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [label, text])
    samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) })
  }
  const of = (name: string) => samples.filter((sample) => sample.name === name)
  /** The one value of a series, whatever its labels. */
  const value = (name: string, labels: object = {}) => {
    const found = of(name).filter((sample) =>
      Object.entries(labels).every(([key, text]) => sample.labels[key] === text),
    )
    expect(found, name).toHaveLength(1)
    return found[0]?.value
  }
  return { samples, types, of, value }
}

describe('what a dashboard asks for', () => {
  it('is there, of its type and with its labels', async () => {
    controller.start()
    queue.add('a')
    await clock.advance(10_000)
    metrics.leading('certwright', false)
    metrics.slowPath('certwright')
    metrics.forApiServer('10.0.0.1:443')({ verb: 'list', resource: 'things', code: '200', ms: 10 })
    const { of, types } = await scrape()
    const missing = Object.entries(ASKED_FOR).filter(([name, [type, ...labels]]) => {
      const typed = types.get(type === 'histogram' ? name.replace(/_bucket$/, '') : name)
      return (
        of(name).length === 0 ||
        typed !== type ||
        !of(name).every((one) => labels.every((label) => label in one.labels))
      )
    })
    expect(missing.map(([name]) => name)).toEqual([])
  })

  it('has no label that the scrape puts on', async () => {
    const { samples } = await scrape()
    expect(samples.filter(({ labels }) => OF_THE_SCRAPE.some((label) => label in labels))).toEqual([])
  })

  it('has controller-runtime’s buckets, each counting all below it', async () => {
    controller.start()
    queue.add('a')
    queue.add('b')
    await clock.advance(10_000)
    const { of, value } = await scrape()
    const bounds = (name: string) => of(`${name}_bucket`).map(({ labels }) => labels['le'] ?? '')
    const numbers = (text: readonly string[]) => text.map((bound) => Number(bound.replace('+Inf', 'Infinity')))
    expect(bounds('controller_runtime_reconcile_time_seconds').join(' ')).toBe(RECONCILE_BUCKETS)
    for (const name of ['workqueue_queue_duration_seconds', 'workqueue_work_duration_seconds']) {
      // As numbers: 10 times 0.1 is not always written as 1.
      numbers(bounds(name)).forEach((bound, index) => {
        const expected = numbers(QUEUE_BUCKETS.split(' '))[index] ?? Number.NaN
        if (bound !== expected) expect(bound / expected).toBeCloseTo(1, 9)
      })
      expect(bounds(name)).toHaveLength(QUEUE_BUCKETS.split(' ').length)
    }
    const counts = of('controller_runtime_reconcile_time_seconds_bucket')
    expect(counts.filter(({ labels }) => Number(labels['le']) < 10).every((one) => one.value === 0)).toBe(true)
    expect(value('controller_runtime_reconcile_time_seconds_bucket', { le: '10' })).toBe(2)
    expect(value('controller_runtime_reconcile_time_seconds_bucket', { le: '+Inf' })).toBe(2)
    expect(value('controller_runtime_reconcile_time_seconds_sum')).toBe(20)
    expect(value('controller_runtime_reconcile_time_seconds_count')).toBe(2)
  })
})

describe('what it means', () => {
  it('while keys are worked on: busy workers, waiting keys, and work in progress as of the scrape', async () => {
    controller.start()
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key)
    queue.add('c')
    queue.addAfter('delayed', 60_000)
    await clock.advance(4_000)
    const now = await scrape()
    expect(now.value('controller_runtime_active_workers')).toBe(2)
    expect(now.value('controller_runtime_max_concurrent_reconciles')).toBe(2)
    expect(now.value('workqueue_depth')).toBe(3)
    expect(now.value('workqueue_adds_total')).toBe(5)
    expect(now.value('workqueue_unfinished_work_seconds')).toBe(8)
    expect(now.value('workqueue_longest_running_processor_seconds')).toBe(4)
    await clock.advance(5_000)
    const later = await scrape()
    expect(later.value('workqueue_unfinished_work_seconds')).toBe(18)
    expect(later.value('workqueue_longest_running_processor_seconds')).toBe(9)
  })

  it('afterwards: what came out, how long keys waited and were worked on, what comes again', async () => {
    controller.start()
    for (const key of ['fails', 'later', 'c']) queue.add(key)
    await clock.advance(10_500)
    const { value } = await scrape()
    const results = { success: 0, error: 1, requeue: 0, requeue_after: 1 }
    for (const [result, count] of Object.entries(results))
      expect(value('controller_runtime_reconcile_total', { result }), result).toBe(count)
    expect(value('controller_runtime_reconcile_errors_total')).toBe(1)
    expect(value('workqueue_retries_total')).toBe(2)
    expect(value('workqueue_queue_duration_seconds_sum')).toBe(10)
    expect(value('workqueue_queue_duration_seconds_count')).toBe(3)
    expect(value('workqueue_work_duration_seconds_sum')).toBe(20)
    expect(value('controller_runtime_active_workers')).toBe(1)
    await clock.advance(10_000)
    expect((await scrape()).value('controller_runtime_reconcile_total', { result: 'success' })).toBe(1)
  })

  it('of the lease: 0 while waiting, 1 while leading', async () => {
    for (const leads of [false, true, false]) {
      metrics.leading('certwright', leads)
      expect((await scrape()).value('leader_election_master_status', { name: 'certwright' })).toBe(leads ? 1 : 0)
    }
  })

  it('of the process: this one', async () => {
    const { value } = await scrape()
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(10e6)
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(Math.abs((value('process_start_time_seconds') ?? 0) - (Date.now() / 1000 - process.uptime()))).toBeLessThan(
      5,
    )
  })
})
