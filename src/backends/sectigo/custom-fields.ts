// Custom fields: an order without a mandatory one is refused (code -62), and so is one with a name that does not exist
// (seed 004 L501-532, L2651-2678, L4005-4032). Better said of the issuer than of each request.
import { z } from 'zod'
import { BackendError } from '../backend-error.ts'
import { ask, bodyOf } from './answer.ts'
import { type Caller, readOf } from './call.ts'
import type { Product } from './product.ts'
import { listed } from './quote.ts'
import { arrayOf, optional } from './schemas.ts'
import type { CustomField } from './settings.ts'
import { ranks } from './timing.ts'

const customFields = arrayOf(z.object({ name: z.string(), mandatory: optional(z.boolean()) }))

/**
 * Are all mandatory fields given, and do all given ones exist? Throws BackendError CustomFieldsInvalid, which names them.
 * An account that may not list the fields is not held back: SCM says it at the first order.
 */
export async function requireCustomFields(
  caller: Caller,
  options: { readonly product: Product; readonly given: readonly CustomField[]; readonly signal: AbortSignal },
): Promise<void> {
  const { product, given, signal } = options
  const call = readOf(product.customFields, { rank: ranks.check, signal })
  const answer = await ask(caller, call)
  if (answer.status >= 300) return
  const known = bodyOf(call, answer, customFields)
  const values = new Map(given.map(({ name, value }) => [name, value]))
  const missing = known.filter(({ name, mandatory }) => mandatory === true && (values.get(name) ?? '') === '')
  if (missing.length > 0) {
    const names = namesOf(missing, caller.quote)
    throw new BackendError(
      'CustomFieldsInvalid',
      `spec.customFields: SCM demands a value for ${names} with every ${product.name} order`,
    )
  }
  const unknown = given.filter(({ name }) => !known.some((field) => field.name === name))
  if (unknown.length === 0) return
  const offered = known.length === 0 ? 'it has none' : `it has ${namesOf(known, caller.quote)}`
  throw new BackendError(
    'CustomFieldsInvalid',
    `spec.customFields: SCM has no field ${namesOf(unknown)} for ${product.name} orders; ${offered}`,
  )
}

function namesOf(fields: readonly { readonly name: string }[], quote?: (text: string) => string): string {
  const names = fields.map(({ name }) => `"${name}"`)
  return listed(names, quote)
}
