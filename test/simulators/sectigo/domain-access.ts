// Which domains an account sees, how one is found, and how one is changed.
import type { Catalogue } from './catalogue.ts'
import { inScope } from './catalogue.ts'
import type { Context } from './context.ts'
import type { Domain } from './domain.ts'
import { currentDomains } from './domain-time.ts'
import { refuseWith } from './errors.ts'
import type { AccountCall } from './router.ts'

/** Is one of the domain's delegations, approved or not, for this organization or department? */
export function isDelegatedTo(catalogue: Catalogue, { delegations }: Domain, orgId: number): boolean {
  return delegations.some((one) => inScope(catalogue, [one.orgId], orgId))
}

/** Domains that are delegated to a place the account sees; who sees all places sees those without delegation too. */
export function visibleDomains({ context, account }: AccountCall): Domain[] {
  const { catalogue } = context
  const scope = account.organizations
  const places = catalogue.organizations
    .flatMap((one) => [one.id, ...one.departments.map(({ id }) => id)])
    .filter((id) => inScope(catalogue, scope, id))
  return currentDomains(context).filter(
    (domain) => scope === 'all' || places.some((id) => isDelegatedTo(catalogue, domain, id)),
  )
}

/** @throws ScmError -727; code and status are not stated. */
export function domainById(call: AccountCall, id: number | string): Domain {
  const domain = visibleDomains(call).find((one) => String(one.id) === String(id))
  if (domain) return domain
  throw refuseWith('domainUnknown', { status: call.context.settings.unknownIdStatus }, id)
}

/** Stores the domain as it is now, with the changes. */
export function changeDomain(context: Context, { id }: Domain, changes: Partial<Domain>): void {
  const domains = currentDomains(context).map((one) => (one.id === id ? { ...one, ...changes } : one))
  context.catalogue = { ...context.catalogue, domains }
}
