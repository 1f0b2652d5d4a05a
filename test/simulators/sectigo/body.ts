// Request bodies, read as leniently and refused as strictly as SCM does.
import { z } from 'zod'
import { refuse } from './errors.ts'
import type { Call } from './router.ts'
import { readJson } from './router.ts'

// observed: ids sent as strings and fields sent as null are taken; a list where a string belongs is not (-1002).
export const numberField = z
  .union([
    z.number().int(),
    z
      .string()
      .regex(/^-?\d+$/)
      .transform(Number),
  ])
  .nullish()
export const textField = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]).nullish()

/** The body in the given shape; unknown fields are ignored. @throws ScmError -1002. */
export function readBody<Shape extends z.ZodType>(call: Call, shape: Shape): z.output<Shape> {
  const result = shape.safeParse(readJson(call))
  if (!result.success) throw refuse('unreadableBody')
  return result.data
}
