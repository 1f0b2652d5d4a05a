// The examples of errors, organizations (reading), the state of the password, and the validation of one domain.
import type { Example } from './example.ts'
import { example, JSON_PLAIN, JSON_UTF8, TOTAL_COUNT } from './example.ts'
import { submittedDomain, validatedDomain } from './given.ts'
import type { Fields } from './shape.ts'

const DEPARTMENT = { id: 'number', parentName: 'string', name: 'string' } as const satisfies Fields
const ORGANIZATION = { id: 'number', name: 'string', departments: [DEPARTMENT] } as const satisfies Fields

/** Seed 004 L14233-14266. Names that only the table has: the vendor's HTML edition 25.5. */
const ORGANIZATION_DETAILS = {
  ...ORGANIZATION,
  certTypes: ['string'],
  'alias?': 'string',
  'secondaryName?': 'string',
  contactEmails: 'string',
  contactWebhook: 'string',
  'contactSlack?': 'string',
  'contactTeams?': 'string',
  address1: 'string',
  address2: 'string',
  address3: 'string',
  city: 'string',
  stateOrProvince: 'string',
  postalCode: 'string',
  country: 'string',
  clientCertificate: {
    allowKeyRecoveryByMasterAdmins: 'boolean',
    allowKeyRecoveryByOrgAdmins: 'boolean',
    allowKeyRecoveryByDepartmentAdmins: 'boolean',
  },
  sslCertsApiEnabled: 'boolean',
  clientCertsApiEnabled: 'boolean',
} as const satisfies Fields

export const ERROR_EXAMPLES: readonly Example[] = [
  example(93, 'a refused login', 'GET /ssl/v1/types', {
    password: 'wrong',
    status: 401,
    answer: { code: 'number', description: 'string' },
    notes: 'The one example of an error without a call of its own; its code -16 is missing in the table of codes.',
  }),
]

export const ORGANIZATION_EXAMPLES: readonly Example[] = [
  example(13996, 'list', 'GET /organization/v1', { status: 200, answer: [ORGANIZATION] }),
  example(14048, 'list of those a role manages', 'GET /organization/v1/managedBy/DRAO_SSL', {
    status: 200,
    answer: [DEPARTMENT],
  }),
  example(14088, 'list of those with a kind of certificate', 'GET /organization/v1/report-type/SSL', {
    status: 200,
    answer: [ORGANIZATION],
  }),
  example(14141, 'details', 'GET /organization/v1/{orgId}', { status: 200, answer: ORGANIZATION_DETAILS }),
]

export const PASSWORD_EXAMPLES: readonly Example[] = [
  example(12775, 'state of the own password', 'GET /admin/v1/password', {
    accept: JSON_PLAIN,
    status: 200,
    answer: { expirationDate: 'ISO date', state: 'UPPER WORD' },
  }),
]

/** Seed 004 L6879-6897. */
const DOMAIN_ROW = {
  domain: 'string',
  dcvStatus: 'UPPER WORD',
  dcvMethod: 'UPPER WORD',
  dcvOrderStatus: 'UPPER WORD',
  dcvOrderMethod: 'UPPER WORD',
  expirationDate: 'ISO date',
} as const satisfies Fields

export const DOMAIN_EXAMPLES: readonly Example[] = [
  example(
    6849,
    'list of validations',
    'GET /dcv/v1/validation?size=10&position=0&org=&department=&domain={domain}&expiresIn=&dcvStatus=&orderStatus=',
    {
      accept: JSON_PLAIN,
      given: submittedDomain,
      status: 200,
      headers: TOTAL_COUNT,
      answer: [DOMAIN_ROW],
      notes: 'The example has EMAIL as method of an order that was not initiated (L6887-6888).',
    },
  ),
  example(6909, 'a domain with a submitted order', 'POST /dcv/v2/validation/status', {
    type: JSON_UTF8,
    accept: JSON_PLAIN,
    given: submittedDomain,
    body: ({ domain }) => ({ domain }),
    status: 200,
    answer: {
      status: 'UPPER WORD',
      validationDate: 'ISO date',
      expirationDate: 'ISO date',
      orderStatus: 'UPPER WORD',
      orderMode: 'UPPER WORD',
      url: 'string',
      firstLine: 'lower hex',
      secondLine: 'string',
      orderBackendId: 'string',
      submittedDate: 'ISO date',
      orderExpiration: 'instant',
      lastCheck: 'instant',
      nextCheck: 'instant',
    },
  }),
  example(7000, 'a validated domain, deprecated version', 'POST /dcv/v1/validation/status', {
    type: JSON_UTF8,
    given: validatedDomain,
    body: ({ domain }) => ({ domain }),
    status: 200,
    answer: {
      status: 'UPPER WORD',
      validationDate: 'ISO date',
      expirationDate: 'ISO date',
      orderStatus: 'UPPER WORD',
    },
  }),
]
