// Text forms of DER, written here so that line ends and labels are exactly what a test asks for.
import { createHash } from 'node:crypto'

/** DER as a PEM block with lines of 64 characters, without a newline at the end. */
export function armour(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n')
}

/** Lower-case hex digest. */
export function digest(algorithm: 'md5' | 'sha1' | 'sha256', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex')
}

/** `0a1b` as SCM writes serial numbers: `0A:1B`. */
export function colonHex(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(':')
}
