import { describe, expect, expectTypeOf, it } from 'vitest'
import type { OrderTarget, RemoteOrder } from '../backends/backend.ts'
import { type CertificateOrderSpec, type CertificateOrderStatus, orderSpec, orderStatus } from './certificate-order.ts'
import { ISSUED_STATUS, OPEN_STATUS, ORDER_SPEC, ORDER_SPEC_REFUSALS } from './testing/order-samples.ts'

describe('the spec of an order record', () => {
  it('takes a complete record as it is', () => {
    expect(orderSpec.parse(ORDER_SPEC)).toEqual(ORDER_SPEC)
  })

  it('holds what a backend is asked for', () => {
    expectTypeOf<CertificateOrderSpec['target']>().toExtend<OrderTarget>()
  })

  it.each(ORDER_SPEC_REFUSALS)('refuses %s', (_title, change) => {
    expect(orderSpec.safeParse({ ...ORDER_SPEC, ...change }).success).toBe(false)
  })

  it('takes an order for which the CA decides on the term, of a user without a name', () => {
    const { term: _, ...open } = ORDER_SPEC.target
    expect(orderSpec.safeParse({ ...ORDER_SPEC, requester: '', target: open }).success).toBe(true)
  })
})

describe('the status of an order record', () => {
  it.each([
    ['open', OPEN_STATUS],
    ['issued', ISSUED_STATUS],
  ])('takes an order that is %s as it is', (_title, status) => {
    expect(orderStatus.parse(status)).toEqual(status)
  })

  it('holds what a backend gives', () => {
    expectTypeOf<NonNullable<CertificateOrderStatus['remote']>>().toExtend<RemoteOrder>()
    expectTypeOf<RemoteOrder>().toExtend<NonNullable<CertificateOrderStatus['remote']>>()
  })

  it('has attributes even when the CA gave none', () => {
    expect(orderStatus.parse({ phase: 'Open', remote: { id: '818' } }).remote).toEqual({ id: '818', attributes: {} })
  })

  it.each([
    ['no phase', { phase: undefined }],
    ['an unknown phase', { phase: 'Lost' }],
    ['an empty id', { remote: { id: '' } }],
    [
      'nine attributes',
      { remote: { id: '1', attributes: Object.fromEntries([...'abcdefghi'].map((key) => [key, ''])) } },
    ],
    [
      '51 attempts',
      { attempts: Array.from({ length: 51 }, (_, n) => ({ number: n + 1, startedAt: '2026-11-22T10:00:00Z' })) },
    ],
    ['attempt 0', { attempts: [{ number: 0, startedAt: '2026-11-22T10:00:00Z' }] }],
    ['a time that is not one', { openedAt: 'yesterday' }],
  ])('refuses %s', (_title, change) => {
    expect(orderStatus.safeParse({ ...OPEN_STATUS, ...change }).success).toBe(false)
  })
})
