import { describe, expect } from 'vitest'
import { issuerView, openOrder, order, requestView, TICK, target } from '../../test/support/known.ts'
import { check, pendingReport, type Rule } from '../../test/support/rules.ts'
import type { CertificateOrder, CertificateOrderStatus } from '../api/certificate-order.ts'
import type { Memory } from './known.ts'
import { BUSY_FIRST_MS, SEARCH_ROUNDS_MS } from './waits.ts'

const STARTED = '2026-11-22T10:00:00Z'
const GONE = { kind: 'CertificateRequest', name: 'shop-0', uid: 'gone' } as const
const condition = (reason: string): Pick<CertificateOrderStatus, 'conditions'> => ({
  conditions: [{ type: 'Ready', status: 'False', reason, message: 'x', lastTransitionTime: STARTED }],
})

/** The record of a request with the same CSR that is gone. */
function earlier(status?: Partial<CertificateOrderStatus>, spec: Partial<CertificateOrder['spec']> = {}) {
  const made = openOrder(status)
  const metadata = { ...made.metadata, name: 'cr-gone', uid: 'o1', creationTimestamp: STARTED }
  return { ...made, metadata, spec: { ...made.spec, requestRef: GONE, marker: 'certwright:1:gone', ...spec } }
}

/** An earlier record of whose order nobody knows whether the CA has it. */
function unanswered(): CertificateOrder {
  const { status: _, ...made } = earlier()
  return {
    ...made,
    status: { phase: 'OutcomeUnknown', attempts: [{ number: 1, startedAt: STARTED, outcome: 'Unknown' }] },
  }
}

const alone = (found: CertificateOrder) => ({ order: found, wanted: false })
const ordersAnew = { do: 'createOrder', target, firstAttempt: 'AtCreation' }
const continues = (found: CertificateOrder) => ({
  do: 'createOrder',
  target,
  firstAttempt: 'AfterSearch',
  continues: found,
})
const spent = issuerView({ budget: { ordersPerDay: 1, perNamespacePerDay: 1, openOrders: 1 } })

describe('rule 11: one need, one order', () => {
  const open = earlier()
  const second = earlier({}, { requestRef: { ...GONE, uid: 'gone-too' } })
  const first = earlier({ continuedBy: { uid: 'gone' } }, { requestRef: { ...GONE, uid: 'first' } })
  const claimed = { ...first, metadata: { ...first.metadata, name: 'cr-first' } }
  const refused = { attempts: [{ number: 1, startedAt: STARTED, outcome: 'Refused' }] } as const
  const { remote: _, ...neverPlaced } = earlier(refused).status ?? {}
  const { status: __, ...unsent } = open
  const again = { number: 2, startedAt: STARTED, outcome: 'Refused' } as const
  const twiceSent: CertificateOrder = { ...unsent, status: { phase: 'Submitting', attempts: [again] } }
  const anew: readonly (readonly [string, CertificateOrder, boolean?])[] = [
    ['an-order-that-somebody-waits-for-is-not-taken', open, true],
    ['an-order-that-has-ended-is-not-continued', earlier({ phase: 'Failed' })],
    ['an-order-that-the-ca-refused-is-not-continued', { ...open, status: { ...neverPlaced, phase: 'Submitting' } }],
    ['an-order-that-can-be-delivered-to-nobody-is-not-continued', earlier(condition('Stalled'))],
    ['an-order-that-does-not-prove-to-be-ours-is-not-continued', earlier(condition('OrderUnknown'))],
    ...(['endpoint', 'tenant', 'product', 'organization', 'profile', 'term'] as const).map(
      (field) =>
        [
          `an-order-of-another-${field}-is-not-continued`,
          earlier({}, { target: { ...open.spec.target, [field]: field === 'term' ? 90 : 'other' } }),
        ] as const,
    ),
    [
      'an-order-of-another-issuer-is-not-continued',
      earlier({}, { issuerRef: { ...open.spec.issuerRef, name: 'other' } }),
    ],
    [
      'an-order-of-another-kind-of-issuer-is-not-continued',
      earlier({}, { issuerRef: { ...open.spec.issuerRef, kind: 'SectigoClusterIssuer' } }),
    ],
    ['an-order-of-another-operator-class-is-not-continued', earlier({}, { operatorClass: 'blue' })],
  ]
  check([
    ['an-order-whose-request-is-gone-is-continued', { alike: [alone(open)] }, continues(open)],
    ['also-one-of-which-a-later-attempt-was-refused', { alike: [alone(twiceSent)] }, continues(twiceSent)],
    ['whether-or-not-its-outcome-is-known', { alike: [alone(unanswered())] }, continues(unanswered())],
    ['of-several-the-oldest', { alike: [alone(open), alone(second)] }, continues(open)],
    [
      'the-next-one-if-the-oldest-is-waited-for',
      { alike: [{ order: open, wanted: true }, alone(second)] },
      continues(second),
    ],
    [
      'it-was-bought-already-so-no-budget-is-asked',
      { alike: [alone(open)], issuer: spent, purchases: [{ namespace: 'shop', age: 0, open: true }] },
      continues(open),
    ],
    [
      'but-first-it-must-be-known-whether-it-is-declined',
      { alike: [alone(earlier(condition('Declining')))] },
      pendingReport(/^Waiting until it is known whether the order of CertificateOrder "cr-gone"/),
    ],
    [
      'an-order-of-which-another-record-speaks-is-not-continued-from-the-first-one',
      { alike: [alone(claimed), alone(earlier({ phase: 'Issued' }, { marker: claimed.spec.marker }))] },
      ordersAnew,
    ],
    [
      'but-from-the-last-one-if-nobody-waits-for-that',
      { alike: [alone(claimed), alone(earlier())] },
      continues(earlier()),
    ],
    ['and-from-the-first-one-if-there-is-no-other', { alike: [alone(claimed)] }, continues(claimed)],
    ...anew.map(([name, order, wanted = false]): Rule => [name, { alike: [{ order, wanted }] }, ordersAnew]),
  ])
  check([
    [
      'what-is-being-declined-is-looked-at-again-soon',
      {
        alike: [alone(earlier(condition('Declining')))],
        request: requestView({
          ready: {
            reason: 'Pending',
            message:
              'Waiting until it is known whether the order of CertificateOrder "cr-gone", for the same CSR, is declined: its request was deleted or denied',
          },
        }),
      },
      expect.objectContaining({ do: 'wait', until: TICK + BUSY_FIRST_MS }),
    ],
  ])
})

describe('the record that continues an order', () => {
  const continuing = order(undefined, {
    marker: 'certwright:1:gone',
    continues: { uid: 'gone', createdAt: STARTED },
    firstAttempt: 'AfterSearch',
  })
  const searched = (rounds: number, ago: number): Memory => ({
    search: { since: TICK - ago, at: TICK - ago, rounds, last: { outcome: 'searched', candidates: [] } },
  })
  const following = (earlierOne: CertificateOrder, memory: Memory = {}) => ({
    order: continuing,
    alike: [{ order: earlierOne, wanted: true }],
    memory,
  })
  const { status: _, ...unsent } = earlier()
  const refused: CertificateOrder = {
    ...unsent,
    status: { phase: 'Submitting', attempts: [{ number: 2, startedAt: STARTED, outcome: 'Refused' }] },
  }
  check([
    [
      'takes-the-id-over-that-is-on-record',
      following(earlier()),
      { do: 'adopt', remote: { id: '812', attributes: {} }, others: [] },
    ],
    [
      'takes-nothing-over-from-a-record-of-another-operator-class',
      following(earlier({}, { operatorClass: 'blue' }), searched(2, 15_000)),
      { do: 'recordAttempt', number: 1 },
    ],
    ['searches-for-an-order-whose-answer-was-lost', following(unanswered()), { do: 'find' }],
    [
      'searches-as-long-as-for-an-attempt-of-its-own',
      following(unanswered(), searched(2, 15_000)),
      pendingReport(/an order may have been made whose answer was lost/, 'OrderUnknown'),
    ],
    [
      'then-sends-the-next-attempt-of-the-same-order',
      following(unanswered(), searched(SEARCH_ROUNDS_MS.length, 0)),
      { do: 'recordAttempt', number: 2 },
    ],
    ['searches-before-a-refused-attempt-is-sent-again', following(refused), { do: 'find' }],
    [
      'follows-its-own-attempt-and-no-other',
      {
        ...following(earlier()),
        order: { ...continuing, status: { phase: 'OutcomeUnknown', attempts: [{ number: 2, startedAt: STARTED }] } },
      },
      { do: 'find' },
    ],
    [
      'with-a-marker-that-is-not-the-first-one’s-is-not-adopted',
      { order: { ...continuing, spec: { ...continuing.spec, marker: 'certwright:1:other' } } },
      pendingReport(/was not made for this request/, 'RecordConflict'),
    ],
  ])
})
