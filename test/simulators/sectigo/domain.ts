// A domain of the tenant: to whom it is delegated, and where the validation of control over it stands (seed 004 L6824-7742,
// L13572-13989). The catalogue keeps it as it was when last changed; domain-time.ts tells how it stands now.
import { z } from 'zod'

/** What a domain may be delegated for (seed 004 L13762); there is no word for devices. */
export const DELEGATION_CERT_TYPES = ['SSL', 'SMIME', 'CodeSign', 'BrandIndicator'] as const
/** Seed 004 L13766. */
export const REQUEST_PRIVILEGES = ['DOMAIN', 'SUBDOMAIN', 'WILDCARD_1ST_LEVEL', 'WILDCARD_2ND_LEVEL'] as const
export type RequestPrivilege = (typeof REQUEST_PRIVILEGES)[number]

const delegationSchema = z.strictObject({
  /** Organization, its departments included, or department. */
  orgId: z.number().int(),
  certTypes: z.array(z.enum(DELEGATION_CERT_TYPES)),
  domainCertificateRequestPrivileges: z.array(z.enum(REQUEST_PRIVILEGES)),
  /** `REQUESTED`: waits for approval. */
  status: z.enum(['ACTIVE', 'REQUESTED']),
})
export type Delegation = z.output<typeof delegationSchema>

export const domainSchema = z.strictObject({
  id: z.number().int(),
  name: z.string().toLowerCase(),
  description: z.string().optional(),
  delegations: z.array(delegationSchema),
  state: z.enum(['ACTIVE', 'SUSPENDED']),
  /** Absent: as long as it is validated. */
  requested: z.iso.datetime().optional(),
  ctLogMonitoring: z
    .strictObject({ bucketId: z.string().optional(), enabled: z.boolean(), includeSubdomains: z.boolean() })
    .optional(),
  dcvStatus: z.enum(['VALIDATED', 'NOT_VALIDATED', 'EXPIRED']),
  dcvMethod: z.enum(['HTTP_CSR_HASH', 'CNAME_CSR_HASH', 'EMAIL', 'HTTPS_CSR_HASH', 'DNSTXT_RANDOM_VALUE']).optional(),
  /** Days, `yyyy-MM-dd`. */
  validated: z.iso.date().optional(),
  expires: z.iso.date().optional(),
  /** The order for its validation. `AWAITING_SUBMISSION` and `REJECTED` are of the vendor's OpenAPI 25.9.2. */
  dcvOrderStatus: z.enum(['NOT_INITIATED', 'AWAITING_SUBMISSION', 'SUBMITTED', 'REJECTED']),
  dcvOrderMethod: z.enum(['EMAIL', 'CNAME', 'HTTP', 'HTTPS', 'AUTO', 'TXT']).optional(),
  /** Of the backend; absent: derived from the id. */
  dcvOrderId: z.number().int().optional(),
  dcvEmail: z.string().optional(),
  /** What the values to publish are derived from; absent: the name. */
  dcvSeed: z.string().optional(),
  /** When the order was submitted; absent: an hour ago. */
  submitted: z.iso.datetime().optional(),
  /** When the backend looked out of turn, as a synchronization makes it. */
  checked: z.iso.datetime().optional(),
  /** Since when the world shows the record or the file, or somebody has clicked. */
  published: z.iso.datetime().optional(),
})
export type Domain = z.output<typeof domainSchema>

/** What a domain starts with, and goes back to. */
export const NO_VALIDATION_ORDER = {
  dcvOrderStatus: 'NOT_INITIATED',
  dcvOrderMethod: undefined,
  dcvOrderId: undefined,
  dcvEmail: undefined,
  submitted: undefined,
  checked: undefined,
  published: undefined,
} as const satisfies Partial<Domain>
export const NO_VALIDATION = {
  dcvStatus: 'NOT_VALIDATED',
  dcvMethod: undefined,
  validated: undefined,
  expires: undefined,
} as const satisfies Partial<Domain>

/** An approved delegation for SSL certificates of all names in the domain. */
export function sslDelegation(orgId: number): Delegation {
  return {
    orgId,
    certTypes: ['SSL'],
    domainCertificateRequestPrivileges: [...REQUEST_PRIVILEGES],
    status: 'ACTIVE',
  }
}

/** Is the name the domain's, or below it? */
export function holds(domain: Pick<Domain, 'name'>, name: string): boolean {
  return name === domain.name || name.endsWith(`.${domain.name}`)
}

/** The domain without the star: what is looked up and written to. */
export function baseName({ name }: Pick<Domain, 'name'>): string {
  return name.replace(/^\*\./, '')
}
