// Certificate profiles ("types") and custom fields of each product.
import type { Account, Catalogue, Product, Profile } from './catalogue.ts'
import { inScope } from './catalogue.ts'
import { fieldsOf, isMandatory } from './custom-fields.ts'
import { refuse } from './errors.ts'
import { seesProduct } from './privileges.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'

export const typeRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/ssl/v1/types', access: 'account', handle: (call) => listTypes(call, 'ssl') },
  { method: 'GET', path: '/api/device/v1/types', access: 'account', handle: (call) => listTypes(call, 'device') },
  { method: 'GET', path: '/api/ssl/v1/customFields', access: 'account', handle: (call) => listFields(call, 'ssl') },
  {
    method: 'GET',
    path: '/api/device/v1/customFields',
    access: 'account',
    handle: (call) => listFields(call, 'device'),
  },
]

/** Optional `organizationId` filter (seed 004 L450-500, L3954-4004). */
export function listTypes({ context, account, query }: AccountCall, product: Product): Answer {
  const { catalogue } = context
  const wanted = query.get('organizationId')
  if (wanted !== null && !/^\d+$/.test(wanted)) throw refuse('fieldValue', 'organizationId')
  const places = wanted === null ? allPlaces(catalogue) : [Number(wanted)]
  const profiles = catalogue.profiles.filter(
    (profile) => profile.product === product && places.some((id) => profileVisible(catalogue, account, profile, id)),
  )
  return json(profiles.map(profileRow))
}

/** May this account use the profile for that organization or department? */
export function profileVisible(catalogue: Catalogue, account: Account, profile: Profile, orgId: number): boolean {
  return (
    seesProduct(account, profile.product) &&
    inScope(catalogue, account.organizations, orgId) &&
    inScope(catalogue, profile.organizations, orgId)
  )
}

function allPlaces(catalogue: Catalogue): number[] {
  return catalogue.organizations.flatMap((one) => [one.id, ...one.departments.map((department) => department.id)])
}

/** Device rows also have the first term and the usages (seed 004 L4004). */
function profileRow(profile: Profile): object {
  return {
    ...certTypeOf(profile),
    ...(profile.product === 'device' ? { term: profile.terms[0], ku: profile.ku ?? [], eku: profile.eku ?? [] } : {}),
  }
}

/** The profile as `types` lists it and details repeat it (seed 004 L489-500, L1084-1093). */
export function certTypeOf({ id, name, description, terms, keyTypes }: Profile): object {
  return { id, name, description, terms, keyTypes, useSecondaryOrgName: false }
}

/** Seed 004 L501-532, L4005-4032. */
export function listFields({ context }: AccountCall, product: Product): Answer {
  const fields = fieldsOf(context.catalogue, product)
  return json(fields.map((field) => ({ id: field.id, name: field.name, mandatory: isMandatory(field) })))
}
