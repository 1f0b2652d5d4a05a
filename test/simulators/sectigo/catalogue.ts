// What a tenant consists of: accounts, organizations, profiles, custom fields. Tests replace any of the four lists.
import { z } from 'zod'

/** Names of privileges as in seed 004 L11874-11901. */
export const PRIVILEGES = [
  'sslRequest',
  'sslApprove',
  'deviceRequest',
  'deviceApprove',
  'autoApproveCertificates',
] as const
export type Privilege = (typeof PRIVILEGES)[number]

/** `all`, or ids of organizations (their departments included) and departments. */
const scopeSchema = z.union([z.literal('all'), z.array(z.number().int())])
export type Scope = z.output<typeof scopeSchema>

export const accountSchema = z.strictObject({
  customerUri: z.string(),
  login: z.string(),
  password: z.string(),
  email: z.string(),
  oauth2: z.strictObject({ clientId: z.string(), clientSecret: z.string() }).optional(),
  organizations: scopeSchema,
  privileges: z.array(z.enum(PRIVILEGES)),
  /** Day on which the password ends, `yyyy-MM-dd`; absent: never. */
  passwordExpires: z.iso.date().optional(),
})
export type Account = z.output<typeof accountSchema>

export const departmentSchema = z.strictObject({ id: z.number().int(), name: z.string() })

export const organizationSchema = z.strictObject({
  id: z.number().int(),
  name: z.string(),
  departments: z.array(departmentSchema),
  certTypes: z.array(z.enum(['SSL', 'Client', 'Device', 'CodeSign'])),
  sslCertsApiEnabled: z.boolean(),
  clientCertsApiEnabled: z.boolean(),
  city: z.string(),
  stateOrProvince: z.string(),
  country: z.string().length(2),
})
export type Organization = z.output<typeof organizationSchema>

export const profileSchema = z.strictObject({
  id: z.number().int(),
  product: z.enum(['ssl', 'device']),
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
  /** A private CA: subject, names and usages of the CSR go into the certificate unchanged. */
  echoSubject: z.boolean(),
  /** An OV certificate: the subject is the validated organization plus the common name. */
  stampOrganization: z.boolean(),
  /** observed: single-domain profiles keep only the base name; `multiDomain` ones take all names. */
  multiDomain: z.boolean(),
  /** observed: single-domain certificates get `www.` for free. */
  freeWww: z.boolean(),
  /** Public CAs start at midnight UTC; private ones a few minutes ago. */
  notBefore: z.enum(['dayStart', 'backdated']),
})
export type Profile = z.output<typeof profileSchema>
export type Product = Profile['product']

export const customFieldSchema = z.strictObject({
  id: z.number().int(),
  product: z.enum(['ssl', 'device']),
  name: z.string(),
  mandatory: z.boolean(),
})
export type CustomField = z.output<typeof customFieldSchema>

export const catalogueSchema = z.strictObject({
  accounts: z.array(accountSchema),
  organizations: z.array(organizationSchema),
  profiles: z.array(profileSchema),
  customFields: z.array(customFieldSchema),
})
export type Catalogue = z.output<typeof catalogueSchema>

export interface Place {
  readonly organization: Organization
  readonly department: { readonly id: number; readonly name: string } | undefined
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

/** Is this organization or department id inside the scope? An organization's departments are inside with it. */
export function inScope(catalogue: Catalogue, scope: Scope, id: number): boolean {
  const place = findPlace(catalogue, id)
  if (!place) return false
  return scope === 'all' || scope.includes(id) || scope.includes(place.organization.id)
}
