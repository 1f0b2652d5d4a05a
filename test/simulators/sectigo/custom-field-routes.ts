// Custom fields, to manage (seed 004 L7743-8231): the same that orders are checked against. Version 1, deprecated, knows one
// kind of mandatory and no input.
import { z } from 'zod'
import { numberField, readBody, textField } from './body.ts'
import type { CustomField } from './catalogue.ts'
import { ACCESS_METHODS, FIELD_STATES } from './catalogue.ts'
import type { Constraint } from './constraints.ts'
import { atLeast, atMost, checkConstraints, notEmpty, notNull } from './constraints.ts'
import { isMandatory } from './custom-fields.ts'
import { refuse, refuseWith } from './errors.ts'
import { requirePrivilege } from './privileges.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json, NO_CONTENT } from './router.ts'

const V1 = '/api/customField/v1'
const V2 = '/api/customField/v2'

export const customFieldRoutes: readonly Route[] = [
  { method: 'GET', path: V2, access: 'account', handle: list },
  { method: 'GET', path: `${V2}/:id`, access: 'account', handle: details },
  { method: 'POST', path: V2, access: 'account', handle: create },
  { method: 'PUT', path: V2, access: 'account', handle: (call) => update(call, rowV2) },
  { method: 'DELETE', path: `${V2}/:id`, access: 'account', handle: remove },
  { method: 'GET', path: V1, access: 'account', handle: (call) => json(fields(call, null).map(rowV1), HEADERS) },
  {
    method: 'GET',
    path: `${V1}/:certType`,
    access: 'account',
    handle: (call) => json(fields(call, call.params['certType'] ?? '').map(rowV1), HEADERS),
  },
  { method: 'POST', path: V1, access: 'account', handle: createV1 },
  { method: 'PUT', path: V1, access: 'account', handle: (call) => update(call, rowV1) },
  { method: 'DELETE', path: `${V1}/:id`, access: 'account', handle: remove },
]

/** The answers of this resource name no charset (seed 004 L7785). */
const HEADERS = { headers: { 'content-type': 'application/json' } }
/** Seed 004 L7959. */
const NAME_MAX_LENGTH = 256
const CERT_TYPES = ['ssl', 'smime', 'device', 'codesign'] as const
/** Filters have capitals and one kind that has no fields here (seed 004 L7834). */
const FILTER_WORDS: readonly string[] = [...CERT_TYPES, 'brandindicator']
const ONE_LINE = { type: 'TEXT_SINGLE_LINE' } as const
const INPUT_TYPES = ['TEXT_SINGLE_LINE', 'TEXT_MULTI_LINE', 'EMAIL', 'NUMBER', 'TEXT_OPTION', 'DATE'] as const

const fieldSchema = z.object({
  id: numberField,
  name: textField,
  /** Version 1. */
  mandatory: z.boolean().nullish(),
  mandatories: z.array(z.enum(ACCESS_METHODS)).nullish(),
  certType: z.enum(CERT_TYPES).nullish(),
  state: z.enum(FIELD_STATES).nullish(),
  input: z.object({ type: z.enum(INPUT_TYPES), options: z.array(z.string()).nullish() }).nullish(),
})
type FieldBody = z.output<typeof fieldSchema>

/** Seed 004 L7744-7786, L7826-7870. */
function list(call: AccountCall): Answer {
  const rows = fields(call, call.query.get('certType')).map(rowV2)
  return json(rows, { headers: { ...HEADERS.headers, 'x-total-count': String(rows.length) } })
}

/** @throws ScmError -1601 for a kind that is none; the code is not stated. */
function fields(call: AccountCall, certType: string | null): CustomField[] {
  requirePrivilege(call, 'customFieldView')
  const wanted = certType?.toLowerCase()
  if (wanted && !FILTER_WORDS.includes(wanted)) throw refuse('fieldValue', 'certType')
  return call.context.catalogue.customFields.filter((field) => !wanted || certTypeOf(field) === wanted)
}

/** Seed 004 L7908-7947. */
function details(call: AccountCall): Answer {
  requirePrivilege(call, 'customFieldView')
  return json(rowV2(findField(call, call.params['id'] ?? '')), HEADERS)
}

/** 201 with the new address and no body (seed 004 L7950-7998). */
function create(call: AccountCall): Answer {
  const { id } = store(call)
  return { status: 201, headers: { location: `https://${call.headers.host}${V2}/${id}` } }
}

/** 200 with the field (seed 004 L7999-8054). */
function createV1(call: AccountCall): Answer {
  return json(rowV1(store(call)), HEADERS)
}

/** @throws ScmError -134 the name is taken, -159 there are too many already. */
function store(call: AccountCall): CustomField {
  const { context } = call
  const body = readBody(call, fieldSchema)
  checkConstraints([...constraints(body), notNull('certType', body.certType)])
  requirePrivilege(call, 'customFieldCreate')
  const { customFieldLimit: limit } = context.settings
  if (limit > 0 && context.catalogue.customFields.length >= limit) throw refuse('customFieldLimit', limit)
  const field: CustomField = {
    id: context.nextId(),
    name: body.name ?? '',
    product: productOf(body.certType ?? 'ssl'),
    mandatories: mandatoriesOf(body) ?? [],
    state: body.state ?? 'ACTIVE',
    input: inputOf(body),
  }
  put(call, field)
  return field
}

/**
 * 200 with the field (seed 004 L8055-8199). Orders keep what they carry. What the body leaves out stays or goes as the
 * `updateOmitted` setting says. @throws ScmError -134, -135.
 */
function update(call: AccountCall, row: (field: CustomField) => object): Answer {
  const body = readBody(call, fieldSchema)
  checkConstraints([...constraints(body), atLeast('id', body.id ?? 0, 1)])
  requirePrivilege(call, 'customFieldManage')
  const known = findField(call, String(body.id))
  const before = call.context.settings.updateOmitted === 'keep' ? known : undefined
  const field: CustomField = {
    id: known.id,
    name: body.name ?? '',
    product: body.certType == null ? known.product : productOf(body.certType),
    mandatories: mandatoriesOf(body) ?? before?.mandatories ?? [],
    state: body.state ?? before?.state,
    input: inputOf(body) ?? before?.input,
  }
  put(call, field)
  return json(row(field), HEADERS)
}

/** In the place of the one with its id, or at the end. @throws ScmError -134. */
function put({ context }: AccountCall, field: CustomField): void {
  const { customFields } = context.catalogue
  const others = customFields.filter(({ id }) => id !== field.id)
  // -160 says nearly the same; which of the two is not stated. Fields of two kinds of certificates may share a name.
  if (others.some(({ product, name }) => product === field.product && name === field.name)) {
    throw refuse('customFieldName')
  }
  const changed = customFields.map((one) => (one.id === field.id ? field : one))
  const stored = others.length === customFields.length ? [...others, field] : changed
  context.catalogue = { ...context.catalogue, customFields: stored }
}

/** Seed 004 L8200-8231. Orders keep what they carry. */
function remove(call: AccountCall): Answer {
  requirePrivilege(call, 'customFieldManage')
  const { id } = findField(call, call.params['id'] ?? '')
  const { catalogue } = call.context
  call.context.catalogue = { ...catalogue, customFields: catalogue.customFields.filter((one) => one.id !== id) }
  return NO_CONTENT
}

/** @throws ScmError -135; the status is not stated. */
function findField({ context }: AccountCall, id: string): CustomField {
  const field = context.catalogue.customFields.find((one) => String(one.id) === id)
  if (field) return field
  throw refuseWith('customFieldUnknown', { status: context.settings.unknownIdStatus })
}

function constraints({ name, input }: FieldBody): Constraint[] {
  return [
    { field: 'name', holds: !!name?.trim(), text: 'must not be blank' },
    atMost('name', name, NAME_MAX_LENGTH),
    ...(input?.type === 'TEXT_OPTION' ? [notEmpty('input.options', input.options)] : []),
  ]
}

/** Version 1 has all ways to ask or none; the document's own examples of both versions are of such fields. */
function mandatoriesOf({ mandatory, mandatories }: FieldBody): CustomField['mandatories'] | undefined {
  if (mandatories != null) return mandatories
  if (mandatory != null) return mandatory ? [...ACCESS_METHODS] : []
  return undefined
}

function inputOf({ input }: FieldBody): CustomField['input'] {
  if (!input) return undefined
  return input.type === 'TEXT_OPTION' ? { type: input.type, options: input.options ?? [] } : { type: input.type }
}

function productOf(certType: (typeof CERT_TYPES)[number]): CustomField['product'] {
  return certType === 'smime' ? 'client' : certType
}

function certTypeOf({ product }: CustomField): (typeof CERT_TYPES)[number] {
  return product === 'client' ? 'smime' : product
}

/** Seed 004 L7948. */
function rowV2(field: CustomField): object {
  const { id, name, state = 'ACTIVE', input = ONE_LINE, mandatories } = field
  return { id, name, certType: certTypeOf(field), state, input, mandatories }
}

/** Seed 004 L8055: of the input only its type. */
function rowV1(field: CustomField): object {
  const { id, name, state = 'ACTIVE', input = ONE_LINE } = field
  return { id, name, mandatory: isMandatory(field), certType: certTypeOf(field), state, input: { type: input.type } }
}
