// The JSON merge patch (RFC 7396) that turns one value into another.
import { isDeepStrictEqual } from 'node:util'

type Json = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * What to send so that `before` becomes `after`; undefined when they are equal. A removed field is named as null, a list is
 * sent whole: a patch that merely repeated `after` would keep what it does not name.
 */
export function mergePatchOf(before: object | undefined, after: object): Json | undefined {
  const old: Json = { ...before }
  const changes = Object.entries(after).flatMap(([field, value]: [string, unknown]): [string, unknown][] => {
    const was = old[field]
    if (value === undefined || isDeepStrictEqual(was, value)) return []
    return [[field, isRecord(value) ? (mergePatchOf(isRecord(was) ? was : undefined, value) ?? {}) : value]]
  })
  const gone = Object.keys(old).filter((field) => (after as Json)[field] === undefined)
  const patch = Object.fromEntries([...changes, ...gone.map((field): [string, unknown] => [field, null])])
  return Object.keys(patch).length === 0 ? undefined : patch
}
