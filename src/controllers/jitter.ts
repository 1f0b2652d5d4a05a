// Spreads waits over many requests.
import { createHash } from 'node:crypto'

/** 0..1, the same for one request at all times, spread evenly over many. */
export function jitterOf(uid: string): number {
  return createHash('sha256').update(uid).digest().readUInt32BE() / 2 ** 32
}
