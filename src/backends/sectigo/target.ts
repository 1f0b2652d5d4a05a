// Where an issuer's orders go. Pure.
import type { IssuerFacts, OrderTarget } from '../backend.ts'
import { endpointOf } from './endpoint.ts'
import type { SectigoSettings } from './settings.ts'

export interface TargetInput extends Pick<SectigoSettings, 'url' | 'tenant' | 'product'> {
  readonly facts: Pick<IssuerFacts, 'organization' | 'profile'>
}

/** The target but for the term, which every request chooses. Throws BackendError when `url` is not an https URL. */
export function targetOf({ url, tenant, product, facts }: TargetInput): Omit<OrderTarget, 'term'> {
  const { organization, profile } = facts
  return { endpoint: endpointOf(url), tenant, product, organization: organization.id, profile: profile.id }
}
