// An order for the validation of a domain: a method is chosen, its proof published, the order submitted; the backend then looks
// for the proof in its own time (domain-time.ts).
import type { Domain } from './domain.ts'
import { NO_VALIDATION_ORDER } from './domain.ts'
import { changeDomain } from './domain-access.ts'
import { orderBackendId } from './domain-proof.ts'
import { currentDomains, isHighLevel } from './domain-time.ts'
import { VALIDATION_HEADERS } from './domain-validation.ts'
import { refuse } from './errors.ts'
import { domainWord, flavourOf } from './flavour.ts'
import type { DcvMode } from './orders.ts'
import type { AccountCall, Answer } from './router.ts'
import { json } from './router.ts'

/** Seed 004 L7333. */
export const SUBMITTED = 'Submitted successfully'

/** A domain whose validation may be asked for. @throws ScmError -715 suspended, -723 below another domain. */
export function validatable(domain: Domain, { context }: AccountCall): Domain {
  if (domain.state === 'SUSPENDED') throw refuse('domainInactive', domain.name)
  if (!isHighLevel(domain, currentDomains(context))) throw refuse('domainNotHighLevel', domain.name)
  return domain
}

/**
 * A domain that an order may be made for.
 * @throws ScmError -715, -723, -724 with an order on its way: not stated which of the operations gives it; here an order that
 * waits has to be cleared first.
 */
export function orderable(domain: Domain, call: AccountCall): Domain {
  if (domain.dcvOrderStatus !== 'SUBMITTED') return validatable(domain, call)
  throw refuse('domainOrder', domain.name, domain.dcvOrderStatus)
}

/** A record or file of before is still there as long as its values are the same. */
export function prepared({ context }: AccountCall, domain: Domain, mode: DcvMode): Partial<Domain> {
  const renewed = context.settings.dcvValues === 'perOrder'
  const kept = !renewed && mode !== 'EMAIL' && domain.dcvOrderMethod === mode
  return {
    ...NO_VALIDATION_ORDER,
    dcvOrderMethod: mode,
    dcvSeed: renewed ? `${domain.name} ${context.nextId()}` : undefined,
    published: kept ? domain.published : undefined,
  }
}

/** Stores the submitted order. */
export function submit({ context }: AccountCall, domain: Domain, changes: Partial<Domain>): Partial<Domain> {
  const order = {
    dcvOrderId: context.nextId(),
    ...changes,
    dcvOrderStatus: 'SUBMITTED',
    submitted: new Date(context.now()).toISOString(),
  } as const
  changeDomain(context, domain, order)
  return order
}

/** `status` is what the domain was before: the backend has not looked yet (seed 004 L7331: VALIDATED as it is submitted). */
export function submitted(call: AccountCall, before: Domain, order: Partial<Domain>, more: object = {}): Answer {
  const flavour = flavourOf(call)
  const answer = {
    status: domainWord(flavour, before.dcvStatus),
    orderStatus: domainWord(flavour, 'SUBMITTED'),
    message: SUBMITTED,
    orderBackendId: orderBackendId({ ...before, ...order }),
    ...more,
  }
  return json(answer, { headers: VALIDATION_HEADERS })
}
