// The switches: where the document is silent or tenants differ, a test chooses which behaviour it wants to meet.
import { z } from 'zod'
import { DATE_FORMATS } from './dates.ts'

/** Answers of collect before the certificate is there. Every one was seen or is in the error table; see pending.ts. */
export const PENDING_ANSWERS = [
  'beingProcessed',
  'beingProcessedComodo',
  'requestBeingProcessed',
  'notCollectable',
  'notCollectedYet',
  'notAvailableNow',
  'empty',
  'gateway',
] as const
export type PendingAnswer = (typeof PENDING_ANSWERS)[number]

export const settingsSchema = z.strictObject({
  /** `manual`: every order waits for an approver. `auto`: approved at once if the account has `autoApproveCertificates`. */
  approval: z.enum(['auto', 'manual']),
  /** From approval to Issued, milliseconds; Approved for the first quarter, Applied for the rest. Fixed per order when it is approved. */
  issueDelayMs: z.number().int().min(0),
  /** Where the names of an SSL certificate come from. observed: both CSR names dropped and CSR names honoured, by profile. */
  sanSource: z.enum(['request', 'csr', 'union']),
  /** observed: an older tenant refused a CSR with a newline at its end. */
  csrTrailingBlanks: z.enum(['accept', 'refuse']),
  sslPendingAnswer: z.enum(PENDING_ANSWERS),
  devicePendingAnswer: z.enum(PENDING_ANSWERS),
  /** How long collect still answers "pending" after the status says Issued. observed with two production clients. */
  collectLagMs: z.number().int().min(0),
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
  /** Spellings met on older servers. */
  upperCaseStatus: z.boolean(),
  idsAsStrings: z.boolean(),
  /** Not stated which of the two an unknown certificate id gets. */
  unknownIdStatus: z.union([z.literal(404), z.literal(400)]),
  /** `expires_in` of OAuth2 tokens. observed: about 300. */
  tokenLifetimeSeconds: z.number().int().min(1),
})

export type Settings = z.output<typeof settingsSchema>

export const DEFAULT_SETTINGS: Settings = {
  approval: 'auto',
  issueDelayMs: 0,
  sanSource: 'request',
  csrTrailingBlanks: 'accept',
  sslPendingAnswer: 'beingProcessed',
  devicePendingAnswer: 'notCollectable',
  collectLagMs: 0,
  includeRoot: true,
  crlf: false,
  finalNewline: true,
  base64Answer: 'pkcs7',
  listMatch: 'contains',
  listVisibilityLagMs: 0,
  csrDetails: true,
  detailsDateFormat: 'US',
  upperCaseStatus: false,
  idsAsStrings: false,
  unknownIdStatus: 404,
  tokenLifetimeSeconds: 300,
}
