// The switches: where the document is silent or tenants differ, a test chooses which behaviour it wants to meet.
import { z } from 'zod'
import { DATE_FORMATS } from './dates.ts'

/** Answers of collect before the certificate is there. Every one was seen or is in the error table; see pending.ts. */
const PENDING_ANSWERS = [
  'beingProcessed',
  'beingProcessedComodo',
  'requestBeingProcessed',
  'notCollectable',
  'notCollectedYet',
  'notAvailableNow',
  'notCollectedYet404',
  'notAvailableNow404',
  'empty',
  'gateway',
] as const
export type PendingAnswer = (typeof PENDING_ANSWERS)[number]

/** Refusals of the error table for a missing privilege; see privileges.ts. */
const PRIVILEGE_ANSWERS = ['notAuthorized', 'notPermitted', 'accessDenied'] as const

/** Refusals of the error table for a domain that is not validated; see domain-checks.ts. */
const DCV_REFUSALS = ['dcvIncomplete', 'domainsNotValidated', 'domainsWithoutDcv'] as const

export const settingsSchema = z.strictObject({
  /** `manual`: every order waits for an approver. `auto`: approved at once if the account has `autoApproveCertificates`. */
  approval: z.enum(['auto', 'manual']),
  /** From approval to Issued, milliseconds; Approved for the first quarter, Applied for the rest. Fixed per order when it is approved. */
  issueDelayMs: z.number().int().min(0),
  /**
   * Polls (calls of details and collect that see the order) between approval and Issued, on top of the delay; `never`: it stays
   * Applied. Fixed per order when it is approved.
   */
  issuePolls: z.union([z.number().int().min(0), z.literal('never')]),
  /** Where the names of an SSL certificate come from. observed: both CSR names dropped and CSR names honoured, by profile. */
  sanSource: z.enum(['request', 'csr', 'union']),
  /** observed: an older tenant refused a CSR with a newline at its end. */
  csrTrailingBlanks: z.enum(['accept', 'refuse']),
  sslPendingAnswer: z.enum(PENDING_ANSWERS),
  devicePendingAnswer: z.enum(PENDING_ANSWERS),
  smimePendingAnswer: z.enum(PENDING_ANSWERS),
  /** `backendCertId`: edition 25.5, whose enrol answers no `id` and whose collect takes the backend's. */
  smimeHandle: z.enum(['id', 'backendCertId']),
  /** Most valid client certificates of a person; 0: any number. observed: code -188. */
  smimeQuota: z.number().int().min(0),
  /** How long collect still answers "pending" after the status says Issued. observed with two production clients. */
  collectLagMs: z.number().int().min(0),
  /** The same by number: calls of collect that still find nothing after Issued. */
  collectLagPolls: z.number().int().min(0),
  /** Whether chains carry the self-signed root. */
  includeRoot: z.boolean(),
  /** observed: some answers have CRLF line ends, some lack the last newline. */
  crlf: z.boolean(),
  finalNewline: z.boolean(),
  /** `pemBlocks`: the document's SSL example (seed 004 L1604-1732) answers format=base64 with certificates, root first. */
  base64Answer: z.enum(['pkcs7', 'pemBlocks']),
  /** Not stated whether list filters match the whole value. Case never matters here. */
  listMatch: z.enum(['exact', 'contains']),
  /** How long a new order is missing from lists. */
  listVisibilityLagMs: z.number().int().min(0),
  /** csrDetails is new in the 2025-12 edition; `false` is an older tenant. */
  csrDetails: z.boolean(),
  /** Days in details without `dateFormat` (seed 004 L1101: MM/dd/yyyy). */
  detailsDateFormat: z.enum(DATE_FORMATS),
  /** Dates of details that have not come. observed: production clients read null too. */
  emptyDates: z.enum(['omitted', 'null']),
  /** Spellings met on older servers. */
  upperCaseStatus: z.boolean(),
  idsAsStrings: z.boolean(),
  /** Not stated which of the two an unknown certificate id gets. */
  unknownIdStatus: z.union([z.literal(404), z.literal(400)]),
  /**
   * Failed logins in a row that lock an account until control unlocks it; 0: never. Not stated; small, so that a client that
   * keeps trying is noticed.
   */
  lockAfterFailures: z.number().int().min(0),
  /** Whether an expired password still logs in. Not stated; that its state can be asked for says yes. */
  expiredPassword: z.enum(['accept', 'refuse']),
  /** Codes -25, -3 and -37; which of them an operation gives is not stated. */
  privilegeAnswer: z.enum(PRIVILEGE_ANSWERS),
  /** How long an order shows Init before it is Requested; 0: never. */
  initDelayMs: z.number().int().min(0),
  /** 2: the first approval gives "SA Approved", the second Approved (a notification type of that name: seed 004 L10958). */
  approvals: z.union([z.literal(1), z.literal(2)]),
  /** What the CA makes of an approved order when its time has come: issues, Rejected or Invalid. Fixed when it is approved. */
  caVerdict: z.enum(['issue', 'reject', 'invalid']),
  /** `perOrder`: pre-validation is disabled, enrol needs `dcvMode` and the order waits for its proof (seed 004 L1299). */
  dcv: z.enum(['prevalidated', 'perOrder']),
  /** Whether SSL names must lie in a domain of the catalogue that is delegated to the organization, active and validated. */
  domainChecks: z.boolean(),
  /** Codes -107, -737 and -1137 say nearly the same; which of them enrol gives is not stated. */
  dcvRefusal: z.enum(DCV_REFUSALS),
  /** Whether the tenant validates domains at all; else code -1608, and details of domains without it. */
  dcvEnabled: z.boolean(),
  /** From the submission of a domain's validation order to the first look for its proof; then one every hour. */
  dcvCheckDelayMs: z.number().int().min(0),
  /** How long a validation lasts, days. observed: 198 since 2026-03; a year in the example (seed 004 L13721). */
  dcvReuseDays: z.number().int().min(1),
  /** Not stated whether the values to publish change with each order. */
  dcvValues: z.enum(['perDomain', 'perOrder']),
  /** Whether the records that SCM gives to a DNS connector get into DNS. */
  dnsConnector: z.enum(['publishes', 'fails']),
  /** What clearing takes away: the order (the example, seed 004 L7190), or the validation too (the sentence above it). */
  dcvClear: z.enum(['order', 'all']),
  /** Most custom fields of the tenant; 0: any number. Code -159; the number is not stated. */
  customFieldLimit: z.number().int().min(0),
  /** Longest term for local names and private addresses, days; the placeholder of code -164 has no number. */
  localNameTermDays: z.number().int().min(0),
  /** Not stated as which of the two an order made here shows ("Web API" or "REST API", seed 004 L938). */
  requestedVia: z.enum(['API', 'REST']),
  /** Spellings of the vendor's OAuth2 API differ. `byLogin`: they go to calls with a Bearer token; see flavour.ts. */
  flavour: z.enum(['byLogin', 'password', 'admin']),
  /** Not stated whether `/api/ssl/v2` exists for password logins too. */
  sslV2WithPassword: z.boolean(),
  /** observed: `sameId`, the certificate changes under its id. The status Replaced suggests a new order beside the old. */
  replacement: z.enum(['sameId', 'newId']),
  /** Not stated whether an update keeps or empties the fields it leaves out. */
  updateOmitted: z.enum(['keep', 'clear']),
  /** observed: required since 2025-06, optional before; the document has no "must not be null". */
  revokeReasonCode: z.enum(['required', 'optional']),
  /** Code -102 (observed) or -159 for a certificate that is revoked already. */
  revokedTwice: z.enum(['onlyIssued', 'alreadyRevoked']),
  /** How long a new order is missing from reports. */
  reportVisibilityLagMs: z.number().int().min(0),
  /** `statusCode` of reports; other than 0 they have a message and no rows, with HTTP 200. Values are not stated. */
  reportStatusCode: z.number().int(),
  /** `expires_in` of OAuth2 tokens. observed: about 300. */
  tokenLifetimeSeconds: z.number().int().min(1),
})

export type Settings = z.output<typeof settingsSchema>

export const DEFAULT_SETTINGS: Settings = {
  approval: 'auto',
  issueDelayMs: 0,
  issuePolls: 0,
  sanSource: 'request',
  csrTrailingBlanks: 'accept',
  sslPendingAnswer: 'beingProcessed',
  devicePendingAnswer: 'notCollectable',
  smimePendingAnswer: 'notCollectable',
  smimeHandle: 'id',
  smimeQuota: 0,
  collectLagMs: 0,
  collectLagPolls: 0,
  includeRoot: true,
  crlf: false,
  finalNewline: true,
  base64Answer: 'pkcs7',
  listMatch: 'contains',
  listVisibilityLagMs: 0,
  csrDetails: true,
  detailsDateFormat: 'US',
  emptyDates: 'omitted',
  upperCaseStatus: false,
  idsAsStrings: false,
  unknownIdStatus: 404,
  lockAfterFailures: 5,
  expiredPassword: 'accept',
  privilegeAnswer: 'notAuthorized',
  initDelayMs: 0,
  approvals: 1,
  caVerdict: 'issue',
  dcv: 'prevalidated',
  domainChecks: false,
  dcvRefusal: 'dcvIncomplete',
  dcvEnabled: true,
  dcvCheckDelayMs: 0,
  dcvReuseDays: 198,
  dcvValues: 'perDomain',
  dnsConnector: 'publishes',
  dcvClear: 'order',
  customFieldLimit: 0,
  localNameTermDays: 365,
  requestedVia: 'API',
  flavour: 'byLogin',
  sslV2WithPassword: true,
  replacement: 'sameId',
  updateOmitted: 'keep',
  revokeReasonCode: 'required',
  revokedTwice: 'onlyIssued',
  reportVisibilityLagMs: 0,
  reportStatusCode: 0,
  tokenLifetimeSeconds: 300,
}
