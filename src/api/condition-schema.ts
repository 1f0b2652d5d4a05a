// metav1.Condition as a schema: how each of our kinds tells people and tools how it is.
import { z } from 'zod'
import { dateTime, text } from './scalars.ts'

// Bounds and patterns are those of k8s.io/apimachinery, pkg/apis/meta/v1, type Condition.
const TYPE_LENGTH = 316
const REASON_LENGTH = 1024
const MESSAGE_LENGTH = 32_768
const TYPE =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/
const REASON = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/

/** More types than any of our kinds has; keeps the list bounded. */
const MOST_CONDITIONS = 16

const condition = z.object({
  type: text(TYPE_LENGTH).regex(TYPE).describe('What the condition is about, in CamelCase.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Does it hold?'),
  observedGeneration: z
    .int()
    .min(0)
    .exactOptional()
    .describe('The metadata.generation this was found out for. Lower than the current one: out of date.'),
  lastTransitionTime: dateTime().describe('When status last changed.'),
  reason: text(REASON_LENGTH).regex(REASON).describe('Why, as one CamelCase word for programs.'),
  message: z.string().max(MESSAGE_LENGTH).describe('Why, in words for people.'),
})

/** A list of conditions, one per type. */
export function conditions(): z.ZodArray<typeof condition> {
  return z
    .array(condition)
    .max(MOST_CONDITIONS)
    .describe('How things stand. Ready sums it up.')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
}
