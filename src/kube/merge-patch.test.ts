import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergePatchOf } from './merge-patch.ts'

/** RFC 7396, section 2, as the API server applies it. */
function applyPatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const merged: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field]
    else merged[field] = applyPatch(merged[field], value)
  }
  return merged
}

const value = fc.letrec((tie) => ({
  leaf: fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.boolean(), fc.array(fc.integer(), { maxLength: 2 })),
  node: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('node')), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
})).node as fc.Arbitrary<object>

describe('mergePatchOf', () => {
  it('says nothing when nothing changed, in whatever order the fields stand', () => {
    expect(mergePatchOf({ a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 })).toBeUndefined()
  })

  it('names what is gone, at every depth', () => {
    expect(mergePatchOf({ a: 1, keys: { RSA: [1], EC: [2] } }, { keys: { RSA: [1] } })).toEqual({
      a: null,
      keys: { EC: null },
    })
  })

  it('makes any object of any other when the API server applies it', () => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        const patch = mergePatchOf(before, after)
        expect(patch === undefined ? before : applyPatch(before, patch)).toEqual(after)
      }),
    )
  })
})
