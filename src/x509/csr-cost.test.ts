// What a stranger's CSR may cost: it is read on the one thread that also renews the leader's lease.
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseCsr } from './csr.ts'
import { X509Error } from './errors.ts'

/** Far less than the time within which a lease must be renewed. On an idle machine the slowest takes 50 ms. */
const MOST_MS = 3_000

function tlv(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  const length = body.byteLength
  const head = length < 128 ? [length] : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), body])
}

const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'))
const sequence = (...content: readonly Uint8Array[]): Buffer => tlv(0x30, ...content)
const set = (...content: readonly Uint8Array[]): Buffer => tlv(0x31, ...content)
const times = (count: number, make: (n: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, n) => make(n)))

/** A positive odd integer of so many bits. */
function integer(bits: number): Buffer {
  const bytes = randomBytes(bits / 8)
  bytes[0] = (bytes[0] ?? 0) | 0x80
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1
  return tlv(0x02, Buffer.from([0]), bytes)
}

const RSA = sequence(oid('2a864886f70d010101'), tlv(0x05))
const SHA256_WITH_RSA = sequence(oid('2a864886f70d01010b'), tlv(0x05))
const rsaKey = (bits: number, exponent: Buffer): Buffer =>
  sequence(RSA, tlv(0x03, Buffer.from([0]), sequence(integer(bits), exponent)))
const E65537 = tlv(0x02, Buffer.from([1, 0, 1]))

function request({
  bits = 2_048,
  exponent = E65537,
  subject = sequence(),
  attributes = Buffer.alloc(0),
}: {
  bits?: number
  exponent?: Buffer
  subject?: Buffer
  attributes?: Buffer
}): Buffer {
  const info = sequence(tlv(0x02, Buffer.from([0])), subject, rsaKey(bits, exponent), tlv(0xa0, attributes))
  return sequence(info, SHA256_WITH_RSA, tlv(0x03, Buffer.from([0]), randomBytes(bits / 8 - 1), Buffer.from([0])))
}

const commonName = (text: string): Buffer => sequence(oid('550403'), tlv(0x0c, Buffer.from(text)))
const sans = (names: Buffer): Buffer =>
  sequence(oid('2a864886f70d01090e'), set(sequence(sequence(oid('551d11'), tlv(0x04, sequence(names))))))
const nested = (levels: number): Buffer => {
  let inside = tlv(0x05)
  for (let level = 0; level < levels; level++) inside = sequence(inside)
  return inside
}

describe('a CSR costs little time, and no crash,', () => {
  it.each<[string, () => Buffer]>([
    ['with an RSA key of 4,096 bits', () => request({ bits: 4_096 })],
    ['with an RSA key of 16,384 bits', () => request({ bits: 16_384 })],
    [
      'with an RSA key of 16,384 bits and an exponent as long',
      () => request({ bits: 16_384, exponent: integer(16_384) }),
    ],
    ['with an RSA key of 3,072 bits and an exponent as long', () => request({ bits: 3_072, exponent: integer(3_072) })],
    ['with an RSA key of 65,536 bits', () => request({ bits: 65_536 })],
    ['with 3,500 names', () => request({ attributes: sans(times(3_500, (n) => tlv(0x82, Buffer.from(`a${n}.b`)))) })],
    ['with 12,000 empty names', () => request({ attributes: sans(times(12_000, () => tlv(0x82))) })],
    [
      'with 2,500 parts of a subject',
      () => request({ subject: sequence(times(2_500, () => set(sequence(oid('550403'), tlv(0x0c))))) }),
    ],
    ['with one part of 3,000 values', () => request({ subject: sequence(set(times(3_000, () => commonName('')))) })],
    [
      'with a common name of 30,000 characters',
      () => request({ subject: sequence(set(commonName('a.'.repeat(15_000)))) }),
    ],
    ['with 3,000 attributes', () => request({ attributes: times(3_000, () => sequence(oid('550403'), set())) })],
    ['that is nested 4,000 deep', () => nested(4_000)],
    [
      'whose attribute is nested 4,000 deep',
      () => request({ attributes: sequence(oid('550403'), set(nested(4_000))) }),
    ],
    ['of 14,000 elements', () => sequence(times(14_000, () => tlv(0x05)))],
    ['without length', () => Buffer.alloc(30_000, Buffer.from([0x30, 0x80]))],
    ['of a megabyte', () => Buffer.concat([request({}), Buffer.alloc(1_000_000)])],
  ])('%s', async (title, make) => {
    const der = make()
    const begun = performance.now()
    const ended = await parseCsr(der).then(
      () => 'parsed',
      (error: unknown) => error,
    )
    const ms = performance.now() - begun
    expect(ended).toBeInstanceOf(X509Error)
    // Else nothing was read at all.
    expect((ended as X509Error).code === 'TooLarge').toBe(/megabyte|names$/.test(title))
    expect(ms).toBeLessThan(MOST_MS)
  })
})
