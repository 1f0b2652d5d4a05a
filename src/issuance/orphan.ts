// What becomes of an order record whose request is gone, when a record that has ended is removed, and when an order is searched
// for again although it is on record. Pure, as the rules of requests are; nothing here orders or revokes anything.
import type { CertificateOrder } from '../api/certificate-order.ts'
import { conditionOf } from '../api/conditions.ts'
import type { CancelOutcome, Look, OrderAim, RemoteOrder } from '../backends/backend.ts'
import { DECLINING, inheritedRemote, isOfUse, UNCLAIMED } from './continuation.ts'
import type { Alike } from './known.ts'
import { nextLateSearch } from './late-search.ts'
import { isOpenOrder, lastAttempt, mayBePlaced, movedFrom, provenWord, reasonOf, remoteOf } from './order-view.ts'
import * as wording from './orphan-wording.ts'
import type { EventNote } from './step.ts'
import { bounded } from './tell.ts'
import { doubling, ORPHAN_AGAIN_MS, ORPHAN_GRACE_MS, ORPHAN_LOOK_MS, TROUBLE_FIRST_MS } from './waits.ts'

/** What this process alone knows of a record. Times are `tick`s. */
export interface OrphanMemory {
  /** The record was first seen without its request. */
  goneSince?: number
  /** The API server itself said that the request is gone. */
  confirmed?: true
  looked?: { readonly look: Look; readonly at: number }
  cancelled?: CancelOutcome
  /** The last late search: milliseconds after the last attempt, and the ids that were found and told until then. */
  late?: { readonly at: number; readonly told: readonly string[] }
  /** The CA could not be asked. Gone as soon as it could. */
  trouble?: { readonly at: number; readonly times: number; readonly retryAfterMs?: number }
}

export interface RecordKnown {
  readonly order: CertificateOrder
  /** Its own request is there, and not finished. */
  readonly wanted: boolean
  /** The request that claimed the order, by what is there of it. */
  readonly heir: { readonly waits: boolean; readonly order: CertificateOrder | undefined } | undefined
  readonly alike: readonly Alike[]
  /** As the issuer's owner set it. */
  readonly onRequestDeleted: 'Keep' | 'Decline'
  /** Where the issuer's orders go now; undefined while the CA cannot be asked for the issuer's sake. */
  readonly aim: OrderAim | undefined
  /** How long an open order without a request is kept, milliseconds from the record's creation. */
  readonly processingMs: number
  /** Waiting clock, milliseconds since the record was made. */
  readonly age: number
  /** The same since its last attempt. */
  readonly sinceAttempt: number
  /** Milliseconds until a record that has ended is of no further use; undefined while it is open. */
  readonly uselessInMs: number | undefined
  readonly memory: Readonly<OrphanMemory>
  readonly tick: number
  readonly jitter: number
}

export type OrphanStep =
  | { readonly do: 'nothing' }
  /** `until` is a tick; a watch event may come first. */
  | { readonly do: 'wait'; readonly until: number }
  /** Asks the API server, and no cache, whether the request is gone. */
  | { readonly do: 'confirm' }
  | { readonly do: 'adopt'; readonly remote: RemoteOrder }
  | { readonly do: 'look' }
  /** For orders beside the one on record. */
  | { readonly do: 'searchAgain' }
  | { readonly do: 'cancel'; readonly message: string }
  | { readonly do: 'note'; readonly reason: string; readonly message: string; readonly event?: EventNote['type'] }
  | { readonly do: 'end'; readonly reason: string; readonly message: string; readonly event: EventNote['type'] }
  | { readonly do: 'remove' }

/** Words of a record whose request is gone. */
const KEPT = 'RequestDeleted'
const NOT_DECLINED = 'NotDeclined'

/** The next single effect for a record, or wait, or nothing. */
export function planRecord(known: RecordKnown): OrphanStep {
  const step = planWithoutSearch(known)
  if (step.do !== 'nothing' && step.do !== 'wait') return step
  const { order, sinceAttempt, memory, tick } = known
  const left = nextLateSearch(order, { sinceAttempt, searchedAt: memory.late?.at })
  if (left === undefined) return step
  const due = nextCall(known, tick + left)
  if (mayAsk(known) && tick >= due) return { do: 'searchAgain' }
  const until = mayAsk(known) ? due : Math.max(due, tick + ORPHAN_AGAIN_MS)
  return { do: 'wait', until: step.do === 'wait' ? Math.min(step.until, until) : until }
}

function planWithoutSearch(known: RecordKnown): OrphanStep {
  const { order, wanted, uselessInMs, tick } = known
  // A request that is being told the end still reads it here.
  if (wanted) return { do: 'nothing' }
  if (uselessInMs !== undefined) return uselessInMs > 0 ? { do: 'wait', until: tick + uselessInMs } : { do: 'remove' }
  const { heir } = known
  if (heir?.order !== undefined && heir.order.spec.marker === order.spec.marker) return handOver(known, heir.order)
  if (heir?.waits) return { do: 'wait', until: tick + ORPHAN_AGAIN_MS }
  const { goneSince = tick, confirmed } = known.memory
  if (tick < goneSince + ORPHAN_GRACE_MS) return { do: 'wait', until: goneSince + ORPHAN_GRACE_MS }
  if (!confirmed) return { do: 'confirm' }
  return withoutRequest(known)
}

/** This record says what may be at the CA until the one that continues it does. */
function handOver({ tick }: RecordKnown, heir: CertificateOrder): OrphanStep {
  const tells = remoteOf(heir) !== undefined || lastAttempt(heir) !== undefined || !isOpenOrder(heir)
  if (!tells) return { do: 'wait', until: tick + ORPHAN_AGAIN_MS }
  return { do: 'end', reason: 'Continued', message: wording.continued(heir.metadata.name), event: 'Normal' }
}

function withoutRequest(known: RecordKnown): OrphanStep {
  const { order, alike, age, processingMs } = known
  const remote = remoteOf(order)
  const inherited = inheritedRemote(order, alike)
  if (remote === undefined && inherited !== undefined) return { do: 'adopt', remote: inherited }
  if (!mayBePlaced(order)) return { do: 'end', reason: KEPT, message: wording.neverPlaced, event: 'Normal' }
  if (!isOfUse(order)) {
    const why = conditionOf(order.status, 'Ready')?.message ?? ''
    return { do: 'end', reason: KEPT, message: bounded(wording.ofNoUse(why)), event: 'Warning' }
  }
  if (age >= processingMs) {
    return { do: 'end', reason: KEPT, message: wording.givenUp(order, remote), event: 'Warning' }
  }
  if (remote === undefined) return say(known, KEPT, wording.keptUnknown(order.spec.marker), undefined)
  const settled = [NOT_DECLINED, UNCLAIMED].includes(reasonOf(order) ?? '')
  return known.onRequestDeleted === 'Decline' && !settled ? decline(known, remote) : keep(known, remote)
}

function keep(known: RecordKnown, remote: RemoteOrder): OrphanStep {
  const { order, memory, tick } = known
  const { looked } = memory
  if (looked?.look.ours === 'yes' && looked.look.phase === 'failed') {
    const message = wording.endedAtCA(remote, looked.look.word)
    return { do: 'end', reason: 'Failed', message, event: 'Normal' }
  }
  const next = nextCall(known, looked === undefined ? tick : looked.at + ORPHAN_LOOK_MS)
  if (mayAsk(known) && tick >= next) return { do: 'look' }
  if (looked?.look.ours === 'yes' && looked.look.phase === 'issued') {
    return say(known, UNCLAIMED, wording.unclaimed(remote), next)
  }
  if (reasonOf(order) === NOT_DECLINED || reasonOf(order) === UNCLAIMED) return waitFor(known, next)
  return say(known, KEPT, wording.kept(remote), next)
}

/** On record before it is sent: from then on nobody takes the order over. */
function decline(known: RecordKnown, remote: RemoteOrder): OrphanStep {
  const { order, memory, tick } = known
  const { cancelled } = memory
  if (cancelled?.outcome === 'cancelled') {
    return { do: 'end', reason: 'Declined', message: wording.declined(remote), event: 'Normal' }
  }
  if (cancelled?.outcome === 'alreadyFinal' && cancelled.phase === 'failed') {
    return { do: 'end', reason: 'Failed', message: wording.endedAtCA(remote, cancelled.word), event: 'Normal' }
  }
  if (cancelled !== undefined) {
    const message = bounded(wording.notDeclined(remote, cancelled))
    return { do: 'note', reason: NOT_DECLINED, message, event: 'Warning' }
  }
  const next = nextCall(known, tick)
  if (!mayAsk(known) || tick < next) return waitFor(known, next)
  if (reasonOf(order) !== DECLINING) return { do: 'note', reason: DECLINING, message: wording.declining(remote) }
  return { do: 'cancel', message: wording.toTheCA(order) }
}

/** Is this the CA that has the order, and does it answer the issuer? */
function mayAsk({ order, aim }: RecordKnown): boolean {
  return aim !== undefined && movedFrom(order, aim).length === 0
}

function nextCall({ memory, jitter }: RecordKnown, due: number): number {
  const { trouble } = memory
  if (trouble === undefined) return due
  const pause = doubling(TROUBLE_FIRST_MS, ORPHAN_LOOK_MS, trouble.times - 1, jitter)
  return Math.max(due, trouble.at + Math.max(pause, trouble.retryAfterMs ?? 0))
}

/** Written once: while nothing changes, nothing is written. */
function say(known: RecordKnown, reason: string, message: string, next: number | undefined): OrphanStep {
  const { order, memory } = known
  const ready = conditionOf(order.status, 'Ready')
  const state = provenWord(memory.looked?.look)
  const told = ready?.reason === reason && ready.message === message
  if (!told) return { do: 'note', reason, message, event: 'Normal' }
  if (state !== undefined && state !== order.status?.remote?.state) return { do: 'note', reason, message }
  return waitFor(known, next)
}

/** Until the next call or the end of the time for which the order is kept; what no event tells is seen soon enough. */
function waitFor(known: RecordKnown, next: number | undefined): OrphanStep {
  const { tick, age, processingMs } = known
  const call = mayAsk(known) && next !== undefined ? next : tick + ORPHAN_AGAIN_MS
  return { do: 'wait', until: Math.min(call, tick + processingMs - age) }
}
