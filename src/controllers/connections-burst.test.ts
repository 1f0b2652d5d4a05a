// Many orders at once from two issuers of one login, over real connections: who is served when, and how many at a time.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Simulator, startSimulator } from '../../test/simulators/sectigo/simulator.ts'
import type { Limits } from '../runtime/scheduler.ts'
import { LoginsWorld, PASSWORD } from './testing/logins-world.ts'

let scm: Simulator
let world: LoginsWorld

beforeAll(async () => {
  scm = await startSimulator()
})
afterAll(() => scm.close())
beforeEach(async () => {
  await scm.control.reset()
  world = await LoginsWorld.towards(scm)
})
afterEach(() => world[Symbol.asyncDispose]())

/** Two issuers that are Ready. */
async function two(first: Partial<Limits>, second: Partial<Limits>) {
  const [a, b] = [world.issuers(1, scm, first), world.issuers(2, scm, second).slice(1)].map(([one]) => one)
  if (a === undefined || b === undefined) throw new TypeError('there are two')
  world.put(PASSWORD, [a, b])
  expect(await world.during(world.check([a, b]))).toEqual(['Ready', 'Ready'])
  world.calls.length = 0
  return { a, b }
}

const times = (count: number): undefined[] => Array.from({ length: count }, () => undefined)
const endpoints = (): string[] => world.calls.map(({ endpoint }) => endpoint)

describe('a burst at one login', () => {
  it('is served by issuers in turn, within them by namespaces, and orders go before polling', async () => {
    const { a, b } = await two({ concurrentRequests: 1 }, { concurrentRequests: 1 })
    // Everybody is in line before the only slot is given back.
    const held = await (await world.backendOf(a)).turn({ signal: new AbortController().signal })
    const all = [
      ...times(5).map(() => world.look(a, 'x')),
      ...times(6).map(() => world.place(a, 'x')),
      ...times(3).map(() => world.place(a, 'y')),
      ...times(3).map(() => world.place(b, 'z')),
    ]
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve))
    held.release()
    await Promise.all(all)
    const placed = (await scm.control.orders()).map(({ comments }) => comments.at(-1))
    expect(placed.join('')).toBe('xzyzxzyxyxxx')
    // Every eighth turn is for whoever waits longest, here a look; all others are for orders.
    expect(
      endpoints()
        .slice(0, 14)
        .filter((one) => one === 'ssl/v1/enroll'),
    ).toHaveLength(12)
    expect(endpoints()).toHaveLength(17)
  })

  it('keeps to the lower rate and the lower concurrency of the two, and to as many connections', async () => {
    const { a, b } = await two(
      { requestsPerSecond: 5, concurrentRequests: 8 },
      { requestsPerSecond: 50, concurrentRequests: 4 },
    )
    // Long enough for the fourth connection to be there while the first call is under way.
    await scm.control.addFault({ match: { path: '/api/ssl/v1/enroll' }, delayMs: 100 })
    const began = world.clock.monotonic()
    await world.during(Promise.all(times(20).flatMap(() => [world.place(a), world.place(b)])))
    expect(endpoints()).toEqual(times(40).map(() => 'ssl/v1/enroll'))
    // A second's worth may have come at once.
    expect(world.clock.monotonic() - began).toBeGreaterThanOrEqual(((40 - 5) / 5) * 1_000)
    const { requests, connections } = await scm.control.counters()
    expect(requests.peak).toBe(4)
    expect(connections.peak).toBeLessThanOrEqual(5)
  })
})
