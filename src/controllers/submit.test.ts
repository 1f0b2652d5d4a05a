// The pair that nothing may cut, and the moment after which it is not begun: an order at the CA, and its id on record.
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { known, order } from '../../test/support/known.ts'
import { MemoryKube, refusal } from '../../test/support/memory-kube.ts'
import { type CertificateOrder, certificateOrders } from '../api/certificate-order.ts'
import type { CertificateBackend, Submission, SubmitOutcome } from '../backends/backend.ts'
import type { Memory } from '../issuance/known.ts'
import { Store } from '../runtime/store.ts'
import type { EffectContext, EffectsOptions } from './request-effects.ts'
import { permitFrom, submitAndRecord } from './submit.ts'

const record = order(undefined, { account: 'account' })
const ACCEPTED: SubmitOutcome = { outcome: 'accepted', remote: { id: '812', attributes: {} } }

let kube: MemoryKube
let clock: FakeClock
let leads: boolean
let draining: boolean
/** What happens, in order: lines of the log, writes, events. */
let happened: string[]
beforeEach(() => {
  kube = new MemoryKube()
  clock = new FakeClock({ now: Date.parse(record.metadata.creationTimestamp) })
  leads = true
  draining = false
  happened = []
  kube.before = (verb, plural) => void happened.push(`${verb} ${plural}`)
})

/** Sends attempt 1 as the process that has just recorded it. `send` is the CA. */
async function submit(send: (submission: Submission) => SubmitOutcome | Promise<SubmitOutcome>): Promise<void> {
  const note = (_: object, line: string): void => void happened.push(line)
  const log = { debug: note, info: note, warn: note, error: note }
  const options = {
    client: kube.client,
    orders: new Store<CertificateOrder>({ log } as never),
    events: { emit: ({ reason, note }: { reason: string; note: string }) => void happened.push(`${reason}: ${note}`) },
    clock,
    realClock: clock,
    lifecycle: {
      get draining() {
        return draining
      },
      runCritical: (_: string, section: () => Promise<void>) => section(),
    },
    isLeader: () => leads,
    clusterName: '',
  } as unknown as EffectsOptions
  const memory: Memory = { permit: permitFrom(1, options) }
  const backend: Partial<CertificateBackend> = {
    account: () => 'account',
    submit: async (submission) => send(submission),
  }
  const context = {
    request: { kind: 'CertificateRequest', metadata: { name: 'shop-1', namespace: 'shop' } },
    known: known({ order: kube.put(certificateOrders, record) }),
    memory,
    backend: async () => backend,
    recheckIssuer: () => {},
    signal: AbortSignal.abort(new Error('the reconcile is cut')),
    log,
  } as unknown as EffectContext
  let over = false
  const done = submitAndRecord(1, context, options).finally(() => {
    over = true
  })
  while (!over) await clock.advance(clock.pending > 0 ? 100 : 0)
  await done
  expect(memory.permit).toBeUndefined()
}

const recorded = () => kube.peek(certificateOrders, record.metadata)?.status

describe('rule 3: the first byte', () => {
  it.each<[string, () => void, boolean]>([
    ['leaves within ten seconds of the record', () => clock.jump(10_000), true],
    ['does not leave later', () => clock.jump(10_001), false],
    [
      'does not leave when only the wall clock says that it is later, as after a suspension',
      () => clock.stepWall(10_001),
      false,
    ],
    [
      'does not leave when the wall clock was set back meanwhile',
      () => {
        clock.jump(10_001)
        clock.stepWall(-3_600_000)
      },
      false,
    ],
    [
      'does not leave from a process that leads no more',
      () => {
        leads = false
      },
      false,
    ],
    [
      'does not leave from a process that is told to end',
      () => {
        draining = true
      },
      false,
    ],
  ])('%s', async (_, meanwhile, leaves) => {
    let asked: boolean | undefined
    await submit(({ mayBegin }) => {
      expect(mayBegin()).toBe(true)
      meanwhile()
      asked = mayBegin()
      return ACCEPTED
    })
    expect(asked).toBe(leaves)
  })
})

describe('rule 3: the id of an order', () => {
  it('is in the log before it is written, and is written though the reconcile was cut', async () => {
    await submit(() => ACCEPTED)
    expect(happened).toEqual(['order is placed', 'patch certificateorders'])
    expect(recorded()).toMatchObject({ phase: 'Open', remote: { id: '812' } })
  })

  it('is not written over that of another one, of which people are told instead', async () => {
    await submit(() => {
      // A process that led meanwhile took the order for lost and placed another one.
      kube.put(certificateOrders, order({ phase: 'Open', remote: { id: '900', attributes: {} } }, record.spec))
      return ACCEPTED
    })
    expect(recorded()?.remote?.id).toBe('900')
    expect(happened).toContainEqual(expect.stringMatching(/^OrderedTwice: Order 900 .* 812 .*decline or revoke/))
  })

  it('that was written although the answer was lost is no other one', async () => {
    let lost = false
    kube.after = (verb) => {
      if (verb !== 'patch' || lost) return
      lost = true
      throw refusal(0, 'Timeout')
    }
    await submit(() => ACCEPTED)
    expect(recorded()?.remote?.id).toBe('812')
    expect(happened.filter((what) => what.startsWith('OrderedTwice'))).toEqual([])
  })
})

describe('rule 9: an outcome that comes late', () => {
  const busy = { cause: 'busy', code: 'RateLimited', message: 'slow down' } as const
  const again = { number: 1, startedAt: '2026-11-23T12:05:00Z', account: 'account' }

  it.each<[string, SubmitOutcome, object]>([
    ['a refusal says nothing of', { outcome: 'refused', refusal: busy }, again],
    ['a lost answer leaves open', { outcome: 'unknown', code: 'TimedOut', message: '' }, { outcome: 'Unknown' }],
  ])('%s the attempt that another process sends in its place', async (_, outcome, attempt) => {
    await submit(() => {
      kube.put(certificateOrders, { ...record, status: { phase: 'Submitting', attempts: [again] } })
      return outcome
    })
    expect(recorded()?.attempts).toMatchObject([attempt])
    expect(recorded()?.attempts?.[0]?.outcome).not.toBe('Refused')
  })
})
