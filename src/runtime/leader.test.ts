import { describe, expect, it } from 'vitest'
import { fakeElection } from '../../test/support/fake-election.ts'
import { LeaderElector, leaderIdentity } from './leader.ts'

describe('acquire', () => {
  it('makes the lease when there is none, and renews it every retry period', async () => {
    const { clock, server, elector, campaign, statuses } = fakeElection()
    const a = elector('a')
    const state = campaign(a)
    await clock.advance(0)
    expect(state.acquiredAt).toBe(0)
    expect(server.spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 })
    const first = server.spec?.renewTime
    server.calls.length = 0
    await clock.advance(10_000)
    expect(server.calls).toEqual(['a patch', 'a patch', 'a patch', 'a patch', 'a patch'])
    expect(server.spec?.renewTime).not.toBe(first)
    expect([a.isLeader(), a.check(), a.lost.aborted]).toEqual([true, undefined, false])
    expect(statuses).toEqual(['lock false', 'lock true'])
  })

  it('takes over a lease that nobody renews, after its full duration as seen from here', async () => {
    const { clock, server, elector, campaign } = fakeElection()
    server.put({ holderIdentity: 'dead', leaseDurationSeconds: 30, renewTime: '1999-01-01T00:00:00.000000Z' })
    const state = campaign(elector('b'))
    await clock.advance(29_000)
    expect(state.acquiredAt).toBeUndefined()
    await clock.advance(2_000)
    expect(state.acquiredAt).toBe(30_000)
    expect(server.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1, leaseDurationSeconds: 15 })
  })

  it('believes no wall clock: steps of hours change nothing', async () => {
    const { clock, server, elector, campaign } = fakeElection()
    server.put({ holderIdentity: 'dead', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' })
    const state = campaign(elector('b'))
    await clock.advance(1_000)
    clock.stepWall(6 * 3_600_000)
    await clock.advance(13_000)
    expect(state.acquiredAt).toBeUndefined()
    clock.stepWall(-12 * 3_600_000)
    await clock.advance(4_000)
    expect(state.acquiredAt).toBe(16_000)
  })

  it('does not take a holder for dead whose wall clock stands still', async () => {
    const { clock, elector, campaign, options } = fakeElection()
    const still = {
      now: () => 0,
      since: () => 0,
      monotonic: () => clock.monotonic(),
      sleep: clock.sleep.bind(clock),
      after: clock.after.bind(clock),
    }
    const a = new LeaderElector({ ...options('a'), realClock: still })
    campaign(a)
    await clock.advance(0)
    const b = campaign(elector('b'))
    await clock.advance(600_000)
    expect([a.isLeader(), b.acquiredAt]).toEqual([true, undefined])
  })

  it('waits while the holder renews, however long, and takes a released lease at its next try', async () => {
    const { clock, server, elector, campaign } = fakeElection()
    const a = elector('a')
    campaign(a)
    await clock.advance(0)
    const b = campaign(elector('b'))
    await clock.advance(600_000)
    expect(b.acquiredAt).toBeUndefined()
    await a.release()
    expect(server.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 })
    await clock.advance(2_000)
    expect(server.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 })
    expect(a.isLeader()).toBe(false)
    expect(a.lost.aborted).toBe(false)
  })

  it('lets exactly one of two win the race for a new lease', async () => {
    const { clock, server, elector, campaign } = fakeElection()
    const states = [campaign(elector('a')), campaign(elector('b'))]
    await clock.advance(60_000)
    expect(states.filter(({ acquiredAt }) => acquiredAt !== undefined)).toHaveLength(1)
    expect(server.spec?.leaseTransitions).toBe(0)
  })

  it('asks on while the API server fails, one warning a try, and stops when told to', async () => {
    const { clock, server, elector, stop, lines } = fakeElection()
    server.fail = () => 'unreachable'
    const acquiring = elector('a').acquire({ signal: stop.signal })
    await clock.advance(9_000)
    expect(server.calls).toHaveLength(5)
    expect(lines.filter((line) => line.includes('could not be read or written'))).toHaveLength(5)
    stop.abort(new Error('enough'))
    await expect(acquiring).rejects.toThrow('enough')
    expect(clock.pending).toBe(0)
  })
})

describe('losing', () => {
  async function leading() {
    const world = fakeElection()
    const a = world.elector('a')
    world.campaign(a)
    await world.clock.advance(0)
    return { ...world, a }
  }

  it('comes at the renew deadline when the API server stays away', async () => {
    const { clock, server, a, statuses } = await leading()
    server.fail = () => 'unreachable'
    await clock.advance(9_999)
    expect([a.isLeader(), a.lost.aborted]).toEqual([true, false])
    await clock.advance(1)
    expect([a.isLeader(), a.lost.aborted]).toEqual([false, true])
    expect(String(a.lost.reason)).toContain('not renewed within 10000 ms')
    expect(statuses.at(-1)).toBe('lock false')
  })

  it('does not come from failures that end in time, nor from one call that hangs', async () => {
    const { clock, server, a } = await leading()
    server.fail = () => 'unreachable'
    await clock.advance(7_000)
    server.fail = () => undefined
    await clock.advance(2_000)
    server.fail = () => 'hang'
    await clock.advance(2_500)
    server.fail = () => undefined
    await clock.advance(60_000)
    expect([a.isLeader(), a.lost.aborted]).toEqual([true, false])
  })

  it('does not come from a renewal that took effect but whose answer was lost', async () => {
    const { clock, server, a } = await leading()
    let lost = 0
    server.fail = (call) => (call === 'a patch' && lost++ === 0 ? 'answer lost' : undefined)
    await clock.advance(60_000)
    expect(a.isLeader()).toBe(true)
    expect(server.spec?.leaseTransitions).toBe(0)
  })

  it('comes at once when another process is seen to hold the lease', async () => {
    const { clock, server, a } = await leading()
    server.put({ holderIdentity: 'thief', leaseDurationSeconds: 15 })
    await clock.advance(2_000)
    expect(String(a.lost.reason)).toContain('held by thief')
    expect(server.spec?.holderIdentity).toBe('thief')
  })

  it('does not come from edits of labels or from a deleted lease', async () => {
    const { clock, server, a, statuses } = await leading()
    const seen = statuses.length
    server.touch()
    await clock.advance(2_000)
    expect(a.isLeader()).toBe(true)
    expect(statuses.slice(seen)).toEqual(['lock was written by somebody else'])
    server.remove()
    await clock.advance(4_000)
    expect([a.isLeader(), server.spec?.holderIdentity]).toEqual([true, 'a'])
  })

  it('is known from the clock before any timer ran, as after a pause of the process', async () => {
    const { clock, a } = await leading()
    await clock.advance(1_000)
    clock.jump(60_000)
    expect(a.isLeader()).toBe(false)
    await clock.advance(0)
    expect(a.lost.aborted).toBe(true)
  })

  it('happens before any follower takes over', async () => {
    const { clock, server, a, elector, campaign } = await leading()
    const b = campaign(elector('b'))
    await clock.advance(30_000)
    server.fail = (call) => (call.startsWith('a') ? 'unreachable' : undefined)
    let lostAt = 0
    a.lost.addEventListener('abort', () => {
      lostAt = clock.monotonic()
    })
    await clock.advance(60_000)
    expect(lostAt).toBeGreaterThan(30_000)
    expect(b.acquiredAt).toBeGreaterThan(lostAt)
  })

  it('fails the liveness check when the process is still here 20 s after the lease ended', async () => {
    const { clock, server, a } = await leading()
    server.fail = () => 'unreachable'
    await clock.advance(35_000)
    expect(a.check()).toBeUndefined()
    await clock.advance(1_000)
    expect(a.check()).toBe('lease not renewed for 36 s')
    await a.release()
    expect(a.check()).toBeUndefined()
  })
})

it('gives each process an identity of its own', () => {
  expect(leaderIdentity()).toMatch(/^.+_[0-9a-f-]{36}$/)
  expect(leaderIdentity()).not.toBe(leaderIdentity())
})
