// zod can say more than OpenAPI. What toJSONSchema would drop or bend without a word is refused here, so that the API
// server and the operator never disagree about what a valid object is.
import { z } from 'zod'
import { isTransition, rulesOf } from './rules.ts'

/** Thrown while CRDs are generated: a schema says what a CustomResourceDefinition cannot. */
export class NotRepresentable extends Error {
  override readonly name = 'NotRepresentable'

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`)
  }
}

/** Throws {@link NotRepresentable} for the first thing below `schema` that would be lost. `path` is for the message. */
export function assertRepresentable(schema: z.core.$ZodType, path: string): void {
  const known = schema as z.core.$ZodTypes & z.ZodType
  refuseId(known, path)
  refuseLostChecks(known, path)
  const def = known._zod.def
  switch (def.type) {
    case 'string':
    case 'number':
    case 'boolean':
      if ('coerce' in def && def.coerce === true) throw new NotRepresentable(path, 'coercion is lost')
      return
    case 'enum':
    case 'literal':
      return
    case 'optional':
    case 'default':
    case 'prefault':
      assertRepresentable(def.innerType, path)
      return
    case 'array':
      assertRepresentable(def.element, `${path}[]`)
      return
    case 'record':
      refuseLostKeys(def.keyType, path)
      assertRepresentable(def.valueType, `${path}.*`)
      return
    case 'object':
      for (const [name, field] of Object.entries(def.shape)) assertRepresentable(field, `${path}.${name}`)
      return
    default:
      throw new NotRepresentable(path, `zod's ${def.type} has no structural form; use optional fields and a rule`)
  }
}

function refuseId(schema: z.core.$ZodType, path: string): void {
  // A schema that is refined further leaves its id behind, but zod still finds it there.
  for (let each: z.core.$ZodType | undefined = schema; each !== undefined; each = each._zod.parent) {
    if (z.globalRegistry.get(each)?.id === undefined) continue
    throw new NotRepresentable(path, 'an id in the metadata makes it a $ref')
  }
}

function refuseLostChecks(schema: z.core.$ZodTypes & z.ZodType, path: string): void {
  const checks = schema._zod.def.checks ?? []
  let refinements = 0
  for (const check of checks) {
    const def = check._zod.def as z.core.$ZodCheckDef & { readonly pattern?: RegExp }
    if (def.check === 'overwrite') throw new NotRepresentable(path, 'a change of the value (trim, toLowerCase) is lost')
    if (def.check === 'custom') refinements++
    if (def.pattern?.flags) throw new NotRepresentable(path, `the flags of ${def.pattern} are lost`)
  }
  // Rules and bounded maps (rules.ts) put a twin of each refinement into the metadata.
  const twins = rulesOf(schema).filter((rule) => !isTransition(rule)).length
  const bounds = schema.meta()?.['maxProperties'] === undefined ? 0 : 1
  if (refinements !== twins + bounds) {
    throw new NotRepresentable(path, `${refinements} refinements but ${twins + bounds} rules: use withRule`)
  }
}

function refuseLostKeys(keyType: z.core.$ZodType, path: string): void {
  const def = keyType._zod.def
  if (def.type !== 'string' || (def.checks ?? []).length > 0)
    throw new NotRepresentable(path, 'limits on keys are lost')
}
