// Custom fields of orders: which names an order may carry, which it must, what their values look like.
import type { Catalogue, CustomField, Product } from './catalogue.ts'
import type { Constraint } from './constraints.ts'
import { atMost, EMAIL, sizeBetween } from './constraints.ts'
import { refuse } from './errors.ts'
import type { NamedValue } from './orders.ts'

/** Seed 004 L1866-1870. */
const NAME_LENGTHS = [1, 256] as const
const VALUE_MAX_LENGTH = 256
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/

/**
 * The fields of an order, checked against those of its product.
 * @throws ScmError -135 unknown name, -62 mandatory one missing or empty, -1601 value not of the field's type (code not stated).
 */
export function checkCustomFields(
  catalogue: Catalogue,
  product: Product,
  given: readonly NamedValue[],
): readonly NamedValue[] {
  const fields = fieldsOf(catalogue, product)
  for (const { name, value } of given) {
    const field = fields.find((one) => one.name === name)
    if (!field) throw refuse('customFieldUnknown')
    if (value.length > VALUE_MAX_LENGTH || (value !== '' && !fits(field, value))) throw refuse('fieldValue', name)
  }
  const missing = fields.some(
    (field) => isMandatory(field) && !given.some(({ name, value }) => name === field.name && value !== ''),
  )
  if (missing) throw refuse('customFieldMissing')
  return given
}

/** The fields that orders of a product may carry: those in use. */
export function fieldsOf({ customFields }: Catalogue, product: Product): CustomField[] {
  return customFields.filter((field) => field.product === product && (field.state ?? 'ACTIVE') === 'ACTIVE')
}

/** For orders through this API. */
export function isMandatory({ mandatories }: CustomField): boolean {
  return mandatories.includes('REST_API')
}

/** Constraints of updates (seed 004 L1864-1871, L4595-4602). */
export function customFieldConstraints(given: readonly NamedValue[]): Constraint[] {
  return given.flatMap(({ name, value }) => [
    sizeBetween('customFields[].name', name, NAME_LENGTHS),
    atMost('customFields[].value', value, VALUE_MAX_LENGTH),
  ])
}

/** Seed 004 L1869: a DATE is `yyyy-MM-dd`; the other types as their names say. */
function fits({ input }: CustomField, value: string): boolean {
  switch (input?.type) {
    case 'DATE':
      return DAY.test(value)
    case 'NUMBER':
      return /^-?\d+$/.test(value)
    case 'EMAIL':
      return EMAIL.test(value)
    case 'TEXT_OPTION':
      return input.options.includes(value)
    case 'TEXT_SINGLE_LINE':
      return !value.includes('\n')
    default:
      return true
  }
}
