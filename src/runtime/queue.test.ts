import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { type QueueFacts, type QueueMetrics, WorkQueue, type WorkQueueOptions } from './queue.ts'

function setUp(options: Omit<WorkQueueOptions, 'clock'> = {}) {
  const clock = new FakeClock()
  return { clock, queue: new WorkQueue({ clock, random: () => 0, ...options }) }
}

/** Takes everything that waits, marking each key done. */
async function takeAll(queue: WorkQueue): Promise<(string | undefined)[]> {
  const keys: (string | undefined)[] = []
  while (queue.depth > 0) {
    const key = await queue.get()
    keys.push(key)
    if (key !== undefined) queue.done(key)
  }
  return keys
}

describe('add, get, done', () => {
  it('hands out in order, each waiting key once', async () => {
    const { queue } = setUp()
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key)
    expect(queue.depth).toBe(3)
    expect(await takeAll(queue)).toEqual(['a', 'b', 'c'])
  })

  it('takes turns by namespace, however many keys of one of them wait', async () => {
    const { queue } = setUp()
    const flood = Array.from({ length: 2_000 }, (_, number) => `flood/${number}`)
    for (const key of flood) queue.add(key)
    for (const key of ['modest/a', 'modest/b', 'cluster-scoped']) queue.add(key)
    expect(queue.depth).toBe(2_003)
    const taken = await takeAll(queue)
    expect(taken.slice(0, 6)).toEqual(['flood/0', 'modest/a', 'cluster-scoped', 'flood/1', 'modest/b', 'flood/2'])
    expect(taken.filter((key) => key?.startsWith('flood/'))).toEqual(flood)
  })

  it('runs a key that was added during its run again, and only afterwards', async () => {
    const { queue } = setUp()
    queue.add('a')
    await queue.get()
    queue.add('a')
    queue.add('a')
    expect(queue.depth).toBe(0)
    queue.done('a')
    expect(await takeAll(queue)).toEqual(['a'])
  })

  it('gives a new key to whoever asked first', async () => {
    const { queue } = setUp()
    const asked = [queue.get(), queue.get()]
    queue.add('a')
    queue.add('b')
    expect(await Promise.all(asked)).toEqual(['a', 'b'])
  })

  it('ignores done for a key that is not in work', async () => {
    const { queue } = setUp()
    queue.add('a')
    queue.done('a')
    expect(await takeAll(queue)).toEqual(['a'])
  })
})

describe('addAfter', () => {
  it('adds when the time has come', async () => {
    const { clock, queue } = setUp()
    queue.addAfter('a', 1_000)
    await clock.advance(999)
    expect(queue.depth).toBe(0)
    await clock.advance(1)
    expect(queue.depth).toBe(1)
  })

  it.each([
    [5_000, 1_000],
    [1_000, 5_000],
  ])('keeps the earliest of %d and %d ms, once', async (first, second) => {
    const { clock, queue } = setUp()
    queue.addAfter('a', first)
    queue.addAfter('a', second)
    await clock.advance(1_000)
    expect(await takeAll(queue)).toEqual(['a'])
    await clock.advance(10_000)
    expect(queue.depth).toBe(0)
  })

  it('adds at once for no delay and for a negative one', async () => {
    const { queue } = setUp()
    queue.addAfter('a', 0)
    queue.addAfter('b', -5)
    expect(await takeAll(queue)).toEqual(['a', 'b'])
  })

  it('waits 60 days when told to', async () => {
    const { clock, queue } = setUp()
    const days = 24 * 60 * 60_000
    queue.addAfter('a', 60 * days)
    await clock.advance(59 * days)
    expect(queue.depth).toBe(0)
    await clock.advance(days)
    expect(queue.depth).toBe(1)
  })

  it('refuses a delay that is not a number, which would spin', () => {
    const { queue } = setUp()
    expect(() => queue.addAfter('a', Number.NaN)).toThrow('not a number')
  })
})

describe('addRateLimited', () => {
  async function delays(options: Omit<WorkQueueOptions, 'clock'>, rounds: number): Promise<number[]> {
    const { clock, queue } = setUp(options)
    const measured: number[] = []
    for (let round = 0; round < rounds; round++) {
      const from = clock.monotonic()
      queue.addRateLimited('a')
      while (queue.depth === 0) await clock.advance(50)
      measured.push(clock.monotonic() - from)
      await takeAll(queue)
    }
    return measured
  }

  it('doubles per key up to the maximum', async () => {
    expect(await delays({ baseMs: 100, maxMs: 1_000 }, 6)).toEqual([100, 200, 400, 800, 1_000, 1_000])
  })

  it('is up to a quarter earlier by jitter, never later', async () => {
    expect(await delays({ baseMs: 400, maxMs: 1_000, random: () => 1 }, 3)).toEqual([300, 600, 750])
  })

  it('starts at one second by default, and after forget again', async () => {
    const { clock, queue } = setUp()
    queue.addRateLimited('a')
    await clock.advance(1_000)
    expect(await takeAll(queue)).toEqual(['a'])
    queue.forget('a')
    queue.addRateLimited('a')
    await clock.advance(1_000)
    expect(await takeAll(queue)).toEqual(['a'])
    queue.addRateLimited('a')
    await clock.advance(1_999)
    expect(queue.depth).toBe(0)
  })

  it('counts from the last failure, not from what was asked for before it', async () => {
    const { clock, queue } = setUp({ baseMs: 2_000 })
    queue.addAfter('a', 1_000)
    queue.addRateLimited('a')
    await clock.advance(1_999)
    expect(queue.depth).toBe(0)
    queue.addAfter('a', 5_000)
    await clock.advance(1)
    expect(await takeAll(queue)).toEqual(['a'])
    expect(clock.pending).toBe(0)
  })

  it('stays at the maximum after a thousand failures', async () => {
    const { clock, queue } = setUp()
    for (let failure = 0; failure < 1_000; failure++) {
      queue.addRateLimited('a')
      await clock.advance(5 * 60_000)
      await takeAll(queue)
    }
    queue.addRateLimited('a')
    await clock.advance(5 * 60_000 - 1)
    expect(queue.depth).toBe(0)
  })
})

describe('shutDown', () => {
  it('without drain hands out nothing more, wakes who waits, and resolves when the running keys are done', async () => {
    const { clock, queue } = setUp()
    queue.add('running')
    await queue.get()
    queue.add('running')
    queue.addAfter('delayed', 10)
    const asked = queue.get()
    let over = false
    const down = queue.shutDown({ drain: false }).then(() => {
      over = true
    })
    queue.add('late')
    queue.addRateLimited('late')
    expect(clock.pending).toBe(0)
    await clock.advance(1_000)
    expect(await asked).toBeUndefined()
    expect(over).toBe(false)
    queue.done('running')
    await down
    expect([queue.depth, await queue.get()]).toEqual([0, undefined])
  })

  it('with drain still hands out what waited or was added during its run', async () => {
    const { queue } = setUp()
    queue.add('a')
    queue.add('b')
    await queue.get()
    queue.add('a')
    const down = queue.shutDown({ drain: true })
    queue.done('a')
    expect(await takeAll(queue)).toEqual(['b', 'a'])
    await down
    expect(await queue.get()).toBeUndefined()
  })
})

describe('metrics', () => {
  it('tells of adds, retries, waiting and working time', async () => {
    const seen: string[] = []
    let facts: (() => QueueFacts) | undefined
    const metrics: QueueMetrics = {
      added: () => seen.push('added'),
      retried: () => seen.push('retried'),
      waited: (seconds) => seen.push(`waited ${seconds}`),
      worked: (seconds) => seen.push(`worked ${seconds}`),
      observe: (ask) => {
        facts = ask
      },
    }
    const { clock, queue } = setUp({ metrics })
    queue.add('a')
    queue.add('b')
    await clock.advance(2_000)
    await queue.get()
    await clock.advance(1_000)
    await queue.get()
    await clock.advance(500)
    expect(facts?.()).toEqual({ depth: 0, unfinishedSeconds: 2, longestRunningSeconds: 1.5 })
    queue.done('a')
    queue.addRateLimited('a')
    expect(seen).toEqual(['added', 'added', 'waited 2', 'waited 3', 'worked 1.5', 'retried'])
  })
})
