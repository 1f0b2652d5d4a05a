import { describe, expect, it } from 'vitest'
import { Memories } from './memories.ts'

describe('memories', () => {
  it('are kept until they are forgotten, but for records that are gone', () => {
    const memories = new Memories()
    memories.of('a').permit = { attempt: 1, until: { wall: 0, monotonic: 0 } }
    expect(memories.of('a').permit?.attempt).toBe(1)
    memories.recordGone('a')
    expect(memories.of('a')).toMatchObject({ permit: { attempt: 1 }, recorded: true })
    memories.forget('a')
    expect(memories.of('a')).toEqual({ recorded: true })
    memories.recordGone('never heard of')
    expect([memories.of('never heard of'), memories.of('b')]).toEqual([{ recorded: true }, {}])
  })

  it('of records that are gone do not grow for ever', () => {
    const memories = new Memories()
    for (let n = 0; n <= 10_000; n++) memories.recordGone(String(n))
    expect([memories.of('0'), memories.of('1')]).toEqual([{}, { recorded: true }])
  })
})
