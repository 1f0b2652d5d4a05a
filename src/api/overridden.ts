// What a request may set in place of its issuer's own values, as it is kept in the record of its order and read from annotations.
import { z } from 'zod'
import type { Immutable } from './immutable.ts'
import { visibleText } from './scalars.ts'
import { customFields, externalRequester, LONGEST_TERM_DAYS } from './sectigo-product.ts'

/** Words of an issuer's `spec.overrides.allow`. */
export const OVERRIDABLE = ['term', 'customFields', 'externalRequester', 'comments'] as const
export type Overridable = (typeof OVERRIDABLE)[number]

/** Of our annotations. */
export const ANNOTATION_PREFIX = 'certwright.dev/'

/** The annotation that sets each. cert-manager copies annotations of a Certificate to its requests. */
export const ANNOTATIONS: Readonly<Record<Overridable, string>> = {
  term: `${ANNOTATION_PREFIX}term`,
  customFields: `${ANNOTATION_PREFIX}custom-fields`,
  externalRequester: `${ANNOTATION_PREFIX}external-requester`,
  comments: `${ANNOTATION_PREFIX}comments`,
}

/** With marker, cluster, namespace and name it stays within the 1,024 characters that SCM takes (seed 004 L1280, L4459). */
const COMMENTS_LENGTH = 512

export const overridden = z.object({
  term: z
    .int()
    .min(1)
    .max(LONGEST_TERM_DAYS)
    .exactOptional()
    .describe('Days, in place of what the issuer and spec.duration say.'),
  customFields: customFields
    .min(1)
    .exactOptional()
    .describe("Custom fields, in place of the issuer's values of these."),
  externalRequester: externalRequester.exactOptional().describe("Mail addresses, in place of the issuer's."),
  comments: visibleText(COMMENTS_LENGTH).exactOptional().describe('Words for people, at the end of the comments.'),
})

/** What a request sets: checked, and bounded. */
export type Overrides = Immutable<z.output<typeof overridden>>
