import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { createMetrics } from './metrics.ts'
import { WorkQueue } from './queue.ts'

/** Every name controller-runtime exports for controllers, queues, clients and the lease, with its labels. */
const EXPECTED = {
  controller_runtime_reconcile_total: 'controller="things",result="requeue_after"',
  controller_runtime_reconcile_errors_total: 'controller="things"',
  controller_runtime_terminal_reconcile_errors_total: 'controller="things"',
  controller_runtime_reconcile_panics_total: 'controller="things"',
  controller_runtime_reconcile_timeouts_total: 'controller="things"',
  controller_runtime_reconcile_time_seconds_count: 'controller="things"',
  controller_runtime_max_concurrent_reconciles: 'controller="things"',
  controller_runtime_active_workers: 'controller="things"',
  workqueue_depth: 'name="things",controller="things",priority=""',
  workqueue_adds_total: 'name="things",controller="things"',
  workqueue_retries_total: 'name="things",controller="things"',
  workqueue_queue_duration_seconds_count: 'name="things",controller="things"',
  workqueue_work_duration_seconds_count: 'name="things",controller="things"',
  workqueue_unfinished_work_seconds: 'name="things",controller="things"',
  workqueue_longest_running_processor_seconds: 'name="things",controller="things"',
  rest_client_requests_total: 'code="409",method="PATCH",host="10.0.0.1:443"',
  rest_client_request_duration_seconds_count: 'verb="PATCH",host="10.0.0.1:443"',
  leader_election_master_status: 'name="certwright"',
}

describe('createMetrics', () => {
  it('has the names and labels of controller-runtime', async () => {
    const metrics = createMetrics()
    const clock = new FakeClock()
    const controller = metrics.forController('things')
    const queue = new WorkQueue({ clock, metrics: metrics.forQueue('things') })
    controller.workers(4)
    controller.began()
    controller.failed('panic')
    controller.failed('terminal')
    controller.timedOut()
    controller.ended('requeue_after', 0.2)
    metrics.forApiServer('10.0.0.1:443')({ verb: 'apply', resource: 'things/status', code: '409', ms: 10 })
    metrics.leading('certwright', true)
    queue.add('a')
    queue.add('b')
    queue.add('c')
    await queue.get()
    await queue.get()
    await clock.advance(2_000)
    queue.addRateLimited('d')
    queue.done('b')

    const text = await metrics.render()
    const values = Object.entries(EXPECTED).map(([name, labels]) => [name, sample(text, `${name}{${labels}}`)])
    expect(Object.fromEntries(values)).toEqual({
      controller_runtime_reconcile_total: '1',
      controller_runtime_reconcile_errors_total: '2',
      controller_runtime_terminal_reconcile_errors_total: '1',
      controller_runtime_reconcile_panics_total: '1',
      controller_runtime_reconcile_timeouts_total: '1',
      controller_runtime_reconcile_time_seconds_count: '1',
      controller_runtime_max_concurrent_reconciles: '4',
      controller_runtime_active_workers: '0',
      workqueue_depth: '1',
      workqueue_adds_total: '3',
      workqueue_retries_total: '1',
      workqueue_queue_duration_seconds_count: '2',
      workqueue_work_duration_seconds_count: '1',
      workqueue_unfinished_work_seconds: '2',
      workqueue_longest_running_processor_seconds: '2',
      rest_client_requests_total: '1',
      rest_client_request_duration_seconds_count: '1',
      leader_election_master_status: '1',
    })
  })

  it('shows counters before their first event', async () => {
    const metrics = createMetrics()
    metrics.forController('things')
    const text = await metrics.render()
    expect(sample(text, 'controller_runtime_reconcile_total{controller="things",result="error"}')).toBe('0')
    expect(sample(text, 'controller_runtime_reconcile_errors_total{controller="things"}')).toBe('0')
  })

  it('has the process metrics, and two of them share nothing', async () => {
    const one = createMetrics()
    const other = createMetrics()
    one.counter({ name: 'orders_total', help: 'Orders.' }).inc()
    expect(await one.render()).toContain('certwright_orders_total 1')
    expect(await other.render()).not.toContain('certwright_')
    expect(await other.render()).toContain('process_resident_memory_bytes')
    expect(one.contentType).toContain('text/plain')
  })

  it('adds counters and gauges of our own under our prefix', async () => {
    const metrics = createMetrics()
    const orders = metrics.counter({ name: 'submissions_total', help: 'Submissions.', labels: ['outcome'] })
    orders.inc({ outcome: 'accepted' }, 2)
    let open = 3
    metrics.gauge({ name: 'orders_open', help: 'Open orders.', collect: (gauge) => gauge.set(open) })
    open = 5
    const text = await metrics.render()
    expect(sample(text, 'certwright_submissions_total{outcome="accepted"}')).toBe('2')
    expect(sample(text, 'certwright_orders_open')).toBe('5')
  })
})

function sample(text: string, series: string): string | undefined {
  return text
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1)
}
