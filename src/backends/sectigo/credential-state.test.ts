import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { CredentialState, type Probe } from './credential-state.ts'
import { failure } from './failure.ts'

const refusal = failure('HandshakeFailed')
const way = {}
const untrusted = failure('CertificateNotTrusted')

/** A call that ends when it is told to. */
function heldCall() {
  const { promise, resolve } = Promise.withResolvers<void>()
  let begun = false
  const call = (): Promise<void> => {
    begun = true
    return promise
  }
  return { call, end: resolve, begun: () => begun }
}

const answeredBy = (read: () => Promise<void>) => ({ way, read: () => read().then(() => undefined) })

const turns = async (): Promise<void> => {
  for (let n = 0; n < 10; n++) await Promise.resolve()
}

describe('a credential', () => {
  it('is tried by one call alone until it was accepted', async () => {
    const state = new CredentialState({ clock: new FakeClock() })
    const calls = [heldCall(), heldCall(), heldCall(), heldCall()]
    const taken = calls.map(({ call }) => state.take(way, call))
    const begun = async (): Promise<boolean[]> => {
      await turns()
      return calls.map((one) => one.begun())
    }
    expect(await begun()).toEqual([true, false, false, false])
    // It told nothing: no answer came.
    calls[0]?.end()
    expect(await begun()).toEqual([true, true, false, false])
    state.accept(way)
    calls[1]?.end()
    expect(await begun()).toEqual([true, true, true, true])
    for (const { end } of calls) end()
    await Promise.all(taken)
  })

  it('lets go of those who waited when the trial fails', async () => {
    const state = new CredentialState({ clock: new FakeClock() })
    const failed = state.take(way, () => Promise.reject(new Error('bug')))
    const next = state.take(way, async () => 'tried')
    await expect(failed).rejects.toThrow('bug')
    expect(await next).toBe('tried')
  })

  it('stays refused, and is tried again once for each reason', async () => {
    const state = new CredentialState({ clock: new FakeClock() })
    state.retryFor('41', 'a')
    state.refuse(refusal)
    state.accept(way)
    expect(state.refusal).toBe(refusal)
    state.retryFor('42', 'a')
    expect(state.refusal).toBeUndefined()
    state.refuse(refusal)
    state.retryFor('42', 'a')
    expect(state.refusal).toBe(refusal)
  })

  it('is tried again once for reasons that several users see at about the same time, and for one that is new to its user', async () => {
    const clock = new FakeClock()
    const state = new CredentialState({ clock })
    /** Is it tried for this? If so, it is refused again. */
    const tried = (reason: string, user: string): boolean => {
      state.retryFor(reason, user)
      const again = state.refusal === undefined
      state.refuse(refusal)
      return again
    }
    state.refuse(refusal)
    expect([tried('a1', 'a'), tried('b1', 'b'), tried('c1', 'c')]).toEqual([true, false, false])
    await clock.advance(60_000)
    expect([tried('d1', 'd'), tried('b2', 'b'), tried('a2', 'a')]).toEqual([false, true, false])
    await clock.advance(120_000)
    expect([tried('d1', 'd'), tried('d2', 'd')]).toEqual([false, true])
  })
})

describe('a login that is seen failing', () => {
  const why = failure('TimedOut')
  const never = new AbortController().signal
  const accepted = () => {
    const clock = new FakeClock()
    const pauses: number[] = []
    const state = new CredentialState({ clock, onPause: (ms) => pauses.push(ms) })
    state.accept(way)
    return { clock, state, pauses }
  }

  it('takes no order from the first failure on, and reads go on', () => {
    const { state } = accepted()
    expect([state.word(way), state.fit(way)]).toEqual(['accepted', true])
    state.fail(way, why)
    expect([state.word(way), state.fit(way), state.heldBack(way)]).toEqual(['down', false, undefined])
    state.accept(way)
    expect([state.word(way), state.fit(way)]).toEqual(['accepted', true])
  })

  it('holds reads back after three failures, until the pause is over', async () => {
    const { state, clock } = accepted()
    for (let n = 0; n < 3; n++) state.fail(way, why)
    expect(state.heldBack(way)).toEqual({ ...why, retryAfterMs: 4_000 })
    await clock.advance(4_000)
    expect(state.heldBack(way)).toBeUndefined()
    const calls = [heldCall(), heldCall()]
    const taken = calls.map(({ call }) => state.take(way, call))
    await turns()
    expect(calls.map((one) => one.begun())).toEqual([true, false])
    state.accept(way)
    for (const { end } of calls) end()
    await Promise.all(taken)
  })

  it('never pauses longer than half a minute', () => {
    const { state } = accepted()
    for (let n = 0; n < 50; n++) state.fail(way, why)
    expect(state.heldBack(way)?.retryAfterMs).toBe(30_000)
  })

  it('asks one question for all who want to order, again and again, until it is answered', async () => {
    const { state, clock } = accepted()
    state.fail(way, why)
    let asked = 0
    const read = async (): Promise<void> => {
      asked++
      if (asked < 3) state.fail(way, why)
      else state.accept(way)
    }
    const waiting = Array.from({ length: 20 }, () => state.untilFit(answeredBy(read), never))
    await clock.advance(1_000)
    expect(asked).toBe(1)
    await clock.advance(2_000)
    expect(asked).toBe(2)
    await clock.advance(4_000)
    await Promise.all(waiting)
    expect(asked).toBe(3)
  })

  it('asks less and less often where the question tells nothing, and no less often by another way', async () => {
    const clock = new FakeClock()
    const state = new CredentialState({ clock })
    const asked: number[] = []
    const silent: Probe = {
      way: {},
      async read() {
        asked.push(clock.monotonic())
        return untrusted
      },
    }
    const abort = new AbortController()
    const waiting = Array.from({ length: 5 }, () => state.untilFit(silent, abort.signal))
    await clock.advance(120_000)
    expect(asked).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000])
    const other = {}
    const read = async () => state.accept(other)
    await state.untilFit({ way: other, read: () => read().then(() => undefined) }, never)
    expect([asked.length, state.word(silent.way), state.word(other)]).toEqual([8, 'down', 'accepted'])
    abort.abort(new Error('given up'))
    for (const one of waiting) await expect(one).rejects.toThrow('given up')
  })

  it('that fails by one way is well by another: neither orders nor reads are held back there', () => {
    const { state } = accepted()
    for (let n = 0; n < 3; n++) state.fail(way, why)
    const other = {}
    expect([state.word(other), state.fit(other), state.heldBack(other)]).toEqual(['accepted', true, undefined])
    state.accept(other)
    expect([state.word(way), state.fit(way), state.heldBack(way)?.code]).toEqual(['down', false, why.code])
  })

  it('lets go of those who want to order when the credential is refused', async () => {
    const { state, clock } = accepted()
    state.fail(way, why)
    const waiting = state.untilFit(
      answeredBy(async () => {}),
      never,
    )
    state.refuse(refusal)
    await clock.advance(0)
    await waiting
    expect([state.word(way), state.fit(way)]).toEqual(['refused', false])
  })
})

describe('what keeps orders from being sent', () => {
  const setUp = () => {
    const clock = new FakeClock()
    return { clock, state: new CredentialState({ clock }) }
  }

  it('is nothing while nobody has asked, and a failure when it has lasted', async () => {
    const { state, clock } = setUp()
    expect(state.hindrance(way)).toBeUndefined()
    state.accept(way)
    state.fail(way, failure('ConnectionRefused'))
    expect(state.hindrance(way)).toBeUndefined()
    await clock.advance(4_999)
    state.fail(way, failure('TimedOut'))
    expect(state.hindrance(way)).toBeUndefined()
    await clock.advance(1)
    expect(state.hindrance(way)).toMatchObject({ kind: 'Unreachable', message: 'timed out' })
    state.accept(way)
    expect(state.hindrance(way)).toBeUndefined()
  })

  it('is that SCM asked for one pause after the other', async () => {
    const { state, clock } = setUp()
    state.accept(way)
    for (const expected of [undefined, 'RateLimited', 'RateLimited']) {
      state.pause(5_000)
      expect(state.hindrance(way)?.kind).toBe(expected)
      await clock.advance(5_000)
    }
    expect(state.hindrance(way)).toBeUndefined()
  })

  it('is, for those who go the same way, what that way told instead of an answer', async () => {
    const { state, clock } = setUp()
    const abort = new AbortController()
    const waiting = state.untilFit({ way, read: async () => untrusted }, abort.signal)
    await clock.advance(4_000)
    expect(state.hindrance(way)).toBeUndefined()
    await clock.advance(1_000)
    expect(state.hindrance(way)).toMatchObject({ kind: untrusted.kind, message: untrusted.message })
    expect(state.hindrance({})).toBeUndefined()
    state.accept(way)
    await waiting
    expect(state.hindrance(way)).toBeUndefined()
  })
})

describe('a login that SCM wants to pause', () => {
  const paused = (ms: number) => {
    const clock = new FakeClock()
    const pauses: number[] = []
    const state = new CredentialState({ clock, onPause: (one) => pauses.push(one) })
    state.accept(way)
    state.pause(ms)
    return { clock, state, pauses }
  }

  it('is throttled for so long, and then as it was', async () => {
    const { state, clock, pauses } = paused(7_000)
    expect([state.word(way), state.fit(way), state.heldBack(way), pauses]).toEqual([
      'throttled',
      false,
      undefined,
      [7_000],
    ])
    await clock.advance(7_000)
    expect([state.word(way), state.fit(way)]).toEqual(['accepted', true])
  })

  it('keeps nobody waiting for a long pause', async () => {
    const { state, clock } = paused(120_000)
    expect(state.heldBack(way)).toMatchObject({ kind: 'RateLimited', retryAfterMs: 120_000 })
    await clock.advance(90_000)
    expect(state.heldBack(way)).toBeUndefined()
  })

  it('is not asked anything meanwhile by those who want to order', async () => {
    const { state, clock } = paused(60_000)
    const read = () => Promise.reject(new Error('asked'))
    const waiting = state.untilFit(answeredBy(read), new AbortController().signal)
    await clock.advance(60_000)
    await waiting
  })
})
