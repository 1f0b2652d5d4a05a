// The queue's three promises, under any interleaving of callers and workers: no key twice at once, none lost, none after
// shutdown.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { WorkQueue } from './queue.ts'

const KEYS = ['a', 'b', 'c', 'd']

const step = fc.oneof(
  fc.record({ do: fc.constantFrom('add', 'addRateLimited', 'forget'), key: fc.constantFrom(...KEYS) }),
  fc.record({ do: fc.constant('addAfter'), key: fc.constantFrom(...KEYS), ms: fc.integer({ min: -1, max: 400 }) }),
  fc.record({ do: fc.constant('advance'), ms: fc.integer({ min: 0, max: 300 }) }),
)

interface Step {
  readonly do: string
  readonly key?: string
  readonly ms?: number
}

interface World {
  readonly clock: FakeClock
  readonly queue: WorkQueue
  readonly running: Set<string>
  /** When the key was last asked for, and when it last began to run, counted in events of either kind. */
  readonly asked: Map<string, number>
  readonly began: Map<string, number>
  readonly violations: string[]
  ticks: number
  down: boolean
}

async function work(world: World, takesMs: number): Promise<void> {
  for (;;) {
    const key = await world.queue.get()
    if (key === undefined) return
    if (world.down) world.violations.push(`${key} ran after shutdown`)
    if (world.running.has(key)) world.violations.push(`${key} ran twice at once`)
    world.running.add(key)
    world.began.set(key, world.ticks++)
    await world.clock.sleep(takesMs)
    world.running.delete(key)
    world.queue.done(key)
  }
}

async function perform(world: World, { do: action, key = '', ms = 0 }: Step): Promise<void> {
  if (action === 'advance') await world.clock.advance(ms)
  else if (action === 'forget') world.queue.forget(key)
  else {
    world.asked.set(key, world.ticks++)
    if (action === 'add') world.queue.add(key)
    else if (action === 'addAfter') world.queue.addAfter(key, ms)
    else world.queue.addRateLimited(key)
  }
}

function newWorld(): World {
  const clock = new FakeClock()
  return {
    clock,
    queue: new WorkQueue({ clock, baseMs: 10, maxMs: 500 }),
    running: new Set(),
    asked: new Map(),
    began: new Map(),
    violations: [],
    ticks: 0,
    down: false,
  }
}

/** Longer than every delay, back-off and run of a schedule together. */
const LONG_MS = 60_000

describe('WorkQueue', () => {
  it('runs no key twice at once, loses none, runs none after shutdown', async () => {
    const schedule = fc.record({
      workers: fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 3 }),
      before: fc.array(step, { maxLength: 25 }),
      after: fc.array(step, { maxLength: 8 }),
    })
    await fc.assert(
      fc.asyncProperty(schedule, async ({ workers, before, after }) => {
        const world = newWorld()
        const working = workers.map((takesMs) => work(world, takesMs))
        for (const next of before) await perform(world, next)
        await world.clock.advance(LONG_MS)
        for (const [key, at] of world.asked) expect(world.began.get(key) ?? -1, `${key} was lost`).toBeGreaterThan(at)

        for (const next of before) await perform(world, next)
        await world.clock.advance(0) // a key given to a waiting worker has left the queue: let the worker see it
        const down = world.queue.shutDown({ drain: false })
        world.down = true
        for (const next of after) await perform(world, next)
        await world.clock.advance(LONG_MS)
        await Promise.all([down, ...working])
        expect(world.violations).toEqual([])
        expect(world.queue.depth).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it('runs a delayed key at the earliest of the times asked for, and then at the earliest asked for since', async () => {
    const delays = fc.array(fc.tuple(fc.nat({ max: 300 }), fc.integer({ min: 1, max: 500 })), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(delays, async (asked) => {
        const clock = new FakeClock()
        const queue = new WorkQueue({ clock })
        const ran: number[] = []
        const working = (async () => {
          for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
            ran.push(clock.monotonic())
            queue.done(key)
          }
        })()
        const expected: number[] = []
        let due = Number.POSITIVE_INFINITY
        const passUntil = async (time: number) => {
          if (due <= time) expected.push(due)
          due = due <= time ? Number.POSITIVE_INFINITY : due
          await clock.advance(time - clock.monotonic())
        }
        for (const [pause, delay] of asked) {
          await passUntil(clock.monotonic() + pause)
          queue.addAfter('a', delay)
          due = Math.min(due, clock.monotonic() + delay)
        }
        await passUntil(clock.monotonic() + LONG_MS)
        expect(ran).toEqual(expected)
        await queue.shutDown({ drain: true })
        await working
      }),
      { numRuns: 60 },
    )
  })
})
