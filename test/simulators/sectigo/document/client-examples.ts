// The examples of "Client Certificates", seed 004 L2606-3950, in the order of the document.
import type { Example, NotReplayed, Subject } from './example.ts'
import {
  ATTACHMENT,
  CERTIFICATE_DETAILS,
  CSR_DETAILS,
  CUSTOM_FIELD_ROW,
  example,
  importRows,
  JSON_PLAIN,
  JSON_UTF8,
  JSON_UTF8_UPPER,
  NAMED_VALUES,
  PROFILE_ROW,
  TOTAL_COUNT,
} from './example.ts'
import {
  CUSTOM_FIELDS,
  enrollment,
  importEntry,
  imported,
  issued,
  markRevoked,
  order,
  person,
  toImport,
  toRefuse,
  WAITING_FOR_THE_CA,
} from './given.ts'
import { locationExamples } from './location-examples.ts'
import type { Fields } from './shape.ts'

const accept = JSON_PLAIN
const reason = { reasonCode: 0, reason: 'no longer used' }

/** Seed 004 L3330-3333, L3613, L3643, L3673. */
const ENROLLED = { id: 'number', orderNumber: 'number', backendCertId: 'string' } as const satisfies Fields

/** Seed 004 L2908-2912. */
const LIST_ROW = {
  id: 'number',
  state: 'lower word',
  certificateDetails: { ...CERTIFICATE_DETAILS, subject: 'string', sha256Hash: 'lower hex' },
  serialNumber: 'colon hex',
  orderNumber: 'number',
  backendCertId: 'string',
  expires: 'ISO date',
  comments: 'string',
} as const satisfies Fields

/** What L3243 and L3586 have in common. Both lack the profile's description, which the table has (L3136). */
const { description: _, ...PROFILE } = PROFILE_ROW
const DETAILS = {
  commonName: 'string',
  id: 'number',
  orgId: 'number',
  status: 'lower word',
  backendCertId: 'string',
  certType: { ...PROFILE, 'description?': 'string' },
  subType: 'string',
  term: 'number',
  requestedVia: 'string',
  comments: 'string',
  requested: 'US date',
  keyAlgorithm: 'string',
  keySize: 'number',
  keyType: 'string',
  'subjectAlternativeNames?': ['string'],
  suspendNotifications: 'boolean',
  csrDetails: CSR_DETAILS,
} as const satisfies Fields

const ISSUED_DETAILS = {
  ...DETAILS,
  issued: 'US date',
  expires: 'US date',
  'serialNumber?': 'colon hex',
  'signatureAlg?': 'string',
  keyUsages: ['string'],
  extendedKeyUsages: ['string'],
  'customFields?': NAMED_VALUES,
  certificateDetails: { ...CERTIFICATE_DETAILS, sha1Hash: 'string', sha256Hash: 'string' },
} as const satisfies Fields

/** Filters of L2849 and L2943. */
const PERSONAL = 'personId={personId}&serialNumber={plainSerial}'
const OF_ONE = 'certTypeId={clientProfile}&backendCertId={backendCertId}&email={email}'

const byId = ({ id }: Subject): object => markRevoked(id)
const importBody: Example['body'] = (subject, world) => [importEntry(subject, world)]

export const CLIENT_EXAMPLES: readonly Example[] = [
  example(2617, 'profiles of an organization', 'GET /smime/v1/types?organizationId={orgId}', {
    accept,
    status: 200,
    answer: [PROFILE_ROW],
  }),
  example(2654, 'custom fields', 'GET /smime/v1/customFields', { accept, status: 200, answer: [CUSTOM_FIELD_ROW] }),
  ...locationExamples({
    product: 'client',
    path: 'smime/v2',
    lines: [2687, 2728, 2751, 2791, 2808],
    type: JSON_PLAIN,
    details: [{ location: 'Desk' }, { MailClient: 'mutt' }],
  }),
  example(2849, 'list', `GET /smime/v2?size=10&position=0&${PERSONAL}&keyVault=true&${OF_ONE}`, {
    accept,
    given: person,
    status: 200,
    headers: TOTAL_COUNT,
    answer: 'list',
    notes:
      'The example asks for keyVault=true and finds a certificate. Every order through the API brings its CSR, and only the ' +
      'import of a PKCS#12 for a person (L13384) puts a key there; so the rows are compared with keyVault=false.',
  }),
  example(2849, 'list', `GET /smime/v2?size=10&position=0&${PERSONAL}&keyVault=false&${OF_ONE}`, {
    variant: 'without a key in the key vault',
    accept,
    given: person,
    status: 200,
    headers: { 'x-total-count': /^1$/ },
    answer: [LIST_ROW],
  }),
  example(2943, 'count', `HEAD /smime/v2?${PERSONAL}&keyVault=true&certTypeId={clientProfile}`, {
    type: 'application/x-www-form-urlencoded',
    accept,
    given: person,
    status: 200,
    headers: TOTAL_COUNT,
    notes: 'As L2849.',
  }),
  example(2943, 'count', `HEAD /smime/v2?${PERSONAL}&keyVault=false&certTypeId={clientProfile}`, {
    variant: 'without a key in the key vault',
    type: 'application/x-www-form-urlencoded',
    accept,
    given: person,
    status: 200,
    headers: { 'x-total-count': /^1$/ },
  }),
  example(2965, 'list by person', 'GET /smime/v2/byPersonId/{personId}', {
    accept,
    given: person,
    status: 200,
    answer: [LIST_ROW],
  }),
  example(3031, 'list by the email of a person', 'GET /smime/v2/byPersonEmail/{email}', {
    accept,
    given: issued('client'),
    status: 200,
    headers: { 'content-disposition': /^inline; ?filename=/ },
    answer: [LIST_ROW],
  }),
  example(3097, 'details of an issued certificate', 'GET /smime/v1/{id}', {
    given: issued('client'),
    status: 200,
    answer: ISSUED_DETAILS,
  }),
  example(3311, 'enrol with a CSR', 'POST /smime/v1/enroll', {
    type: JSON_UTF8,
    body: (_, world) => enrollment('client', world),
    status: 200,
    answer: ENROLLED,
    notes:
      'The list of custom fields is empty in the example, although the one of L2678 is mandatory: it is sent here.',
  }),
  example(3347, 'collect as base64', 'GET /smime/v2/collect/{id}?format=base64', {
    given: issued('client'),
    status: 200,
    headers: ATTACHMENT,
    file: 'pkcs7',
  }),
  example(3368, 'collect by backend id', 'GET /smime/v2/collect/order/{backendCertId}?format=base64', {
    given: issued('client'),
    status: 200,
    headers: ATTACHMENT,
    file: 'pkcs7',
  }),
  example(3434, 'changed comments and custom fields', 'PUT /smime/v1/{id}', {
    type: JSON_PLAIN,
    given: order('client'),
    settings: WAITING_FOR_THE_CA,
    body: () => ({ customFields: CUSTOM_FIELDS, comments: 'changed' }),
    status: 200,
    answer: { ...DETAILS, customFields: NAMED_VALUES, certificateDetails: {} },
  }),
  example(3595, 'renew', 'POST /smime/v1/renew/{id}', {
    accept,
    given: issued('client'),
    status: 200,
    answer: ENROLLED,
  }),
  example(3625, 'renew by backend id', 'POST /smime/v2/renew/order/{backendCertId}', {
    accept,
    given: issued('client'),
    status: 200,
    answer: ENROLLED,
  }),
  example(3655, 'renew by serial number', 'POST /smime/v2/renew/serial/{serial}', {
    accept,
    given: issued('client'),
    status: 200,
    answer: ENROLLED,
  }),
  example(3696, 'revoke', 'POST /smime/v1/revoke/{id}', {
    type: JSON_UTF8,
    accept,
    given: issued('client'),
    body: () => reason,
    status: 204,
  }),
  example(3724, 'revoke by backend id', 'POST /smime/v1/revoke/order/{backendCertId}', {
    type: JSON_UTF8,
    accept,
    given: issued('client'),
    body: () => reason,
    status: 204,
  }),
  example(3752, 'revoke by serial number', 'POST /smime/v1/revoke/serial/{serial}', {
    type: JSON_UTF8,
    accept,
    given: issued('client'),
    body: () => ({ ...reason, reasonCode: 1 }),
    status: 204,
  }),
  example(3777, 'revoke all of a person', 'POST /smime/v1/revoke', {
    type: JSON_UTF8,
    accept,
    given: issued('client'),
    body: ({ email }) => ({ ...reason, email }),
    status: 204,
  }),
  example(3812, 'mark as revoked', 'POST /smime/v1/revoke/manual', {
    type: JSON_UTF8_UPPER,
    given: issued('client'),
    body: byId,
    status: 204,
    notes: 'The table has serialNumber and issuer as numbers (L3795-3802); they are text everywhere else.',
  }),
  example(3829, 'delete an imported certificate', 'DELETE /smime/v1/{id}', { given: imported('client'), status: 204 }),
  example(3880, 'import', 'POST /smime/v2/import', {
    type: JSON_UTF8_UPPER,
    given: toImport('client'),
    body: importBody,
    status: 200,
    answer: importRows(true),
  }),
  example(3947, 'import of a certificate that is refused', 'POST /smime/v2/import', {
    type: JSON_UTF8_UPPER,
    given: toRefuse('client'),
    body: importBody,
    status: 200,
    answer: importRows(false),
    notes: 'This refusal has no backendCertId, that of an SSL certificate has (L2605); the table has it in both.',
  }),
]

export const CLIENT_NOT_REPLAYED: readonly NotReplayed[] = [
  {
    line: 3393,
    call: 'POST /smime/v1/keystore/{id}',
    reason:
      'Gives out a key from the key vault. Orders bring their CSR, so none puts a key there; only the import of a PKCS#12 ' +
      'for a person does (L13384, L13438), which the simulator has not, and it makes no PKCS#12.',
  },
]
