// Organizations and departments share one space of ids (seed 004 L13990-14266); a department's id is as good as an organization's.
import { z } from 'zod'
import { BackendError, type IssuerFacts } from '../backend.ts'
import { ask, bodyOf, read } from './answer.ts'
import type { Call, Caller } from './call.ts'
import type { Product } from './product.ts'
import { optional, remoteId } from './schemas.ts'
import { READ_TIMEOUT_MS, ranks } from './timing.ts'

/** Ids in a message: enough to see the mistake, few enough for a condition. */
const MAX_LISTED = 8

const unit = z.object({ id: remoteId, name: z.string().catch('') })
const organizations = z.array(unit.extend({ departments: optional(z.array(unit)) }))
const apiFlags = z.object({ sslCertsApiEnabled: optional(z.boolean()) })

type Unit = z.output<typeof unit>

/** Finds the organization or department with this id. Throws BackendError: OrganizationNotFound lists what there is. */
export async function organizationOf(
  caller: Caller,
  orgId: string,
  signal: AbortSignal,
): Promise<IssuerFacts['organization']> {
  const call = organizationCall('organization/v1', 'organization/v1', signal)
  const units: Unit[] = (await read(caller, call, organizations)).flatMap((organization) => [
    organization,
    ...(organization.departments ?? []),
  ])
  const found = units.find(({ id }) => id === orgId)
  if (found !== undefined) return { id: found.id, name: caller.quote(found.name) || found.id }
  const listed = units.slice(0, MAX_LISTED).map(({ id, name }) => `${id} (${name})`)
  const more = units.length > MAX_LISTED ? ` and ${units.length - MAX_LISTED} more` : ''
  const seen =
    listed.length === 0
      ? 'it sees none, so its role in SCM lacks one'
      : `it sees ${caller.quote(listed.join(', '))}${more}`
  throw new BackendError(
    'OrganizationNotFound',
    `orgId ${orgId} is no organization or department of this account; ${seen}`,
  )
}

/**
 * Orders over the API are refused until a checkbox is set for each organization and department. Only SSL (and client)
 * have such a flag; an account that may not read it is not held back. Throws BackendError AccessDenied when it is off.
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
  if (product.name !== 'ssl') return
  const path = `organization/v1/${encodeURIComponent(organization.id)}`
  const call = organizationCall('organization/v1/{id}', path, signal)
  const answer = await ask(caller, call)
  if (answer.status >= 300 || bodyOf(call, answer, apiFlags).sslCertsApiEnabled !== false) return
  throw new BackendError(
    'AccessDenied',
    `"Enable Web/REST API" is not ticked in the SSL certificate settings of ${organization.name} (${organization.id}) in SCM`,
  )
}

function organizationCall(endpoint: string, path: string, signal: AbortSignal): Call {
  return { endpoint, method: 'GET', path, rank: ranks.check, timeoutMs: READ_TIMEOUT_MS, signal }
}
