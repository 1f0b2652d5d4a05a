// Pieces that many of SCM's answers share. Lenient: unknown fields are ignored, null counts as absent.
import { z } from 'zod'

/** As long as an order's record and an issuer's status have room for; base64 of a private CA's id has 24. */
const LONGEST_ID = 64

/** Ids are Numbers in the document, Strings in places (seed 004: `organization.id` of reports); base64 for private CAs. */
export const remoteId = z
  .union([
    z.number().int().nonnegative(),
    z
      .string()
      .regex(/^[A-Za-z0-9+/=_-]+$/)
      .max(LONGEST_ID),
  ])
  .transform(String)

/** Absent, null and of a wrong type are the same to a reader who can do without. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().catch(undefined)
}

/** A number in the request where SCM's table says Number; an id that is none is passed on for SCM to judge. */
export function numeric(id: string): number | string {
  return /^\d{1,15}$/.test(id) ? Number(id) : id
}

/** Three times the rows of the longest report that is read. */
const MOST_ELEMENTS = 20_000

/**
 * As `z.array`, for lists that a stranger makes: it ends at the first element that does not fit. A megabyte of such elements, each
 * with its issues, would take all memory.
 */
export function arrayOf<Schema extends z.ZodType>(schema: Schema) {
  return z.array(z.unknown()).transform((elements, { addIssue }): z.output<Schema>[] => {
    const unusable = (...path: PropertyKey[]): never => {
      addIssue({ code: 'custom', path, message: 'unusable' })
      return z.NEVER
    }
    if (elements.length > MOST_ELEMENTS) return unusable()
    const read: z.output<Schema>[] = []
    for (const [index, element] of elements.entries()) {
      const { data, error } = schema.safeParse(element)
      if (error !== undefined) return unusable(index, ...(error.issues[0]?.path ?? []))
      read.push(data)
    }
    return read
  })
}
