// Rules that a field's type cannot say. Each is written once and given to both sides: CEL for the API server, a function
// for zod. A refinement without its CEL twin would be lost from the CRD without a word (zod drops it).
import { z } from 'zod'

/** One entry of `x-kubernetes-validations`. `rule` is CEL; `message` completes "<field>: Invalid value: ...". */
export interface ValidationRule {
  readonly rule: string
  readonly message: string
}

/** A rule about one state of an object, in CEL and in TypeScript. Both must accept exactly the same values. */
export interface Rule<T> extends ValidationRule {
  readonly holds: (value: T) => boolean
}

/** The key under which apiextensions keeps CEL rules, and under which zod's metadata carries them there. */
export const VALIDATIONS = 'x-kubernetes-validations'

/** The CEL rules a schema carries already. */
export function rulesOf(schema: z.ZodType): readonly ValidationRule[] {
  const rules = schema.meta()?.[VALIDATIONS]
  return Array.isArray(rules) ? rules : []
}

/** Is the rule about a change, so that zod, which sees one state, has no twin for it? */
export function isTransition(rule: ValidationRule): boolean {
  return /\boldSelf\b/.test(rule.rule)
}

/** Adds a rule that zod and the API server both enforce. */
export function withRule<Schema extends z.ZodType>(schema: Schema, rule: Rule<z.output<Schema>>): Schema {
  const { rule: cel, message, holds } = rule
  return schema
    .check(z.refine(holds, message))
    .meta({ ...schema.meta(), [VALIDATIONS]: [...rulesOf(schema), { rule: cel, message }] })
}

/** Adds a rule about a change from `oldSelf` to `self`. Only the API server can enforce it. */
export function withTransitionRule<Schema extends z.ZodType>(schema: Schema, rule: ValidationRule): Schema {
  if (!isTransition(rule)) throw new Error(`not a transition rule, it does not mention oldSelf: ${rule.rule}`)
  return schema.meta({ ...schema.meta(), [VALIDATIONS]: [...rulesOf(schema), { ...rule }] })
}

/** Demands that exactly one of the named optional fields is set. Used where other systems would use a union. */
export function exactlyOneOf<Schema extends z.ZodObject>(
  schema: Schema,
  fields: readonly (keyof z.output<Schema> & string)[],
): Schema {
  return withRule(schema, {
    rule: `[${fields.map((field) => `has(self.${field})`).join(', ')}].exists_one(isSet, isSet)`,
    message: `set exactly one of ${fields.join(', ')}`,
    holds: (value) => fields.filter((field) => value[field] !== undefined).length === 1,
  })
}

/** Demands that at most one of the named optional fields is set. */
export function atMostOneOf<Schema extends z.ZodObject>(
  schema: Schema,
  fields: readonly (keyof z.output<Schema> & string)[],
): Schema {
  return withRule(schema, {
    rule: `[${fields.map((field) => `has(self.${field})`).join(', ')}].filter(isSet, isSet).size() <= 1`,
    message: `set at most one of ${fields.join(', ')}`,
    holds: (value) => fields.filter((field) => value[field] !== undefined).length <= 1,
  })
}

/** A map from strings to `value` with at most `entries` entries. zod has no bound for maps of its own. */
export function boundedMap<Value extends z.ZodType>(
  value: Value,
  { entries }: { readonly entries: number },
): z.ZodRecord<z.ZodString, Value> {
  return z
    .record(z.string(), value)
    .check(z.refine((map) => Object.keys(map).length <= entries, `at most ${entries} entries`))
    .meta({ maxProperties: entries })
}
