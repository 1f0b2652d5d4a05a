// The examples of errors, organizations (reading) and the state of the password.
import type { Example } from './example.ts'
import { example, JSON_PLAIN } from './example.ts'
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
