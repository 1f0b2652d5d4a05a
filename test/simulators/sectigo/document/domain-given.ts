// What the examples of domains presuppose: orders of validation, delegations. Made through the API where it can make them.
import type { Given } from './given.ts'
import { OPEN_DOMAIN, SUBMITTED_DOMAIN, VALIDATED_DOMAIN } from './world.ts'

/** A department of the tenant's first organization. */
export const DEPARTMENT = 8929

/** A domain whose validation was started by that method: a start is before every submission. */
export function started(method: 'http' | 'https' | 'cname'): Given {
  return async (world) => {
    await world.make('POST', `/dcv/v1/validation/start/domain/${method}`, { domain: VALIDATED_DOMAIN })
    return { domain: VALIDATED_DOMAIN }
  }
}

/** A domain that waits for the click on its mail. */
export const mailedDomain: Given = async (world) => {
  const body = { domain: OPEN_DOMAIN, email: `admin@${OPEN_DOMAIN}` }
  await world.make('POST', '/dcv/v1/validation/submit/domain/email', body)
  return { domain: OPEN_DOMAIN }
}

/** A domain of its own for the example, delegated to the organization. */
export const newDomain: Given = async (world) => {
  const reply = await world.make('POST', '/domain/v1', {
    name: 'example.edu',
    delegations: [delegationTo(world.orgId)],
  })
  return { id: Number(String(reply.headers['location']).split('/').pop()), domain: 'example.edu' }
}

/** The same, delegated to a department too. */
export const domainOfTwo: Given = async (world) => {
  const subject = await newDomain(world)
  await world.make('POST', `/domain/v1/${subject.id}/delegation`, delegationTo(DEPARTMENT))
  return subject
}

/** The same, its delegation not approved yet. */
export const requestedDomain: Given = async (world) => {
  const subject = await newDomain(world)
  const { control } = world.simulator
  const { domains } = await control.catalogue()
  const waiting = domains.map((one) =>
    one.id === subject.id
      ? { ...one, delegations: one.delegations.map((delegation) => ({ ...delegation, status: 'REQUESTED' as const })) }
      : one,
  )
  await control.patchCatalogue({ domains: waiting })
  return subject
}

/** A delegation as the examples write it (seed 004 L13773, L13884). */
export function delegationTo(orgId: number, certTypes: readonly string[] = ['SSL']): object {
  return { orgId, certTypes, domainCertificateRequestPrivileges: ['SUBDOMAIN', 'DOMAIN'] }
}

/** All other domains away: the row of the report is of a validated one. */
export const validatedDomainOnly: Given = async (world) => {
  const { domains } = await world.simulator.control.catalogue()
  await world.simulator.control.patchCatalogue({ domains: domains.filter(({ name }) => name === VALIDATED_DOMAIN) })
  return {}
}

/** A domain that was validated by mail: its row still names the method of the order that is over. */
export const validatedByMail: Given = async (world) => {
  const subject = await mailedDomain(world)
  await world.simulator.control.publishDomain(OPEN_DOMAIN)
  await world.make('POST', '/dcv/v1/validation/sync', subject)
  return subject
}

export const openDomain: Given = async () => ({ domain: OPEN_DOMAIN })
export const twoDomains: Given = async () => ({ domain: VALIDATED_DOMAIN, otherDomain: OPEN_DOMAIN })
export const submittedDomain: Given = async () => ({ domain: SUBMITTED_DOMAIN })
export const validatedDomain: Given = async () => ({ domain: VALIDATED_DOMAIN })
