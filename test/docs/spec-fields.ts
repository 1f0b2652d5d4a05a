// The fields of a spec as documentation names them.
import { z } from 'zod'

/** `url`, `ssl.profile`: the fields of the spec, and of its blocks. */
export function fieldsOf(spec: z.ZodType): string[] {
  return Object.entries(shapeOf(spec) ?? {}).flatMap(([name, schema]) => {
    const inner = Object.keys(shapeOf(schema) ?? {})
    return inner.length === 0 ? [name] : inner.map((one) => `${name}.${one}`)
  })
}

/** The fields of an object, whether or not it may be left out; undefined for anything else. */
function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  if (schema instanceof z.ZodObject) return schema.shape
  const { innerType } = schema._zod.def as { readonly innerType?: z.core.$ZodType }
  return innerType === undefined ? undefined : shapeOf(innerType)
}
