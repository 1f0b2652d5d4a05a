// An order with an id: followed through approval and validation, collected, verified, delivered, or reported as failed.
import { isDeepStrictEqual } from 'node:util'
import type { CertificateOrder } from '../api/certificate-order.ts'
import { conditionOf } from '../api/conditions.ts'
import type { DomainValidation, Look, RemoteOrder } from '../backends/backend.ts'
import { isIssuerAnother, type Known } from './known.ts'
import type { Step } from './step.ts'
import { bounded, pending } from './tell.ts'
import { troubled, troubleOf } from './trouble.ts'
import { doubling, LOOK_FIRST_MS, LOOK_LONGEST_MS, lookPause, STALLED_MS } from './waits.ts'
import * as wording from './wording.ts'

export function follow(known: Known, order: CertificateOrder, remote: RemoteOrder): Step {
  if (order.status?.phase === 'Issued') return deliverAgain(known, order, remote)
  const trouble = troubleOf(known)
  // Nor does the CA have it for the next request with the same CSR, unless it only did not show it yet.
  if (trouble?.kind === 'Gone' && trouble.times > 1) {
    return tellBoth(known, order, { reason: 'OrderUnknown', message: trouble.message }, trouble.until)
  }
  if (trouble !== undefined) return pending(known, trouble.message, trouble)
  const { seen } = known.memory
  if (seen === undefined) return { do: 'look' }
  const { look } = seen
  const until = seen.at + lookPause(seen.looks, known.jitter)
  // Rule 7. Nothing is believed of an order that does not prove to be ours: the id may mean something else by now.
  if (look.ours !== 'yes') {
    if (known.tick >= until) return { do: 'look' }
    return tellBoth(
      known,
      order,
      { reason: 'OrderUnknown', message: wording.notOurs(remote.id, order.spec.marker) },
      until,
    )
  }
  if (look.phase === 'failed') {
    return { do: 'settle', as: { phase: 'Failed', code: look.word, message: wording.ended(remote.id, look.word) } }
  }
  if (look.phase === 'issued') return collect(known, order, remote, look)
  if (known.tick >= until) return { do: 'look' }
  return tellBoth(
    known,
    order,
    { reason: 'Pending', message: wording.following(remote.id, look), state: look.word },
    until,
    look.validations,
  )
}

/** Rule 8. Issued at the CA: collect, verify, and put it on record. */
function collect(known: Known, order: CertificateOrder, remote: RemoteOrder, look: Look): Step {
  const { fetched, seen } = known.memory
  // Each look may have changed what there is to collect.
  if (fetched === undefined || seen === undefined || fetched.at < seen.at) return { do: 'fetch' }
  const { delivery, at, tries } = fetched
  if (delivery === 'notYet') {
    const until = at + doubling(LOOK_FIRST_MS, LOOK_LONGEST_MS, tries - 1, known.jitter)
    if (known.tick >= until) return { do: 'look' }
    return tellBoth(
      known,
      order,
      { reason: 'Pending', message: wording.following(remote.id, look), state: look.word },
      until,
    )
  }
  switch (delivery.verdict) {
    case 'reject': {
      const message = `Order ${remote.id} is not delivered: ${delivery.message}`
      return { do: 'settle', as: { phase: 'Failed', code: delivery.code, message } }
    }
    case 'stalled': {
      const until = at + STALLED_MS
      if (known.tick >= until || isIssuerAnother(known)) return { do: 'look' }
      return tellBoth(
        known,
        order,
        { reason: 'Stalled', message: wording.stalled(remote.id, delivery.message), state: look.word },
        until,
      )
    }
    case 'deliver':
      return { do: 'settle', as: { phase: 'Issued', delivery } }
  }
}

/** On record as issued: handed out, and after a restart collected once more for that. Never settled a second time. */
function deliverAgain(known: Known, order: CertificateOrder, remote: RemoteOrder): Step {
  const late = troubled(known)
  if (late !== undefined) return late
  const { fetched } = known.memory
  if (fetched === undefined) return { do: 'fetch' }
  const { delivery, at, tries } = fetched
  if (delivery !== 'notYet' && delivery.verdict === 'deliver' && delivery.serial === order.status?.serial) {
    const { message, event } = wording.issued(remote.id, delivery)
    const caPem = known.issuer?.includeCA === false ? undefined : delivery.caPem
    const { certificatePem } = delivery
    return { do: 'report', ready: { reason: 'Issued', message: bounded(message), certificatePem, caPem, event } }
  }
  const until = at + doubling(LOOK_FIRST_MS, STALLED_MS, tries - 1, known.jitter)
  if (known.tick >= until) return { do: 'fetch' }
  return pending(known, wording.notCollectedAgain(remote.id, order.status?.serial ?? ''), { until, warn: 'Stalled' })
}

/** Keeps the record and the request saying the same, one write each, and only when it changed. */
function tellBoth(
  known: Known,
  order: CertificateOrder,
  what: { readonly reason: string; readonly message: string; readonly state?: string },
  until: number,
  validations: readonly DomainValidation[] = [],
): Step {
  const { reason } = what
  const said = bounded(what.message)
  const ready = conditionOf(order.status, 'Ready')
  const published = isDeepStrictEqual(order.status?.domainValidations ?? [], validations) ? {} : { validations }
  if (ready?.reason !== reason || ready.message !== said || 'validations' in published)
    return { do: 'note', ...what, message: said, ...published }
  const warn = reason === 'Pending' ? validations.length > 0 && 'DomainValidation' : reason
  return pending(known, said, { until, ...(warn === false ? {} : { warn }) })
}
