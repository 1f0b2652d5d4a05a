// SectigoIssuer and SectigoClusterIssuer: where certificates are ordered, as whom, and what. One spec for both kinds; they
// differ only in who may use them and where their Secrets are read.
import { z } from 'zod'
import type { KubeObject, Resource } from '../kube/resource.ts'
import { allow, overrides } from './access.ts'
import { conditions } from './condition-schema.ts'
import { limits, proxy, tls } from './connection.ts'
import type { CustomResourceKind } from './crd.ts'
import { auth } from './credentials.ts'
import type { Immutable } from './immutable.ts'
import { OVERRIDABLE } from './overridden.ts'
import { boundedMap, exactlyOneOf, withRule } from './rules.ts'
import { label, text, url } from './scalars.ts'
import { client, customFields, device, LARGEST_ID, organization, ssl } from './sectigo-product.ts'
import { budget, deadlines, onRequestDeleted, submission } from './spending.ts'

// Room for what SCM answers; the operator writes the status, so these only keep it bounded.
const ID_LENGTH = 64
const NAME_LENGTH = 512
const MOST_TERMS = 512
const MOST_KEY_ALGORITHMS = 16
const MOST_KEY_SIZES = 32
const KEY_SIZE_LENGTH = 64
const SECRET_VERSION_LENGTH = 256

const spec = z.object({
  url: url('https').describe(
    "Base address of SCM's REST API, such as https://cert-manager.com/api. Its host must be among those the operator may call.",
  ),
  auth: auth.describe('How to log in. Exactly one way.'),
  orgId: z
    .int()
    .min(1)
    .max(LARGEST_ID)
    .exactOptional()
    .describe('Id of the organization, or of the department, for which certificates are ordered.'),
  organization: organization
    .exactOptional()
    .describe('The organization or department by name, in place of orgId. It must be the only one of this name.'),
  ssl: ssl.exactOptional().describe('Order SSL (TLS server) certificates.'),
  device: device.exactOptional().describe('Order device certificates.'),
  client: client.exactOptional().describe('Order client (S/MIME) certificates.'),
  customFields: customFields
    .exactOptional()
    .describe("Values of the tenant's custom fields, sent with each order. Mandatory fields need one."),
  allow: allow
    .exactOptional()
    .describe('Who may ask for what. What is outside is not ordered: its request waits, and says so. Without it, all.'),
  overrides: overrides(OVERRIDABLE)
    .exactOptional()
    .describe(
      "What a request's annotations certwright.dev/term, custom-fields, external-requester and comments may set in place of this issuer's values. Without it, nothing.",
    ),
  tls: tls.exactOptional().describe('Whom to trust for the connections to SCM. Without it, the CAs of the system.'),
  proxy: proxy.exactOptional().describe('HTTP proxy for the connections to SCM. It must be one the operator may use.'),
  limits: limits
    .prefault({})
    .describe('How hard SCM is asked. Issuers that share a login share the lower of their limits.'),
  budget: budget
    .prefault({})
    .describe(
      'How much may be ordered through this issuer. What is over it waits; its owner sees why, and can raise it.',
    ),
  submission: submission.exactOptional().describe('How carefully an order is repeated whose answer was lost.'),
  deadlines: deadlines.prefault({}).describe('How long an order is followed before its request fails.'),
  onRequestDeleted: onRequestDeleted
    .default('Keep')
    .describe(
      'Keep: an open order stays at the CA when its request is deleted. Decline: it is declined, where the account may, and so is a second order for one request that nobody has approved yet. Certificates are never revoked.',
    ),
  includeCA: z
    .boolean()
    .default(true)
    .describe('Hand out the top certificate of the chain in status.ca, from where cert-manager copies it to ca.crt.'),
  operatorClass: label()
    .exactOptional()
    .describe(
      'Leaves this issuer to the operator that runs with the same --operator-class. Without it, to the one that runs with none.',
    ),
})

const oneOfEach = exactlyOneOf(exactlyOneOf(spec, ['orgId', 'organization']), ['ssl', 'device', 'client'])

/** SCM's other answer would be that it cannot parse the order. */
const withPossibleDcv = withRule(oneOfEach, {
  rule: "has(self.auth.oauth2) || !has(self.ssl) || !has(self.ssl.dcv) || self.ssl.dcv.mode != 'AUTO'",
  message: 'ssl.dcv.mode AUTO needs auth.oauth2',
  holds: ({ auth, ssl }) => auth.oauth2 !== undefined || ssl?.dcv?.mode !== 'AUTO',
})

/** Of an issuer of the cluster. */
export const issuerSpec = withRule(withPossibleDcv, {
  rule: "!has(self.overrides) || has(self.ssl) || !('externalRequester' in self.overrides.allow)",
  message: 'overrides.allow has externalRequester only for ssl',
  holds: ({ overrides, ssl }) => ssl !== undefined || overrides?.allow.includes('externalRequester') !== true,
})

/** Of an issuer that serves its own namespace: a selector could only be a mistake. */
export const namespacedIssuerSpec = withRule(issuerSpec, {
  rule: '!has(self.allow) || !has(self.allow.namespaceSelector)',
  message: 'allow.namespaceSelector is for SectigoClusterIssuers: this kind serves its own namespace only',
  holds: ({ allow }) => allow?.namespaceSelector === undefined,
})

const checkedProfile = z.object({
  id: text(ID_LENGTH).describe('Its id.'),
  name: text(NAME_LENGTH).describe('Its name.'),
  terms: z.array(z.int().min(1)).max(MOST_TERMS).describe('The terms it offers, in days.'),
  keyTypes: boundedMap(z.array(z.string().max(KEY_SIZE_LENGTH)).max(MOST_KEY_SIZES), {
    entries: MOST_KEY_ALGORITHMS,
  }).describe('The key algorithms it takes, each with its sizes or curves. Empty: SCM did not say.'),
})

const checkedOrganization = z.object({
  id: text(ID_LENGTH).describe('Its id.'),
  name: text(NAME_LENGTH).describe('Its name.'),
})

const credentials = z.object({
  expires: z.iso.date().exactOptional().describe("The day on which the login's password ends, where SCM tells."),
  refusedSecretVersion: text(SECRET_VERSION_LENGTH)
    .exactOptional()
    .describe('The version of the Secret that SCM refused. It is not tried again, because SCM counts failed logins.'),
})

export const issuerStatus = z.object({
  observedGeneration: z.int().min(0).exactOptional().describe('The metadata.generation that this status is about.'),
  conditions: conditions().exactOptional(),
  profile: checkedProfile.exactOptional().describe('The profile, as SCM described it when last asked.'),
  organization: checkedOrganization.exactOptional().describe('The organization, as SCM described it when last asked.'),
  credentials: credentials.exactOptional().describe('What is known of the login.'),
})

export type SectigoIssuerSpec = Immutable<z.output<typeof issuerSpec>>
export type SectigoIssuerStatus = Immutable<z.output<typeof issuerStatus>>

/** An issuer of either kind. */
export interface SectigoIssuer extends KubeObject {
  readonly spec: SectigoIssuerSpec
  readonly status?: SectigoIssuerStatus
}

export const sectigoIssuers: Resource<SectigoIssuer> = {
  group: 'certwright.dev',
  version: 'v1alpha1',
  plural: 'sectigoissuers',
  kind: 'SectigoIssuer',
  namespaced: true,
}

export const sectigoClusterIssuers: Resource<SectigoIssuer> = {
  group: 'certwright.dev',
  version: 'v1alpha1',
  plural: 'sectigoclusterissuers',
  kind: 'SectigoClusterIssuer',
  namespaced: false,
}

const shape = {
  categories: ['cert-manager', 'certwright'],
  columns: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    { name: 'URL', type: 'string', jsonPath: '.spec.url' },
    { name: 'Org', type: 'string', jsonPath: '.status.organization.id' },
    { name: 'Profile', type: 'string', jsonPath: '.status.profile.name', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  status: issuerStatus,
} satisfies Partial<CustomResourceKind>

export const sectigoIssuerKind: CustomResourceKind = {
  ...shape,
  spec: namespacedIssuerSpec,
  resource: sectigoIssuers,
  shortNames: ['scmissuer'],
  description: 'Orders certificates at Sectigo Certificate Manager for requests in its own namespace.',
}

export const sectigoClusterIssuerKind: CustomResourceKind = {
  ...shape,
  spec: issuerSpec,
  resource: sectigoClusterIssuers,
  shortNames: ['scmclusterissuer'],
  description: 'Orders certificates at Sectigo Certificate Manager for requests in every namespace.',
}
