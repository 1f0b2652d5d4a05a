// Documented constraints on the fields of a body, in the document's own words ("Maximum length is 1024 characters or can be empty").
import { refuse } from './errors.ts'

export interface Constraint {
  readonly field: string
  readonly holds: boolean
  readonly text: string
}

/** A field that may be missing: its absence breaks `notNull` and `notEmpty` only. */
type Given<Value> = Value | null | undefined

/** The document's way to say that a list has one element or more (seed 004 L13754). */
export const ONE_OR_MORE = [1, 2_147_483_647] as const
/** As far as SCM's own check of an address matters here. */
export const EMAIL = /^[^\s@,]+@[^\s@,]+$/

/**
 * @throws ScmError -1001 naming the first field that breaks its constraint. observed for "must not be null"; for the other
 * constraints code and sentence are not stated and follow the same form.
 */
export function checkConstraints(constraints: readonly Constraint[]): void {
  const broken = constraints.find((constraint) => !constraint.holds)
  if (broken) throw refuse('constraint', broken.field, broken.text)
}

export function notNull(field: string, value: unknown): Constraint {
  return { field, holds: value != null, text: 'must not be null' }
}

export function notEmpty(field: string, value: Given<{ readonly length: number }>): Constraint {
  return { field, holds: !!value?.length, text: 'must not be empty' }
}

export function atLeast(field: string, value: Given<number>, least: number): Constraint {
  return { field, holds: value == null || value >= least, text: `must be at least ${least}` }
}

export function atMost(field: string, text: Given<string>, longest: number): Constraint {
  const holds = (text?.length ?? 0) <= longest
  return { field, holds, text: `maximum length is ${longest} characters or can be empty` }
}

export function sizeBetween(
  field: string,
  value: Given<{ readonly length: number }>,
  [least, most]: readonly [number, number],
): Constraint {
  const holds = value == null || (value.length >= least && value.length <= most)
  return { field, holds, text: `size must be between ${least} and ${most} inclusive` }
}

export function wellFormedEmail(field: string, text: Given<string>): Constraint {
  return { field, holds: !text || EMAIL.test(text), text: 'must be a well-formed email address' }
}
