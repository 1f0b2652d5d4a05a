// Names that the tests of both suites ask for.
import { randomBytes } from 'node:crypto'

/** cert-manager's SharedIPAddress. */
export const ADDRESS = '127.0.0.1'
export const SPIFFE_ID = 'spiffe://cluster.local/ns/sandbox/sa/foo'
/** RFC 1035 2.3.4. */
export const LONGEST_LABEL = 63
const USUAL_LABEL = 10

export function randomText(characters = USUAL_LABEL): string {
  return randomBytes(characters).toString('hex').slice(0, characters)
}

/** A new one, of cert-manager's DomainSuffix. */
export function subdomain(label = USUAL_LABEL): string {
  return `${randomText(label)}.example.com`
}

/** A new one that is no host's. */
export function commonName(): string {
  return `test-common-name-${randomText()}`
}
