// Validation status of the tenant's domains, to read (seed 004 L6827-7071). What changes it: domain-order-routes.ts.
import { z } from 'zod'
import { readBody, textField } from './body.ts'
import { checkConstraints, sizeBetween } from './constraints.ts'
import { writeDate } from './dates.ts'
import type { Domain } from './domain.ts'
import { isDelegatedTo, visibleDomains } from './domain-access.ts'
import { orderBackendId, proofOf } from './domain-proof.ts'
import { orderTimes } from './domain-time.ts'
import { refuse } from './errors.ts'
import { domainWord, flavourOf, plainWord } from './flavour.ts'
import { pageOf } from './listing.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'

/** The base path, in both versions: the OAuth2 API has everything under v2 (OpenAPI 25.9.2). */
export const VALIDATION_PATHS = ['/api/dcv/v1/validation', '/api/dcv/v2/validation'] as const

export const domainValidationRoutes: readonly Route[] = VALIDATION_PATHS.flatMap((path): Route[] => [
  { method: 'GET', path, access: 'account', handle: list },
  { method: 'POST', path: `${path}/status`, access: 'account', handle: status },
])

/** The answers of this resource name no charset (seed 004 L6881). */
export const VALIDATION_HEADERS = { 'content-type': 'application/json' }
/** Seed 004 L6907. */
const DOMAIN_LENGTHS = [3, 255] as const
const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Domain control validation as such may be refused.
 * @throws ScmError -3 (observed in a client's fixtures, with this text, for the list) without the privilege, -1608 where the tenant has none.
 */
export function requireDcv({ account, context }: AccountCall): void {
  if (!account.privileges.includes('allowDCV')) throw refuse('notPermitted', 'DCV validation')
  if (!context.settings.dcvEnabled) throw refuse('dcvDisabled')
}

/** Seed 004 L6827-6897: empty filters are allowed; the example's `domain=ccmqa.com` finds www.ccmqa.com too. */
function list(call: AccountCall): Answer {
  requireDcv(call)
  const { context, query } = call
  const flavour = flavourOf(call)
  const place = query.get('department') || query.get('org')
  const expiresIn = query.get('expiresIn')
  if (expiresIn && !/^[1-9]\d*$/.test(expiresIn)) throw refuse('fieldValue', 'expiresIn')
  const latest = context.now() + Number(expiresIn) * DAY_MS
  const is = (parameter: string, value: string): boolean => {
    const wanted = query.get(parameter)
    return !wanted || plainWord(wanted) === plainWord(value)
  }
  const domains = visibleDomains(call).filter(
    (domain) =>
      domain.name.includes(query.get('domain')?.toLowerCase() ?? '') &&
      (!place || isDelegatedTo(context.catalogue, domain, Number(place))) &&
      (!expiresIn || (domain.expires !== undefined && Date.parse(domain.expires) <= latest)) &&
      is('dcvStatus', domain.dcvStatus) &&
      is('orderStatus', domain.dcvOrderStatus),
  )
  const rows = pageOf(query, domains).map((domain) => ({
    domain: domain.name,
    dcvStatus: domainWord(flavour, domain.dcvStatus),
    dcvMethod: domain.dcvMethod,
    dcvOrderStatus: domainWord(flavour, domain.dcvOrderStatus),
    dcvOrderMethod: domain.dcvOrderMethod,
    expirationDate: domain.expires,
  }))
  return json(rows, { headers: { ...VALIDATION_HEADERS, 'x-total-count': String(domains.length) } })
}

const domainBodySchema = z.object({ domain: textField })

/** The domain that a body names, if the account sees it. @throws ScmError -1001, -727. */
export function domainOfBody(call: AccountCall): Domain {
  const { domain } = readBody(call, domainBodySchema)
  const name = domain ?? ''
  checkConstraints([sizeBetween('domain', name, DOMAIN_LENGTHS)])
  return domainByName(call, name)
}

/** @throws ScmError -727. */
export function domainByName(call: AccountCall, name: string): Domain {
  const domain = visibleDomains(call).find((one) => one.name === name.toLowerCase())
  if (!domain) throw refuse('domainUnknown', name)
  return domain
}

/** Seed 004 L6898-7071. */
function status(call: AccountCall): Answer {
  requireDcv(call)
  return showStatus(call, domainOfBody(call))
}

/** A domain without an order shows no mode (seed 004 L7066-7071), though the list does. */
export function showStatus(call: AccountCall, domain: Domain): Answer {
  const flavour = flavourOf(call)
  return json(
    {
      status: domainWord(flavour, domain.dcvStatus),
      validationDate: domain.validated,
      expirationDate: domain.expires,
      orderStatus: domainWord(flavour, domain.dcvOrderStatus),
      ...(domain.dcvOrderStatus === 'NOT_INITIATED' ? {} : { orderMode: domain.dcvOrderMethod, ...proofOf(domain) }),
      ...submittedOrder(call, domain),
    },
    { headers: VALIDATION_HEADERS },
  )
}

/** "Only for submitted orders" (seed 004 L6962-6971). */
function submittedOrder({ context }: AccountCall, domain: Domain): object {
  if (domain.dcvOrderStatus !== 'SUBMITTED') return {}
  const { submitted, expiration, lastCheck, nextCheck } = orderTimes(domain, context.now(), context.settings)
  return {
    orderBackendId: orderBackendId(domain),
    submittedDate: writeDate(submitted, 'ISO'),
    orderExpiration: new Date(expiration).toISOString(),
    lastCheck: lastCheck && new Date(lastCheck).toISOString(),
    nextCheck: new Date(nextCheck).toISOString(),
  }
}
