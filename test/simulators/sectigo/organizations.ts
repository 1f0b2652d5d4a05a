// Organizations and departments, filtered by what the account may see (seed 004 L21, L13990-14266).
import type { Catalogue, Organization, Scope } from './catalogue.ts'
import { findPlace, inScope } from './catalogue.ts'
import { refuse } from './errors.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'

export const organizationRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/organization/v1', access: 'account', handle: listOrganizations },
  { method: 'GET', path: '/api/organization/v1/:id', access: 'account', handle: organizationDetails },
]

/** No paging, no parameters (seed 004 L13994-14040). */
function listOrganizations({ context, account }: AccountCall): Answer {
  const { catalogue } = context
  const visible = catalogue.organizations.filter((one) => seesAnyOf(catalogue, account.organizations, one))
  return json(
    visible.map((one) => ({
      id: one.id,
      name: one.name,
      departments: departments(catalogue, account.organizations, one),
    })),
  )
}

/** Seed 004 L14133-14266. `validationStatus` and other deprecated fields are left out, as in the example. */
function organizationDetails({ context, account, params }: AccountCall): Answer {
  const { catalogue } = context
  const id = Number(params['id'])
  const place = findPlace(catalogue, id)
  const scope = account.organizations
  // An RAO sees its organization, a DRAO only its department.
  const visible =
    place && (place.department ? inScope(catalogue, scope, id) : seesAnyOf(catalogue, scope, place.organization))
  if (!place || !visible) throw refuse('organizationUnknown', params['id'] ?? '')
  const { organization, department } = place
  return json({
    id,
    name: department?.name ?? organization.name,
    certTypes: organization.certTypes,
    ...(department ? {} : { departments: departments(catalogue, scope, organization) }),
    city: organization.city,
    stateOrProvince: organization.stateOrProvince,
    country: organization.country,
    clientCertificate: {
      allowKeyRecoveryByMasterAdmins: false,
      allowKeyRecoveryByOrgAdmins: false,
      allowKeyRecoveryByDepartmentAdmins: false,
    },
    sslCertsApiEnabled: organization.sslCertsApiEnabled,
    clientCertsApiEnabled: organization.clientCertsApiEnabled,
  })
}

function seesAnyOf(catalogue: Catalogue, scope: Scope, organization: Organization): boolean {
  const ids = [organization.id, ...organization.departments.map((one) => one.id)]
  return ids.some((id) => inScope(catalogue, scope, id))
}

function departments(catalogue: Catalogue, scope: Scope, organization: Organization): object[] {
  return organization.departments
    .filter((one) => inScope(catalogue, scope, one.id))
    .map((one) => ({ id: one.id, parentName: organization.name, name: one.name }))
}
