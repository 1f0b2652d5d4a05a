// What SSL and device enrolment have in common: the checks, in order, and the storing of the order.
// Order of checks: the body must parse, then the field constraints, then what the fields mean. The document fixes no more.
import { z } from 'zod'
import type { Constraint } from './body.ts'
import { checkConstraints, numberField, textField } from './body.ts'
import type { Account, Catalogue, CustomField, Organization, Place, Product, Profile } from './catalogue.ts'
import { findPlace, inScope } from './catalogue.ts'
import type { ParsedCsr } from './csr.ts'
import { CSR_MAX_LENGTH, CSR_PATTERN, checkKey, parseCsr } from './csr.ts'
import { refuse } from './errors.ts'
import type { NamedValue, Order, OrderRequest } from './orders.ts'
import type { AccountCall } from './router.ts'
import { profileVisible } from './types.ts'

/** Seed 004 L1280, L4459. */
const COMMENTS_MAX_LENGTH = 1024

export const namedValuesField = z.array(z.object({ name: textField, value: textField })).nullish()

/** Fields both products have (seed 004 L1255-1300, L4438-4476). */
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
  const privilege = product === 'ssl' ? 'sslRequest' : 'deviceRequest'
  if (!account.privileges.includes(privilege)) throw refuse('notAuthorized', privilege)
  checkConstraints([...commonConstraints(body), ...constraints])
  const { csr, orgId, certType, comments } = body
  if (!csr) throw refuse('missing', 'csr')
  const { organization } = placeFor(context.catalogue, account, Number(orgId))
  if (!enabledFor(organization, product)) throw refuse('organizationNotEnabled', organization.name)
  const profile = findProfile(call, product, Number(certType), Number(orgId))
  const term = chooseTerm(profile, product, body.term)
  const parsed = await parseCsr(csr, context.settings)
  checkKey(parsed.key, profile)
  const fields = context.catalogue.customFields.filter((field) => field.product === product)
  const customFields = checkCustomFields(fields, namedValues(body.customFields))
  return { orgId: Number(orgId), organization, profile, term, csr: parsed, comments: comments ?? '', customFields }
}

/** Stores the order; it is approved at once when the account may and the simulator is set to (seed 004 L11874-11901). */
export function placeOrder({ context, account }: AccountCall, request: Omit<OrderRequest, 'account'>): Order {
  const order = context.orders.add({ ...request, account })
  const automatic = context.settings.approval === 'auto' && account.privileges.includes('autoApproveCertificates')
  if (automatic) context.orders.approve(order, account)
  return order
}

export function namedValues(given: z.output<typeof namedValuesField>): NamedValue[] {
  return (given ?? []).map(({ name, value }) => ({ name: name ?? '', value: value ?? '' }))
}

function commonConstraints({ orgId, csr, certType, term, comments }: EnrollBody): Constraint[] {
  const atLeastOne = (value: number | null | undefined): boolean => value == null || value >= 1
  return [
    { field: 'orgId', holds: orgId != null, text: 'must not be null' },
    { field: 'orgId', holds: atLeastOne(orgId), text: 'must be at least 1' },
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
    { field: 'certType', holds: certType != null, text: 'must not be null' },
    { field: 'certType', holds: atLeastOne(certType), text: 'must be at least 1' },
    { field: 'term', holds: atLeastOne(term), text: 'must be at least 1' },
    {
      field: 'comments',
      holds: (comments?.length ?? 0) <= COMMENTS_MAX_LENGTH,
      text: `maximum length is ${COMMENTS_MAX_LENGTH} characters or can be empty`,
    },
  ]
}

/** `sslCertsApiEnabled` is documented (seed 004 L14204); which code its absence gives is not. There is no such flag for devices. */
function enabledFor(organization: Organization, product: Product): boolean {
  return product === 'ssl'
    ? organization.sslCertsApiEnabled && organization.certTypes.includes('SSL')
    : organization.certTypes.includes('Device')
}

/** The place an enrolment is for. @throws ScmError -639. */
function placeFor(catalogue: Catalogue, account: Account, orgId: number): Place {
  const place = findPlace(catalogue, orgId)
  if (!place || !inScope(catalogue, account.organizations, orgId)) throw refuse('organizationInvalid')
  return place
}

function findProfile({ context, account }: AccountCall, product: Product, id: number, orgId: number): Profile {
  const { catalogue } = context
  const profile = catalogue.profiles.find((one) => one.id === id)
  if (!profile) throw product === 'device' ? refuse('deviceProfileUnknown') : refuse('profileUnknown', id)
  const usable = profile.product === product && profileVisible(catalogue, account, profile, orgId)
  if (!usable) throw refuse('profileInvalid')
  return profile
}

/** observed: device orders without a term are taken; the profile's first term applies (seed 004 L3984). */
function chooseTerm(profile: Profile, product: Product, term: number | null | undefined): number {
  const first = profile.terms[0]
  if (term == null && product === 'device' && first !== undefined) return first
  if (term == null) throw refuse('missing', 'term')
  if (!profile.terms.includes(term)) throw refuse('term')
  return term
}

function checkCustomFields(fields: readonly CustomField[], given: readonly NamedValue[]): readonly NamedValue[] {
  if (given.some(({ name }) => !fields.some((field) => field.name === name))) throw refuse('customFieldUnknown')
  const missing = fields.some(
    (field) => field.mandatory && !given.some(({ name, value }) => name === field.name && value !== ''),
  )
  if (missing) throw refuse('customFieldMissing')
  return given
}
