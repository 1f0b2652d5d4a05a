// What SSL, device and client enrolment have in common: the checks, in order, and the storing of the order.
// Order of checks: the body must parse, then the field constraints, then what the fields mean. The document fixes no more.
import { z } from 'zod'
import { numberField, textField } from './body.ts'
import type { Account, Catalogue, Organization, Place, Privilege, Product, Profile } from './catalogue.ts'
import { apiFlags, findPlace, inScope } from './catalogue.ts'
import type { Constraint } from './constraints.ts'
import { atLeast, atMost, checkConstraints, notNull } from './constraints.ts'
import type { ParsedCsr } from './csr.ts'
import { CSR_MAX_LENGTH, CSR_PATTERN, checkKey, parseCsr } from './csr.ts'
import { checkCustomFields } from './custom-fields.ts'
import { refuse } from './errors.ts'
import type { NamedValue, Order, OrderRequest } from './orders.ts'
import { requirePrivilege } from './privileges.ts'
import type { AccountCall } from './router.ts'
import { profileVisible } from './types.ts'

/** Seed 004 L1280, L4459. */
const COMMENTS_MAX_LENGTH = 1024

export const namedValuesField = z.array(z.object({ name: textField, value: textField })).nullish()

const REQUEST_PRIVILEGES: Readonly<Record<Product, Privilege>> = {
  ssl: 'sslRequest',
  device: 'deviceRequest',
  client: 'clientCertRequest',
}

/** Fields all products have (seed 004 L1255-1300, L4438-4476, L3251-3300). */
export const enrollFields = {
  orgId: numberField,
  csr: textField,
  certType: numberField,
  term: numberField,
  comments: textField,
  customFields: namedValuesField,
}
const enrollSchema = z.object(enrollFields)
export type EnrollBody = z.output<typeof enrollSchema>

export interface CheckedEnrollment {
  readonly orgId: number
  readonly organization: Organization
  readonly profile: Profile
  readonly term: number
  readonly csr: ParsedCsr
  readonly comments: string
  readonly customFields: readonly NamedValue[]
}

/** @throws ScmError with the first refusal. `constraints` are the product's own, after the common ones. */
export async function checkEnrollment(
  call: AccountCall,
  product: Product,
  body: EnrollBody,
  constraints: readonly Constraint[],
): Promise<CheckedEnrollment> {
  const { account, context } = call
  requirePrivilege(call, REQUEST_PRIVILEGES[product])
  checkConstraints([...commonConstraints(body), ...constraints])
  const { csr, orgId, certType, comments } = body
  if (!csr) throw refuse('missing', 'csr')
  const place = placeFor(context.catalogue, account, Number(orgId))
  const { organization } = place
  if (!enabledFor(place, product)) throw refuse('organizationNotEnabled', organization.name)
  const profile = findProfile(call, product, Number(certType), Number(orgId))
  const term = chooseTerm(profile, product, body.term)
  const parsed = await readCsr(call, csr, profile)
  const customFields = checkCustomFields(context.catalogue, product, namedValues(body.customFields))
  return { orgId: Number(orgId), organization, profile, term, csr: parsed, comments: comments ?? '', customFields }
}

/** A CSR for this profile. @throws ScmError -9, -10, -11, -13, -138, -141, -170. */
export async function readCsr({ context }: AccountCall, csr: string, profile: Profile): Promise<ParsedCsr> {
  const parsed = await parseCsr(csr, context.settings)
  checkKey(parsed.key, profile)
  return parsed
}

/** Stores the order; it is approved at once when the account may and the simulator is set to (seed 004 L11874-11901). */
export function placeOrder({ context, account }: AccountCall, request: OrderRequest): Order {
  const automatic =
    context.settings.approval === 'auto' &&
    account.privileges.includes('autoApproveCertificates') &&
    // EV needs two persons (seed 004 L346-347).
    !isEv(request.profile)
  return context.orders.add(request, automatic ? account : undefined)
}

export function isEv({ validationType }: Profile): boolean {
  return validationType?.includes('(EV)') ?? false
}

export function namedValues(given: z.output<typeof namedValuesField>): NamedValue[] {
  return (given ?? []).map(({ name, value }) => ({ name: name ?? '', value: value ?? '' }))
}

function commonConstraints({ orgId, csr, certType, term, comments }: EnrollBody): Constraint[] {
  return [
    notNull('orgId', orgId),
    atLeast('orgId', orgId, 1),
    ...csrConstraints(csr),
    notNull('certType', certType),
    atLeast('certType', certType, 1),
    atLeast('term', term, 1),
    commentsConstraint(comments),
  ]
}

export function csrConstraints(csr: string | null | undefined): Constraint[] {
  return [
    {
      field: 'csr',
      holds: !csr || csr.length <= CSR_MAX_LENGTH,
      text: `must be between 1 and ${CSR_MAX_LENGTH} characters`,
    },
    {
      field: 'csr',
      holds: !csr || CSR_PATTERN.test(csr),
      text: 'must match the regular expression [a-zA-Z0-9-+=/\\s]+',
    },
  ]
}

export function commentsConstraint(comments: string | null | undefined): Constraint {
  return atMost('comments', comments, COMMENTS_MAX_LENGTH)
}

/**
 * `sslCertsApiEnabled` and `clientCertsApiEnabled` are documented (seed 004 L14204); which code their absence gives is not.
 * There is no such flag for devices.
 */
function enabledFor(place: Place, product: Product): boolean {
  const { certTypes } = place.organization
  if (product === 'ssl') return certTypes.includes('SSL') && apiFlags(place).sslCertsApiEnabled
  if (product === 'client') return certTypes.includes('Client') && apiFlags(place).clientCertsApiEnabled
  return certTypes.includes('Device')
}

/** The place an enrolment is for. @throws ScmError -639. */
export function placeFor(catalogue: Catalogue, account: Account, orgId: number): Place {
  const place = findPlace(catalogue, orgId)
  if (!place || !inScope(catalogue, account.organizations, orgId)) throw refuse('organizationInvalid')
  return place
}

export function findProfile({ context, account }: AccountCall, product: Product, id: number, orgId: number): Profile {
  const { catalogue } = context
  const profile = catalogue.profiles.find((one) => one.id === id)
  const usable = profile?.product === product && profileVisible(catalogue, account, profile, orgId)
  if (profile && usable) return profile
  if (product === 'client') throw refuse('clientProfileInvalid')
  if (profile) throw refuse('profileInvalid')
  throw product === 'device' ? refuse('deviceProfileUnknown') : refuse('profileUnknown', id)
}

/** observed: device orders without a term are taken; the profile's first term applies (seed 004 L3984). */
export function chooseTerm(profile: Profile, product: Product, term: number | null | undefined): number {
  const first = profile.terms[0]
  if (term == null && product === 'device' && first !== undefined) return first
  if (term == null) throw refuse('missing', 'term')
  if (!profile.terms.includes(term)) throw refuse('term')
  return term
}
