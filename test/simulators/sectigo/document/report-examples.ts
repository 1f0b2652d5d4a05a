// The examples of "Report APIs" for certificates and domains, seed 004 L16485-17116. Reports write empty texts where details
// leave out.
import { validatedDomainOnly } from './domain-given.ts'
import type { Example } from './example.ts'
import { example, JSON_UTF8, NAMED_VALUES } from './example.ts'
import { downloadedAndRevoked, order, today, WAITING_FOR_APPROVAL, WAITING_FOR_THE_CA } from './given.ts'
import type { Fields, Shape } from './shape.ts'

const type = JSON_UTF8

/** Seed 004 L16662-16667. */
function reportHeaders(name: string): Record<string, RegExp> {
  return {
    'content-disposition': new RegExp(`^attachment; ?filename="rest_api_${name}.json"$`),
    'cache-control': /^must-revalidate$/,
    pragma: /^public$/,
  }
}

function report(rows: Shape): Shape {
  return { statusCode: 'number', reports: rows }
}

const ORGANIZATION = { id: 'string', name: 'string' } as const satisfies Fields

/** Seed 004 L16668, a Requested order. Names that only the table has: the vendor's OpenAPI 25.9.2 and HTML edition 25.5. */
const SSL_ROW = {
  id: 'number',
  type: 'string',
  typeId: 'number',
  orgId: 'number',
  commonName: 'string',
  status: 'Title word',
  requester: 'string',
  'externalRequester?': 'string',
  organizationName: 'string',
  orderNumber: 'number',
  backendCertId: 'string',
  servers: 'number',
  serverType: 'string',
  requestedVia: 'string',
  term: 'number',
  comments: 'string',
  requested: 'instant',
  'downloaded~': 'instant',
  'expires~': 'instant',
  'issuer~': 'string',
  serialNumber: 'string',
  city: 'string',
  state: 'string',
  country: 'string',
  'keyAlgorithm?': 'string',
  'keySize?': 'number',
  'publicKeyType?': 'string',
  'subjAltNames?': 'string',
  'customFields?': NAMED_VALUES,
  'sha1~': 'string',
} as const satisfies Fields

/** Seed 004 L17081. */
const DOMAIN_ROW = {
  id: 'number',
  name: 'string',
  status: 'Title word',
  requested: 'instant',
  dcvStatus: 'Title word',
  stickyUntil: 'instant',
} as const satisfies Fields

/** Seed 004 L16927. The organization's id is text here and in the device report only. */
const CLIENT_ROW = {
  id: 'number',
  person: { name: 'string', email: 'string', guid: 'string' },
  organization: ORGANIZATION,
  subject: 'string',
  email: 'string',
  orderNumber: 'number',
  backendCertId: 'string',
  enrolled: 'instant',
  downloaded: 'instant',
  expire: 'instant',
  enrollType: 'string',
  'customFields?': NAMED_VALUES,
  comments: 'string',
} as const satisfies Fields

/** Seed 004 L17072, an Approved request. */
const DEVICE_ROW = {
  id: 'number',
  commonName: 'string',
  organization: ORGANIZATION,
  deviceCertStatus: 'Title word',
  subject: 'string',
  email: 'string',
  city: 'string',
  state: 'string',
  country: 'string',
  orderNumber: 'number',
  backendCertId: 'string',
  serialNumber: 'string',
  certTypeName: 'string',
  'expire~': 'instant',
  enrollType: 'UPPER WORD',
  keyAlgorithm: 'string',
  keySize: 'number',
  keyType: 'string',
  signatureAlgorithm: 'string',
  approver: 'string',
  'customFields?': NAMED_VALUES,
  comments: 'string',
} as const satisfies Fields

const sslFields = { certificateStatus: 1, serialNumberFormat: '', includeIpAddresses: false }

export const SSL_REPORT_EXAMPLES: readonly Example[] = [
  example(16529, 'SSL certificates', 'POST /report/v1/ssl-certificates?output_type=buffered', {
    type,
    given: order('ssl'),
    settings: WAITING_FOR_APPROVAL,
    body: (_, { orgId }) => ({
      ...today(),
      ...sslFields,
      organizationIds: [orgId],
      certificateDateAttribute: 1,
      certificateRequestSource: 0,
    }),
    status: 200,
    headers: reportHeaders('ssl-certificates'),
    answer: report('list'),
    notes:
      'The example asks for the date of downloading (1), which the table does not allow (2 to 5, L16508), and answers with a ' +
      'Requested order (L16668) that has been downloaded, expires and has an issuer. What it asks for does not exist for an ' +
      'order made through the API; with the values of the table the row is compared.',
  }),
  example(16529, 'SSL certificates', 'POST /report/v1/ssl-certificates?output_type=buffered', {
    variant: 'with the date attribute and the source of the table',
    type,
    given: order('ssl'),
    settings: WAITING_FOR_APPROVAL,
    body: (_, { orgId }) => ({
      ...today(),
      ...sslFields,
      organizationIds: [orgId],
      certificateDateAttribute: 4,
      certificateRequestSource: 2,
    }),
    status: 200,
    headers: reportHeaders('ssl-certificates'),
    answer: report([SSL_ROW]),
  }),
]

export const OTHER_REPORT_EXAMPLES: readonly Example[] = [
  example(16845, 'client certificates', 'POST /report/v1/client-certificates?output_type=buffered', {
    type,
    given: downloadedAndRevoked,
    body: (_, { orgId }) => ({
      ...today(),
      organizationIds: [orgId],
      certificateStatus: 3,
      certificateDateAttribute: 1,
    }),
    status: 200,
    headers: reportHeaders('client-certificates'),
    answer: report([CLIENT_ROW]),
  }),
  example(16957, 'device certificates', 'POST /report/v1/device-certificates?output_type=buffered', {
    type,
    given: order('device'),
    settings: WAITING_FOR_THE_CA,
    body: () => ({ ...today(), certificateStatus: 8, certificateDateAttribute: 4, serialNumberFormat: '' }),
    status: 200,
    headers: reportHeaders('device-certificates'),
    answer: report([DEVICE_ROW]),
    notes: 'The row of the example is Approved and has an expiry date (L17072).',
  }),
  example(17075, 'domains', 'POST /report/v1/domains', {
    type,
    given: validatedDomainOnly,
    status: 200,
    headers: reportHeaders('domains'),
    answer: report([DOMAIN_ROW]),
  }),
]
