// The check behind an issuer's Ready: SCM accepts the login, and organization, profile and term exist. Reads only.
import type { IssuerFacts } from '../backend.ts'
import type { Caller } from './call.ts'
import { organizationOf, requireApiEnabled } from './organizations.ts'
import { passwordExpires } from './password-state.ts'
import type { Product } from './product.ts'
import { type ProfileReference, profileOf } from './profiles.ts'

export interface DescribeOptions {
  readonly product: Product
  readonly orgId: number
  readonly profile: ProfileReference
  readonly authentication: 'password' | 'oauth2'
  readonly signal: AbortSignal
}

/** One call after the other: a changed credential is tried by one request, not by four. Throws BackendError. */
export async function describeIssuer(caller: Caller, options: DescribeOptions): Promise<IssuerFacts> {
  const { product, profile: reference, signal, authentication } = options
  const orgId = String(options.orgId)
  const organization = await organizationOf(caller, orgId, signal)
  await requireApiEnabled(caller, { product, organization, signal })
  const profile = await profileOf(caller, { product, orgId, profile: reference, signal })
  const credentialsExpire = authentication === 'password' ? await passwordExpires(caller, signal) : undefined
  return { profile, organization, ...(credentialsExpire === undefined ? {} : { credentialsExpire }) }
}
