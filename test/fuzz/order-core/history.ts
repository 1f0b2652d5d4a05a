// What may happen in the model world, one after the other.
//
// Not here, because docs/guarantees.md does not promise anything for it: two clusters with one etcd, a restored etcd, an order that
// the CA takes or lists later than the search lasts, a machine that stops between the last look at the clocks and the first byte,
// clocks that are wrong by more than half a minute, records removed by hand before their orders can be found, comments overwritten
// where the CA shows no CSR hash and no id is on record yet, and a login that sees some orders of an organization but not its own.
import fc from 'fast-check'
import type { Refusal } from '../../../src/backends/backend.ts'
import type { Kinds } from './api-server.ts'
import { BLIND, type Flaw } from './ca.ts'
import { CALL_MS, type Fault, type WorldSettings } from './world.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** What becomes of a call of the operator, and of which: the next, or the next whose name begins so. */
export interface Mishap {
  readonly call: '' | 'submit' | 'moment' | 'create' | 'record' | 'write' | 'find' | 'decline' | 'is it'
  readonly fault: Fault
}

const ISSUER_CHANGES = [
  ...(['notReady', 'ready', 'delete', 'create', 'move', 'pointBack', 'term'] as const),
  ...(['cannotServe', 'canServe'] as const),
] as const
const TREATMENTS = ['approve', 'decline', 'revoke', 'overwrite', 'empty', 'prefix', 'repair', 'delete'] as const

export type IssuerChange = (typeof ISSUER_CHANGES)[number]
export type Treatment = (typeof TREATMENTS)[number]

export type Action =
  /** The leader works. */
  | { readonly do: 'pass'; readonly ms: number; readonly mishaps: readonly Mishap[] }
  /** Nobody does. */
  | { readonly do: 'sleep'; readonly ms: number }
  /** A call that is under way, or its answer, arrives. */
  | { readonly do: 'arrive'; readonly which: number; readonly mishaps: readonly Mishap[] }
  | { readonly do: 'crash' }
  | { readonly do: 'depose' }
  | { readonly do: 'watch'; readonly which: number; readonly kind: keyof Kinds; readonly stuck: boolean }
  | { readonly do: 'ask'; readonly csr: string; readonly approved: boolean }
  | { readonly do: 'decide'; readonly which: number; readonly as: 'Approved' | 'Denied' }
  | { readonly do: 'delete'; readonly which: number; readonly again: boolean }
  | { readonly do: 'removeRecord'; readonly which: number }
  | { readonly do: 'issuer'; readonly change: IssuerChange }
  | { readonly do: 'login'; readonly as: string }
  | { readonly do: 'outage'; readonly down: boolean }
  | { readonly do: 'treat'; readonly which: number; readonly as: Treatment }
  | { readonly do: 'flaw'; readonly flaw: Flaw }
  | { readonly do: 'orderByHand'; readonly csr: string }

type Of<Do extends Action['do']> = fc.Arbitrary<Extract<Action, { do: Do }>>

const causes: readonly Refusal['cause'][] = ['request', 'issuer', 'validation', 'busy']
const mishaps: fc.Arbitrary<readonly Mishap[]> = fc.array(
  fc.record({
    call: fc.constantFrom('', '', '', 'submit', 'moment', 'create', 'record', 'write', 'find', 'decline', 'is it'),
    fault: fc.oneof(
      { weight: 5, arbitrary: fc.constant<Fault>('none') },
      { weight: 6, arbitrary: fc.constantFrom<Fault>('lost', 'unanswered', 'slow', 'slowAnswer') },
      { weight: 3, arbitrary: fc.constantFrom<Fault>('crash', 'crashUnderway', 'crashUnanswered') },
      { weight: 1, arbitrary: fc.constantFrom(...causes).map((cause): Fault => `refused by ${cause}`) },
    ),
  }),
  { maxLength: 8 },
)
const ms = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(0, SECOND, 4 * SECOND, 11 * SECOND, 16 * SECOND, 70 * SECOND) },
  { weight: 4, arbitrary: fc.constantFrom(6 * MINUTE, 16 * MINUTE, 31 * MINUTE, 65 * MINUTE) },
  { weight: 1, arbitrary: fc.constantFrom(5 * HOUR, 13 * HOUR, 25 * HOUR) },
)
const which = fc.nat(7)
const csr = fc.constantFrom('A', 'B')
const kind = fc.constantFrom<keyof Kinds>('requests', 'records', 'issuers')

const arbitraries: { readonly [Do in Action['do']]: readonly [weight: number, Of<Do>] } = {
  pass: [9, fc.record({ do: fc.constant('pass'), ms, mishaps })],
  sleep: [1, fc.record({ do: fc.constant('sleep'), ms })],
  arrive: [3, fc.record({ do: fc.constant('arrive'), which, mishaps })],
  crash: [1, fc.record({ do: fc.constant('crash') })],
  depose: [1, fc.record({ do: fc.constant('depose') })],
  watch: [2, fc.record({ do: fc.constant('watch'), which, kind, stuck: fc.boolean() })],
  ask: [4, fc.record({ do: fc.constant('ask'), csr, approved: fc.nat(5).map((n) => n > 0) })],
  decide: [1, fc.record({ do: fc.constant('decide'), which, as: fc.constantFrom('Approved', 'Approved', 'Denied') })],
  delete: [2, fc.record({ do: fc.constant('delete'), which, again: fc.boolean() })],
  removeRecord: [1, fc.record({ do: fc.constant('removeRecord'), which })],
  issuer: [2, fc.record({ do: fc.constant('issuer'), change: fc.constantFrom(...ISSUER_CHANGES) })],
  login: [2, fc.record({ do: fc.constant('login'), as: fc.constantFrom('first', 'second', BLIND) })],
  outage: [2, fc.record({ do: fc.constant('outage'), down: fc.boolean() })],
  treat: [3, fc.record({ do: fc.constant('treat'), which, as: fc.constantFrom(...TREATMENTS) })],
  flaw: [1, fc.record({ do: fc.constant('flaw'), flaw: fc.constantFrom('none', 'missing names', 'wrong key') })],
  orderByHand: [1, fc.record({ do: fc.constant('orderByHand'), csr })],
}
const action = fc.oneof(...Object.values(arbitraries).map(([weight, arbitrary]) => ({ weight, arbitrary })))
const WITHOUT_THESE_NOTHING: readonly Action['do'][] = ['pass', 'ask']

/** Each history has only some kinds of events, so that these come often enough to meet each other. */
export const histories: fc.Arbitrary<readonly Action[]> = fc
  .record({
    kinds: fc.subarray(Object.keys(arbitraries)),
    all: fc.array<Action>(action, { minLength: 1, maxLength: 50, size: 'max' }),
  })
  .map(({ kinds, all }) => all.filter((one) => kinds.includes(one.do) || WITHOUT_THESE_NOTHING.includes(one.do)))

/** More than there are requests. */
export const MANY_ORDERS = 200

export const settings: fc.Arbitrary<WorldSettings> = fc
  .record({
    unknownOutcomeWait: fc.constantFrom(undefined, 5 * MINUTE, HOUR),
    /** Of the time in which the search must see an order. */
    lag: fc.constantFrom(0, 0, 0.5, 1),
    showsHash: fc.boolean(),
    approval: fc.boolean(),
    mayDecline: fc.boolean(),
    takesMs: fc.constantFrom(0, 5 * SECOND, 20 * MINUTE),
    collectMs: fc.constantFrom(0, 30 * SECOND),
    onRequestDeleted: fc.constantFrom<'Keep' | 'Decline'>('Keep', 'Decline'),
    openOrders: fc.constantFrom(MANY_ORDERS, MANY_ORDERS, 1, 2),
    skews: fc.array(fc.constantFrom(0, -14 * SECOND, 14 * SECOND), { minLength: 1, maxLength: 2 }),
  })
  .map(({ unknownOutcomeWait, lag, openOrders, onRequestDeleted, skews, ...ca }) => {
    const searched = (unknownOutcomeWait ?? 30 * MINUTE) - CALL_MS - 15 * SECOND
    const budget = { ordersPerDay: 100, perNamespacePerDay: 100, openOrders }
    return { ca: { ...ca, lagMs: lag * searched }, issuer: { budget, onRequestDeleted, unknownOutcomeWait }, skews }
  })
