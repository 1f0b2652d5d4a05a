// What the SSL examples send and what their answers consist of. The examples' order is in ssl-examples.ts.
import type { FormData } from 'undici'
import type { Subject } from './example.ts'
import { CERTIFICATE_DETAILS, CSR_DETAILS, NAMED_VALUES, PROFILE_ROW } from './example.ts'
import { CUSTOM_FIELDS, enrollment, importEntry } from './given.ts'
import type { Fields } from './shape.ts'
import type { World } from './world.ts'
import { COMMON_NAME, foreignCertificate, TERM_DAYS } from './world.ts'
import { zipForm } from './zip.ts'

/** Seed 004 L1338-1342. */
export const ENROLLED = { sslId: 'number', renewId: 'string' } as const satisfies Fields

/** Seed 004 L772-790: the example has no names and no serial number, the table has both. */
export const LIST_ROW = {
  sslId: 'number',
  commonName: 'string',
  'subjectAlternativeNames?': ['string'],
  'serialNumber?': 'colon hex',
} as const satisfies Fields

/** Seed 004 L1153-1226. `dcvDate` is the vendor's HTML edition 25.5's name for a date that the example does not have. */
export const DCV_LOG_ROW = {
  domainName: 'string',
  dcvStatus: 'string',
  dcvMethod: 'string',
  'dcvDate?': 'local time',
  lastCheck: 'local time',
  nextCheck: 'local time',
  'dcvEmailRefNumber~': 'number',
} as const satisfies Fields

/** What the details of L862 and the update of L1900 have in common. Table-only names: vendor's HTML edition 25.5. */
const DETAILS = {
  commonName: 'string',
  sslId: 'number',
  id: 'number',
  orgId: 'number',
  status: 'Title word',
  orderNumber: 'number',
  backendCertId: 'string',
  vendor: 'string',
  certType: PROFILE_ROW,
  'subType?': 'string',
  validationType: 'string',
  term: 'number',
  requester: 'string',
  'requesterId?': 'number',
  requestedVia: 'string',
  'externalRequester?': 'string',
  comments: 'string',
  requested: 'US date',
  renewed: 'boolean',
  'signatureAlg?': 'string',
  keyAlgorithm: 'string',
  keySize: 'number',
  keyType: 'string',
  'keyUsages?': ['string'],
  'extendedKeyUsages?': ['string'],
  subjectAlternativeNames: ['string'],
  customFields: NAMED_VALUES,
  autoInstallDetails: { state: 'string', 'nodes?': [{ name: 'string', port: 'number' }] },
  autoRenewDetails: { state: 'string', 'daysBeforeExpiration?': 'number' },
  suspendNotifications: 'boolean',
  csrDetails: CSR_DETAILS,
} as const satisfies Fields

/** Seed 004 L1072-1131. */
export const ISSUED_DETAILS = {
  ...DETAILS,
  owner: 'string',
  ownerId: 'number',
  'approved?': 'US date',
  'issued?': 'US date',
  expires: 'US date',
  serialNumber: 'colon hex',
  certificateDetails: { ...CERTIFICATE_DETAILS, issuer: 'string', sha1Hash: 'string', sha256Hash: 'lower hex' },
} as const satisfies Fields

/** Seed 004 L2123-2180. The table of the update has no serial number. */
export const REQUESTED_DETAILS = {
  ...DETAILS,
  'owner~': 'string',
  'ownerId~': 'number',
  'expires~': 'US date',
  certificateDetails: { 'issuer~': 'string', 'sha1Hash~': 'string' },
} as const satisfies Fields

export const DCV_BY_EMAIL = { dcvMode: 'EMAIL', dcvEmail: 'admin@example.com' }

function withoutCsr(world: World): Record<string, unknown> {
  const { csr: _csr, ...fields } = enrollment('ssl', world)
  return { ...fields, commonName: COMMON_NAME, keySize: 2048, keyParam: '2048', algorithm: 'RSA' }
}

/** Seed 004 L1346-1429. */
export function agentEnrollment(_: Subject, world: World): object {
  return { ...withoutCsr(world), passPhrase: 'simulated', keyGenerationMethod: 'PK_AGENT' }
}

/** Seed 004 L1450-1571. */
export function vaultEnrollment(_: Subject, world: World): object {
  return {
    ...withoutCsr(world),
    dcvMode: null,
    dcvEmail: null,
    keyGenerationMethod: 'AZURE_KEY_VAULT',
    azureKeyVault: { azureAccountId: 206, vaultKey: '/subscriptions/0/resourceGroups/shop/vaults/shop-kv' },
    reuseKey: false,
    exportableKey: false,
    hsmOnly: false,
  }
}

/** Seed 004 L1907-1921: the CSR without armour, the certificate's names as a list. */
export function changes({ id }: Subject, { orgId, profiles, bareCsr }: World): object {
  return {
    customFields: CUSTOM_FIELDS,
    comments: 'changed',
    sslId: id,
    term: TERM_DAYS,
    certTypeId: profiles.ssl,
    orgId,
    commonName: COMMON_NAME,
    csr: bareCsr,
    externalRequester: '',
    subjectAlternativeNames: [COMMON_NAME],
  }
}

/** Seed 004 L2420-2427. */
export function replacement(_: Subject, { newCsr }: World): object {
  return {
    csr: newCsr,
    reason: 'test',
    commonName: COMMON_NAME,
    subjectAlternativeNames: ['a.example.com', 'b.example.com'],
    ...DCV_BY_EMAIL,
  }
}

/** Seed 004 L2540: besides the common fields a new owner and further requesters. */
export function importBody(subject: Subject, world: World): object[] {
  const requesters = 'a@example.com, b@example.com'
  return [{ ...importEntry(subject, world), owner: 'admin@example.com', externalRequester: requesters }]
}

/** Seed 004 L2464: an archive with a certificate and a file of a kind that is refused. */
export async function zipBody(): Promise<FormData> {
  const { pem } = await foreignCertificate(`CN=${COMMON_NAME}`)
  return zipForm({ 'shop.crt': pem, 'shop.p12': 'not a certificate' })
}
