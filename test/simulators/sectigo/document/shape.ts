// What an answer must look like: names, types and omissions, never values. Small enough that an example stays one glance.

/** Types of JSON, and the forms in which the document writes dates, hashes and states. */
const WORDS = {
  string: (value: unknown) => typeof value === 'string',
  number: (value: unknown) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value: unknown) => typeof value === 'boolean',
  null: (value: unknown) => value === null,
  /** Any list, an empty one too. */
  list: (value: unknown) => Array.isArray(value),
  /** 12/04/2025 (seed 004 L1101) */
  'US date': matching(/^\d\d\/\d\d\/\d{4}$/),
  /** 2026-03-04 (seed 004 L12793) */
  'ISO date': matching(/^\d{4}-\d\d-\d\d$/),
  /** 2025-12-04T08:00:23.039Z (seed 004 L16668) */
  instant: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  /** 2025-12-04 07:48:44 (seed 004 L1224) */
  'local time': matching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  /** C3:DB:6F (seed 004 L2912) */
  'colon hex': matching(/^[0-9A-F]{2}(:[0-9A-F]{2})+$/),
  'upper hex': matching(/^[0-9A-F]+$/),
  'lower hex': matching(/^[0-9a-f]+$/),
  /** States are spelled differently by product and operation: Issued, ISSUED, issued. */
  'Title word': matching(/^[A-Z][A-Za-z ]*$/),
  'UPPER WORD': matching(/^[A-Z][A-Z_]*$/),
  'lower word': matching(/^[a-z][a-z_]*$/),
} as const satisfies Record<string, (value: unknown) => boolean>

/** A type, or `=TEXT` for a literal. */
export type Word = keyof typeof WORDS | `=${string}`

/**
 * A word; a list of at least one element, all of the one given shape; or an object. An object has its named fields and no
 * others. Field names end in
 * - nothing: the example has it;
 * - `?`: only the response table has it, because it was empty in the example's certificate; an answer may carry it;
 * - `~`: the example has it although the table or its own state says it cannot be there; an answer may lack it (see notes).
 * The name `*` stands for any names, at least one.
 */
export type Shape = Word | readonly [Shape] | Fields
export interface Fields {
  readonly [field: string]: Shape
}

function matching(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && pattern.test(value)
}

/** One line for every place where the value is not of this shape; empty when it is. `path` names the value in the lines. */
export function differences(shape: Shape, value: unknown, path = '$'): string[] {
  if (typeof shape === 'string') return isWord(shape, value) ? [] : [`${path} is ${show(value)}, wanted ${shape}`]
  if (isList(shape)) {
    if (!Array.isArray(value)) return [`${path} is ${show(value)}, wanted a list`]
    if (value.length === 0) return [`${path} is an empty list`]
    return value.flatMap((element, index) => differences(shape[0], element, `${path}[${index}]`))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [`${path} is ${show(value)}, wanted an object`]
  }
  return fieldDifferences(shape, value as Record<string, unknown>, path)
}

function fieldDifferences(fields: Fields, value: Record<string, unknown>, path: string): string[] {
  const any = fields['*']
  if (any !== undefined) {
    const entries = Object.entries(value)
    if (entries.length === 0) return [`${path} is empty`]
    return entries.flatMap(([name, element]) => differences(any, element, `${path}.${name}`))
  }
  const known = new Set(Object.keys(fields).map(bareName))
  const extra = Object.keys(value).filter((name) => !known.has(name))
  const wrong = Object.entries(fields).flatMap(([field, shape]) => {
    const name = bareName(field)
    if (name in value) return differences(shape, value[name], `${path}.${name}`)
    return name === field ? [`${path}.${name} is missing`] : []
  })
  return [...wrong, ...extra.map((name) => `${path}.${name} is in neither the example nor its table`)]
}

function bareName(field: string): string {
  return field.replace(/[?~]$/, '')
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape)
}

function isWord(word: Word, value: unknown): boolean {
  return word in WORDS ? WORDS[word as keyof typeof WORDS](value) : word === `=${String(value)}`
}

/** Names of all fields that the example has against its own table or state. */
export function doubtfulFields(shape: Shape): string[] {
  if (typeof shape === 'string') return []
  if (isList(shape)) return doubtfulFields(shape[0])
  return Object.entries(shape).flatMap(([field, inner]) => [
    ...(field.endsWith('~') ? [bareName(field)] : []),
    ...doubtfulFields(inner),
  ])
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 80)
}
