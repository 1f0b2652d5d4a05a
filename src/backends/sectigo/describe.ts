// The check behind an issuer's Ready: SCM accepts the login, and organization, profile, term and custom fields exist. Reads only.
import type { IssuerFacts } from '../backend.ts'
import type { Caller } from './call.ts'
import { requireCustomFields } from './custom-fields.ts'
import { organizationOf, requireApiEnabled } from './organizations.ts'
import { passwordExpires } from './password-state.ts'
import type { Product } from './product.ts'
import { type ProfileReference, profileOf } from './profiles.ts'
import type { CustomField, OrganizationReference } from './settings.ts'

export interface DescribeOptions {
  readonly product: Product
  readonly organization: OrganizationReference
  readonly profile: ProfileReference
  readonly customFields?: readonly CustomField[] | undefined
  /** RFC 3339 date on which the credential ends, where it says so itself; 'ask': SCM knows; undefined: nobody does. */
  readonly credentialsExpire: string | 'ask' | undefined
  readonly signal: AbortSignal
}

/** One call after the other: a changed credential is tried by one request, not by five. Throws BackendError. */
export async function describeIssuer(caller: Caller, options: DescribeOptions): Promise<IssuerFacts> {
  const { product, profile: reference, customFields = [], signal } = options
  const organization = await organizationOf(caller, options.organization, signal)
  await requireApiEnabled(caller, { product, organization, signal })
  const profile = await profileOf(caller, { product, orgId: organization.id, profile: reference, signal })
  await requireCustomFields(caller, { product, given: customFields, signal })
  const credentialsExpire =
    options.credentialsExpire === 'ask' ? await passwordExpires(caller, signal) : options.credentialsExpire
  return { profile, organization, ...(credentialsExpire === undefined ? {} : { credentialsExpire }) }
}
