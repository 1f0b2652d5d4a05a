// Single steps, carried out: what they say to the people who watch, beside what they write.
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { known, openOrder, order } from '../../test/support/known.ts'
import { MemoryKube } from '../../test/support/memory-kube.ts'
import { type CertificateOrder, certificateOrders } from '../api/certificate-order.ts'
import type { CertificateBackend } from '../backends/backend.ts'
import { BackendError } from '../backends/backend-error.ts'
import type { Memory } from '../issuance/known.ts'
import type { Effect } from '../issuance/step.ts'
import { Store } from '../runtime/store.ts'
import { carryOut, type EffectContext, type EffectsOptions } from './request-effects.ts'

const REQUEST_ID = '6f1c8a52-0000-4000-8000-000000000009'

/** Carries the step out for an order on record, and tells what was said and where. */
async function saidBy(step: Effect, record: CertificateOrder, backend: Partial<CertificateBackend> = {}) {
  const kube = new MemoryKube()
  const clock = new FakeClock({ now: Date.parse(record.metadata.creationTimestamp) })
  const events: object[] = []
  const warnings: object[] = []
  const ignore = (): void => {}
  const log = { debug: ignore, info: ignore, error: ignore, warn: (fields: object) => void warnings.push(fields) }
  const until = { wall: Number.MAX_SAFE_INTEGER, monotonic: Number.MAX_SAFE_INTEGER }
  const memory: Memory = { permit: { attempt: 1, until } }
  const context = {
    request: { kind: 'CertificateRequest', metadata: { name: 'shop-1', namespace: 'shop' } },
    known: known({ order: kube.put(certificateOrders, record) }),
    memory,
    backend: async () => ({ account: () => 'account', ...backend }),
    recheckIssuer: ignore,
    signal: new AbortController().signal,
    log,
  } as unknown as EffectContext
  const options = {
    client: kube.client,
    orders: new Store<CertificateOrder>({ log } as never),
    events: { emit: (event: object) => void events.push(event) },
    clock,
    realClock: clock,
    lifecycle: { draining: false, runCritical: (_: string, section: () => Promise<void>) => section() },
    isLeader: () => true,
    clusterName: '',
  } as unknown as EffectsOptions
  await carryOut(step, context, options)
  return { events, warnings, status: kube.peek(certificateOrders, record.metadata)?.status }
}

describe('an order that is adopted', () => {
  const adopt = (others: readonly string[]): Effect => ({
    do: 'adopt',
    remote: { id: '998', attributes: {} },
    others,
  })

  it('is put on record, and an event names the others that may be issued too', async () => {
    const { events, status } = await saidBy(adopt(['1002', '1003']), order())
    expect(status).toMatchObject({ phase: 'Open', remote: { id: '998' } })
    expect(events).toMatchObject([
      {
        type: 'Warning',
        reason: 'OrderedTwice',
        note: expect.stringMatching(/^Order 998 .* 1002, 1003 .*decline or revoke/),
      },
    ])
  })

  it('is not worth an event when it is the only one', async () => {
    expect((await saidBy(adopt([]), order())).events).toEqual([])
  })
})

describe('a call that failed', () => {
  it('is named in the warning, so that the CA can be asked about it: a look', async () => {
    const look = async (): Promise<never> => {
      throw new BackendError('Unavailable', 'away', { request: REQUEST_ID })
    }
    const { warnings } = await saidBy({ do: 'look' }, openOrder(), { look })
    expect(warnings).toMatchObject([{ call: 'look', kind: 'Unavailable', request: REQUEST_ID }])
  })

  it.each([
    { outcome: 'unknown', code: 'TimedOut', message: 'lost', request: REQUEST_ID },
    { outcome: 'refused', refusal: { cause: 'issuer', code: '-36', message: 'term', request: REQUEST_ID } },
  ] as const)('is named in the warning, so that the CA can be asked about it: $outcome', async (outcome) => {
    const sent = order(undefined, { account: 'account' })
    const { warnings, status } = await saidBy({ do: 'submit', attempt: 1 }, sent, { submit: async () => outcome })
    expect(warnings).toMatchObject([{ attempt: 1, request: REQUEST_ID }])
    expect(JSON.stringify(status)).not.toContain(REQUEST_ID)
  })
})
