// Organizations and departments share one space of ids (seed 004 L13990-14266); a department's id is as good as an organization's.
import { z } from 'zod'
import type { IssuerFacts } from '../backend.ts'
import { BackendError } from '../backend-error.ts'
import { ask, bodyOf, read } from './answer.ts'
import { type Caller, fixed, readOf, withId } from './call.ts'
import type { Product } from './product.ts'
import { listed } from './quote.ts'
import { arrayOf, optional, remoteId } from './schemas.ts'
import type { OrganizationReference } from './settings.ts'
import { ranks } from './timing.ts'

const unit = z.object({ id: remoteId, name: z.string().catch('') })
const organizations = arrayOf(unit.extend({ departments: optional(arrayOf(unit)) }))
const apiFlags = z.object({
  sslCertsApiEnabled: optional(z.boolean()),
  clientCertsApiEnabled: optional(z.boolean()),
})

type Organizations = z.output<typeof organizations>
type Unit = z.output<typeof unit>

/**
 * Finds the organization or department. Throws BackendError: OrganizationNotFound lists what there is;
 * OrganizationAmbiguous names the ids to choose from, because names may repeat (L14020).
 */
export async function organizationOf(
  caller: Caller,
  reference: OrganizationReference,
  signal: AbortSignal,
): Promise<IssuerFacts['organization']> {
  const seen = await read(caller, readOf(fixed('organization/v1'), { rank: ranks.check, signal }), organizations)
  const [found, ...others] = matching(seen, reference)
  if (found === undefined) {
    const what = caller.quote(wordsOf(reference))
    throw new BackendError(
      'OrganizationNotFound',
      `${what} is no organization or department of this account; ${listOf(seen, caller)}`,
    )
  }
  if (others.length > 0) {
    const ids = listed([found, ...others].map(({ id }) => id))
    throw new BackendError(
      'OrganizationAmbiguous',
      `${caller.quote(wordsOf(reference))} is the name of ${others.length + 1}; give one of the ids ${ids} as orgId`,
    )
  }
  return { id: found.id, name: caller.quote(found.name) || found.id }
}

function matching(seen: Organizations, reference: OrganizationReference): Unit[] {
  if ('id' in reference) return unitsOf(seen).filter(({ id }) => id === reference.id)
  const named = (units: readonly Unit[], name: string): Unit[] => units.filter((one) => one.name.trim() === name.trim())
  const { name, department } = reference
  if (department === undefined) return named(seen, name)
  const within = seen.filter((organization) => organization.name.trim() === name.trim())
  return within.flatMap(({ departments }) => named(departments ?? [], department))
}

function unitsOf(seen: Organizations): Unit[] {
  return seen.flatMap((organization) => [organization, ...(organization.departments ?? [])])
}

function wordsOf(reference: OrganizationReference): string {
  if ('id' in reference) return `orgId ${reference.id}`
  const { name, department } = reference
  return department === undefined ? `organization "${name}"` : `department "${department}" of organization "${name}"`
}

function listOf(seen: Organizations, caller: Caller): string {
  const units = unitsOf(seen).map(({ id, name }) => `${id} (${name})`)
  if (units.length === 0) return 'it sees none, so its role in SCM lacks one'
  return `it sees ${listed(units, caller.quote)}`
}

/**
 * Orders over the API are refused until a checkbox is set for each organization and department. SSL and client
 * certificates have such a flag; an account that may not read it is not held back. Throws BackendError AccessDenied when
 * it is off.
 */
export async function requireApiEnabled(
  caller: Caller,
  options: {
    readonly product: Product
    readonly organization: IssuerFacts['organization']
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { product, organization, signal } = options
  if (product.apiFlag === undefined) return
  const { field, tab } = product.apiFlag
  const call = readOf(withId('organization/v1', organization.id), { rank: ranks.check, signal })
  const answer = await ask(caller, call)
  if (answer.status >= 300 || bodyOf(call, answer, apiFlags)[field] !== false) return
  throw new BackendError(
    'AccessDenied',
    `"Enable Web/REST API" is not ticked in the ${tab} of ${organization.name} (${organization.id}) in SCM`,
  )
}
