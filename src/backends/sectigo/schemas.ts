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
