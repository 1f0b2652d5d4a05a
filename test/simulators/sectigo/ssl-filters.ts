// Filters of the SSL list, by name (seed 004 L705-754). There is none for comments, custom fields or the CSR.
import { refuse } from './errors.ts'
import { plainWord } from './flavour.ts'
import type { Filter } from './listing.ts'
import { sameSerial } from './listing.ts'
import type { Order } from './orders.ts'
import { digest } from './pem.ts'
import { findSource, sourceOf } from './request-source.ts'
import type { Settings } from './settings.ts'
import { usagesOf } from './usages.ts'

/** Seed 004 L712; the OAuth2 API writes display words ("SA Approved"). Nothing is ever Unmanaged (deprecated there). */
const STATUSES =
  'Invalid Requested Approved Declined Applied Issued Revoked Expired Replaced Rejected Unmanaged SAApproved Init'
    .split(' ')
    .map(plainWord)
/** Seed 004 L716; deprecated. */
const DISCOVERY_STATUSES = ['notdeployed', 'deployed']
/** Seed 004 L722. This tenant installs nothing. */
const INSTALL_STATUSES =
  `NONE NOT_STARTED KEY_PROCESSING KEY_READY CERT_PROCESSING SCHEDULED INSTALLING ACTION_REQUIRED READY_FOR_INSTALL
   NEED_SERVER_RESTART COMPLETED INVALID`
    .split(/\s+/)
    .map(plainWord)
/** Seed 004 L724. This tenant renews nothing by itself. */
const RENEWAL_STATUSES = 'NOT_SCHEDULED SCHEDULED STARTED SUCCESSFUL FAILED'.split(' ').map(plainWord)

export function sslFilters(settings: Settings): Readonly<Record<string, Filter>> {
  return {
    commonName: (order, wanted, matches) => matches(order.commonName, wanted),
    subjectAlternativeName: (order, wanted, matches) => order.names.some((name) => matches(name.value, wanted)),
    status: (order, wanted) => plainWord(order.status) === known('status', wanted, STATUSES),
    sslTypeId: (order, wanted) => String(order.profile.id) === wanted,
    discoveryStatus: (order, wanted) =>
      known('discoveryStatus', wanted, DISCOVERY_STATUSES) ===
      (order.origin === 'discovered' ? 'deployed' : 'notdeployed'),
    vendor: (order, wanted, matches) => matches(order.profile.vendor, wanted),
    orgId: (order, wanted) => String(order.orgId) === wanted,
    installStatus: (_, wanted) => known('installStatus', wanted, INSTALL_STATUSES) === 'none',
    renewalStatus: (order, wanted) =>
      known('renewalStatus', wanted, RENEWAL_STATUSES) ===
      (order.autoRenewDays === undefined ? 'notscheduled' : 'scheduled'),
    issuer: (order, wanted, matches) => matches(order.certificate?.issuer, wanted),
    serialNumber: sameSerial,
    requester: (order, wanted, matches) => matches(order.requester ?? order.account.email, wanted),
    externalRequester: (order, wanted, matches) => matches(order.externalRequester, wanted),
    ...keyFilters,
    // Deprecated, "see keyParam": bits of an RSA key (seed 004 L738).
    keySize: (order, wanted) => order.csr.key.parameter.replace('P-', '') === wanted,
    sha1Hash: (order, wanted) => certificateHash(order, 'sha1') === wanted.toLowerCase(),
    md5Hash: (order, wanted) => certificateHash(order, 'md5') === wanted.toLowerCase(),
    requestedVia: (order, wanted) => {
      const source = findSource(wanted)
      if (!source) throw refuse('fieldValue', 'requestedVia')
      return sourceOf(order, settings) === source
    },
  }
}

/** Only the list has it, the count has not (seed 004 L746). */
export const LIST_ONLY_FILTERS: Readonly<Record<string, Filter>> = {
  sha256Hash: (order, wanted) => certificateHash(order, 'sha256') === wanted.toLowerCase(),
}

/** Of the key and the certificate, the same for SSL and devices (seed 004 L735-752, L4190-4200). */
export const keyFilters: Readonly<Record<string, Filter>> = {
  signatureAlgorithm: (order, wanted, matches) => matches(order.certificate?.signatureAlgorithm, wanted),
  keyAlgorithm: (order, wanted) => order.csr.key.algorithm === wanted.toUpperCase(),
  keyParam: (order, wanted) => order.csr.key.parameter === wanted,
  keyUsage: ({ certificate }, wanted, matches) =>
    certificate !== undefined && usagesOf(certificate.der).keyUsages.some((name) => matches(name, wanted)),
  extendedKeyUsage: ({ certificate }, wanted, matches) =>
    certificate !== undefined && usagesOf(certificate.der).extendedKeyUsages.some((oid) => matches(oid, wanted)),
}

/** The plain form of a word from the closed list. @throws ScmError -1601; the code is not stated. */
function known(field: string, word: string, words: readonly string[]): string {
  const plain = plainWord(word)
  if (!words.includes(plain)) throw refuse('fieldValue', field)
  return plain
}

function certificateHash(order: Order, algorithm: 'md5' | 'sha1' | 'sha256'): string | undefined {
  return order.certificate && digest(algorithm, order.certificate.der)
}
