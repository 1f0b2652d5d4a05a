// The examples of "Device Certificates", seed 004 L3951-5107, in the order of the document.
import type { Example } from './example.ts'
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
  deviceByName,
  enrollment,
  importEntry,
  imported,
  issued,
  markRevoked,
  OPTIONAL_FIELDS,
  order,
  toImport,
  toRefuse,
  WAITING_FOR_APPROVAL,
  WAITING_FOR_THE_CA,
} from './given.ts'
import { locationExamples } from './location-examples.ts'
import type { Fields } from './shape.ts'

const accept = JSON_PLAIN
const reason = { reasonCode: 4, reason: 'no longer used' }

/** Seed 004 L4507-4510, L4905, L4938. */
const ENROLLED = {
  deviceCertId: 'number',
  status: 'UPPER WORD',
  backendCertId: 'string',
  orderNumber: 'number',
} as const satisfies Fields

/** Seed 004 L4000-4004. */
const DEVICE_PROFILE_ROW = { ...PROFILE_ROW, term: 'number', ku: ['string'], eku: ['string'] } as const satisfies Fields

/** What L4433 and L4741 have in common. Table-only names: the vendor's HTML edition 25.5. */
const DETAILS = {
  commonName: 'string',
  id: 'number',
  orgId: 'number',
  status: 'Title word',
  orderNumber: 'number',
  backendCertId: 'string',
  certType: PROFILE_ROW,
  term: 'number',
  'owner?': 'string',
  requester: 'string',
  comments: 'string',
  requested: 'US date',
  'approved?': 'US date',
  keyAlgorithm: 'string',
  keySize: 'number',
  keyType: 'string',
} as const satisfies Fields

const APPROVED_DETAILS = {
  ...DETAILS,
  'expires~': 'US date',
  'customFields?': NAMED_VALUES,
  certificateDetails: { subject: 'string' },
  csrDetails: CSR_DETAILS,
} as const satisfies Fields

const ISSUED_DETAILS = {
  ...DETAILS,
  expires: 'US date',
  'serialNumber?': 'colon hex',
  customFields: NAMED_VALUES,
  certificateDetails: CERTIFICATE_DETAILS,
  'csrDetails?': CSR_DETAILS,
} as const satisfies Fields

const importBody: Example['body'] = (subject, world) => [{ ...importEntry(subject, world), owner: 'admin@example.com' }]

export const DEVICE_EXAMPLES: readonly Example[] = [
  example(3962, 'profiles of an organization', 'GET /device/v1/types?organizationId={orgId}', {
    accept,
    status: 200,
    answer: [DEVICE_PROFILE_ROW],
  }),
  example(4008, 'custom fields', 'GET /device/v1/customFields', { accept, status: 200, answer: [CUSTOM_FIELD_ROW] }),
  ...locationExamples({
    product: 'device',
    path: 'device/v1',
    lines: [4041, 4082, 4105, 4145, 4162],
    type: JSON_PLAIN,
    details: [{ device: 'Scanner' }, { device: 'Printer' }],
  }),
  example(
    4203,
    'list',
    'GET /device/v1?size=10&position=0&commonName={commonName}&email={email}&status=APPROVED&certTypeId={deviceProfile}',
    {
      given: deviceByName,
      settings: WAITING_FOR_THE_CA,
      status: 200,
      headers: TOTAL_COUNT,
      answer: [
        {
          id: 'number',
          status: 'UPPER WORD',
          backendCertId: 'string',
          certificateDetails: { subject: 'string' },
        },
      ],
      notes: 'The common name that is asked for is not that of the subject in the answer (L4253): SCM keeps its own.',
    },
  ),
  example(4284, 'count', 'HEAD /device/v1?commonName={commonName}&orgId={orgId}&status=APPROVED', {
    type: 'application/x-www-form-urlencoded',
    given: deviceByName,
    settings: WAITING_FOR_THE_CA,
    status: 200,
    headers: { 'x-total-count': /^1$/ },
  }),
  example(4305, 'details of an approved request', 'GET /device/v1/{id}', {
    given: order('device'),
    settings: WAITING_FOR_THE_CA,
    status: 200,
    answer: APPROVED_DETAILS,
    notes: 'The example is Approved and has an expiry date, but no date of approval, which the table has (L4380).',
  }),
  example(4485, 'enrol with a CSR', 'POST /device/v1/enroll', {
    type: JSON_UTF8,
    body: (_, world) => ({ ...enrollment('device', world), optionalFields: OPTIONAL_FIELDS }),
    status: 200,
    answer: ENROLLED,
  }),
  example(4524, 'collect as base64', 'GET /device/v1/collect/{id}?format=base64', {
    given: issued('device'),
    status: 200,
    headers: ATTACHMENT,
    file: 'pkcs7',
  }),
  example(4607, 'changed comments and custom fields', 'PUT /device/v1/{id}', {
    type: JSON_PLAIN,
    given: issued('device'),
    body: () => ({ customFields: CUSTOM_FIELDS, comments: 'changed' }),
    status: 200,
    answer: ISSUED_DETAILS,
    notes: 'The example has no csrDetails, the table and the details of L4433 have.',
  }),
  example(4757, 'approve', 'POST /device/v1/approve/{id}', {
    type: JSON_UTF8,
    given: order('device'),
    settings: WAITING_FOR_APPROVAL,
    body: () => ({ message: 'approved' }),
    status: 204,
  }),
  example(4780, 'decline', 'POST /device/v1/decline/{id}', {
    type: JSON_UTF8,
    given: order('device'),
    settings: WAITING_FOR_APPROVAL,
    body: () => ({ message: 'declined' }),
    status: 204,
  }),
  example(4807, 'revoke', 'POST /device/v1/revoke/order/{id}', {
    type: JSON_UTF8,
    given: issued('device'),
    body: () => reason,
    status: 204,
    notes: 'The path says order, the table says that it is the id (L4794).',
  }),
  example(4834, 'revoke by serial number', 'POST /device/v1/revoke/serial/{serial}', {
    type: JSON_UTF8,
    given: issued('device'),
    body: () => reason,
    status: 204,
  }),
  example(4868, 'mark as revoked', 'POST /device/v1/revoke/manual', {
    type: JSON_UTF8_UPPER,
    given: issued('device'),
    body: ({ id }) => markRevoked(id),
    status: 204,
    notes: 'The table has serialNumber and issuer as numbers (L4851-4858); they are text everywhere else.',
  }),
  example(4884, 'renew', 'POST /device/v1/renew/order/{id}', {
    type: JSON_UTF8,
    given: issued('device'),
    status: 200,
    answer: ENROLLED,
  }),
  example(4917, 'renew by serial number', 'POST /device/v1/renew/serial/{serial}', {
    type: JSON_UTF8,
    given: issued('device'),
    status: 200,
    answer: ENROLLED,
  }),
  example(4965, 'replace', 'POST /device/v1/replace/order/{id}', {
    type: JSON_UTF8,
    given: issued('device'),
    body: (_, { newCsr }) => ({ csr: newCsr, reason: 'test', revoke: false }),
    status: 204,
  }),
  example(4982, 'delete an imported certificate', 'DELETE /device/v1/{id}', { given: imported('device'), status: 204 }),
  example(5037, 'import', 'POST /device/v1/import', {
    type: JSON_UTF8_UPPER,
    given: toImport('device'),
    body: importBody,
    status: 200,
    answer: importRows(true),
  }),
  example(5104, 'import of a certificate that is refused', 'POST /device/v1/import', {
    type: JSON_UTF8_UPPER,
    given: toRefuse('device'),
    body: importBody,
    status: 200,
    answer: importRows(false),
    notes: 'As L3947: no backendCertId, which the table has.',
  }),
]
