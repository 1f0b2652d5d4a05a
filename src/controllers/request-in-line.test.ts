// What a request says while it waits for its turn: nothing when the turn comes soon, and once what keeps it waiting.
import { beforeEach, describe, expect, it } from 'vitest'
import { refusal } from '../../test/support/memory-kube.ts'
import { RequestWorld, requestSamples } from './testing/request-world.ts'

const down = { kind: 'Unreachable', message: 'connection refused' } as const

const samples = await requestSamples()
let world: RequestWorld
let turn: PromiseWithResolvers<void>
beforeEach(() => {
  world = new RequestWorld(samples)
  turn = Promise.withResolvers()
  world.turnComes = () => turn.promise
})

/** Lets so many milliseconds pass as the queue would, looking when it was told to. Gives the pauses between the looks. */
async function wait(ms: number): Promise<number[]> {
  const pauses: number[] = []
  for (let left = ms; ; ) {
    const { requeueAfterMs = Number.POSITIVE_INFINITY } = await world.reconcile()
    await world.clock.advance(Math.min(left, requeueAfterMs))
    left -= requeueAfterMs
    if (left <= 0) return pauses
    pauses.push(requeueAfterMs)
  }
}

const writes = (): string[] => world.kube.calls.filter((call) => call.startsWith('patch certificaterequests'))

describe('a request in line', () => {
  it('says nothing when its turn comes soon, whatever the login has', async () => {
    world.hindrance = down
    await wait(4_000)
    expect([world.kube.calls, world.rechecks]).toEqual([[], 0])
    world.hindrance = undefined
    turn.resolve()
    await world.settle()
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
    expect(world.kube.calls).toHaveLength(4)
  })

  it('says nothing in a long line of a login that works, and looks up less and less often', async () => {
    expect(await wait(300_000)).toEqual([5_000, 5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000])
    expect([world.kube.calls, world.rechecks]).toEqual([[], 0])
  })

  it('says once that the login fails, and has its issuer checked once', async () => {
    world.hindrance = down
    await wait(120_000)
    expect(world.readyOf()).toMatchObject({
      status: 'False',
      reason: 'Pending',
      message: expect.stringMatching(
        /^The CA cannot be asked at the moment \(Unreachable\): connection refused\. For the owner of SectigoIssuer "scm": ./,
      ),
    })
    expect(writes()).toHaveLength(1)
    expect(world.rechecks).toBe(1)
    world.hindrance = undefined
    turn.resolve()
    await world.settle()
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
    expect(world.submissions).toEqual([1])
  })

  it('has no issuer checked because SCM wants to be left alone', async () => {
    world.hindrance = { kind: 'RateLimited', message: 'SCM asked for a pause' }
    await wait(120_000)
    expect(world.readyOf()).toMatchObject({ message: expect.stringContaining('(RateLimited): SCM asked for a pause') })
    expect(world.rechecks).toBe(0)
  })

  it('does not go on saying that the login fails when it waits for its turn only', async () => {
    world.hindrance = down
    await wait(30_000)
    world.hindrance = undefined
    await wait(60_000)
    expect(world.readyOf()).toMatchObject({ reason: 'Pending', message: 'Waiting for its turn to be submitted' })
    expect(writes()).toHaveLength(2)
  })

  it('leaves the line when what it said makes a search come first', async () => {
    world.leadingSince = world.clock.now()
    world.hindrance = down
    await wait(5_000)
    expect(world.recorded()).toBeUndefined()
    await wait(5_000)
    turn.resolve()
    await world.settle()
    expect(world.recorded()?.spec.firstAttempt).toBe('AfterSearch')
    expect(world.turnsHeldWhileSearching).toEqual([0, 0])
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
    expect(world.turnsHeld).toBe(0)
  })

  it('keeps its place although what it has to say cannot be written', async () => {
    world.hindrance = down
    world.kube.before = (verb) => {
      if (verb === 'patch') throw refusal(500, 'InternalError')
    }
    await wait(4_000)
    await world.clock.advance(1_000)
    await expect(world.reconcile()).rejects.toMatchObject({ status: 500 })
    world.kube.before = () => {}
    turn.resolve()
    await world.settle()
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
    expect(world.turnsHeld).toBe(0)
  })
})
