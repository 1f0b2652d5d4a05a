// Organizations and departments, filtered by what the account may see (seed 004 L21, L13990-14266).
import type { Catalogue, CertType, Organization, Scope } from './catalogue.ts'
import { apiFlags, CERT_TYPES, findPlace, inScope, ROLES } from './catalogue.ts'
import { refuse } from './errors.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'

/** Kinds of certificate by the ends of role names. */
const TYPE_OF_ROLE: Readonly<Record<string, CertType>> = {
  SSL: 'SSL',
  SMIME: 'Client',
  CS: 'CodeSign',
  DEVICE: 'Device',
}

export const organizationRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/organization/v1', access: 'account', handle: listOrganizations },
  { method: 'GET', path: '/api/organization/v1/managedBy/:role', access: 'account', handle: listManaged },
  // The spelling of the OAuth2 API (OpenAPI 25.9.2).
  { method: 'GET', path: '/api/organization/v1/managed-by/:role', access: 'account', handle: listManaged },
  { method: 'GET', path: '/api/organization/v1/report-type/:type', access: 'account', handle: listByType },
  { method: 'GET', path: '/api/organization/v1/:id', access: 'account', handle: organizationDetails },
]

/** No paging, no parameters (seed 004 L13994-14040). */
function listOrganizations(call: AccountCall): Answer {
  return json(visibleOrganizations(call).map((one) => row(call, one)))
}

/** Those with that kind of certificate (seed 004 L14080-14132). @throws ScmError -1601; the code is not stated. */
function listByType(call: AccountCall): Answer {
  const type = CERT_TYPES.find((one) => one === call.params['type'])
  if (!type) throw refuse('fieldValue', 'type')
  const organizations = visibleOrganizations(call).filter((one) => one.certTypes.includes(type))
  return json(organizations.map((one) => row(call, one)))
}

/** Flat: organizations for RAO roles, departments for DRAO ones (seed 004 L14041-14079). @throws ScmError -1601. */
function listManaged(call: AccountCall): Answer {
  const role = ROLES.find((one) => one === call.params['role'])
  if (!role) throw refuse('fieldValue', 'role')
  const type = TYPE_OF_ROLE[role.replace(/^.*_/, '')]
  const organizations = visibleOrganizations(call).filter((one) => !type || one.certTypes.includes(type))
  const { catalogue } = call.context
  const scope = call.account.organizations
  const managed = role.startsWith('DRAO')
    ? organizations.flatMap((one) => departments(catalogue, scope, one))
    : organizations.filter((one) => inScope(catalogue, scope, one.id)).map(({ id, name }) => ({ id, name }))
  return json(managed)
}

function visibleOrganizations({ context, account }: AccountCall): Organization[] {
  const { catalogue } = context
  return catalogue.organizations.filter((one) => seesAnyOf(catalogue, account.organizations, one))
}

function row({ context, account }: AccountCall, organization: Organization): object {
  const { id, name } = organization
  return { id, name, departments: departments(context.catalogue, account.organizations, organization) }
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
    contactEmails: organization.contactEmails,
    contactWebhook: organization.contactWebhook,
    address1: organization.address1,
    address2: organization.address2,
    address3: organization.address3,
    city: organization.city,
    stateOrProvince: organization.stateOrProvince,
    postalCode: organization.postalCode,
    country: organization.country,
    clientCertificate: {
      allowKeyRecoveryByMasterAdmins: false,
      allowKeyRecoveryByOrgAdmins: false,
      allowKeyRecoveryByDepartmentAdmins: false,
    },
    ...apiFlags(place),
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
