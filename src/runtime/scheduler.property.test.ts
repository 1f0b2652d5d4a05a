import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { setUp } from '../../test/support/scheduling.ts'

describe('patience', () => {
  it('lasts no longer than eight grants for oneself and for each of the namespace who waited before, times the namespaces', async () => {
    const NAMESPACES = 4
    const arrival = fc.record({
      rank: fc.integer({ min: 0, max: 3 }),
      issuer: fc.constantFrom('a', 'b'),
      namespace: fc.constantFrom('x', 'y'),
      /** Grants before the next one arrives. */
      served: fc.integer({ min: 0, max: 2 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 20, maxLength: 120 }), async (arrivals) => {
        const { clock, scheduler, granted, releases, ask, serve } = setUp()
        const asked: string[] = []
        const patience: { readonly name: string; readonly until: number }[] = []
        for (const [index, { rank, issuer, namespace, served }] of arrivals.entries()) {
          const place = `${issuer} ${namespace}`
          const name = `${rank} ${place} ${index}`
          const older = asked.filter((other) => other.includes(place) && !granted.includes(other)).length
          patience.push({ name, until: granted.length + scheduler.inUse + 8 * NAMESPACES * (older + 1) })
          asked.push(name)
          void ask(name)
          await clock.advance(0)
          for (let grant = 0; grant < served; grant++) {
            releases.shift()?.()
            await clock.advance(1)
          }
        }
        await serve()
        for (const { name, until } of patience) expect(granted.indexOf(name)).toBeLessThan(until)
      }),
      { numRuns: 50 },
    )
  })
})

describe('any schedule', () => {
  it('grants every waiter that stays exactly once and never exceeds its limits', async () => {
    const caller = fc.record({
      startsAt: fc.integer({ min: 0, max: 2_000 }),
      takes: fc.integer({ min: 0, max: 500 }),
      abortsAt: fc.option(fc.integer({ min: 0, max: 4_000 }), { nil: undefined }),
      rank: fc.integer({ min: 0, max: 2 }),
      issuer: fc.constantFrom('a', 'b'),
      namespace: fc.constantFrom('x', 'y'),
    })
    const limits = fc.record({
      requestsPerSecond: fc.integer({ min: 1, max: 20 }),
      concurrentRequests: fc.integer({ min: 1, max: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(caller, { maxLength: 20 }), limits, async (callers, limit) => {
        const { clock, scheduler } = setUp(limit)
        const grants: number[] = []
        let most = 0
        const calls = callers.map(async ({ startsAt, takes, abortsAt, ...turn }) => {
          const stop = new AbortController()
          if (abortsAt !== undefined) clock.after(abortsAt, () => stop.abort())
          await clock.sleep(startsAt)
          const release = await scheduler.acquire({ ...turn, signal: stop.signal }).catch(() => undefined)
          if (release === undefined) return 'aborted'
          grants.push(clock.monotonic())
          most = Math.max(most, scheduler.inUse)
          await clock.sleep(takes)
          release()
          return 'granted'
        })
        await clock.advance(60_000)
        const outcomes = await Promise.all(calls)
        for (const [index, outcome] of outcomes.entries()) {
          if (callers[index]?.abortsAt === undefined) expect(outcome).toBe('granted')
        }
        expect(most).toBeLessThanOrEqual(limit.concurrentRequests)
        for (const at of grants) {
          const inSecond = grants.filter((other) => other >= at && other < at + 1_000).length
          expect(inSecond).toBeLessThanOrEqual(2 * limit.requestsPerSecond)
        }
        expect([scheduler.inUse, scheduler.waiting]).toEqual([0, 0])
      }),
      { numRuns: 50 },
    )
  })
})
