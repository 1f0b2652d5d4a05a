// What the annotations of a request set in place of its issuer's own values. They are written by the author of the request, or
// by anybody who may change it, at any time: so they are read once, before the order is put on record, and bounded.
import { ANNOTATION_PREFIX, ANNOTATIONS, type Overridable, type Overrides, overridden } from '../api/overridden.ts'
import { LONGEST_TERM_DAYS } from '../api/sectigo-product.ts'
import type { Problem } from '../backends/backend.ts'
import { UNPRINTABLE } from './tell.ts'

/** Below what the cache keeps of an annotation: what is longer may have lost its end. */
const LONGEST_ANNOTATION = 4_000
/** As our marker begins, in any spelling that a list at the CA could be filtered by. */
const MARKER = /certwright:/i

export interface Overriding {
  /** `spec.overrides.allow` of the issuer. */
  readonly allowed: readonly Overridable[]
  /** The names of the issuer's own custom fields: values of others cannot be set. */
  readonly customFields: readonly string[]
}

/** What is chosen, or everything that is wrong with it, named by its annotation. Never throws. */
export function readOverrides(
  annotations: Readonly<Record<string, string>>,
  overriding: Overriding,
): Overrides | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const chosen: Overrides[] = []
  for (const [field, annotation] of Object.entries(ANNOTATIONS) as [Overridable, string][]) {
    if (!Object.hasOwn(annotations, annotation)) continue
    const read = readOne(field, annotations[annotation] ?? '', overriding)
    if (typeof read === 'string') problems.push({ field: `annotation ${annotation}`, message: read })
    else chosen.push(read)
  }
  return problems.length > 0 ? { problems } : Object.assign({}, ...chosen)
}

/** Names below our prefix from which nothing is read: typing errors, most likely. */
export function unknownAnnotations(annotations: Readonly<Record<string, string>>): readonly string[] {
  const read = Object.values(ANNOTATIONS)
  return Object.keys(annotations).filter((name) => name.startsWith(ANNOTATION_PREFIX) && !read.includes(name))
}

/** The value, or what is wrong with it. */
function readOne(field: Overridable, value: string, { allowed, customFields }: Overriding): Overrides | string {
  if (!allowed.includes(field)) return `the issuer's spec.overrides.allow does not list ${field}`
  if (value.length > LONGEST_ANNOTATION) return 'it is too long'
  switch (field) {
    case 'term':
      return readTerm(value)
    case 'customFields':
      return readCustomFields(value, customFields)
    case 'externalRequester': {
      const addresses = value.split(',').map((one) => one.trim())
      const { success, data } = overridden.shape.externalRequester.safeParse(addresses)
      return success && data !== undefined
        ? { externalRequester: data }
        : 'it must be mail addresses with commas between them, at most 16 and 512 characters'
    }
    case 'comments': {
      const { success, data } = overridden.shape.comments.safeParse(value.trim())
      if (!success || data === undefined) return 'it must be one line of at most 512 characters of printable ASCII'
      return MARKER.test(data) ? 'it may not contain "certwright:", by which orders are recognised' : { comments: data }
    }
  }
}

function readTerm(value: string): Overrides | string {
  const days = /^[0-9]{1,5}$/.test(value) ? Number(value) : 0
  return days >= 1 && days <= LONGEST_TERM_DAYS ? { term: days } : 'it must be a number of days, such as "90"'
}

function readCustomFields(value: string, known: readonly string[]): Overrides | string {
  const form = 'it must be a JSON object of texts, such as {"cost-centre": "4711"}, each of 1 to 256 characters'
  const fields = entriesOf(value)?.map(([name, text]) => ({ name, value: text }))
  if (fields === undefined) return form
  if (fields.some(({ name }) => !known.includes(name)))
    return `only fields that the issuer's spec.customFields names can be set: ${known.join(', ') || 'it names none'}`
  const { success, data } = overridden.shape.customFields.safeParse(fields)
  if (!success || data === undefined) return form
  const broken = data.find((one) => one.value.search(UNPRINTABLE) >= 0 || !one.value.isWellFormed())
  return broken === undefined
    ? { customFields: data }
    : `the value of ${broken.name} has control characters, or half of one`
}

function entriesOf(json: string): readonly [string, unknown][] | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    return undefined
  }
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
  return isObject ? Object.entries(parsed as object) : undefined
}
