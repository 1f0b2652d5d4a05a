// What fails again and again is tried ever later, however much goes well in between: a turn that was granted, a call that ended.
import { beforeEach, describe, expect, it } from 'vitest'
import { refusal } from '../../test/support/memory-kube.ts'
import { Controller } from '../runtime/controller.ts'
import { createLogger } from '../runtime/log.ts'
import { WorkQueue } from '../runtime/queue.ts'
import { RequestWorld, requestSamples } from './testing/request-world.ts'

const log = createLogger({ level: 'error', format: 'text', destination: { write: () => true } })
const MINUTE_MS = 60_000

const samples = await requestSamples()
let world: RequestWorld
beforeEach(() => {
  world = new RequestWorld(samples)
})

/** Calls of the API server in each of so many minutes, with a queue as the process has it. */
async function callsPerMinute(
  minutes: number,
  { key, reconciler }: { key: string; reconciler: Pick<RequestWorld['reconciler'], 'reconcile' | 'stop'> },
): Promise<readonly number[]> {
  const { clock, kube } = world
  const queue = new WorkQueue({ clock, random: () => 0 })
  world.wakes = (woken) => queue.add(woken)
  const controller = new Controller({
    name: 'any',
    workers: 1,
    queue,
    realClock: clock,
    log,
    reconcileTimeoutMs: 5 * MINUTE_MS,
    reconcile: (one, options) => reconciler.reconcile(one, options),
  })
  controller.start()
  queue.add(key)
  // The CSR is verified by a real thread, which no clock of ours moves.
  await expect.poll(() => kube.calls.length).toBeGreaterThan(0)
  const calls: number[] = []
  for (let minute = 0, before = 0; minute < minutes; minute++) {
    // In steps: a reconcile takes some turns of the event loop.
    for (let passed = 0; passed < MINUTE_MS; passed += 200) await clock.advance(200)
    calls.push(kube.calls.length - before)
    before = kube.calls.length
  }
  await controller.drain()
  await reconciler.stop()
  return calls
}

describe('a request', () => {
  it.each([
    [409, 'Conflict'],
    [403, 'Forbidden'],
    [500, 'InternalError'],
  ])('whose record cannot be made (HTTP %d) is tried ever later', async (status, reason) => {
    world.kube.before = (verb) => {
      if (verb === 'create') throw refusal(status, reason)
    }
    const [first = 0, ...later] = await callsPerMinute(20, { key: 'shop/shop-1', reconciler: world.reconciler })
    expect(first).toBeLessThanOrEqual(12)
    expect(later.slice(-10).reduce((sum, calls) => sum + calls)).toBeLessThanOrEqual(6)
    expect(world.kube.calls.filter((call) => call.startsWith('create')).length).toBeGreaterThanOrEqual(9)
  })

  it('whose record cannot be read for the search at the CA is tried ever later', async () => {
    // Approved before this process was there.
    world.leadingSince = world.clock.now() + MINUTE_MS
    world.kube.before = (verb) => {
      if (verb === 'get') throw refusal(500, 'InternalError')
    }
    const [first = 0, ...later] = await callsPerMinute(20, { key: 'shop/shop-1', reconciler: world.reconciler })
    expect(first).toBeLessThanOrEqual(12)
    expect(later.slice(-10).reduce((sum, calls) => sum + calls)).toBeLessThanOrEqual(6)
    expect(world.kube.calls.filter((call) => call.startsWith('get')).length).toBeGreaterThanOrEqual(9)
  })
})
