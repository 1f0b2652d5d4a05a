// From zod to what apiextensions calls a structural schema: the subset of OpenAPI v3 in which each node has a type and
// nothing is said by combination. Whatever cannot be said there is an error, never dropped.
import { z } from 'zod'
import { assertRepresentable, NotRepresentable } from './representable.ts'

/** A JSON Schema node. */
export type SchemaNode = Readonly<Record<string, unknown>>

/** Keywords that a structural schema may carry, in the order in which they are written. */
const KEYWORDS = [
  'description',
  'type',
  'format',
  'default',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'exclusiveMinimum',
  'maximum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'maxProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-validations',
  'items',
  'additionalProperties',
  'required',
  'properties',
] as const

/** Formats that zod and the API server read alike. `duration`, for one, is ISO 8601 here and Go's there. */
const SHARED_FORMATS: readonly unknown[] = ['date', 'date-time']

/** Where JavaScript's patterns and RE2's part; RE2 refuses the first five, the last reads differently. */
const NOT_RE2: readonly (readonly [RegExp, string])[] = [
  [/\(\?<?[=!]/, 'look-around'],
  [/\\[1-9]|\\k</, 'a back-reference'],
  [/\\u|\\c[A-Za-z]/, 'an escape of JavaScript'],
  [/\[\^?\]/, 'an empty class'],
  [/\{(?:\d+,)?(?:1\d{3}|[2-9]\d{3}|\d{5,})\}|\{(?:1\d{3}|[2-9]\d{3}|\d{5,}),/, 'a repetition of a thousand or more'],
  [/\\s|\\S/, 'white space, which is ASCII there and Unicode here'],
]

/**
 * The structural form of a zod schema.
 *
 * @param path how errors name the root, such as `.spec`
 * @throws NotRepresentable naming the field and what about it cannot be said
 */
export function structuralSchema(schema: z.ZodType, path: string): SchemaNode {
  assertRepresentable(schema, path)
  const { $schema: _, ...root } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    // The form in which people write objects: a field with a default is not required.
    io: 'input',
    reused: 'inline',
    cycles: 'throw',
    unrepresentable: 'throw',
  })
  return structural(root, path)
}

/** Turns one node of zod's JSON Schema, and all below it, into its structural form. Throws like {@link structuralSchema}. */
export function structural(node: SchemaNode, path: string): SchemaNode {
  for (const keyword of Object.keys(node)) {
    if (!KEYWORDS.some((known) => known === keyword)) {
      throw new NotRepresentable(path, `${keyword} has no place in a structural schema; use optional fields and a rule`)
    }
  }
  const typed = ofType(node, path)
  return Object.fromEntries(KEYWORDS.filter((keyword) => keyword in typed).map((keyword) => [keyword, typed[keyword]]))
}

function ofType(node: SchemaNode, path: string): SchemaNode {
  switch (node['type']) {
    case 'object':
      return ofObject(node, path)
    case 'array':
      if (node['maxItems'] === undefined) throw new NotRepresentable(path, 'a list needs a bound')
      return { ...node, items: structural(child(node, 'items', path), `${path}[]`) }
    case 'string':
      return ofString(node, path)
    case 'integer':
      return ofInteger(node)
    case 'number':
    case 'boolean':
      return node
    default:
      throw new NotRepresentable(path, 'every node needs a type')
  }
}

function ofObject({ additionalProperties, ...node }: SchemaNode, path: string): SchemaNode {
  // The API server drops unknown fields by itself, so `false` need not, and may not, be said.
  const values = additionalProperties === false ? undefined : additionalProperties
  if (node['properties'] === undefined) {
    if (node['maxProperties'] === undefined) throw new NotRepresentable(path, 'a map needs a bound')
    const value = child({ additionalProperties: values }, 'additionalProperties', path)
    return { ...node, additionalProperties: structural(value, `${path}.*`) }
  }
  if (values !== undefined) throw new NotRepresentable(path, 'properties and additionalProperties exclude each other')
  const properties = Object.entries(child(node, 'properties', path)).map(([name, property]) => {
    const at = `${path}.${name}`
    const field = structural(asNode(property, at), at)
    if (field['description'] === undefined) throw new NotRepresentable(at, 'a field needs a description')
    return [name, field]
  })
  return { ...node, properties: Object.fromEntries(properties) }
}

function ofString({ format, pattern, ...node }: SchemaNode, path: string): SchemaNode {
  if (format !== undefined) {
    if (!SHARED_FORMATS.includes(format))
      throw new NotRepresentable(path, `format ${String(format)} is read differently`)
    // The format says it all; zod's pattern for it is long and says no more.
    return { ...node, format }
  }
  if (node['maxLength'] === undefined && node['enum'] === undefined) {
    throw new NotRepresentable(path, 'a text needs a bound')
  }
  if (typeof pattern !== 'string') return node
  for (const [foreign, name] of NOT_RE2) {
    if (foreign.test(pattern)) throw new NotRepresentable(path, `pattern is not RE2, it has ${name}: ${pattern}`)
  }
  return { ...node, pattern: unescapeSlashes(pattern) }
}

function ofInteger({ minimum, maximum, ...node }: SchemaNode): SchemaNode {
  return {
    ...node,
    format: 'int64',
    // zod's bounds for "exact in JavaScript" are no rule of ours.
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? {} : { minimum }),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? {} : { maximum }),
  }
}

/** `RegExp.source` escapes slashes; nobody else has to, and people read the pattern in error messages. */
function unescapeSlashes(pattern: string): string {
  return pattern.replace(/\\(.)/gs, (escaped, character: string) => (character === '/' ? '/' : escaped))
}

function child(node: SchemaNode, keyword: string, path: string): SchemaNode {
  return asNode(node[keyword], `${path}.${keyword}`)
}

function asNode(value: unknown, path: string): SchemaNode {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new NotRepresentable(path, 'is not a schema')
  }
  return Object.fromEntries(Object.entries(value))
}
