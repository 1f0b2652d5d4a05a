// SCM spells one state in up to four ways (filter, display, report, other flavour); here they become one word each.
import type { OrderPhase } from '../backend.ts'

const phases: ReadonlyMap<string, OrderPhase> = new Map(
  Object.entries({
    requested: 'awaitingApproval',
    awaitingapproval: 'awaitingApproval',
    saapproved: 'awaitingApproval',
    init: 'processing',
    blank: 'processing',
    created: 'processing',
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
    expired: 'failed',
    replaced: 'failed',
  } satisfies Record<string, OrderPhase>),
)

/** SCM's word in one spelling: case, blanks, `_` and `-` do not count, and other words for the same state become one. */
export function wordOf(status: string): string {
  const word = status.toLowerCase().replace(/[\s_-]/g, '')
  return word === 'prerevoked' ? 'revoked' : word
}

/**
 * The phase of SCM's `status` in any spelling. A word nobody has documented is `processing`: never a success, and never a
 * reason to fail an order that may still be issued. `client`: its `requested` waits for the CA and not for an approver.
 */
export function phaseOf(status: string, product: 'ssl' | 'device' | 'client' = 'ssl'): OrderPhase {
  const word = wordOf(status)
  if (product === 'client' && word === 'requested') return 'processing'
  return phases.get(word) ?? 'processing'
}

/** Pages of SCM's web interface. */
const PAGES = { ssl: 'SSL Certificates', device: 'Device Certificates' } as const

/** What somebody does before an order goes on, and where in SCM; nothing where nobody is known to be needed. */
export function todoOf(status: string, product: 'ssl' | 'device' | 'client'): { readonly todo?: string } {
  if (product === 'client') return {}
  const phase = phaseOf(status, product)
  if (phase === 'awaitingApproval')
    return { todo: `an SCM administrator approves or declines it under Certificates, ${PAGES[product]}` }
  // The CA then validates what it must; only the organization's part of that shows in SCM.
  if (product === 'ssl' && wordOf(status) === 'applied')
    return { todo: 'if it stays so, see the validation of the organization in SCM under Organizations' }
  return {}
}
