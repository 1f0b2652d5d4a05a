// An order record whose request is gone, in its usual state, for tests of the rules: each test says only what differs.
import { expect, it } from 'vitest'
import type { CertificateOrder, CertificateOrderStatus } from '../../src/api/certificate-order.ts'
import type { Look } from '../../src/backends/backend.ts'
import { type OrphanMemory, planRecord, type RecordKnown } from '../../src/issuance/orphan.ts'
import { ORPHAN_GRACE_MS } from '../../src/issuance/waits.ts'
import { openOrder, TICK, target } from './known.ts'

const DAY = 24 * 60 * 60_000
export const { term: _, ...aim } = target
export const gone: OrphanMemory = { goneSince: TICK - ORPHAN_GRACE_MS, confirmed: true }

/** An open order whose request went a minute ago, of an issuer that keeps such orders. */
export function recordKnown(differing: Partial<RecordKnown> = {}): RecordKnown {
  return {
    order: openOrder(),
    wanted: false,
    heir: undefined,
    alike: [],
    onRequestDeleted: 'Keep',
    aim,
    processingMs: 7 * DAY,
    age: DAY,
    sinceAttempt: DAY,
    uselessInMs: undefined,
    memory: gone,
    tick: TICK,
    jitter: 0.5,
    ...differing,
  }
}

export function says(reason: string, message: string, status: Partial<CertificateOrderStatus> = {}): CertificateOrder {
  return openOrder({
    ...status,
    conditions: [{ type: 'Ready', status: 'False', reason, message, lastTransitionTime: '2026-11-23T12:00:00Z' }],
  })
}

export function lookedAt(look: Partial<Look>, ago = 0): OrphanMemory {
  return {
    ...gone,
    looked: { look: { phase: 'awaitingApproval', word: 'Requested', ours: 'yes', ...look }, at: TICK - ago },
  }
}

/** The step that ends the record. */
export function end(reason: string, message: RegExp) {
  return {
    do: 'end',
    reason,
    message: expect.stringMatching(message),
    event: expect.stringMatching(/Normal|Warning/),
  }
}

export type Rule = readonly [name: string, differing: Partial<RecordKnown>, step: unknown]

/** A test for each: what is done when the record, or what is known of it, differs like this. */
export function check(rules: readonly Rule[]): void {
  it.each(rules)('%s', (_, differing, step) => {
    expect(planRecord(recordKnown(differing))).toEqual(step)
  })
}
