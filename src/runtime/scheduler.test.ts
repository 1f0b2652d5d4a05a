import { describe, expect, it } from 'vitest'
import { never, setUp } from '../../test/support/scheduling.ts'

describe('limits', () => {
  it('grants no more at a time than allowed, and a release lets the next in', async () => {
    const { clock, scheduler, granted, releases, ask } = setUp({ concurrentRequests: 2 })
    for (const name of ['1', '2', '3', '4']) void ask(`0 i n ${name}`)
    await clock.advance(60_000)
    expect(granted).toHaveLength(2)
    releases[0]?.()
    releases[0]?.()
    await clock.advance(0)
    expect(granted).toHaveLength(3)
    expect([scheduler.inUse, scheduler.waiting]).toEqual([2, 1])
  })

  it('grants a second’s worth at once, then at the rate', async () => {
    const { clock, granted, ask } = setUp({ requestsPerSecond: 5, concurrentRequests: 100 })
    for (let call = 0; call < 50; call++) void ask('0')
    await clock.advance(0)
    expect(granted).toHaveLength(5)
    await clock.advance(199)
    expect(granted).toHaveLength(5)
    await clock.advance(1)
    expect(granted).toHaveLength(6)
    await clock.advance(2_000)
    expect(granted).toHaveLength(16)
  })

  it('keeps to a rate below one a second', async () => {
    const { clock, granted, ask } = setUp({ requestsPerSecond: 0.1, concurrentRequests: 5 })
    for (let call = 0; call < 3; call++) void ask('0')
    await clock.advance(9_999)
    expect(granted).toHaveLength(1)
    await clock.advance(1)
    expect(granted).toHaveLength(2)
  })

  it('uses nearly all of the allowed rate when calls take time', async () => {
    const { clock, scheduler, granted } = setUp({ requestsPerSecond: 5, concurrentRequests: 4 })
    for (let caller = 0; caller < 8; caller++) {
      void (async () => {
        for (;;) {
          const release = await scheduler.acquire({ rank: 0, issuer: 'i', namespace: `${caller}`, signal: never })
          granted.push(`${caller}`)
          await clock.sleep(300)
          release()
        }
      })()
    }
    await clock.advance(60_000)
    expect(granted.length).toBeGreaterThanOrEqual(0.95 * 5 * 60)
    expect(granted.length).toBeLessThanOrEqual(5 * 60 + 5)
  })

  it('follows new limits at once, up and down', async () => {
    const { clock, scheduler, granted, ask } = setUp({ requestsPerSecond: 1, concurrentRequests: 1 })
    for (let call = 0; call < 30; call++) void ask('0')
    await clock.advance(0)
    expect(granted).toHaveLength(1)
    scheduler.setLimits({ requestsPerSecond: 10, concurrentRequests: 30 })
    await clock.advance(1_000)
    expect(granted).toHaveLength(11)
    scheduler.setLimits({ requestsPerSecond: 1, concurrentRequests: 30 })
    await clock.advance(2_000)
    expect(granted).toHaveLength(13)
  })

  it('does not hand out in a burst what was saved up under higher limits', async () => {
    const { clock, scheduler, granted, ask } = setUp({ requestsPerSecond: 100, concurrentRequests: 100 })
    scheduler.setLimits({ requestsPerSecond: 2, concurrentRequests: 100 })
    for (let call = 0; call < 30; call++) void ask('0')
    await clock.advance(0)
    expect(granted).toHaveLength(2)
  })

  it.each([
    { requestsPerSecond: 0, concurrentRequests: 1 },
    { requestsPerSecond: Number.NaN, concurrentRequests: 1 },
    { requestsPerSecond: 1, concurrentRequests: 0 },
  ])('refuses limits that would never grant: %o', (limits) => {
    expect(() => setUp(limits)).toThrow(RangeError)
  })
})

describe('order', () => {
  it('is by rank first, whenever one asked', async () => {
    const { ask, serve } = setUp()
    for (const turn of ['2 a x', '3 a x', '1 a x', '0 b y', '1 b y']) void ask(turn)
    expect(await serve()).toEqual(['2 a x', '0 b y', '1 a x', '1 b y', '3 a x'])
  })

  it('takes turns by issuer, then by namespace, then by age', async () => {
    const { ask, serve } = setUp()
    const turns = ['0 big a 1', '0 big a 2', '0 big a 3', '0 big b 1', '0 big b 2', '0 small c 1', '0 small c 2']
    for (const turn of turns) void ask(turn)
    expect(await serve()).toEqual([
      '0 big a 1',
      '0 big a 2',
      '0 small c 1',
      '0 big b 1',
      '0 small c 2',
      '0 big a 3',
      '0 big b 2',
    ])
  })

  it('serves a late single caller second, however long the line of another issuer', async () => {
    const { clock, ask, serve, granted } = setUp()
    for (let call = 0; call < 1_000; call++) void ask(`0 flood n${call % 7} ${call}`)
    await clock.advance(0)
    void ask('0 single n only')
    await serve()
    expect(granted.indexOf('0 single n only')).toBeLessThanOrEqual(2)
    expect(granted).toHaveLength(1_001)
  })
})

describe('patience', () => {
  it('is bounded: a search gets its turn though enrolments keep coming', async () => {
    const { clock, granted, releases, ask } = setUp()
    void ask('0 i n first')
    void ask('3 i n search')
    for (let call = 0; call < 40; call++) {
      void ask(`0 i n ${call}`)
      await clock.advance(1)
      releases.shift()?.()
    }
    expect(granted.indexOf('3 i n search')).toBe(7)
  })

  it('lasts not for as long as another namespace has thousands in line: each of its three calls has its turn', async () => {
    const { clock, granted, releases, ask } = setUp()
    for (let call = 0; call < 2_000; call++) void ask(`0 shared flood ${call}`)
    const next = async (): Promise<void> => {
      releases.shift()?.()
      await clock.advance(1)
    }
    for (let grant = 0; grant < 100; grant++) await next()
    for (const turn of ['0 shared modest enrol', '1 shared modest look', '0 shared modest fetch']) {
      const before = granted.length
      void ask(turn)
      while (!granted.includes(turn) && granted.length < 1_000) await next()
      // Its own rank's turn is the next but one; a lower rank's is the second of every eighth.
      expect(granted.length - before).toBeLessThanOrEqual(turn.startsWith('0') ? 3 : 17)
    }
  })
})

describe('abort', () => {
  it('removes the waiter and lets the others pass', async () => {
    const { scheduler, ask, serve } = setUp()
    const stop = new AbortController()
    void ask('0 a x first')
    const aborted = ask('0 a x aborted', stop.signal)
    void ask('0 a x last')
    stop.abort(new Error('gone'))
    await expect(aborted).rejects.toThrow('gone')
    expect(scheduler.waiting).toBe(1)
    expect(await serve()).toEqual(['0 a x first', '0 a x last'])
    await expect(ask('0 a x late', stop.signal)).rejects.toThrow('gone')
  })

  it('after the grant leaves the turn with its holder', async () => {
    const { clock, scheduler, ask, releases } = setUp()
    const stop = new AbortController()
    await ask('0', stop.signal)
    stop.abort()
    await clock.advance(0)
    expect(scheduler.inUse).toBe(1)
    releases[0]?.()
    expect(scheduler.inUse).toBe(0)
  })

  it('of everyone leaves no timer and no line', async () => {
    const { clock, scheduler, ask } = setUp({ requestsPerSecond: 1, concurrentRequests: 5 })
    const stop = new AbortController()
    void ask('0')
    const aborted = ['0', '1', '2'].map((turn) => ask(turn, stop.signal))
    stop.abort(new Error('gone'))
    const outcomes = await Promise.allSettled(aborted)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await clock.advance(1_000)
    expect([scheduler.waiting, clock.pending]).toEqual([0, 0])
  })
})

describe('a pause', () => {
  it('grants nothing until it is over, and then goes on in order', async () => {
    const { clock, scheduler, granted, ask, serve } = setUp()
    void ask('0 i n running')
    await clock.advance(0)
    scheduler.pause(5_000)
    scheduler.pause(1_000)
    void ask('1 i n second')
    void ask('0 i n first')
    await clock.advance(4_999)
    expect(granted).toEqual(['0 i n running'])
    expect(await serve()).toEqual(['0 i n running', '0 i n first', '1 i n second'])
    expect(clock.monotonic()).toBeGreaterThanOrEqual(5_000)
  })

  it('that nobody waits for leaves no timer', async () => {
    const { clock, scheduler } = setUp()
    scheduler.pause(5_000)
    await clock.advance(0)
    expect(clock.pending).toBe(0)
  })
})
