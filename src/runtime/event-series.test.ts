import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { SeriesBook } from './event-series.ts'

const MINUTE = 60_000

/** Emits and, where a write is due, writes at once. */
function emitter(book: SeriesBook) {
  return (event: string, object = 'o'): number | undefined => {
    const series = book.count(event, object)
    if (series !== undefined) series.queued = false
    return series?.count
  }
}

describe('SeriesBook', () => {
  it('counts the same event on while it comes within six minutes, and starts anew after', async () => {
    const clock = new FakeClock()
    const emit = emitter(new SeriesBook({ clock }))
    expect(emit('e')).toBe(1)
    await clock.advance(5 * MINUTE)
    expect([emit('e'), emit('other')]).toEqual([2, 1])
    await clock.advance(5 * MINUTE)
    expect(emit('e')).toBe(3)
    await clock.advance(6 * MINUTE)
    expect(emit('e')).toBe(1)
  })

  it('asks for no second write while one waits, which then carries the full count', () => {
    const book = new SeriesBook({ clock: new FakeClock() })
    const series = book.count('e', 'o')
    expect(book.count('e', 'o')).toBeUndefined()
    expect(book.count('e', 'o')).toBeUndefined()
    expect(series?.count).toBe(3)
  })

  it('silences an object that talks too much, but not its neighbour, and hears it again later', async () => {
    const clock = new FakeClock()
    const emit = emitter(new SeriesBook({ clock, limit: { burst: 3, refillMs: MINUTE } }))
    expect([1, 2, 3, 4, 5].map((number) => emit(`e${number}`))).toEqual([1, 1, 1, undefined, undefined])
    expect(emit('e1', 'neighbour')).toBe(2)
    await clock.advance(MINUTE)
    expect([emit('e5'), emit('e6')]).toEqual([2, undefined])
  })

  it('forgets the longest unused when it knows too many', () => {
    const clock = new FakeClock()
    const emit = emitter(new SeriesBook({ clock, limit: { burst: 1e9, refillMs: MINUTE } }))
    emit('first')
    for (let number = 0; number < 4_095; number++) emit(`e${number}`)
    expect(emit('first')).toBe(2)
    for (let number = 0; number < 4_096; number++) emit(`f${number}`)
    expect(emit('first')).toBe(1)
  })
})
