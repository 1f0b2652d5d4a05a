// To which organizations and departments a domain is delegated, for which certificates and names (seed 004 L13857-13989).
import { z } from 'zod'
import { numberField, readBody } from './body.ts'
import { findPlace, inScope } from './catalogue.ts'
import type { Constraint } from './constraints.ts'
import { atLeast, checkConstraints, notNull, ONE_OR_MORE, sizeBetween } from './constraints.ts'
import type { Delegation, Domain } from './domain.ts'
import { DELEGATION_CERT_TYPES, REQUEST_PRIVILEGES } from './domain.ts'
import { changeDomain, domainById } from './domain-access.ts'
import { refuse, refuseWith } from './errors.ts'
import { requirePrivilege } from './privileges.ts'
import type { AccountCall, Answer, Route } from './router.ts'

/** Seed 004 L13902. */
const DOMAIN_COUNTS = [1, 1000] as const
const DONE: Answer = { status: 200 }

/** A word that is none of these makes the body unreadable, as anywhere else. */
export const delegationFields = {
  orgId: numberField,
  certTypes: z.array(z.enum(DELEGATION_CERT_TYPES)).nullish(),
  domainCertificateRequestPrivileges: z.array(z.enum(REQUEST_PRIVILEGES)).nullish(),
}
const delegationSchema = z.object(delegationFields)
type DelegationBody = z.output<typeof delegationSchema>
const manySchema = z.object({ ...delegationFields, domainIds: z.array(z.number().int()).nullish() })
const placeSchema = z.object({ orgId: numberField })

export function delegationRoutes(base: string): readonly Route[] {
  const path = `${base}/:id/delegation`
  return [
    { method: 'POST', path, access: 'account', handle: delegate },
    { method: 'POST', path: `${base}/delegation`, access: 'account', handle: delegateMany },
    // The one DELETE of the document that has a body.
    { method: 'DELETE', path, access: 'account', handle: withdraw },
    { method: 'POST', path: `${path}/approve`, access: 'account', handle: approve },
    { method: 'POST', path: `${path}/reject`, access: 'account', handle: reject },
  ]
}

/**
 * One delegation of a body. Without the privilege to approve, it waits for somebody who has it (an inference from the two
 * states and the privilege). @throws ScmError -1023 for a place the account does not manage; the code is not stated.
 */
export function readDelegation({ context, account }: AccountCall, body: DelegationBody): Delegation {
  const orgId = Number(body.orgId)
  const { catalogue } = context
  if (!findPlace(catalogue, orgId) || !inScope(catalogue, account.organizations, orgId)) {
    throw refuseWith('organizationUnknown', { status: 400 }, orgId)
  }
  return {
    orgId,
    certTypes: body.certTypes ?? [],
    domainCertificateRequestPrivileges: body.domainCertificateRequestPrivileges ?? [],
    status: account.privileges.includes('approveDomainDelegation') ? 'ACTIVE' : 'REQUESTED',
  }
}

/** Seed 004 L13857-13886. */
function delegate(call: AccountCall): Answer {
  const body = readBody(call, delegationSchema)
  checkConstraints(orgIdConstraints(body))
  requirePrivilege(call, 'allowManageDomains')
  const domain = domainById(call, call.params['id'] ?? '')
  changeDomain(call.context, domain, { delegations: withDelegation(domain, readDelegation(call, body)) })
  return DONE
}

/** Seed 004 L13887-13915. All or none: the domains are looked up first. */
function delegateMany(call: AccountCall): Answer {
  const body = readBody(call, manySchema)
  checkConstraints([
    ...orgIdConstraints(body),
    notNull('domainIds', body.domainIds),
    sizeBetween('domainIds', body.domainIds, DOMAIN_COUNTS),
    sizeBetween('domainCertificateRequestPrivileges', body.domainCertificateRequestPrivileges, ONE_OR_MORE),
  ])
  requirePrivilege(call, 'allowManageDomains')
  const delegation = readDelegation(call, body)
  const domains = (body.domainIds ?? []).map((id) => domainById(call, id))
  for (const domain of domains) changeDomain(call.context, domain, { delegations: withDelegation(domain, delegation) })
  return DONE
}

/** Not stated whether a second delegation to a place adds to the first or takes its place: here it adds. */
function withDelegation({ delegations }: Domain, added: Delegation): Delegation[] {
  const known = delegations.find(({ orgId }) => orgId === added.orgId)
  if (!known) return [...delegations, added]
  const { certTypes, domainCertificateRequestPrivileges } = known
  const merged: Delegation = {
    ...added,
    certTypes: [...new Set([...certTypes, ...added.certTypes])],
    domainCertificateRequestPrivileges: [
      ...new Set([...domainCertificateRequestPrivileges, ...added.domainCertificateRequestPrivileges]),
    ],
  }
  return delegations.map((one) => (one === known ? merged : one))
}

/**
 * Takes the given kinds of certificates away, all when none is given; the delegation goes with its last one. What the list of
 * privileges does here is not stated: nothing. @throws ScmError -707 there is no such delegation, -709 it is the last one.
 */
function withdraw(call: AccountCall): Answer {
  const body = readBody(call, delegationSchema)
  checkConstraints(orgIdConstraints(body))
  requirePrivilege(call, 'allowManageDomains')
  const domain = domainById(call, call.params['id'] ?? '')
  const known = delegationOf(domain, body.orgId)
  const certTypes = known.certTypes.filter((type) => body.certTypes != null && !body.certTypes.includes(type))
  const delegations = domain.delegations.flatMap((one) => {
    if (one !== known) return [one]
    return certTypes.length > 0 ? [{ ...one, certTypes }] : []
  })
  if (delegations.length === 0) throw refuse('domainWithoutDelegation')
  changeDomain(call.context, domain, { delegations })
  return DONE
}

/** @throws ScmError -707 there is no such delegation, -705 it is decided. */
function approve(call: AccountCall): Answer {
  const { domain, requested } = requestedDelegation(call)
  const delegations = domain.delegations.map((one) => (one === requested ? { ...one, status: 'ACTIVE' as const } : one))
  changeDomain(call.context, domain, { delegations })
  return DONE
}

/** The delegation goes; the domain stays, even without any (not stated). @throws ScmError -707, -705. */
function reject(call: AccountCall): Answer {
  const { domain, requested } = requestedDelegation(call)
  changeDomain(call.context, domain, { delegations: domain.delegations.filter((one) => one !== requested) })
  return DONE
}

function requestedDelegation(call: AccountCall): { domain: Domain; requested: Delegation } {
  const body = readBody(call, placeSchema)
  checkConstraints(orgIdConstraints(body))
  requirePrivilege(call, 'approveDomainDelegation')
  const domain = domainById(call, call.params['id'] ?? '')
  const requested = delegationOf(domain, body.orgId)
  if (requested.status !== 'REQUESTED') throw refuse('delegationDecided')
  return { domain, requested }
}

function delegationOf({ delegations }: Domain, orgId: number | null | undefined): Delegation {
  const known = delegations.find((one) => one.orgId === orgId)
  if (!known) throw refuse('delegationGone')
  return known
}

function orgIdConstraints({ orgId }: z.output<typeof placeSchema>): Constraint[] {
  return [notNull('orgId', orgId), atLeast('orgId', orgId, 1)]
}
