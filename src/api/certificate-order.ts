// CertificateOrder: the operator's own record of one order at a CA. It is written before the order is sent and outlives the
// request, so that no crash, restart or deleted request can lead to a second order.
import { z } from 'zod'
import type { KubeObject, Resource } from '../kube/resource.ts'
import { conditions } from './condition-schema.ts'
import type { CustomResourceKind } from './crd.ts'
import type { Immutable } from './immutable.ts'
import { overridden } from './overridden.ts'
import { boundedMap, withTransitionRule } from './rules.ts'
import { dateTime, label, objectName, objectUid, text } from './scalars.ts'

const KIND_LENGTH = 63
/** Same bound as an issuer's url. */
const ENDPOINT_LENGTH = 512
const NONCE_LENGTH = 64
const REMOTE_ID_LENGTH = 128

// Characters and entries that strangers' words can exceed: whoever writes a record cuts to these.
/** Tenant, product, organization, profile, the CA's words: longer than any seen. */
export const WORD_LENGTH = 256
/** An email address: 64 + `@` + 255. DNS names and IP addresses are shorter. */
export const NAME_LENGTH = 320
/** As many names as the largest certificates of public CAs carry. */
export const MOST_NAMES = 250
/** A user name of Kubernetes, such as `system:serviceaccount:<namespace>:<name>`. */
export const REQUESTER_LENGTH = 1024
export const MOST_ATTRIBUTES = 8
export const MESSAGE_LENGTH = 1024

/** Room for all that are ever made for one request (issuance/waits.ts). */
const MOST_ATTEMPTS = 50

/** A URL or an address, the value of a DNS record, the content of a small file. */
const PROOF_LENGTH = 512

/** Lower-case hex of a SHA-256. */
const fingerprint = () =>
  z
    .string()
    .max(64)
    .regex(/^[0-9a-f]{64}$/)

const target = z.object({
  endpoint: text(ENDPOINT_LENGTH).describe("Address of the CA's API."),
  tenant: text(WORD_LENGTH).describe("The CA's word for the customer."),
  product: text(WORD_LENGTH).describe("The CA's product line."),
  organization: text(WORD_LENGTH).describe('For whom it was ordered.'),
  profile: text(WORD_LENGTH).describe('The certificate profile.'),
  term: z.int().min(1).exactOptional().describe('Days. Absent where the CA decides.'),
  names: z.array(text(NAME_LENGTH)).max(MOST_NAMES).describe('The names asked for.'),
})

const ACCOUNT =
  "the CA's account that sends the attempt, as a fingerprint salted with the nonce. Another account may not see the order, so what it does not find may exist."

export const orderSpec = withTransitionRule(
  z.object({
    requestRef: z
      .object({
        kind: z.enum(['CertificateRequest']).describe('Kind of the request.'),
        name: objectName().describe('Name of the request. Names are used again, so uid tells which one it was.'),
        uid: objectUid().describe('UID of the request.'),
      })
      .describe('The request that this order serves.'),
    issuerRef: z
      .object({
        kind: text(KIND_LENGTH).describe('Kind of the issuer.'),
        name: objectName().describe('Name of the issuer.'),
        uid: objectUid().describe('UID of the issuer.'),
        generation: z.int().min(1).describe('The metadata.generation of the issuer that was used.'),
      })
      .describe('The issuer through which it was ordered.'),
    backend: z.enum(['Sectigo']).describe('The kind of CA.'),
    target: target.describe(
      'Where the order went and what it asked for. Compared with the issuer before each later call.',
    ),
    overrides: overridden
      .exactOptional()
      .describe("What the request's annotations set when this record was made. Later changes of them change nothing."),
    csrSha256: z
      .string()
      .max(64)
      .regex(/^[0-9A-F]{64}$/)
      .describe("SHA-256 of the CSR's DER, in upper-case hex, as SCM shows it."),
    spkiSha256: fingerprint().describe(
      "SHA-256 of the DER of the CSR's public key (SubjectPublicKeyInfo), in lower-case hex.",
    ),
    requester: z.string().max(REQUESTER_LENGTH).describe('The Kubernetes user who made the request.'),
    marker: text(WORD_LENGTH).describe('The words by which the order can be found at the CA again.'),
    continues: z
      .object({
        uid: objectUid().describe('UID of the request for which the order was first made.'),
        createdAt: dateTime().describe('When the first record of the order was made.'),
      })
      .exactOptional()
      .describe(
        'The order was begun for another request with the same CSR, which is gone. It is looked for before anything is sent.',
      ),
    nonce: text(NONCE_LENGTH).describe(
      'Random. Tells the operator that made this record from one that tried to at the same time.',
    ),
    operatorClass: label().exactOptional().describe('The class of the operator that made this record.'),
    firstAttempt: z
      .enum(['AtCreation', 'AfterSearch'])
      .describe(
        'AtCreation: attempt 1 may have been sent as soon as this record exists. AfterSearch: nothing has been sent until status.attempts says so; an order made earlier is looked for first.',
      ),
    account: fingerprint().exactOptional().describe(`AtCreation: names ${ACCOUNT}`),
  }),
  { rule: 'self == oldSelf', message: 'what was ordered cannot be changed' },
)

const remote = z.object({
  id: withTransitionRule(text(REMOTE_ID_LENGTH), {
    rule: 'self == oldSelf',
    message: "the CA's id of the order cannot be changed",
  }).describe("The CA's id of the order. Written once."),
  state: z.string().max(WORD_LENGTH).exactOptional().describe("How far the order is, in the CA's own words."),
  attributes: boundedMap(z.string().max(WORD_LENGTH), { entries: MOST_ATTRIBUTES })
    .default({})
    .describe('What else the CA gave along and gives only once. Never secret.'),
})

const attempt = z.object({
  number: z.int().min(1).describe('1 for the first attempt.'),
  startedAt: dateTime().describe('When it was decided on. What the CA received earlier does not come from it.'),
  outcome: z
    .enum(['Accepted', 'Refused', 'Unknown'])
    .exactOptional()
    .describe(
      'Accepted: the CA has the order. Refused: it surely has not. Unknown: it may have. Absent: not known yet.',
    ),
  account: fingerprint().exactOptional().describe(`Names ${ACCOUNT}`),
  term: z.int().min(1).exactOptional().describe('Days asked for, where these are others than those of spec.target.'),
  code: z.string().max(WORD_LENGTH).exactOptional().describe("The CA's code for the outcome, or the operator's."),
  message: z.string().max(MESSAGE_LENGTH).exactOptional().describe('The outcome in words.'),
})

const attempts = withTransitionRule(
  z
    .array(attempt)
    .max(MOST_ATTEMPTS)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['number'] }),
  {
    rule: 'oldSelf.all(earlier, self.exists(attempt, attempt.number == earlier.number))',
    message: 'an attempt cannot be removed',
  },
)

const domainValidation = z.object({
  domain: text(PROOF_LENGTH).describe('The domain.'),
  method: text(PROOF_LENGTH).describe("The CA's word: CNAME, TXT, HTTP, HTTPS, EMAIL."),
  name: text(PROOF_LENGTH).describe('Name of the DNS record, URL of the file, or address that a mail was sent to.'),
  value: text(PROOF_LENGTH)
    .exactOptional()
    .describe('Value of the DNS record or content of the file, to the letter. Absent for a mail.'),
})

/** Seconds in ten years: no order is followed for longer. */
const MOST_SECONDS = 315_360_000

const waiting = z.object({
  for: z
    .enum(['Processing', 'Approval', 'Issuer'])
    .describe(
      'Processing: for the CA. Approval: for somebody to approve it there. Issuer: for the issuer to be Ready.',
    ),
  since: dateTime().describe('Since when.'),
  processing: z.int().min(0).max(MOST_SECONDS).describe('Seconds that it waited for the CA before that.'),
  approval: z.int().min(0).max(MOST_SECONDS).describe('Seconds that it waited for an approval before that.'),
})

/** What the record is evidence of: there is no way back from knowing it. */
const KEPT_FIELDS = ['remote', 'attempts', 'serial'] as const

const phase = withTransitionRule(z.enum(['Submitting', 'OutcomeUnknown', 'Open', 'Issued', 'Failed']), {
  rule: "!(oldSelf in ['Issued', 'Failed']) || self == oldSelf",
  message: 'an order that is Issued or Failed stays so',
})

export const orderStatus = withTransitionRule(
  z.object({
    phase: phase.describe(
      'Submitting: on its way to the CA. OutcomeUnknown: sent, but the answer was lost; the CA is searched for it. Open: the CA has it. Issued, Failed: the end.',
    ),
    remote: remote.exactOptional().describe('The order at the CA. Absent while it is not known that there is one.'),
    attempts: attempts.exactOptional().describe('Each time the order was sent, or was about to be.'),
    continuedBy: z
      .object({ uid: objectUid().describe('UID of that request.') })
      .exactOptional()
      .describe('The request that took this order over, after its own was gone.'),
    openedAt: dateTime().exactOptional().describe('When the CA was found to have the order.'),
    issuedAt: dateTime().exactOptional().describe('When the certificate was delivered.'),
    failedAt: dateTime().exactOptional().describe('When the order was given up.'),
    serial: withTransitionRule(text(WORD_LENGTH), {
      rule: 'self == oldSelf',
      message: 'the serial number cannot be changed',
    })
      .exactOptional()
      .describe('Serial number of the certificate, in hex. Written once.'),
    notBefore: dateTime().exactOptional().describe('From when the certificate is valid.'),
    notAfter: dateTime().exactOptional().describe('Until when the certificate is valid.'),
    waiting: waiting
      .exactOptional()
      .describe('What the order waits for, and how long it waited; the deadlines of its issuer count by it.'),
    domainValidations: z
      .array(domainValidation)
      .max(MOST_NAMES)
      .exactOptional()
      .describe(
        'What the CA waits for, where each order validates its domains: publish each of these, or answer the mail. Nothing of it is secret.',
      ),
    observedGeneration: z.int().min(0).exactOptional().describe('The metadata.generation that this status is about.'),
    conditions: conditions().exactOptional(),
  }),
  {
    rule: KEPT_FIELDS.map((field) => `(!has(oldSelf.${field}) || has(self.${field}))`).join(' && '),
    message: `${KEPT_FIELDS.join(', ')} cannot be removed`,
  },
)

export type CertificateOrderSpec = Immutable<z.output<typeof orderSpec>>
export type CertificateOrderStatus = Immutable<z.output<typeof orderStatus>>
export type OrderAttempt = Immutable<z.output<typeof attempt>>

export interface CertificateOrder extends KubeObject {
  readonly spec: CertificateOrderSpec
  readonly status?: CertificateOrderStatus
}

export const certificateOrders: Resource<CertificateOrder> = {
  group: 'certwright.dev',
  version: 'v1alpha1',
  plural: 'certificateorders',
  kind: 'CertificateOrder',
  namespaced: true,
}

export const certificateOrderKind: CustomResourceKind = {
  resource: certificateOrders,
  shortNames: ['corder'],
  categories: ['cert-manager', 'certwright'],
  description:
    "The operator's record of one order at a CA. It is the evidence that keeps a certificate from being ordered twice: do not edit or delete it by hand.",
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'CA State', type: 'string', jsonPath: '.status.remote.state' },
    { name: 'Order', type: 'string', jsonPath: '.status.remote.id' },
    { name: 'Request', type: 'string', jsonPath: '.spec.requestRef.name' },
    { name: 'Issuer', type: 'string', jsonPath: '.spec.issuerRef.name' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  selectableFields: ['.spec.requestRef.uid'],
  spec: orderSpec,
  status: orderStatus,
  rules: [{ rule: '!has(oldSelf.status) || has(self.status)', message: 'status cannot be removed' }],
}
