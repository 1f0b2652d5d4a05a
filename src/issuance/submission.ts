// An order without an id: it is about to be placed, was refused, or its outcome is unknown and must be searched for.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { Candidate } from '../backends/backend.ts'
import type { Known } from './known.ts'
import { lastAttempt } from './order-view.ts'
import type { Step } from './step.ts'
import { pending } from './tell.ts'
import { troubled } from './trouble.ts'
import * as waits from './waits.ts'
import * as wording from './wording.ts'

export function placeOrder(known: Known, order: CertificateOrder): Step {
  const attempt = lastAttempt(order)
  const { permit } = known.memory
  // This process recorded the attempt and has not sent it: nobody else may, so it may.
  if (permit !== undefined && permit.attempt === attempt?.number) return { do: 'submit', attempt: permit.attempt }
  if (attempt?.outcome === 'Refused') return afterRefusal(known, attempt.number)
  return search(known, order, attempt?.number)
}

/** A definite refusal made no order, so the same attempt may be sent again when its cause had time to go away. */
function afterRefusal(known: Known, attempt: number): Step {
  const { refused } = known.memory
  if (refused === undefined) return { do: 'recordAttempt', number: attempt }
  const first = refused.refusal.cause === 'busy' ? waits.BUSY_FIRST_MS : waits.REFUSED_FIRST_MS
  const pause = waits.doubling(first, waits.REFUSED_LONGEST_MS, refused.times - 1, known.jitter)
  const until = refused.at + Math.max(pause, refused.refusal.retryAfterMs ?? 0)
  if (known.tick >= until) return { do: 'recordAttempt', number: attempt }
  const warn = refused.refusal.cause === 'busy' ? {} : { warn: 'OrderRefused' }
  return pending(known, wording.waitingAfterRefusal(refused.refusal), { until, ...warn })
}

/** An order may exist. Looks for it in growing intervals, and only then places another one. */
function search(known: Known, order: CertificateOrder, attempt: number | undefined): Step {
  const late = troubled(known)
  if (late !== undefined) return late
  const done = known.memory.search
  if (done === undefined) return { do: 'find' }
  const again = done.at + waits.SEARCH_AGAIN_MS
  const searchAt = (until: number, message: string): Step =>
    known.tick >= until ? { do: 'find' } : pending(known, message, { until, warn: 'OrderUnknown' })
  if (done.last.outcome === 'notSearchable') return searchAt(again, wording.notSearchable(done.last.reason))
  const [first, ...others] = marked(done.last.candidates)
  if (first !== undefined) return { do: 'adopt', remote: first.remote, others: others.length }
  const next = roundsFor(order, attempt)[done.rounds]
  if (next !== undefined) return searchAt(done.since + next, wording.searching(attempt))
  const twin = done.last.candidates.find((candidate) => candidate.match === 'csr')
  if (twin !== undefined) return searchAt(again, wording.blockedByTwin(twin.remote.id))
  if ((attempt ?? 0) >= waits.MOST_ATTEMPTS) return searchAt(again, wording.tooManyAttempts(waits.MOST_ATTEMPTS))
  return { do: 'recordAttempt', number: (attempt ?? 0) + 1 }
}

function roundsFor(order: CertificateOrder, attempt: number | undefined): readonly number[] {
  if (attempt === undefined) return waits.SEARCH_ROUNDS_NO_ATTEMPT_MS
  return order.spec.target.product === 'device' ? waits.SEARCH_ROUNDS_DEVICE_MS : waits.SEARCH_ROUNDS_MS
}

/** Ours beyond doubt, the oldest first: ids at a CA grow. */
function marked(candidates: readonly Candidate[]): readonly Candidate[] {
  const byAge = new Intl.Collator('en', { numeric: true })
  return candidates
    .filter(({ match }) => match === 'marker')
    .toSorted((a, b) => byAge.compare(a.remote.id, b.remote.id))
}
