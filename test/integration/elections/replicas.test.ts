// Two and three replicas for one lease on the real API server, through everything that can happen to a leader. What is
// expected is read from the API server's audit log: nobody acts beyond its lease, and never do two act at the same time.
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import type { LeaseTimes } from '../../../src/runtime/lease-times.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { useCluster } from '../../support/cluster.ts'
import {
  type Election,
  type Elections,
  holdElections,
  LEADS,
  PATIENCE_MS,
  type Replica,
} from '../../support/election.ts'
import type { Verdict } from '../../support/reigns.ts'

/** The smallest lease that a loaded machine can still renew in time. */
const TIMES: LeaseTimes = { leaseDurationMs: 4_000, renewDeadlineMs: 3_000, retryPeriodMs: 400 }

/** Time for a renewal that hangs for half the deadline, and for a new connection, on a loaded machine. */
const PATIENT: LeaseTimes = { leaseDurationMs: 10_000, renewDeadlineMs: 8_000, retryPeriodMs: 400 }

const RENEWAL_FAILED = 'the leader lease could not be read or written'
const HOUR_MS = 3_600_000

let elections: Elections
const table: string[] = []

beforeAll(async () => {
  elections = await holdElections(useCluster())
})

afterAll(async () => {
  await elections[Symbol.asyncDispose]()
  process.stdout.write(`\nleader election: who led, ms without a leader, overlapping acts\n${table.join('\n')}\n\n`)
})

async function election(name: string, { onTestFailed }: TestContext, times = TIMES): Promise<Election> {
  const held = await elections.election(name, times)
  onTestFailed(() => void process.stderr.write(`${held.logs()}\n`))
  return held
}

/** The verdict, which is told in the table too. `released`: who gave its lease back, so that nobody had to wait for its end. */
async function conclude(held: Election, name: string, { released = [] as string[] } = {}): Promise<Verdict> {
  const verdict = await held.verdict()
  const { leaders, handovers, overlapping, beyondLease } = verdict
  const gaps = handovers.map(({ gapMs }) => Math.round(gapMs)).join(', ')
  table.push([name, leaders.map((leader) => leader.at(-1)).join(' '), gaps, overlapping].join(' | '))
  expect({ overlapping, beyondLease }).toEqual({ overlapping: 0, beyondLease: 0 })
  for (const { from, waitedMs } of handovers) {
    const free = released.includes(from) ? 0 : TIMES.leaseDurationMs
    expect(waitedMs).toBeGreaterThanOrEqual(free)
    // A retry or two; the rest is for a loaded machine.
    expect(waitedMs).toBeLessThan(free + TIMES.leaseDurationMs)
  }
  return verdict
}

describe.concurrent('a leader', () => {
  // The longest first: vitest runs five at a time.
  it('and its followers may have any wall clock', async (context) => {
    const held = await election('skewed', context)
    const a = await held.start('a', { wallClock: 'stands still' })
    await a.acts()
    const [b, c] = await Promise.all([
      held.start('b', { wallClock: { aheadMs: HOUR_MS } }),
      held.start('c', { wallClock: { aheadMs: -HOUR_MS } }),
    ])
    await a.acts(ACTS_OF_A_LEASE)
    expect([b.said(LEADS), c.said(LEADS)]).toEqual([0, 0])
    a.signal('SIGKILL')
    const [second, third] = (await firstToLead([b, c])) === b ? [b, c] : [c, b]
    await second.acts(ACTS_OF_A_LEASE)
    second.signal('SIGKILL')
    await third.acts()
    expect((await conclude(held, 'skewed')).leaders).toHaveLength(3)
  })

  it('is found again, whichever of three is ended, time after time', async (context) => {
    const held = await election('chaos', context)
    const names = 'abcdefg'.split('')
    const living = new Map<string, Replica>()
    const add = async (): Promise<void> => {
      const name = names.shift() ?? ''
      living.set(name, await held.start(name))
    }
    await Promise.all([add(), add(), add()])
    const released: string[] = []
    const story: string[] = []
    context.onTestFailed(() => void process.stderr.write(`chaos: ${story.join(', ')}\n`))
    while (names.length > 0) {
      const leader = await firstToLead([...living.values()])
      await leader.acts()
      const others = [...living].filter(([, replica]) => replica !== leader)
      const [name, victim] = oneOf([...[...living].filter(([, replica]) => replica === leader), oneOf(others)])
      const signal = oneOf(['SIGKILL', 'SIGTERM'] as const)
      story.push(`${signal} ${name}`)
      victim.signal(signal)
      living.delete(name)
      if (signal === 'SIGTERM') released.push(`chaos-${name}`)
      await victim.exitCode
      await add()
    }
    await (await firstToLead([...living.values()])).acts()
    await conclude(held, `chaos (${story.join(', ')})`, { released })
  })

  it('that is refused by the API server leads on if it is let in again in time, and ends if not', async (context) => {
    const held = await election('refused', context)
    const through = await elections.proxy()
    const a = await held.start('a', { through })
    await a.acts()
    const b = await held.start('b')
    through.refuse()
    through.cut()
    await a.says(RENEWAL_FAILED)
    await through.restore()
    await a.acts(ACTS_OF_A_LEASE)
    expect(b.said(LEADS)).toBe(0)
    through.refuse()
    through.cut()
    await b.acts()
    expect(await a.exitCode).toBe(1)
    await through.restore()
    const again = await held.start('c', { through })
    await again.says('another process leads')
    await b.acts()
    expect((await conclude(held, 'refused')).leaders).toEqual(['refused-a', 'refused-b'])
  })

  it('that is paused beyond its lease does not act any more when it wakes, and ends', async (context) => {
    const held = await election('paused', context)
    const a = await held.start('a')
    await a.acts()
    const [b, c] = await Promise.all([held.start('b'), held.start('c')])
    await c.says('another process leads')
    // One that waits is paused as well: it must not think, when it wakes, that nobody has renewed for so long.
    c.signal('SIGSTOP')
    await a.pause()
    await b.acts()
    a.signal('SIGCONT')
    c.signal('SIGCONT')
    expect(await a.exitCode).toBe(1)
    await b.acts(ACTS_OF_A_LEASE)
    expect((await conclude(held, 'paused')).leaders).toEqual(['paused-a', 'paused-b'])
  })

  it('whose connections die without a word makes new ones in time', async (context) => {
    const held = await election('stalled', context, PATIENT)
    const through = await elections.proxy()
    const a = await held.start('a', { through })
    await a.acts()
    const b = await held.start('b')
    through.stall()
    await a.says(RENEWAL_FAILED)
    await a.acts(ACTS_OF_A_LEASE)
    expect(b.said(LEADS)).toBe(0)
    expect((await conclude(held, 'stalled')).leaders).toEqual(['stalled-a'])
  })

  it('whose packets get lost ends before another follows, and does nothing when the route is back', async (context) => {
    const held = await election('lost', context)
    const through = await elections.proxy()
    const a = await held.start('a', { through })
    await a.acts()
    const b = await held.start('b')
    await a.acts()
    through.blackHole()
    await b.acts()
    // What was on its way is lost: no lease can call back what a network delivers late.
    through.cut()
    await through.restore()
    expect(await a.exitCode).toBe(1)
    await b.acts()
    expect((await conclude(held, 'lost')).leaders).toEqual(['lost-a', 'lost-b'])
  })

  it('that is killed is followed by another when its lease ends', async (context) => {
    const held = await election('killed', context)
    const a = await held.start('a')
    await a.acts()
    const b = await held.start('b')
    await a.acts()
    a.signal('SIGKILL')
    await b.acts()
    expect((await conclude(held, 'killed')).leaders).toEqual(['killed-a', 'killed-b'])
  })

  it('that is told to stop hands over at the next try', async (context) => {
    const held = await election('released', context)
    const a = await held.start('a')
    await a.acts()
    const b = await held.start('b')
    await b.says('another process leads')
    a.signal('SIGTERM')
    expect(await a.exitCode).toBe(0)
    await b.acts()
    const { leaders } = await conclude(held, 'released', { released: ['released-a'] })
    expect(leaders).toEqual(['released-a', 'released-b'])
  })
})

/** At one act every 100 ms, longer than a lease and a retry: whoever was going to take over by mistake has done so. */
const ACTS_OF_A_LEASE = 50

/** Waits until one of them leads. */
function firstToLead(candidates: readonly Replica[]): Promise<Replica> {
  const leader = async (): Promise<Replica | undefined> => candidates.find((candidate) => candidate.said(LEADS) > 0)
  return waitUntil(leader, { what: 'a leader', timeoutMs: PATIENCE_MS })
}

function oneOf<T>(choices: readonly T[]): T {
  return choices[Math.floor(Math.random() * choices.length)] as T
}
