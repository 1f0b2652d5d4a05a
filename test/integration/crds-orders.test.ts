// The definition of order records on a real API server: what may be written once, and what may never be taken back.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type CertificateOrder,
  type CertificateOrderStatus,
  certificateOrders,
  orderStatus,
} from '../../src/api/certificate-order.ts'
import {
  ISSUED_STATUS,
  OPEN_STATUS,
  ORDER_SPEC_REFUSALS,
  ORDER_SPEC as SAMPLE,
} from '../../src/api/testing/order-samples.ts'
import type { MergePatch } from '../../src/kube/write.ts'
import type { OwnNamespace } from '../support/own-namespace.ts'
import { fieldManager, openPlayground, operatorClass, refusal, run, tableOf } from './crds-playground.ts'

const ORDER_SPEC = { ...SAMPLE, operatorClass }

let playground: OwnNamespace
beforeAll(async () => {
  playground = await openPlayground()
}, 60_000)
afterAll(() => playground[Symbol.asyncDispose]())

describe('an order record', () => {
  const newOrder = async (status?: CertificateOrderStatus): Promise<CertificateOrder> => {
    const name = `cr-${randomUUID()}`
    const order = await playground.client.create(
      certificateOrders,
      { metadata: { name, namespace: playground.namespace }, spec: ORDER_SPEC },
      { fieldManager },
    )
    return status === undefined ? order : write(order, { status })
  }
  const write = (order: CertificateOrder, patch: MergePatch<CertificateOrder>): Promise<CertificateOrder> =>
    playground.client.mergePatch<CertificateOrder>(certificateOrders, order.metadata, patch, {
      fieldManager,
      subresource: 'status',
    })

  it('takes a whole order, and its status as zod takes it', async () => {
    const order = await newOrder()
    expect(order.spec).toEqual(ORDER_SPEC)
    expect(order.status).toBeUndefined()
    const { status } = await write(order, { status: ISSUED_STATUS })
    expect(status).toEqual(orderStatus.parse(ISSUED_STATUS))
  })

  it.each(ORDER_SPEC_REFUSALS)('is refused with %s', async (_title, change, words) => {
    const metadata = { name: `cr-${randomUUID()}`, namespace: playground.namespace }
    const spec = { ...ORDER_SPEC, ...change }
    expect(await refusal(playground.client.create(certificateOrders, { metadata, spec }, { fieldManager }))).toContain(
      words,
    )
  })

  it('can be found by the UID of its request', async () => {
    const order = await newOrder()
    const search = (uid: string) =>
      playground.client.list(certificateOrders, {
        namespace: playground.namespace,
        fieldSelector: `spec.requestRef.uid=${uid}`,
      })
    expect((await search(ORDER_SPEC.requestRef.uid)).items.map(({ metadata }) => metadata.name)).toContain(
      order.metadata.name,
    )
    expect((await search('another')).items).toEqual([])
  })

  it.each<[string, MergePatch<CertificateOrder['spec']>]>([
    ['another profile', { target: { profile: '5171' } }],
    ['another name', { target: { names: ['evil.example'] } }],
    ['no term', { target: { term: null } }],
    ['other words for people', { overrides: { comments: 'by another' } }],
    ['another nonce', { nonce: 'other' }],
    ['no operator class', { operatorClass: null }],
  ])('cannot be changed to %s', async (_title, spec) => {
    const order = await newOrder()
    const change = playground.client.mergePatch(certificateOrders, order.metadata, { spec }, { fieldManager })
    expect(await refusal(change)).toContain('what was ordered cannot be changed')
  })

  it.each<[string, CertificateOrderStatus, MergePatch<CertificateOrderStatus>]>([
    ['an id', { phase: 'Submitting' }, { phase: 'Open', remote: { id: '818', attributes: {} } }],
    ['another state', OPEN_STATUS, { remote: { state: 'SA Approved' } }],
    ['another attribute', OPEN_STATUS, { remote: { attributes: { other: 'x' } } }],
    [
      'one more attempt',
      OPEN_STATUS,
      { attempts: [...(OPEN_STATUS.attempts ?? []), { number: 3, startedAt: '2026-11-22T11:00:00Z' }] },
    ],
    [
      'the outcome of an attempt',
      OPEN_STATUS,
      { attempts: (OPEN_STATUS.attempts ?? []).map((attempt) => ({ ...attempt, outcome: 'Unknown' as const })) },
    ],
    ['phase by phase', { phase: 'OutcomeUnknown' }, { phase: 'Submitting' }],
    ['its end', OPEN_STATUS, ISSUED_STATUS],
    ['words after its end', ISSUED_STATUS, { remote: { state: 'Revoked' }, conditions: [] }],
  ])('takes %s', async (_title, before, change) => {
    await expect(newOrder(before).then((order) => write(order, { status: change }))).resolves.toBeDefined()
  })

  it.each<[string, CertificateOrderStatus, MergePatch<CertificateOrderStatus> | null, string]>([
    ['another id', OPEN_STATUS, { remote: { id: '819' } }, "the CA's id of the order cannot be changed"],
    ['no id', OPEN_STATUS, { remote: { id: null } }, 'status.remote.id: Required value'],
    ['nothing at the CA', OPEN_STATUS, { remote: null }, 'remote, attempts, serial cannot be removed'],
    ['another serial number', ISSUED_STATUS, { serial: 'FF' }, 'the serial number cannot be changed'],
    ['no serial number', ISSUED_STATUS, { serial: null }, 'remote, attempts, serial cannot be removed'],
    ['open after it was issued', ISSUED_STATUS, { phase: 'Open' }, 'an order that is Issued or Failed stays so'],
    ['failed after it was issued', ISSUED_STATUS, { phase: 'Failed' }, 'an order that is Issued or Failed stays so'],
    ['issued after it failed', { phase: 'Failed' }, { phase: 'Issued' }, 'an order that is Issued or Failed stays so'],
    ['fewer attempts', OPEN_STATUS, { attempts: OPEN_STATUS.attempts?.slice(1) }, 'an attempt cannot be removed'],
    ['no attempts', OPEN_STATUS, { attempts: null }, 'remote, attempts, serial cannot be removed'],
    ['an empty list of attempts', OPEN_STATUS, { attempts: [] }, 'an attempt cannot be removed'],
    [
      'an attempt twice',
      OPEN_STATUS,
      { attempts: [1, 1].map((number) => ({ number, startedAt: '2026-11-22T10:00:00Z' })) },
      'Duplicate value',
    ],
    [
      'another first attempt',
      OPEN_STATUS,
      { attempts: [3, 2].map((number) => ({ number, startedAt: '2026-11-22T10:00:00Z' })) },
      'an attempt cannot be removed',
    ],
    ['no phase', OPEN_STATUS, { phase: null }, 'status.phase: Required value'],
    [
      'nine attributes',
      OPEN_STATUS,
      { remote: { attributes: Object.fromEntries([...'abcdefghi'].map((key) => [key, ''])) } },
      'Too many',
    ],
    ['no status', OPEN_STATUS, null, 'status cannot be removed'],
  ])('refuses %s', async (_title, before, change, words) => {
    const order = await newOrder(before)
    expect(await refusal(write(order, { status: change }))).toContain(words)
  })

  it('loses no status to a write of the whole object', async () => {
    const order = await newOrder(OPEN_STATUS)
    const after = await playground.client.mergePatch(
      certificateOrders,
      order.metadata,
      { status: null },
      { fieldManager },
    )
    expect(after.status).toEqual(order.status)
  })

  it('shows in a table how far it is', async () => {
    const { metadata } = await newOrder(OPEN_STATUS)
    const table = tableOf(await run('kubectl', '-n', playground.namespace, 'get', 'corder', metadata.name))
    expect(table[0]).toEqual(['NAME', 'PHASE', 'CA STATE', 'ORDER', 'REQUEST', 'ISSUER', 'READY', 'AGE'])
    expect(table[1]?.slice(1, -1)).toEqual(['Open', 'Requested', '818', 'www-1', 'public-ov', 'False'])
  })
})
