// The runtime as a process of its own, with nothing to operate: health, a lease, caches and a controller that do what the parent
// says over IPC. For tests of what only a process shows: signals, exit codes, last log lines, a blocked event loop.
import { existsSync } from 'node:fs'
import { systemClock } from '../../src/runtime/clock.ts'
import { Controller } from '../../src/runtime/controller.ts'
import { checksRoute, metricsRoute, startHttp } from '../../src/runtime/health.ts'
import { Lifecycle, type Part } from '../../src/runtime/lifecycle.ts'
import { createLogger } from '../../src/runtime/log.ts'
import { createMetrics } from '../../src/runtime/metrics.ts'
import { WorkQueue } from '../../src/runtime/queue.ts'

/**
 * What the parent may ask for. `fill`: the caches are filled. `submit`: begin work that must be finished, `record` ends it.
 * `wedge`: a reconcile that never ends. `block`: the event loop, until the file `until` is there.
 */
export interface Command {
  readonly do: 'fill' | 'submit' | 'record' | 'wedge' | 'block' | 'reject' | 'throw'
  readonly until?: string
}

export interface SmallOperatorOptions {
  /** Where health is served; port 0 for any. */
  readonly address: string
  readonly graceMs: number
  readonly stuckMs: number
}

const { address, graceMs, stuckMs } = JSON.parse(process.argv[2] ?? '') as SmallOperatorOptions
const realClock = systemClock()
const log = createLogger({ level: 'debug', format: 'json' })
const metrics = createMetrics()
const lifecycle = new Lifecycle({ realClock, log, graceMs })
const queue = new WorkQueue({ clock: realClock, metrics: metrics.forQueue('things') })
const controller = new Controller({
  name: 'things',
  workers: 1,
  queue,
  // Ignores its signal.
  reconcile: () => new Promise(() => undefined),
  realClock,
  log,
  metrics: metrics.forController('things'),
  reconcileTimeoutMs: stuckMs / 2,
})
const filled = Promise.withResolvers<void>()
let synced = false

const recorded = Promise.withResolvers<void>()

const perform: { readonly [D in Command['do']]: (until: string) => void } = {
  fill() {
    synced = true
    filled.resolve()
  },
  submit: () =>
    void lifecycle.runCritical('submit', async () => {
      log.info({}, 'submitting')
      await recorded.promise
      log.info({}, 'recorded')
    }),
  record: () => recorded.resolve(),
  wedge: () => queue.add('wedged'),
  block(until) {
    log.info({}, 'blocking')
    while (!existsSync(until)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  },
  reject: () => void Promise.reject(new Error('nobody waits for this')),
  throw: () =>
    void setImmediate(() => {
      throw new Error('a bug')
    }),
}

process.on('message', (command: Command) => perform[command.do](command.until ?? ''))
process.on('disconnect', () => process.exit())

const part = (name: string, start: Part['start'], stop: Part['stop'] = async () => undefined): Part => ({
  name,
  start,
  stop,
})

await lifecycle.run([
  [
    part('health', async () => {
      const live = { workers: () => (controller.stuckFor(stuckMs) ? 'stuck' : undefined) }
      const ready = { lifecycle: () => lifecycle.check(), caches: () => (synced ? undefined : 'not filled yet') }
      const routes = { '/healthz': checksRoute(live), '/readyz': checksRoute(ready), '/metrics': metricsRoute(metrics) }
      const endpoint = await startHttp({ address, routes })
      log.info({ address: endpoint.address }, 'health is served')
    }),
  ],
  [
    part('caches', ({ signal }) => {
      signal.addEventListener('abort', () => filled.reject(signal.reason))
      return filled.promise
    }),
  ],
  [
    part(
      'lease',
      async () => undefined,
      async () => log.info({}, 'lease given back'),
    ),
  ],
  [
    part(
      'controller',
      async () => {
        controller.start()
        log.info({}, 'working')
      },
      () => controller.drain(),
    ),
  ],
])
