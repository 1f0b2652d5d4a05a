// The examples of "Domain Control Validation", seed 004 L6824-7742, in the order of the document.

import {
  mailedDomain,
  openDomain,
  started,
  submittedDomain,
  twoDomains,
  validatedByMail,
  validatedDomain,
} from './domain-given.ts'
import type { Example, Exchange } from './example.ts'
import { example, JSON_PLAIN, JSON_UTF8, TOTAL_COUNT } from './example.ts'
import type { Fields } from './shape.ts'

/** Seed 004 L6879-6897. */
const DOMAIN_ROW = {
  domain: 'string',
  dcvStatus: 'UPPER WORD',
  dcvMethod: 'UPPER WORD',
  dcvOrderStatus: 'UPPER WORD',
  dcvOrderMethod: 'UPPER WORD',
  expirationDate: 'ISO date',
} as const satisfies Fields

export const VALIDATION_VIEW_EXAMPLES: readonly Example[] = [
  example(
    6849,
    'list of validations',
    'GET /dcv/v1/validation?size=10&position=0&org=&department=&domain={domain}&expiresIn=&dcvStatus=&orderStatus=',
    {
      accept: JSON_PLAIN,
      given: validatedByMail,
      status: 200,
      headers: TOTAL_COUNT,
      answer: [DOMAIN_ROW],
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

const ofDomain: Pick<Exchange, 'type' | 'body' | 'status'> = {
  type: JSON_UTF8,
  body: ({ domain }) => ({ domain }),
  status: 200,
}

/** Seed 004 L7330-7335: `status` is that of before. */
const SUBMITTED = {
  status: '=VALIDATED',
  orderStatus: '=SUBMITTED',
  message: '=Submitted successfully',
  orderBackendId: 'string',
} as const satisfies Fields

/** Seed 004 L7249-7253. */
const FILE = { url: 'string', firstLine: 'lower hex', secondLine: '=sectigo.com' } as const satisfies Fields
/** Seed 004 L7411-7414, L7561-7562. */
const RECORD = { host: 'string', point: 'string' } as const satisfies Fields

/** Seed 004 L7596-7604. */
const EMAILS = {
  emails: ['string'],
  dcvEmails: [{ domainName: 'string', whoisEmails: ['string'], adminEmails: ['string'], dnsTxtEmails: ['string'] }],
} as const satisfies Fields

export const VALIDATION_EXAMPLES: readonly Example[] = [
  example(7082, 'synchronize with the backend', 'POST /dcv/v1/validation/sync?force=true', {
    ...ofDomain,
    given: mailedDomain,
    answer: {
      status: '=NOT_VALIDATED',
      orderStatus: '=SUBMITTED',
      orderMode: '=EMAIL',
      emailValidationReferenceNumber: 'string',
      orderBackendId: 'string',
      'validationEmail?': 'string',
      'submittedDate?': 'ISO date',
      'orderExpiration?': 'instant',
      'lastCheck?': 'instant',
      'nextCheck?': 'instant',
    },
    notes:
      'The parameter force of the example is in no table. The order is submitted, yet has none of the four dates that ' +
      'the table keeps for submitted orders (L7134-7143).',
  }),
  example(7165, 'clear', 'POST /dcv/v1/validation/clear', {
    ...ofDomain,
    given: started('cname'),
    answer: { status: '=VALIDATED', orderStatus: '=NOT_INITIATED', message: 'string' },
    notes: 'The sentence above it (L7156) drops the status of the validation too, the example keeps it.',
  }),
  example(7203, 'delete', 'POST /dcv/v1/validation/delete', { ...ofDomain, given: validatedDomain }),
  example(7225, 'start by HTTP', 'POST /dcv/v1/validation/start/domain/http', {
    ...ofDomain,
    given: validatedDomain,
    answer: FILE,
  }),
  example(7264, 'start by HTTPS', 'POST /dcv/v1/validation/start/domain/https', {
    ...ofDomain,
    given: validatedDomain,
    answer: FILE,
  }),
  example(7303, 'submit by HTTP', 'POST /dcv/v1/validation/submit/domain/http', {
    ...ofDomain,
    given: started('http'),
    answer: SUBMITTED,
  }),
  example(7346, 'submit by HTTPS', 'POST /dcv/v1/validation/submit/domain/https', {
    ...ofDomain,
    given: started('https'),
    answer: SUBMITTED,
  }),
  example(7390, 'start by CNAME', 'POST /dcv/v1/validation/start/domain/cname', {
    ...ofDomain,
    given: validatedDomain,
    answer: RECORD,
  }),
  example(7425, 'submit by CNAME', 'POST /dcv/v1/validation/submit/domain/cname', {
    ...ofDomain,
    given: started('cname'),
    answer: SUBMITTED,
  }),
  example(7476, 'submit by CNAME over a DNS connector', 'POST /dcv/v1/validation/submit/domain/cname', {
    ...ofDomain,
    given: openDomain,
    body: ({ domain }) => ({
      dnsAgentUUID: '2bf2517526b9445aaf558fcf5a368588',
      dnsProviderName: 'cloudflare',
      domain,
    }),
    answer: { ...SUBMITTED, status: '=NOT_VALIDATED' },
  }),
  example(7523, 'submit by TXT', 'POST /dcv/v1/validation/submit/domain/txt', {
    ...ofDomain,
    given: validatedDomain,
    answer: { ...SUBMITTED, ...RECORD },
  }),
  example(7575, 'addresses of one domain', 'POST /dcv/v1/validation/start/domain/email', {
    ...ofDomain,
    given: validatedDomain,
    answer: EMAILS,
  }),
  example(7615, 'addresses of several domains', 'POST /dcv/v1/validation/start/domain/email', {
    ...ofDomain,
    given: twoDomains,
    body: ({ domain, otherDomain }) => ({ domains: [domain, otherDomain] }),
    answer: EMAILS,
  }),
  example(7662, 'submit by mail', 'POST /dcv/v1/validation/submit/domain/email', {
    ...ofDomain,
    given: validatedDomain,
    body: ({ domain }) => ({ domain, email: `email@${domain}` }),
    answer: { ...SUBMITTED, emailValidationReferenceNumber: 'string' },
    notes: 'The address (L7669) is none of those that the start of the same domain offers (L7597).',
  }),
  example(7713, 'submit several domains by mail', 'POST /dcv/v1/validation/submit-bulk/domain/email', {
    ...ofDomain,
    given: twoDomains,
    body: ({ domain, otherDomain }) => ({ domains: [domain, otherDomain], email: 'domain.admin@registrar.example' }),
    answer: { orderStatus: '=SUBMITTED', message: 'string', orderBackendId: 'string' },
  }),
]
