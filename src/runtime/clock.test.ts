import { describe, expect, it } from 'vitest'
import { systemClock } from './clock.ts'

describe('systemClock', () => {
  it('rejects an aborted sleep with the signal’s own reason', async () => {
    const reason = new Error('shutting down')
    const abort = new AbortController()
    const slept = systemClock().sleep(60_000, { signal: abort.signal })
    abort.abort(reason)
    await expect(slept).rejects.toBe(reason)
    await expect(systemClock().sleep(60_000, { signal: abort.signal })).rejects.toBe(reason)
  })

  it('waits shorter and measures longer by its scale, and keeps the wall clock true', async () => {
    const clock = systemClock({ scale: 1_000 })
    const began = { monotonic: clock.monotonic(), now: clock.now() }
    await clock.sleep(30_000)
    expect(clock.monotonic() - began.monotonic).toBeGreaterThanOrEqual(29_000)
    expect(clock.now() - began.now).toBeLessThan(10_000)
  })

  it('does not fire a timer beyond 24.8 days at once, and cancels it', async () => {
    const clock = systemClock()
    let fired = false
    const cancel = clock.after(2 ** 31 + 1_000, () => {
      fired = true
    })
    await clock.sleep(20)
    cancel()
    expect(fired).toBe(false)
  })
})
