// The clock that other tests trust must itself be right.
import { describe, expect, it } from 'vitest'
import { FakeClock } from './fake-clock.ts'

describe('FakeClock', () => {
  it('runs due timers in order of time, then of setting, and no later one', async () => {
    const clock = new FakeClock()
    const ran: string[] = []
    clock.after(20, () => ran.push(`late at ${clock.monotonic()}`))
    clock.after(10, () => ran.push(`first at ${clock.monotonic()}`))
    clock.after(10, () => ran.push(`second at ${clock.monotonic()}`))
    clock.after(31, () => ran.push('never'))
    await clock.advance(30)
    expect(ran).toEqual(['first at 10', 'second at 10', 'late at 20'])
    expect(clock.pending).toBe(1)
  })

  it('moves the wall clock and the monotonic clock together, and steps the wall alone', async () => {
    const clock = new FakeClock({ now: 1_000 })
    await clock.advance(500)
    clock.stepWall(-300)
    expect([clock.now(), clock.monotonic()]).toEqual([1_200, 500])
  })

  it('lets a chain of sleeps run within one advance', async () => {
    const clock = new FakeClock()
    const seen: number[] = []
    const walk = async (): Promise<void> => {
      for (let round = 0; round < 3; round++) {
        await clock.sleep(100)
        seen.push(clock.monotonic())
      }
    }
    const walked = walk()
    await clock.advance(1_000)
    await walked
    expect(seen).toEqual([100, 200, 300])
  })

  it('does not run a cancelled timer', async () => {
    const clock = new FakeClock()
    const cancel = clock.after(10, () => {
      throw new Error('ran')
    })
    cancel()
    await clock.advance(20)
    expect(clock.pending).toBe(0)
  })

  it('jumps over timers, which then run late', async () => {
    const clock = new FakeClock()
    const ran: number[] = []
    clock.after(10, () => ran.push(clock.monotonic()))
    clock.jump(100)
    expect(ran).toEqual([])
    await clock.advance(0)
    expect(ran).toEqual([100])
  })

  it('rejects an aborted sleep with the reason and forgets its timer', async () => {
    const clock = new FakeClock()
    const stop = new AbortController()
    const asleep = clock.sleep(10, { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(asleep).rejects.toThrow('enough')
    await expect(clock.sleep(10, { signal: stop.signal })).rejects.toThrow('enough')
    expect(clock.pending).toBe(0)
  })
})
