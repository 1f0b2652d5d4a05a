// Rule 8: what came back from the CA is delivered only if it is what was asked for. Pure rules over parsed certificates.

import type { IssuedCertificate } from '../x509/certificate.ts'
import { parseCertificates } from '../x509/certificate.ts'
import { chainPem, orderChain } from '../x509/chain.ts'
import { type CertificateSigningRequest, requestedNames } from '../x509/csr.ts'
import { X509Error } from '../x509/errors.ts'
import { extraNames, missingNames, type SubjectName } from '../x509/names.ts'
import { CLOCK_SKEW_MS, NOT_BEFORE_TOLERANCE_MS } from './waits.ts'

/** Of PEM. cert-manager reads no more (internal/pem/decode.go), and would ask for, and pay for, another certificate. */
const LONGEST_CHAIN_BYTES = 95_000

export type Delivery =
  | {
      readonly verdict: 'deliver'
      readonly serial: string
      /** Wall-clock milliseconds. */
      readonly notBefore: number
      readonly notAfter: number
      /** Leaf first, then intermediates; no self-signed root. */
      readonly certificatePem: string
      /** The top of the chain: the root if the CA sent it, else the highest intermediate, else nothing. */
      readonly caPem: string | undefined
      /** Names nobody asked for, such as a free `www.`. */
      readonly extraNames: readonly string[]
      /** Usages that were asked for and are not in it: public CAs certify servers only. */
      readonly missingPurposes: readonly string[]
    }
  /** The order can never be delivered to this request. */
  | { readonly verdict: 'reject'; readonly code: 'WrongKey' | 'IsCA' | 'SerialHeld'; readonly message: string }
  /** The issuer's side is at fault: the same request would only buy the same again. */
  | { readonly verdict: 'stalled'; readonly code: string; readonly message: string }

/**
 * Judges the bytes a CA answered (PEM, PKCS#7 or DER, any order).
 *
 * `createdAt` and `now` are wall-clock milliseconds; `heldBy` names another order record that holds a serial already.
 */
export function verifyDelivery(question: {
  readonly bytes: Uint8Array
  readonly csr: CertificateSigningRequest
  readonly createdAt: number
  readonly now: number
  readonly heldBy: (serial: string) => string | undefined
}): Delivery {
  const { csr, createdAt, now } = question
  let chain: ReturnType<typeof orderChain>
  try {
    chain = orderChain(parseCertificates(question.bytes), { spkiSha256: csr.spkiSha256 })
  } catch (error) {
    if (!(error instanceof X509Error)) throw error
    if (error.code === 'NoLeaf')
      return reject('WrongKey', 'no certificate in the answer has the public key of the request')
    return stalled(error.code, error.message)
  }
  const { leaf } = chain
  if (leaf.isCA) return reject('IsCA', 'the issued certificate is a CA certificate')
  const holder = question.heldBy(leaf.serial)
  if (holder !== undefined)
    return reject('SerialHeld', `certificate ${leaf.serial} was delivered for ${holder} already`)
  if (leaf.notBefore < createdAt - NOT_BEFORE_TOLERANCE_MS) {
    return stalled('TooOld', `the certificate is valid from ${date(leaf.notBefore)}, long before the request was made`)
  }
  if (leaf.notBefore > now + CLOCK_SKEW_MS)
    return stalled('NotYetValid', `the certificate is valid only from ${date(leaf.notBefore)}`)
  if (leaf.notAfter <= now) return stalled('Expired', `the certificate expired at ${date(leaf.notAfter)}`)
  const missing = missingNames(csr.names, leaf.names)
  if (missing.length > 0) {
    return stalled('MissingNames', `the certificate lacks ${listed(missing)}`)
  }
  const certificatePem = chainPem([leaf, ...chain.intermediates])
  const caPem = topOf(chain)
  if (Math.max(certificatePem.length, caPem?.length ?? 0) > LONGEST_CHAIN_BYTES) {
    return stalled('TooLarge', `the chain is larger than ${LONGEST_CHAIN_BYTES} bytes, which cert-manager cannot read`)
  }
  return {
    verdict: 'deliver',
    serial: leaf.serial,
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    certificatePem,
    caPem,
    extraNames: extraNames(requestedNames(csr), leaf.names).map(({ value }) => value),
    missingPurposes: (csr.purposes ?? []).filter((purpose) => leaf.purposes?.includes(purpose) === false),
  }
}

function topOf(chain: { intermediates: readonly IssuedCertificate[]; root?: IssuedCertificate }): string | undefined {
  const top = chain.root ?? chain.intermediates.at(-1)
  return top === undefined ? undefined : chainPem([top])
}

/** Names in one message: enough to see what is wrong. */
const MOST_LISTED = 5

function listed(names: readonly SubjectName[]): string {
  const shown = names.slice(0, MOST_LISTED).map(({ value }) => value)
  return names.length > MOST_LISTED ? `${shown.join(', ')} and ${names.length - MOST_LISTED} more` : shown.join(', ')
}

const date = (at: number): string => new Date(at).toISOString().slice(0, 19).concat('Z')
const reject = (code: 'WrongKey' | 'IsCA' | 'SerialHeld', message: string): Delivery => ({
  verdict: 'reject',
  code,
  message,
})
const stalled = (code: string, message: string): Delivery => ({ verdict: 'stalled', code, message })
