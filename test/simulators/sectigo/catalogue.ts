// What a tenant consists of: accounts, organizations, profiles, custom fields, domains. Tests replace any of the lists; the
// operations that manage custom fields and domains change theirs.
import { z } from 'zod'
import { domainSchema } from './domain.ts'

/** Names of privileges as in seed 004 L11874-11901. */
export const PRIVILEGES = [
  'sslRequest',
  'sslRenew',
  'sslReplace',
  'sslRevoke',
  'sslApprove',
  'sslManage',
  'sslImport',
  'deviceRequest',
  'deviceRenew',
  'deviceReplace',
  'deviceRevoke',
  'deviceApprove',
  'deviceManage',
  'deviceImport',
  'clientCertRequest',
  'clientCertRevoke',
  'clientCertManage',
  'clientCertImport',
  'autoApproveCertificates',
  'allowDCV',
  'allowManageDomains',
  'approveDomainDelegation',
  'customFieldView',
  'customFieldCreate',
  'customFieldManage',
] as const
export type Privilege = (typeof PRIVILEGES)[number]

const PRODUCTS = ['ssl', 'device', 'client'] as const
export type Product = (typeof PRODUCTS)[number]

/** Seed 004 L11850-11873. */
export const ROLES = [
  'MRAO',
  'RAO_SSL',
  'RAO_SMIME',
  'RAO_CS',
  'RAO_DEVICE',
  'DRAO_SSL',
  'DRAO_SMIME',
  'DRAO_CS',
  'DRAO_DEVICE',
] as const
export type Role = (typeof ROLES)[number]

/** `all`, or ids of organizations (their departments included) and departments. */
const scopeSchema = z.union([z.literal('all'), z.array(z.number().int())])
export type Scope = z.output<typeof scopeSchema>

const accountSchema = z.strictObject({
  customerUri: z.string(),
  login: z.string(),
  password: z.string(),
  email: z.string(),
  /** As in details of administrators (seed 004 L11550, L11644). Absent: API. */
  type: z.enum(['STANDARD', 'API']).optional(),
  /** observed: the token server differs per customer; `realm` is the one that knows this client. Absent: `apiclients`. */
  oauth2: z
    .strictObject({ clientId: z.string(), clientSecret: z.string(), realm: z.string().min(1).optional() })
    .optional(),
  /** Of its certificate for `/private/api` (seed 004 L62-70, L12068). The pattern is of the vendor's OpenAPI 25.9.2. */
  certificateSerialNumber: z
    .string()
    .regex(/^(0x)?[0-9a-fA-F:]+$/)
    .optional(),
  /** Absent: MRAO. A role shows the certificates of its own kind only. */
  roles: z.array(z.enum(ROLES)).optional(),
  /** Logs in with its first password still; observed: a STANDARD account may not use the API before it has changed it. */
  initialPassword: z.boolean().optional(),
  organizations: scopeSchema,
  privileges: z.array(z.enum(PRIVILEGES)),
  /** Day on which the password ends, `yyyy-MM-dd`; absent: never. */
  passwordExpires: z.iso.date().optional(),
})
export type Account = z.output<typeof accountSchema>

const departmentSchema = z.strictObject({
  id: z.number().int(),
  name: z.string(),
  /** "of this organization / department" (seed 004 L14204-14208). Absent: as its organization. */
  sslCertsApiEnabled: z.boolean().optional(),
  clientCertsApiEnabled: z.boolean().optional(),
})
export type Department = z.output<typeof departmentSchema>

/** Seed 004 L14080-14132. */
export const CERT_TYPES = ['SSL', 'Client', 'Device', 'CodeSign'] as const
export type CertType = (typeof CERT_TYPES)[number]

const organizationSchema = z.strictObject({
  id: z.number().int(),
  name: z.string(),
  departments: z.array(departmentSchema),
  certTypes: z.array(z.enum(CERT_TYPES)),
  sslCertsApiEnabled: z.boolean(),
  clientCertsApiEnabled: z.boolean(),
  city: z.string(),
  stateOrProvince: z.string(),
  country: z.string().length(2),
  /** Fields that details show when they are filled (seed 004 L14183-14199). */
  contactEmails: z.string().optional(),
  contactWebhook: z.string().optional(),
  address1: z.string().optional(),
  address2: z.string().optional(),
  address3: z.string().optional(),
  postalCode: z.string().optional(),
})
export type Organization = z.output<typeof organizationSchema>

const profileSchema = z.strictObject({
  id: z.number().int(),
  product: z.enum(PRODUCTS),
  name: z.string(),
  description: z.string(),
  /** Days. */
  terms: z.array(z.number().int()),
  /** Algorithm -> sizes or curves (seed 004 L496). */
  keyTypes: z.record(z.string(), z.array(z.string())),
  organizations: scopeSchema,
  /** Device only: key usages by name, extended key usages by OID (seed 004 L4004). */
  ku: z.array(z.string()).optional(),
  eku: z.array(z.string()).optional(),
  vendor: z.string(),
  validationType: z.string().optional(),
  /**
   * A private CA: subject, names and usages of the CSR go into the certificate unchanged. Assumed: device enrolment has no field
   * for a subject, names or usages but `optionalFields` (seed 004 L4435-4510), so a CA that can vary them must read the CSR.
   */
  echoSubject: z.boolean(),
  /** An OV certificate: the subject is the validated organization plus the common name. */
  stampOrganization: z.boolean(),
  /** observed: single-domain profiles keep only the base name; `multiDomain` ones take all names. */
  multiDomain: z.boolean(),
  /** observed: single-domain certificates get `www.` for free. */
  freeWww: z.boolean(),
  /** Public CAs start at midnight UTC; private ones a few minutes ago. */
  notBefore: z.enum(['dayStart', 'backdated']),
  /** `false`: code -180 (seed 004 L202-203). */
  allowsRenew: z.boolean().optional(),
})
export type Profile = z.output<typeof profileSchema>

/** Ways to ask for a certificate in which a custom field may be mandatory (seed 004 L7963). */
export const ACCESS_METHODS = ['ADMIN_UI', 'REST_API', 'SOAP_API', 'WEB_FORM'] as const
export const FIELD_STATES = ['ACTIVE', 'INACTIVE', 'SUSPENDED_ACTIVE', 'SUSPENDED_INACTIVE'] as const

/** Seed 004 L7971-7979. */
const fieldInputSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['TEXT_SINGLE_LINE', 'TEXT_MULTI_LINE', 'EMAIL', 'NUMBER', 'DATE']) }),
  z.strictObject({ type: z.literal('TEXT_OPTION'), options: z.array(z.string()).min(1) }),
])

const customFieldSchema = z.strictObject({
  id: z.number().int(),
  /** Code signing has custom fields too (seed 004 L7967), though nothing else here. */
  product: z.enum([...PRODUCTS, 'codesign']),
  name: z.string(),
  /** Orders through this API need the field when `REST_API` is among them. */
  mandatories: z.array(z.enum(ACCESS_METHODS)),
  /** Words of the vendor's OpenAPI 25.9.2; the document has ACTIVE only. Absent: that. */
  state: z.enum(FIELD_STATES).optional(),
  /** Absent: one line of any text. */
  input: fieldInputSchema.optional(),
})
export type CustomField = z.output<typeof customFieldSchema>

export const catalogueSchema = z.strictObject({
  accounts: z.array(accountSchema),
  organizations: z.array(organizationSchema),
  profiles: z.array(profileSchema),
  customFields: z.array(customFieldSchema),
  domains: z.array(domainSchema),
})
export type Catalogue = z.output<typeof catalogueSchema>

export interface Place {
  readonly organization: Organization
  readonly department: Department | undefined
}

/** Organization or department of that id; both share one id space (seed 004 L13994-14040). */
export function findPlace(catalogue: Catalogue, id: number): Place | undefined {
  for (const organization of catalogue.organizations) {
    if (organization.id === id) return { organization, department: undefined }
    const department = organization.departments.find((one) => one.id === id)
    if (department) return { organization, department }
  }
  return undefined
}

/** "Enable Web / REST API" per kind of certificate: the department's own switch, or its organization's. */
export function apiFlags({ organization, department }: Place): {
  sslCertsApiEnabled: boolean
  clientCertsApiEnabled: boolean
} {
  return {
    sslCertsApiEnabled: department?.sslCertsApiEnabled ?? organization.sslCertsApiEnabled,
    clientCertsApiEnabled: department?.clientCertsApiEnabled ?? organization.clientCertsApiEnabled,
  }
}

/** Is this organization or department id inside the scope? An organization's departments are inside with it. */
export function inScope(catalogue: Catalogue, scope: Scope, id: number): boolean {
  const place = findPlace(catalogue, id)
  if (!place) return false
  return scope === 'all' || scope.includes(id) || scope.includes(place.organization.id)
}
