// A sentence that must hold, and how it is tried.
import fc from 'fast-check'

export interface Property {
  readonly name: string
  readonly property: fc.IRawProperty<unknown>
}

/** These bytes with something changed, left out, put in, or cut off. */
export function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat(bytes.length)
  const deed = fc.record({ at, gone: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) })
  const cut = fc.option(at, { nil: bytes.length, freq: 10 })
  return fc
    .tuple(fc.array(deed, { maxLength: 4 }), cut)
    .map(([deeds, length]) =>
      deeds
        .reduce(
          (left, one) => Buffer.concat([left.subarray(0, one.at), one.put, left.subarray(one.at + one.gone)]),
          Buffer.from(bytes),
        )
        .subarray(0, length),
    )
}
