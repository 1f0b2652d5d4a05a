// Waits for people last for days: each is cheap, says who is waited for, and ends soon after that person acted.
import { describe, expect, it } from 'vitest'
import type { Look, Refusal } from '../backends/backend.ts'
import { RequestWorld, requestSamples } from './testing/request-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Looks are frequent for the first hour, and what is refused is placed again ever later until then. */
const SETTLED_MS = 3 * HOUR
const DAYS_MS = 2 * 24 * HOUR

interface Wait {
  readonly wait: string
  /** What the CA says from the beginning, which lasts. */
  readonly begins: (world: RequestWorld) => void
  readonly names: RegExp
  /** Questions to the CA and submissions, at most, once it has lasted for some hours. */
  readonly callsPerHour: number
  /** To the API server, at most, in that time. */
  readonly writesPerHour: number
  /** Somebody acts, and the request is issued within so many minutes. */
  readonly ends: (world: RequestWorld) => void
  readonly withinMinutes: number
  readonly told: readonly string[]
}

const seen = (look: Partial<Look>) => (world: RequestWorld) => {
  world.look = { phase: 'processing', word: 'Applied', ours: 'yes', ...look }
}
const refused =
  (refusal: Partial<Refusal>, domains?: string) =>
  (world: RequestWorld): void => {
    world.domains = domains
    const usual = { cause: 'validation', code: '-107', message: 'DCV is incomplete for example.com' } as const
    world.outcome = () => ({ outcome: 'refused', refusal: { ...usual, ...refusal } })
  }
const accepted = (world: RequestWorld): void => {
  world.outcome = () => ({ outcome: 'accepted', remote: { id: '812', attributes: {} } })
}
const issued = seen({ phase: 'issued', word: 'Issued' })
const validations = [{ domain: 'example.com', method: 'CNAME', name: '_4E.example.com.', value: '7A.15.sectigo.com.' }]
const domains = ['example.com']

const WAITS: readonly Wait[] = [
  {
    wait: 'approval',
    begins: seen({ phase: 'awaitingApproval', word: 'Requested', todo: 'an administrator approves it' }),
    names: /^Order 812 is "Requested": waiting for approval: an administrator approves it$/,
    callsPerHour: 14,
    writesPerHour: 0,
    ends: issued,
    withinMinutes: 6,
    told: ['Issued'],
  },
  {
    wait: 'validation of domains with the order',
    begins: seen({ phase: 'awaitingValidation', todo: 'publish _4E.example.com.', validations }),
    names: /^Order 812 is "Applied": waiting for domain validation: publish _4E\.example\.com\.$/,
    callsPerHour: 14,
    writesPerHour: 0,
    ends: issued,
    withinMinutes: 6,
    told: ['DomainValidation', 'Issued'],
  },
  {
    wait: 'the CA, which validates an organization',
    begins: seen({ todo: 'see it under Organizations' }),
    names: /^Order 812 is "Applied": waiting for the CA: see it under Organizations$/,
    callsPerHour: 14,
    writesPerHour: 0,
    ends: issued,
    withinMinutes: 6,
    told: ['Issued'],
  },
  {
    wait: 'validation of a domain before the order, which the account may see',
    begins: refused({ domains }, 'example.com notvalidated'),
    names:
      /^Waiting for validation at the CA: DCV is incomplete for example\.com\. The order is placed again by itself$/,
    callsPerHour: 15,
    writesPerHour: 2.2,
    ends(world) {
      world.domains = 'example.com validated'
      accepted(world)
    },
    withinMinutes: 6,
    told: ['OrderRefused', 'Issued'],
  },
  {
    wait: 'the same, which the account may not see',
    begins: refused({ domains }),
    names: /example\.com\. The order/,
    callsPerHour: 2.2,
    writesPerHour: 2.2,
    ends: accepted,
    withinMinutes: 67,
    told: ['OrderRefused', 'Issued'],
  },
  {
    wait: 'validation of an organization before the order',
    begins: refused({ code: '-843', message: 'not validated (organization 8928)' }),
    names: /organization 8928/,
    callsPerHour: 1.1,
    writesPerHour: 2.2,
    ends: accepted,
    withinMinutes: 67,
    told: ['OrderRefused', 'Issued'],
  },
]

const samples = await requestSamples()

/** Lets time pass as the queue would. */
async function live(world: RequestWorld, ms: number): Promise<void> {
  const end = world.clock.now() + ms
  while (world.clock.now() < end) {
    const { requeueAfterMs = 0 } = await world.reconcile()
    if (requeueAfterMs === 0) return
    await world.clock.advance(Math.min(requeueAfterMs, end - world.clock.now()))
  }
}

function counted(world: RequestWorld): { readonly calls: number; readonly writes: number } {
  const writes = world.kube.calls.filter((call) => call.startsWith('patch') || call.startsWith('create'))
  return { calls: world.asked + world.submissions.length, writes: writes.length }
}

describe('a wait for people', () => {
  it.each(WAITS)('$wait: costs $callsPerHour calls and $writesPerHour writes an hour, for days', async (row) => {
    const world = new RequestWorld(samples)
    row.begins(world)
    await live(world, SETTLED_MS)
    expect(world.readyOf()).toMatchObject({ reason: 'Pending', message: expect.stringMatching(row.names) })
    const before = counted(world)
    await live(world, DAYS_MS)
    const { calls, writes } = counted(world)
    expect((calls - before.calls) / (DAYS_MS / HOUR)).toBeLessThanOrEqual(row.callsPerHour)
    expect((writes - before.writes) / (DAYS_MS / HOUR)).toBeLessThanOrEqual(row.writesPerHour)

    row.ends(world)
    if (world.recorded()?.status?.remote === undefined) issued(world)
    const acted = world.clock.now()
    await live(world, 2 * HOUR)
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
    expect(Math.ceil((world.clock.now() - acted) / MINUTE)).toBeLessThanOrEqual(row.withinMinutes)
    expect(world.toldRequests).toEqual(row.told)
    expect(world.recorded()?.status?.domainValidations ?? []).toEqual([])
    // The first attempt, however often it was refused.
    expect(new Set(world.submissions)).toEqual(new Set([1]))
  })
})

describe('while it is waited for', () => {
  it.each(['Declined', 'Rejected', 'Invalid', 'Revoked'])(
    'an order that ends as %s fails the request',
    async (word) => {
      for (const { begins } of WAITS.slice(0, 3)) {
        const world = new RequestWorld(samples)
        begins(world)
        await live(world, 20 * MINUTE)
        seen({ phase: 'failed', word })(world)
        await live(world, 20 * MINUTE)
        expect(world.readyOf()).toMatchObject({ reason: 'Failed', message: `Order 812 ended as "${word}"` })
        expect(world.recorded()?.status).toMatchObject({ phase: 'Failed', remote: { state: word } })
        expect(world.recorded()?.status?.domainValidations ?? []).toEqual([])
      }
    },
  )

  it('an order that moves after hours is looked at often again', async () => {
    const world = new RequestWorld(samples)
    seen({ phase: 'awaitingApproval', word: 'Requested' })(world)
    await live(world, SETTLED_MS)
    seen({})(world)
    await live(world, 6 * MINUTE)
    const before = world.asked
    await live(world, 10 * MINUTE)
    expect(world.asked - before).toBeGreaterThanOrEqual(8)
  })

  it('somebody who changes the method of validation is followed, with an event for each change', async () => {
    const world = new RequestWorld(samples)
    seen({ phase: 'awaitingValidation', todo: 'publish it', validations })(world)
    await live(world, 20 * MINUTE)
    expect(world.recorded()?.status?.domainValidations).toEqual(validations)
    const mail = [{ domain: 'example.com', method: 'EMAIL', name: 'admin@example.com' }]
    seen({ phase: 'awaitingValidation', todo: 'answer the mail', validations: mail })(world)
    await live(world, 20 * MINUTE)
    expect(world.recorded()?.status?.domainValidations).toEqual(mail)
    expect(world.toldRequests).toEqual(['DomainValidation', 'DomainValidation'])
  })

  it('a domain that changes and is refused all the same is waited for as before', async () => {
    const world = new RequestWorld(samples)
    refused({ domains }, 'example.com notvalidated')(world)
    await live(world, SETTLED_MS)
    const before = world.submissions.length
    world.domains = 'example.com expired'
    await live(world, 10 * MINUTE)
    expect(world.submissions.length).toBe(before + 1)
    expect(world.toldRequests).toEqual(['OrderRefused'])
  })

  it('a domain that is validated before the time that the CA named is not forgotten until then', async () => {
    const world = new RequestWorld(samples)
    refused({ domains, retryAfterMs: 20 * MINUTE }, 'example.com notvalidated')(world)
    await live(world, SETTLED_MS)
    const before = world.submissions.length
    while (world.submissions.length === before) await live(world, MINUTE)
    world.domains = 'example.com validated'
    accepted(world)
    issued(world)
    await live(world, 21 * MINUTE)
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
  })

  it('a CA that is busy when the domain is validated at last is asked again in seconds', async () => {
    const world = new RequestWorld(samples)
    refused({ domains }, 'example.com notvalidated')(world)
    await live(world, SETTLED_MS)
    world.domains = 'example.com validated'
    refused({ cause: 'busy', code: 'RateLimited', message: 'slow down' }, world.domains)(world)
    await live(world, 6 * MINUTE)
    accepted(world)
    issued(world)
    await live(world, 6 * MINUTE)
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
  })
})
