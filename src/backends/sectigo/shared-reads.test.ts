import { beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from './answer.ts'
import type { Call, Caller } from './call.ts'
import { failure } from './failure.ts'
import { SharedReads } from './shared-reads.ts'
import type { Exchange } from './wire.ts'

const call: Call = { endpoint: 'organization/v1', method: 'GET', path: 'organization/v1', rank: 1, timeoutMs: 1 }
const good: Exchange<Answer> = { result: 'answered', answer: { status: 200, bytes: new Uint8Array() } }

let now: number
let asked: { readonly call: Call; readonly answer: (exchange: Exchange<Answer>) => void }[]
let reads: SharedReads
let heldBack: boolean
const closing = new AbortController()
const caller: Caller = {
  quote: (text) => text,
  exchange: (call) => new Promise((answer) => asked.push({ call, answer })),
}
beforeEach(() => {
  now = 1_000
  asked = []
  heldBack = false
  reads = new SharedReads({ clock: { monotonic: () => now }, closed: closing.signal, heldBack: () => heldBack })
})
const ask = (since: number, more: Partial<Call> = {}) => reads.callerSince(since, caller).exchange({ ...call, ...more })

describe('a read that several checks want', () => {
  it('is made once for those that were wanted before it was', async () => {
    const checks = [ask(900), ask(1_000), ask(0)]
    asked[0]?.answer(good)
    now = 5_000
    expect(await Promise.all([...checks, ask(1_000)])).toEqual([good, good, good, good])
    expect(asked).toHaveLength(1)
  })

  it('is made again for one that was wanted later, though the first has no answer yet', () => {
    void ask(1_000)
    now = 1_001
    void ask(1_001)
    void ask(1_000)
    expect(asked).toHaveLength(2)
  })

  it('is another one with another path or query', () => {
    for (const more of [{}, { path: 'ssl/v1/types' }, { query: { organizationId: '1' } }]) void ask(1_000, more)
    expect(asked).toHaveLength(3)
  })

  it.each<[string, Exchange<Answer>]>([
    ['has no answer', { result: 'noEffect', failure: failure('TimedOut') }],
    ['is refused', { result: 'answered', answer: { status: 403, bytes: new Uint8Array() } }],
  ])('and %s is heard by all who waited, and made again for the next', async (_, trouble) => {
    const checks = Promise.all([ask(0), ask(0)])
    asked[0]?.answer(trouble)
    expect(await checks).toEqual([trouble, trouble])
    void ask(0)
    expect(asked).toHaveLength(2)
  })

  it('is made again once the login was held back, since what it was told before says nothing', async () => {
    const first = ask(0)
    asked[0]?.answer(good)
    await first
    heldBack = true
    void ask(0)
    heldBack = false
    void ask(0)
    expect(asked).toHaveLength(2)
  })

  it('goes on for the others when one of them gives up, and ends with the connection', async () => {
    const { signal, abort } = leave()
    const [first, second] = [ask(0, { signal }), ask(0)]
    abort()
    expect(await first).toEqual({ result: 'noEffect', failure: failure('Aborted') })
    expect(await ask(0, { signal })).toEqual({ result: 'noEffect', failure: failure('Aborted') })
    asked[0]?.answer(good)
    expect(await second).toEqual(good)
    expect(asked[0]?.call.signal).toBe(closing.signal)
  })
})

function leave() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort(new Error('given up')) }
}
