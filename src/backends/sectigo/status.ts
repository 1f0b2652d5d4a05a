// SCM spells one state in up to four ways (filter, display, report, other flavour); here they become one word each.
import type { OrderPhase } from '../backend.ts'

const phases: ReadonlyMap<string, OrderPhase> = new Map(
  Object.entries({
    requested: 'awaitingApproval',
    awaitingapproval: 'awaitingApproval',
    saapproved: 'awaitingApproval',
    init: 'processing',
    approved: 'processing',
    applied: 'processing',
    issued: 'issued',
    downloaded: 'issued',
    enrolled: 'issued',
    external: 'issued',
    enrolledpendingdownload: 'issued',
    declined: 'failed',
    rejected: 'failed',
    invalid: 'failed',
    revoked: 'failed',
    prerevoked: 'failed',
    expired: 'failed',
    replaced: 'failed',
  } satisfies Record<string, OrderPhase>),
)

/**
 * The phase of SCM's `status` in any spelling: case, blanks, `_` and `-` do not count. A word nobody has documented is
 * `processing`: never a success, and never a reason to fail an order that may still be issued.
 */
export function phaseOf(status: string): OrderPhase {
  return phases.get(status.toLowerCase().replace(/[\s_-]/g, '')) ?? 'processing'
}
