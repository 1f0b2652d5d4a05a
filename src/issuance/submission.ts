// An order without an id: it is about to be placed, was refused, or its outcome is unknown and must be searched for.
import type { CertificateOrder, OrderAttempt } from '../api/certificate-order.ts'
import type { Candidate } from '../backends/backend.ts'
import { buys, overBudget } from './budget.ts'
import { inheritedAttempt, inheritedRemote } from './continuation.ts'
import { isIssuerAnother, type Known, type Memory } from './known.ts'
import { lastAttempt, targetOf } from './order-view.ts'
import type { Step } from './step.ts'
import { pending } from './tell.ts'
import { troubled } from './trouble.ts'
import * as waits from './waits.ts'
import * as wording from './wording.ts'

/** Rule 3: who recorded the attempt may send it, once; to everybody else it is one whose outcome is unknown. */
export function placeOrder(known: Known, order: CertificateOrder): Step {
  const own = lastAttempt(order)
  // Nothing was sent for this record yet, but for an earlier one of the same order.
  const remote = own === undefined ? inheritedRemote(order, known.alike) : undefined
  if (remote !== undefined) return { do: 'adopt', remote, others: [] }
  const attempt = own ?? inheritedAttempt(order, known.alike)
  const { permit } = known.memory
  // This process recorded the attempt and has not sent it: nobody else may, so it may.
  if (permit !== undefined && permit.attempt === own?.number) return { do: 'submit', attempt: permit.attempt }
  const { refused } = known.memory
  if (attempt?.outcome === 'Refused' && refused !== undefined)
    return afterRefusal(known, order, refused, attempt.number)
  return search(known, order, attempt)
}

/**
 * Rule 9. A definite refusal made no order, so the same attempt may be sent again when its cause had time to go away: at once
 * when the domains, or the issuer, that it was about are seen to have changed.
 */
function afterRefusal(
  known: Known,
  order: CertificateOrder,
  refused: NonNullable<Memory['refused']>,
  attempt: number,
): Step {
  const next = nextAttempt(known, order, attempt)
  if (next.do !== 'recordAttempt') return next
  const { refusal, at, times } = refused
  const first = refusal.cause === 'busy' ? waits.BUSY_FIRST_MS : waits.REFUSED_FIRST_MS
  const isAnother = (next.term ?? order.spec.target.term) !== targetOf(order).term
  const isCured = known.memory.domains?.changed || (refusal.cause === 'issuer' && (isAnother || isIssuerAnother(known)))
  const pause = isCured ? 0 : waits.doubling(first, waits.REFUSED_LONGEST_MS, times - 1, known.jitter)
  const until = at + Math.max(pause, refusal.retryAfterMs ?? 0)
  if (known.tick >= until) return next
  const lookAt = nextLookAtDomains(known, refused)
  const warn = refusal.cause === 'busy' ? {} : { warn: 'OrderRefused' }
  const step = pending(known, wording.waitingAfterRefusal(refusal), { until: Math.min(until, lookAt), ...warn })
  return step.do === 'wait' && known.tick >= lookAt ? { do: 'look', domains: refusal.domains ?? [] } : step
}

/** A tick; never where there is nothing to look at, or enough was seen. Where the CA shows nothing, once for each refusal. */
function nextLookAtDomains({ memory, jitter }: Known, { refusal, at }: NonNullable<Memory['refused']>): number {
  const { domains } = memory
  if (refusal.domains === undefined || refusal.domains.length === 0) return Number.POSITIVE_INFINITY
  if (domains === undefined) return at
  // Another look would find no change since this one.
  if (domains.changed) return Number.POSITIVE_INFINITY
  if (domains.shown === undefined) return domains.at < at ? at : Number.POSITIVE_INFINITY
  return domains.at + waits.spread(waits.LOOK_LATER_MS, jitter)
}

/**
 * Rule 11: only within the budget. What is asked for is chosen anew each time: since the record was made the profile may have
 * lost its term.
 */
function nextAttempt(known: Known, order: CertificateOrder, number: number): Step {
  const offer = known.issuer?.offer
  if (offer?.possible === false && offer.by === 'issuer')
    return pending(known, wording.issuerCannotServe(known.request.issuerRef, offer.problems))
  const term = offer?.possible ? offer.target.term : targetOf(order).term
  const step: Step = { do: 'recordAttempt', number, ...(term === order.spec.target.term ? {} : { term }) }
  return (buys(step, known) ? overBudget(known) : undefined) ?? step
}

/**
 * Rules 5 and 6. An order may exist. Looks for it in growing intervals, and only then places another one. Once only where the
 * record has a refusal that this process did not hear, or has forgotten: etcd may have been restored from a backup, and the
 * order been placed since.
 */
function search(known: Known, order: CertificateOrder, attempt: OrderAttempt | undefined): Step {
  const late = troubled(known)
  if (late !== undefined) return late
  const done = known.memory.search
  if (done === undefined) return { do: 'find' }
  const next = roundsFor(known, order, attempt)[done.rounds]
  const again = next === undefined ? done.at + waits.SEARCH_AGAIN_MS : done.since + next
  const warning = { warn: 'OrderUnknown' }
  const searchAgain = (message: string, told: { readonly warn?: string } = warning): Step =>
    known.tick >= again ? { do: 'find' } : pending(known, message, { until: again, ...told })
  const refused = attempt?.outcome === 'Refused'
  const number = (attempt?.number ?? 0) + (refused ? 0 : 1)
  // A refusal is believed unless there is proof that it is not the last word.
  if (done.last.outcome === 'notSearchable')
    return refused
      ? nextAttempt(known, order, number)
      : searchAgain(wording.notSearchable(done.last.reason, order.spec.marker))
  const { candidates } = done.last
  const [first, ...others] = marked(candidates)
  if (first !== undefined) {
    return { do: 'adopt', remote: first.remote, others: others.filter(isAlive).map(({ remote }) => remote.id) }
  }
  const twin = candidates.find(isAlive)
  if (twin !== undefined) return searchAgain(wording.blocked(twin, order.spec.marker))
  // Where nothing was sent, as far as anybody knows, the search is only a precaution.
  if (next !== undefined) return searchAgain(wording.searching(attempt?.number), attempt === undefined ? {} : warning)
  if (number > waits.MOST_ATTEMPTS) return searchAgain(wording.tooManyAttempts(waits.MOST_ATTEMPTS, order.spec.marker))
  // Whoever waited long for a turn looks once more.
  if (known.tick >= again) return { do: 'find' }
  return nextAttempt(known, order, number)
}

function roundsFor({ issuer }: Known, order: CertificateOrder, attempt: OrderAttempt | undefined): readonly number[] {
  if (attempt === undefined) return waits.SEARCH_ROUNDS_NO_ATTEMPT_MS
  if (attempt.outcome === 'Refused') return waits.SEARCH_ROUNDS_REFUSED_MS
  const last = issuer?.unknownOutcomeWait
  if (last !== undefined) return [...waits.SEARCH_ROUNDS_MS.filter((round) => round < last), last]
  return order.spec.target.product === 'device' ? waits.SEARCH_ROUNDS_DEVICE_MS : waits.SEARCH_ROUNDS_MS
}

/** Ours beyond doubt: those that may still be issued first, then the oldest, since ids at a CA grow. */
function marked(candidates: readonly Candidate[]): readonly Candidate[] {
  const byAge = new Intl.Collator('en', { numeric: true })
  return candidates
    .filter(({ match }) => match === 'marker')
    .toSorted((a, b) => Number(isAlive(b)) - Number(isAlive(a)) || byAge.compare(a.remote.id, b.remote.id))
}

/** Not declined, rejected or revoked, as far as the CA said. */
export function isAlive({ phase }: Candidate): boolean {
  return phase !== 'failed'
}
