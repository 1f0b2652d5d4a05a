// A granted turn holds a slot of a login: whatever happens, it is taken once or given back once.
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import type { SubmissionTurn } from '../backends/backend.ts'
import { Turns } from './turns.ts'

/** A line in front of one login; the test grants. */
function line() {
  let held = 0
  let granted = 0
  const waiting: { grant(): void; signal: AbortSignal }[] = []
  const ask = (signal: AbortSignal): Promise<SubmissionTurn> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      waiting.push({
        signal,
        grant() {
          held++
          granted++
          resolve({ release: () => void held-- })
        },
      })
    })
  return { ask, waiting, held: () => held, granted: () => granted }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

let woken: string[]
let turns: Turns
let clock: FakeClock

beforeEach(() => {
  woken = []
  clock = new FakeClock()
  turns = new Turns({ clock, wake: (key) => woken.push(key) })
})

describe('a turn', () => {
  it('is waited for without blocking, wakes its request, and is handed out once', async () => {
    const { ask, waiting, held } = line()
    expect(turns.take('a', 'ns/a', ask)).toBeUndefined()
    expect(turns.take('a', 'ns/a', ask)).toBeUndefined()
    await settled()
    expect([waiting.length, woken]).toEqual([1, []])
    waiting[0]?.grant()
    await settled()
    expect(woken).toEqual(['ns/a'])
    turns.take('a', 'ns/a', ask)?.release()
    expect(held()).toBe(0)
    turns.drop('a')
    expect(held()).toBe(0)
  })

  it('that was granted and is not wanted any more is given back', async () => {
    const { ask, waiting, held } = line()
    turns.take('a', 'ns/a', ask)
    await settled()
    waiting[0]?.grant()
    await settled()
    expect(held()).toBe(1)
    turns.drop('a')
    expect(held()).toBe(0)
  })

  it('that is granted in the moment in which it is given up is given back', async () => {
    const { ask, waiting, held, granted } = line()
    turns.take('a', 'ns/a', ask)
    await settled()
    waiting[0]?.grant()
    turns.drop('a')
    await settled()
    expect([granted(), held(), woken]).toEqual([1, 0, []])
  })

  it('knows how long it has been waited for', async () => {
    const { ask, waiting } = line()
    expect(turns.waitedMs('a')).toBe(0)
    turns.take('a', 'ns/a', ask)
    await clock.advance(7_000)
    turns.take('a', 'ns/a', ask)
    expect(turns.waitedMs('a')).toBe(7_000)
    waiting[0]?.grant()
    await settled()
    turns.take('a', 'ns/a', ask)?.release()
    expect(turns.waitedMs('a')).toBe(0)
  })

  it('leaves the line when it is given up', async () => {
    const { ask, waiting } = line()
    turns.take('a', 'ns/a', ask)
    await settled()
    turns.drop('a')
    expect(waiting[0]?.signal.aborted).toBe(true)
    await settled()
    expect(woken).toEqual([])
    expect(turns.take('a', 'ns/a', ask)).toBeUndefined()
    await settled()
    expect(waiting).toHaveLength(2)
  })

  it('that cannot be had says why, once, and is asked for anew', async () => {
    const { ask } = line()
    turns.take('a', 'ns/a', () => Promise.reject(new Error('refused')))
    await settled()
    expect(woken).toEqual(['ns/a'])
    expect(() => turns.take('a', 'ns/a', ask)).toThrow('refused')
    expect(turns.take('a', 'ns/a', ask)).toBeUndefined()
  })

  it('of everybody is given back at the end', async () => {
    const { ask, waiting, held } = line()
    for (const uid of ['a', 'b', 'c']) turns.take(uid, uid, ask)
    await settled()
    waiting[1]?.grant()
    await settled()
    await turns.stop()
    expect(held()).toBe(0)
    expect(waiting.map(({ signal }) => signal.aborted)).toEqual([true, true, true])
  })
})
