// An order with an id: followed through approval and validation, collected, verified, delivered, or reported as failed.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { RemoteOrder } from '../backends/backend.ts'
import type { Known } from './known.ts'
import type { Step } from './step.ts'
import { pending } from './tell.ts'
import { troubled } from './trouble.ts'
import { doubling, LOOK_FIRST_MS, LOOK_LONGEST_MS, STALLED_MS } from './waits.ts'
import * as wording from './wording.ts'

export function follow(known: Known, order: CertificateOrder, remote: RemoteOrder): Step {
  if (order.status?.phase === 'Issued') return deliver(known, order, remote)
  const late = troubled(known)
  if (late !== undefined) return late
  const { seen } = known.memory
  if (seen === undefined) return { do: 'look' }
  const { look } = seen
  const until = seen.at + doubling(LOOK_FIRST_MS, LOOK_LONGEST_MS, seen.looks - 1, known.jitter)
  if (look.ours === 'no')
    return known.tick >= until
      ? { do: 'look' }
      : tellBoth(known, order, 'OrderUnknown', wording.notOurs(remote.id), look.word, until)
  if (look.phase === 'failed') {
    return { do: 'settle', as: { phase: 'Failed', code: look.word, message: wording.ended(remote.id, look.word) } }
  }
  if (look.phase === 'issued') return deliver(known, order, remote)
  if (known.tick >= until) return { do: 'look' }
  return tellBoth(known, order, 'Pending', wording.following(remote.id, look), look.word, until)
}

/** Issued at the CA: collect, verify, put it on record, and only then hand it out. */
function deliver(known: Known, order: CertificateOrder, remote: RemoteOrder): Step {
  const late = troubled(known)
  if (late !== undefined) return late
  const { fetched, seen } = known.memory
  if (fetched === undefined) return { do: 'fetch' }
  if ('notYet' in fetched) {
    const until = fetched.at + doubling(LOOK_FIRST_MS, LOOK_LONGEST_MS, fetched.tries - 1, known.jitter)
    if (known.tick >= until) return { do: 'fetch' }
    const word = seen?.look.word ?? order.status?.remote?.state ?? 'Issued'
    return tellBoth(
      known,
      order,
      'Pending',
      wording.following(remote.id, { phase: 'issued', word, ours: 'yes' }),
      word,
      until,
    )
  }
  const { delivery } = fetched
  switch (delivery.verdict) {
    case 'reject':
      return {
        do: 'settle',
        as: {
          phase: 'Failed',
          code: delivery.code,
          message: `Order ${remote.id} is not delivered: ${delivery.message}`,
        },
      }
    case 'stalled': {
      const until = fetched.at + STALLED_MS
      if (known.tick >= until) return { do: 'fetch' }
      return tellBoth(known, order, 'Stalled', wording.stalled(remote.id, delivery.message), undefined, until)
    }
    case 'deliver': {
      if (order.status?.phase !== 'Issued') return { do: 'settle', as: { phase: 'Issued', delivery } }
      const { message, event } = wording.issued(remote.id, delivery)
      const caPem = known.issuer?.includeCA === false ? undefined : delivery.caPem
      return {
        do: 'report',
        ready: { reason: 'Issued', message, certificatePem: delivery.certificatePem, caPem, event },
      }
    }
  }
}

/** Keeps the record and the request saying the same, one write each, and only when it changed. */
function tellBoth(
  known: Known,
  order: CertificateOrder,
  reason: string,
  message: string,
  state: string | undefined,
  until: number,
): Step {
  const ready = order.status?.conditions?.find((condition) => condition.type === 'Ready')
  if (order.status?.phase !== 'Issued' && (ready?.reason !== reason || ready.message !== message)) {
    return { do: 'note', reason, message, ...(state === undefined ? {} : { state }) }
  }
  return pending(known, message, { until, ...(reason === 'Pending' ? {} : { warn: reason }) })
}
