import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { Backoff, LIST_WATCH_BACKOFF } from './backoff.ts'

function backoff(clock: FakeClock, random = 0): Backoff {
  return new Backoff({ ...LIST_WATCH_BACKOFF, monotonic: () => clock.monotonic(), random: () => random })
}

describe('Backoff', () => {
  it('doubles from 0.8 s to 30 s', () => {
    const waits = backoff(new FakeClock())
    expect(Array.from({ length: 8 }, () => waits.next())).toEqual([800, 1600, 3200, 6400, 12800, 25600, 30000, 30000])
  })

  it('adds up to as much again, so that clients spread', () => {
    expect(backoff(new FakeClock(), 0.5).next()).toBe(1200)
  })

  it('begins again after two quiet minutes, and not before', async () => {
    const clock = new FakeClock()
    const waits = backoff(clock)
    waits.next()
    await clock.advance(119_000)
    expect(waits.next()).toBe(1600)
    await clock.advance(120_000)
    expect(waits.next()).toBe(800)
  })
})
