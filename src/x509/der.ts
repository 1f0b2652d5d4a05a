// Reads just enough ASN.1 to reach an element and hand out its exact bytes.
//
// Needed beside the libraries because they re-encode what they parsed, or leave out what they do not know: a certificate
// with one changed byte no longer verifies, and a subject alternative name that is left out would be ordered unseen.

/** Longest nesting of indefinite lengths followed; PKCS#7 around plain certificates has six levels. */
const MAX_DEPTH = 16
/** Length bytes followed: 2^32 - 1 bytes, far above every input limit. */
const MAX_LENGTH_BYTES = 4

const CONSTRUCTED = 0x20
const TAG_NUMBER = 0x1f
const INDEFINITE = 0x80

export const tags = {
  boolean: 0x01,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
  /** [n], constructed: a wrapper, or a list under an implicit tag. */
  context: (n: number): number => 0xa0 + n,
} as const

export interface Element {
  /** The identifier octet: class, constructed bit and tag number. */
  readonly tag: number
  readonly content: Uint8Array
  /** The whole element, identifier and length included. */
  readonly bytes: Uint8Array
}

/** The one element that `bytes` holds. Throws an Error when it is cut off, followed by something, or not BER. */
export function readElement(bytes: Uint8Array): Element {
  const element = elementAt(bytes, 0, 0)
  if (element.bytes.length !== bytes.length) throw new Error('bytes after the element')
  return element
}

/** The elements inside one. `tag` is what the parent must be. Throws an Error when it is not, or the inside is not BER. */
export function childrenOf(element: Element | undefined, tag: number = tags.sequence): readonly Element[] {
  if (element?.tag !== tag) throw new Error('not the expected element')
  const children: Element[] = []
  for (let offset = 0; offset < element.content.length; ) {
    const child = elementAt(element.content, offset, 0)
    children.push(child)
    offset += child.bytes.length
  }
  return children
}

/** The content of an object identifier as hex, to be compared; dotted text would only be for people. */
export function objectIdentifier(element: Element | undefined): string {
  if (element?.tag !== tags.objectIdentifier) throw new Error('not an object identifier')
  return Buffer.from(element.content).toString('hex')
}

function elementAt(bytes: Uint8Array, offset: number, depth: number): Element {
  const tag = byteAt(bytes, offset)
  if ((tag & TAG_NUMBER) === TAG_NUMBER) throw new Error('tag number above 30')
  const first = byteAt(bytes, offset + 1)
  if (first === INDEFINITE) return indefiniteAt(bytes, offset, depth)
  const lengthBytes = first < INDEFINITE ? 0 : first - INDEFINITE
  if (lengthBytes > MAX_LENGTH_BYTES) throw new Error('length too long')
  let length = lengthBytes === 0 ? first : 0
  for (let n = 0; n < lengthBytes; n++) length = length * 256 + byteAt(bytes, offset + 2 + n)
  const start = offset + 2 + lengthBytes
  if (start + length > bytes.length) throw new Error('cut off')
  return { tag, content: bytes.subarray(start, start + length), bytes: bytes.subarray(offset, start + length) }
}

/** BER only: PKCS#7 writers that stream (Java ones by default) end an element with two zero bytes instead of counting. */
function indefiniteAt(bytes: Uint8Array, offset: number, depth: number): Element {
  const tag = byteAt(bytes, offset)
  if ((tag & CONSTRUCTED) === 0 || depth === MAX_DEPTH) throw new Error('indefinite length where none can be')
  const start = offset + 2
  let end = start
  while (byteAt(bytes, end) !== 0 || byteAt(bytes, end + 1) !== 0) end += elementAt(bytes, end, depth + 1).bytes.length
  return { tag, content: bytes.subarray(start, end), bytes: bytes.subarray(offset, end + 2) }
}

function byteAt(bytes: Uint8Array, offset: number): number {
  const byte = bytes[offset]
  if (byte === undefined) throw new Error('cut off')
  return byte
}
