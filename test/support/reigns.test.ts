import { describe, expect, it } from 'vitest'
import { type Call, judge } from './reigns.ts'

const calls = (by: string, ...times: number[]): Call[] => times.map((at) => ({ by, at }))
const lease = { leaseDurationMs: 4_000 }

describe('judge', () => {
  it('finds nothing to blame in leaders that follow each other', () => {
    const acts = [...calls('b', 9_000, 9_100), ...calls('a', 1_000, 2_000, 3_000)]
    const renewals = [...calls('a', 900, 2_500), ...calls('b', 8_900)]
    expect(judge(acts, renewals, lease)).toEqual({
      leaders: ['a', 'b'],
      handovers: [{ from: 'a', to: 'b', gapMs: 6_000, waitedMs: 6_500 }],
      overlapping: 0,
      beyondLease: 0,
    })
  })

  it('counts what a leader did after the next one had begun', () => {
    const acts = [...calls('a', 1_000, 2_000, 2_200), ...calls('b', 2_000, 2_100, 9_000), ...calls('c', 8_000)]
    const renewals = [...calls('a', 900), ...calls('b', 1_900, 8_500), ...calls('c', 7_900)]
    const { handovers, overlapping } = judge(acts, renewals, lease)
    expect(overlapping).toBe(3)
    expect(handovers.map(({ gapMs }) => gapMs)).toEqual([-200, -1_000])
  })

  it('counts what a leader did beyond its lease, also when nobody else leads, and what one did that never had it', () => {
    expect(judge(calls('a', 1_000, 4_901, 9_000), calls('a', 900, 9_100), lease).beyondLease).toBe(2)
    expect(judge(calls('a', 1_000), calls('b', 900), lease).beyondLease).toBe(1)
  })

  it('counts the wait from the last write of the lease before the next leader began, not from a late one', () => {
    const acts = [...calls('a', 1_000), ...calls('b', 5_000)]
    const { handovers } = judge(acts, [...calls('a', 900, 6_000), ...calls('b', 4_900)], lease)
    expect(handovers).toEqual([{ from: 'a', to: 'b', gapMs: 4_000, waitedMs: 4_100 }])
  })
})
