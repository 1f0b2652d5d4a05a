// The tenant's domains: list, details, create, suspend, delete (seed 004 L13572-13856). Their delegations: delegations.ts.
import { z } from 'zod'
import { readBody, textField } from './body.ts'
import { inScope } from './catalogue.ts'
import type { Constraint } from './constraints.ts'
import { atMost, checkConstraints, notNull, ONE_OR_MORE, sizeBetween } from './constraints.ts'
import { delegationFields, delegationRoutes, readDelegation } from './delegations.ts'
import type { Domain } from './domain.ts'
import { holds, NO_VALIDATION } from './domain.ts'
import { changeDomain, domainById, isDelegatedTo, visibleDomains } from './domain-access.ts'
import { refuse } from './errors.ts'
import { domainWord, flavourOf, plainWord } from './flavour.ts'
import { pageOf } from './listing.ts'
import type { Order } from './orders.ts'
import { requirePrivilege } from './privileges.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json, NO_CONTENT } from './router.ts'

const BASE = '/api/domain/v1'

export const domainRoutes: readonly Route[] = [
  { method: 'GET', path: BASE, access: 'account', handle: list },
  { method: 'GET', path: `${BASE}/count`, access: 'account', handle: count },
  { method: 'GET', path: `${BASE}/:id`, access: 'account', handle: details },
  { method: 'POST', path: BASE, access: 'account', handle: create },
  { method: 'PUT', path: `${BASE}/:id/monitoring`, access: 'account', handle: monitor },
  { method: 'DELETE', path: `${BASE}/:id`, access: 'account', handle: remove },
  { method: 'PUT', path: `${BASE}/:id/activate`, access: 'account', handle: (call) => setState(call, 'ACTIVE') },
  { method: 'PUT', path: `${BASE}/:id/suspend`, access: 'account', handle: (call) => setState(call, 'SUSPENDED') },
  ...delegationRoutes(BASE),
]

/** Seed 004 L13730, L13734. */
const NAME_LENGTHS = [4, 255] as const
const DESCRIPTION_MAX_LENGTH = 255
const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
/** observed: the domain and the same with a star are two entries. */
const DOMAIN_NAME = new RegExp(`^(\\*\\.)?(${LABEL}\\.)*${LABEL}$`)
const FEWEST_DOTS = 1
/** The answers of this resource name no charset (seed 004 L13610). */
const HEADERS = { 'content-type': 'application/json' }
/** Words of the filters (seed 004 L13585-13587) and of the answers. */
const STATES: Readonly<Record<string, Domain['state']>> = { active: 'ACTIVE', inactive: 'SUSPENDED' }
const DELEGATION_STATUSES: Readonly<Record<string, string>> = { requested: 'REQUESTED', approved: 'ACTIVE' }
/** An order that came to nothing, or is over, does not keep its domain. */
const OVER = ['Declined', 'Rejected', 'Invalid', 'Revoked', 'Expired', 'Replaced']

/** Seed 004 L13573-13612. Names of the last four parameters: the vendor's HTML edition 25.5. */
function list(call: AccountCall): Answer {
  const domains = filtered(call)
  const rows = pageOf(call.query, domains).map(({ id, name }) => ({ id, name }))
  return json(rows, { headers: { ...HEADERS, 'x-total-count': String(domains.length) } })
}

/** Deprecated; takes `size` and `position` and counts all (seed 004 L13613-13645). */
function count(call: AccountCall): Answer {
  return json({ count: filtered(call).length }, { headers: HEADERS })
}

/** @throws ScmError -1601 for a word that is none of the filter's; the code is not stated. */
function filtered(call: AccountCall): Domain[] {
  const { query, context } = call
  const name = query.get('name')?.toLowerCase() ?? ''
  const state = wordOf(query.get('state'), 'state', STATES)
  const status = wordOf(query.get('status'), 'status', DELEGATION_STATUSES)
  const orgId = query.get('orgId')
  const exact = context.settings.listMatch === 'exact'
  return visibleDomains(call).filter(
    (domain) =>
      (name === '' || (exact ? domain.name === name : domain.name.includes(name))) &&
      (state === undefined || domain.state === state) &&
      (status === undefined || delegationStatus(domain) === status) &&
      (!orgId || isDelegatedTo(context.catalogue, domain, Number(orgId))),
  )
}

function wordOf<Value>(
  wanted: string | null,
  parameter: string,
  words: Readonly<Record<string, Value>>,
): Value | undefined {
  if (!wanted) return undefined
  const value = words[plainWord(wanted)]
  if (value === undefined) throw refuse('fieldValue', parameter)
  return value
}

function delegationStatus({ delegations }: Domain): 'ACTIVE' | 'REQUESTED' {
  return delegations.some(({ status }) => status === 'ACTIVE') ? 'ACTIVE' : 'REQUESTED'
}

/** Seed 004 L13646-13721; delegations are "filtered by client admin credentials" (L13704). */
function details(call: AccountCall): Answer {
  const { context, account } = call
  const domain = domainById(call, call.params['id'] ?? '')
  const validation = {
    validationStatus: domainWord(flavourOf(call), domain.dcvStatus),
    validationMethod: domain.dcvMethod,
    dcvValidation: domain.validated,
    dcvExpiration: domain.expires,
  }
  return json(
    {
      id: domain.id,
      name: domain.name,
      delegationStatus: delegationStatus(domain),
      state: domain.state,
      // "Shown only if DCV is enabled for customer" (L13674-13683).
      ...(context.settings.dcvEnabled ? validation : {}),
      delegations: domain.delegations.filter(({ orgId }) => inScope(context.catalogue, account.organizations, orgId)),
      ctLogMonitoring: domain.ctLogMonitoring,
    },
    { headers: HEADERS },
  )
}

const monitoringSchema = z.object({
  enabled: z.boolean().nullish(),
  includeSubdomains: z.boolean().nullish(),
  bucketId: textField,
})
const createSchema = z.object({
  name: textField,
  description: textField,
  active: z.boolean().nullish(),
  ctLogMonitoring: monitoringSchema.nullish(),
  delegations: z.array(z.object(delegationFields)).nullish(),
})

/**
 * 201 with the new address and no body (seed 004 L13723-13781).
 * @throws ScmError -700 there is one of that name, -714 and -732 no name for a domain, -7 no bucket, -1023 no such place.
 */
function create(call: AccountCall): Answer {
  const { context } = call
  const body = readBody(call, createSchema)
  checkConstraints(createConstraints(body))
  requirePrivilege(call, 'allowManageDomains')
  const name = body.name?.toLowerCase() ?? ''
  if (name.split('.').length - 1 < FEWEST_DOTS) throw refuse('domainDots', FEWEST_DOTS)
  if (!DOMAIN_NAME.test(name)) throw refuse('domainName')
  if (context.catalogue.domains.some((one) => one.name === name)) throw refuse('domainExists')
  const domain: Domain = {
    id: context.nextId(),
    name,
    description: body.description ?? '',
    state: body.active === false ? 'SUSPENDED' : 'ACTIVE',
    requested: new Date(context.now()).toISOString(),
    ctLogMonitoring: body.ctLogMonitoring ? readMonitoring(body.ctLogMonitoring) : undefined,
    delegations: (body.delegations ?? []).map((one) => readDelegation(call, one)),
    dcvOrderStatus: 'NOT_INITIATED',
    ...NO_VALIDATION,
  }
  context.catalogue = { ...context.catalogue, domains: [...context.catalogue.domains, domain] }
  return { status: 201, headers: { location: `https://${call.headers.host}${BASE}/${domain.id}` } }
}

function createConstraints({ name, description, delegations }: z.output<typeof createSchema>): Constraint[] {
  return [
    notNull('name', name),
    sizeBetween('name', name, NAME_LENGTHS),
    atMost('description', description, DESCRIPTION_MAX_LENGTH),
    notNull('delegations', delegations),
    sizeBetween('delegations', delegations, ONE_OR_MORE),
  ]
}

/** 200 without a body (seed 004 L13782-13816). Nothing is monitored here; the details show it. */
function monitor(call: AccountCall): Answer {
  const body = readBody(call, monitoringSchema)
  requirePrivilege(call, 'allowManageDomains')
  changeDomain(call.context, domainById(call, call.params['id'] ?? ''), { ctLogMonitoring: readMonitoring(body) })
  return { status: 200 }
}

/** "Required if CT Log monitoring is going to be enabled" (seed 004 L13749). @throws ScmError -7. */
function readMonitoring(body: z.output<typeof monitoringSchema>): NonNullable<Domain['ctLogMonitoring']> {
  const enabled = body.enabled ?? false
  if (enabled && !body.bucketId) throw refuse('missing', 'bucketId')
  return { bucketId: body.bucketId ?? undefined, enabled, includeSubdomains: body.includeSubdomains ?? false }
}

/**
 * Seed 004 L13817-13830: who manages all organizations of the domain.
 * @throws ScmError -738 who does not, -740 while there are SSL certificates for its names.
 */
async function remove(call: AccountCall): Promise<Answer> {
  const { context, account } = call
  requirePrivilege(call, 'allowManageDomains')
  const domain = domainById(call, call.params['id'] ?? '')
  const managesAll = domain.delegations.every(({ orgId }) => inScope(context.catalogue, account.organizations, orgId))
  if (!managesAll) throw refuse('domainOperation', 'delete')
  if ((await context.orders.all()).some((order) => keeps(order, domain))) throw refuse('domainInUse')
  context.catalogue = {
    ...context.catalogue,
    domains: context.catalogue.domains.filter(({ id }) => id !== domain.id),
  }
  return NO_CONTENT
}

function keeps({ product, status, names }: Order, domain: Domain): boolean {
  if (product !== 'ssl' || OVER.includes(status)) return false
  return names.some(({ type, value }) => type === 'dns' && holds(domain, value))
}

/** 200 without a body (seed 004 L13831-13856). */
function setState(call: AccountCall, state: Domain['state']): Answer {
  requirePrivilege(call, 'allowManageDomains')
  changeDomain(call.context, domainById(call, call.params['id'] ?? ''), { state })
  return { status: 200 }
}
