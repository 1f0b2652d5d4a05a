// The examples of "SSL Certificates", seed 004 L447-2605, in the order of the document.
import type { Example } from './example.ts'
import {
  ATTACHMENT,
  CUSTOM_FIELD_ROW,
  example,
  importRows,
  JSON_UTF8_UPPER,
  PROFILE_ROW,
  TOTAL_COUNT,
} from './example.ts'
import {
  enrollment,
  imported,
  issued,
  issuedTwice,
  markRevoked,
  order,
  toImport,
  toRefuse,
  WAITING_FOR_APPROVAL,
  WAITING_FOR_ITS_DOMAINS,
} from './given.ts'
import { locationExamples } from './location-examples.ts'
import * as ssl from './ssl-parts.ts'

const type = JSON_UTF8_UPPER
const accept = 'application/json'
const reason = { reasonCode: 4, reason: 'no longer used' }

export const SSL_EXAMPLES: readonly Example[] = [
  example(458, 'profiles of an organization', 'GET /ssl/v1/types?organizationId={orgId}', {
    type,
    status: 200,
    answer: [PROFILE_ROW],
  }),
  example(504, 'custom fields', 'GET /ssl/v1/customFields', { accept, status: 200, answer: [CUSTOM_FIELD_ROW] }),
  ...locationExamples({
    product: 'ssl',
    path: 'ssl/v1',
    lines: [541, 596, 623, 670, 691],
    type,
    details: [{ Server: 'nginx' }, { Server: 'nginx' }],
  }),
  example(754, 'list', 'GET /ssl/v1', {
    type,
    given: issued('ssl'),
    status: 200,
    headers: TOTAL_COUNT,
    answer: [ssl.LIST_ROW],
  }),
  example(841, 'count', 'HEAD /ssl/v1', { type, given: issued('ssl'), status: 200, headers: TOTAL_COUNT }),
  example(862, 'details of an issued certificate', 'GET /ssl/v1/{id}', {
    type,
    given: issued('ssl'),
    status: 200,
    answer: ssl.ISSUED_DETAILS,
    notes: 'The serial number of the example is no hex; that of the revocation by serial number is (L2230).',
  }),
  example(1139, 'domain validation of one order', 'GET /ssl/v1/{id}/dcv', {
    type,
    given: order('ssl', { dcvMode: 'CNAME' }),
    settings: WAITING_FOR_ITS_DOMAINS,
    status: 200,
    answer: {
      dcvLog: { error: { code: 'number', description: 'null' }, log: [ssl.DCV_LOG_ROW] },
      instructions: [{ domainName: 'string', dcvMode: 'string', host: 'string', point: 'string' }],
    },
    notes: 'dcvEmailRefNumber is for EMAIL in the table (L1185) but stands in an example of CNAME (L1226).',
  }),
  example(1244, 'check the domains of one order again', 'POST /ssl/v1/{id}/dcv/recheck', {
    type,
    given: order('ssl', { dcvMode: 'CNAME' }),
    settings: WAITING_FOR_ITS_DOMAINS,
    status: 202,
  }),
  example(1306, 'enrol with a CSR', 'POST /ssl/v1/enroll', {
    type,
    body: (_, world) => ({ ...enrollment('ssl', world), ...ssl.DCV_BY_EMAIL }),
    status: 200,
    answer: ssl.ENROLLED,
  }),
  example(1409, 'enrol with a key of the Private Key Agent', 'POST /ssl/v1/enroll-keygen', {
    type,
    body: ssl.agentEnrollment,
    status: 200,
    answer: ssl.ENROLLED,
  }),
  example(1543, 'enrol with a key of Azure Key Vault', 'POST /ssl/v1/enroll-keygen', {
    type,
    body: ssl.vaultEnrollment,
    status: 200,
    answer: ssl.ENROLLED,
  }),
  example(1604, 'collect as base64', 'GET /ssl/v1/collect/{id}?format=base64', {
    given: issued('ssl'),
    status: 200,
    headers: ATTACHMENT,
    file: 'pkcs7',
    notes: 'The table says that base64 is PKCS#7 (L1602), the example answers with certificates in PEM (L1614-1732).',
  }),
  example(1604, 'collect as base64', 'GET /ssl/v1/collect/{id}?format=base64', {
    variant: 'as certificates in PEM',
    given: issued('ssl'),
    settings: { base64Answer: 'pemBlocks' },
    status: 200,
    headers: ATTACHMENT,
    file: 'pemBlocks',
  }),
  example(1750, 'a link to the private key', 'POST /ssl/v1/keystore/{id}/p12', {
    type,
    accept,
    given: async (world) => {
      const reply = await world.make('POST', '/ssl/v1/enroll-keygen', ssl.agentEnrollment({}, world))
      return { id: (JSON.parse(reply.text) as { sslId: number }).sslId }
    },
    body: () => ({ passphrase: '123' }),
    status: 200,
    answer: { link: 'string' },
  }),
  example(1781, 'approve', 'POST /ssl/v1/approve/{id}', {
    type,
    given: order('ssl'),
    settings: WAITING_FOR_APPROVAL,
    body: () => ({ message: 'test' }),
    status: 204,
  }),
  example(1806, 'decline', 'POST /ssl/v1/decline/{id}', {
    type,
    given: order('ssl'),
    settings: WAITING_FOR_APPROVAL,
    body: () => ({ message: 'test' }),
    status: 204,
  }),
  example(1900, 'a changed request', 'PUT /ssl/v1', {
    type,
    accept,
    given: order('ssl'),
    settings: WAITING_FOR_APPROVAL,
    body: ssl.changes,
    status: 200,
    answer: ssl.REQUESTED_DETAILS,
    notes: 'The example is Requested (L2131), yet it has an approver (L2147), an expiry date and a certificate.',
  }),
  example(2200, 'revoke', 'POST /ssl/v1/revoke/{id}', { type, given: issued('ssl'), body: () => reason, status: 204 }),
  example(2230, 'revoke by serial number', 'POST /ssl/v1/revoke/serial/{serial}', {
    type,
    given: issued('ssl'),
    body: () => ({ ...reason, reasonCode: 3 }),
    status: 204,
  }),
  example(2267, 'mark as revoked', 'POST /ssl/v1/revoke/manual', {
    type,
    given: issued('ssl'),
    body: ({ id }) => markRevoked(id),
    status: 204,
    notes: 'The table has serialNumber and issuer as numbers (L2250-2257); they are text everywhere else.',
  }),
  example(2296, 'renew by renewId', 'POST /ssl/v1/renew/{renewId}', {
    type,
    given: issued('ssl'),
    body: (_, { newCsr }) => ({ csr: newCsr }),
    status: 204,
  }),
  example(2329, 'renew by id', 'POST /ssl/v1/renewById/{id}', {
    type,
    given: issued('ssl'),
    body: (_, { newCsr }) => ({ csr: newCsr, ...ssl.DCV_BY_EMAIL }),
    status: 200,
    answer: { sslId: 'number' },
  }),
  example(2370, 'mark as renewed', 'POST /ssl/v1/renew/manual/{id}', {
    type,
    given: issuedTwice('ssl'),
    body: ({ other }) => ({ id: other }),
    status: 204,
  }),
  example(2415, 'replace', 'POST /ssl/v1/replace/{id}', {
    type,
    given: issued('ssl'),
    body: ssl.replacement,
    status: 204,
  }),
  example(2439, 'delete an imported certificate', 'DELETE /ssl/v1/{id}', {
    type,
    given: imported('ssl'),
    status: 204,
  }),
  example(2459, 'import a ZIP archive', 'POST /ssl/v1/import?orgId={orgId}', {
    body: ssl.zipBody,
    status: 200,
    answer: { processedCount: 'number', errors: ['string'] },
  }),
  example(2535, 'import', 'POST /ssl/v2/import', {
    type,
    given: toImport('ssl'),
    body: ssl.importBody,
    status: 200,
    answer: importRows(true),
  }),
  example(2602, 'import of a certificate that is refused', 'POST /ssl/v2/import', {
    type,
    given: toRefuse('ssl'),
    body: ssl.importBody,
    status: 200,
    answer: importRows(false),
    notes: 'This refusal has a backendCertId, those of L3950 and L5107 have not; the table has it in all three.',
  }),
]
