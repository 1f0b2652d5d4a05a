import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { Controller, type ControllerMetrics, type ControllerOptions, type Result, TerminalError } from './controller.ts'
import { createLogger } from './log.ts'
import { WorkQueue } from './queue.ts'

function setUp(reconcile: ControllerOptions['reconcile'], { workers = 1 } = {}) {
  const clock = new FakeClock()
  const lines: Record<string, unknown>[] = []
  const counted: string[] = []
  const metrics: ControllerMetrics = {
    workers: (count) => counted.push(`workers ${count}`),
    began: () => counted.push('began'),
    ended: (result, seconds) => counted.push(`${result} ${seconds}`),
    failed: (kind) => counted.push(`failed ${kind}`),
    timedOut: () => counted.push('timed out'),
  }
  const queue = new WorkQueue({ clock, random: () => 0 })
  const controller = new Controller({
    name: 'things',
    workers,
    queue,
    reconcile,
    realClock: clock,
    log: createLogger({
      level: 'debug',
      format: 'json',
      destination: { write: (line) => void lines.push(JSON.parse(line)) },
    }),
    metrics,
    reconcileTimeoutMs: 30_000,
  })
  return { clock, queue, controller, lines, counted }
}

/** A reconcile that fails with each of `thrown` in turn and then succeeds, and the times at which it ran. */
function failing(...thrown: unknown[]) {
  const ran: number[] = []
  const world = setUp(async () => {
    ran.push(world.clock.monotonic())
    if (thrown.length > 0) throw thrown.shift()
    return {}
  })
  return { ...world, ran }
}

describe('many keys', () => {
  it('that wait for nothing let others come between', async () => {
    const { queue, controller } = setUp(async () => ({}), { workers: 16 })
    for (let key = 0; key < 1_600; key++) queue.add(`a/${key}`)
    controller.start()
    let turns = 0
    for (; queue.depth > 0; turns++) await new Promise((resolve) => setImmediate(resolve))
    expect(turns).toBeGreaterThanOrEqual(99)
    await controller.drain()
  })
})

describe('results', () => {
  it('reconciles each key and counts it', async () => {
    const keys: string[] = []
    const { clock, queue, controller, counted, lines } = setUp(async (key) => {
      keys.push(key)
      await clock.sleep(250)
      return {}
    })
    controller.start()
    queue.add('a/1')
    queue.add('a/2')
    await clock.advance(250)
    await clock.advance(250)
    expect(keys).toEqual(['a/1', 'a/2'])
    expect(counted).toEqual(['workers 1', 'began', 'success 0.25', 'began', 'success 0.25'])
    expect(lines).toEqual([])
  })

  it('runs a key again after the time it asked for, without counting a failure', async () => {
    const results: Result[] = [{ requeueAfterMs: 5_000 }, { requeueAfterMs: 7_000 }, {}]
    const ran: number[] = []
    const { clock, queue, controller, counted } = setUp(async () => {
      ran.push(clock.monotonic())
      return results.shift() ?? {}
    })
    controller.start()
    queue.add('a')
    await clock.advance(60_000)
    expect(ran).toEqual([0, 5_000, 12_000])
    expect(counted.filter((entry) => entry.startsWith('requeue_after'))).toHaveLength(2)
  })

  it('runs as many keys at a time as it has workers', async () => {
    let most = 0
    let now = 0
    const { clock, queue, controller } = setUp(
      async () => {
        most = Math.max(most, ++now)
        await clock.sleep(100)
        now--
        return {}
      },
      { workers: 3 },
    )
    controller.start()
    for (let key = 0; key < 9; key++) queue.add(`${key}`)
    await clock.advance(1_000)
    expect([most, now, queue.depth]).toEqual([3, 0, 0])
  })
})

describe('failures', () => {
  it('retries after a growing delay, with one line each, and starts over after a success', async () => {
    const error = new Error('server said no')
    const { clock, queue, controller, lines, ran } = failing(error, error, error)
    controller.start()
    queue.add('shop/web')
    await clock.advance(60_000)
    expect(ran).toEqual([0, 1_000, 3_000, 7_000])
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatchObject({
      level: 'warn',
      controller: 'things',
      object: 'shop/web',
      err: { message: 'server said no' },
    })
  })

  it.each<[string, Result, number]>([
    ['starts the delays over after a result that asked for a later look', { requeueAfterMs: 10_000 }, 1_000],
    ['goes on with the delays after what is under way', { requeueAfterMs: 10_000, underway: true }, 4_000],
  ])('%s', async (_title, between, delayMs) => {
    const results = [new Error('1'), new Error('2'), between, new Error('3')]
    const ran: number[] = []
    const { clock, queue, controller } = setUp(async () => {
      ran.push(clock.monotonic())
      const result = results.shift()
      if (result instanceof Error) throw result
      return result ?? {}
    })
    controller.start()
    queue.add('a')
    await clock.advance(60_000)
    expect(ran).toEqual([0, 1_000, 3_000, 13_000, 13_000 + delayMs])
  })

  it('does not retry a TerminalError, but runs the key when it is added again', async () => {
    const { clock, queue, controller, counted, lines, ran } = failing(new TerminalError('cannot ever'))
    controller.start()
    queue.add('a')
    await clock.advance(60 * 60_000)
    expect(ran).toEqual([0])
    expect(counted).toContain('failed terminal')
    expect(lines.map(({ level }) => level)).toEqual(['error'])
    queue.add('a')
    await clock.advance(0)
    expect(ran).toHaveLength(2)
  })

  it.each([
    ['a TypeError', new TypeError('x is undefined')],
    ['a string', 'thrown'],
    ['undefined', undefined],
  ])('survives %s as a bug and retries', async (_what, thrown) => {
    const { clock, queue, controller, counted, lines, ran } = failing(thrown)
    controller.start()
    queue.add('a')
    await clock.advance(60_000)
    expect(ran).toEqual([0, 1_000])
    expect(counted).toContain('failed panic')
    expect(lines.map(({ level }) => level)).toEqual(['error'])
  })

  it.each([
    ['nothing', undefined],
    ['a time that is none', { requeueAfterMs: Number.NaN }],
  ])('survives a reconcile that returns %s as a bug and retries', async (_what, returned) => {
    const results = [returned as unknown as Result]
    const ran: string[] = []
    const { clock, queue, controller, counted } = setUp(async (key) => {
      ran.push(key)
      return results.length > 0 ? (results.shift() as Result) : {}
    })
    controller.start()
    queue.add('a')
    queue.add('b')
    await clock.advance(60_000)
    expect(ran).toEqual(['a', 'b', 'a'])
    expect(counted).toContain('failed panic')
  })

  it('survives a reconcile that throws before it returns a promise', async () => {
    let runs = 0
    const { clock, queue, controller } = setUp(() => {
      if (++runs === 1) throw new Error('at once')
      return Promise.resolve({})
    })
    controller.start()
    queue.add('a')
    await clock.advance(10_000)
    expect(runs).toBe(2)
  })
})

describe('time', () => {
  it('aborts the signal of a reconcile that takes too long, and retries', async () => {
    const ran: number[] = []
    const { clock, queue, controller, counted, lines } = setUp(async (_key, { signal }) => {
      ran.push(clock.monotonic())
      if (ran.length === 1) await clock.sleep(3_600_000, { signal })
      return {}
    })
    controller.start()
    queue.add('a')
    await clock.advance(60_000)
    expect(ran).toEqual([0, 31_000])
    expect(counted).toContain('timed out')
    expect(lines[0]).toMatchObject({ err: { message: 'the reconcile took longer than 30000 ms' } })
  })

  it('tells when a reconcile ignores its time-out', async () => {
    const { clock, queue, controller } = setUp(async () => {
      await clock.sleep(600_000)
      return {}
    })
    controller.start()
    queue.add('a')
    await clock.advance(300_000)
    expect([controller.stuckFor(300_000), controller.stuckFor(299_999)]).toEqual([false, true])
    await clock.advance(300_000)
    expect(controller.stuckFor(0)).toBe(false)
  })
})

describe('drain', () => {
  it('aborts what runs, waits for it, starts nothing more and logs no failure', async () => {
    const began: string[] = []
    const { clock, queue, controller, lines } = setUp(async (key, { signal }) => {
      began.push(key)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await clock.sleep(2_000)
      throw signal.reason
    })
    controller.start()
    queue.add('a')
    queue.add('b')
    await clock.advance(0)
    let drained = false
    const draining = controller.drain().then(() => {
      drained = true
    })
    queue.add('c')
    await clock.advance(1_999)
    expect(drained).toBe(false)
    await clock.advance(1)
    await draining
    expect(began).toEqual(['a'])
    expect(lines.map(({ level }) => level)).toEqual(['debug'])
    expect(clock.pending).toBe(0)
  })

  it('does not run a key that the queue handed out in the same moment', async () => {
    const began: string[] = []
    const { clock, queue, controller } = setUp(async (key) => {
      began.push(key)
      return {}
    })
    controller.start()
    await clock.advance(0)
    queue.add('a')
    await controller.drain()
    expect(began).toEqual([])
  })

  it('ends at once when nothing runs, started or not', async () => {
    const { controller } = setUp(async () => ({}))
    await controller.drain()
  })
})
