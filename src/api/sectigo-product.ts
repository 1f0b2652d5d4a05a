// What is ordered at Sectigo Certificate Manager: product line, profile and term. Each product line has its own block,
// because SCM gives each its own enrol endpoint with its own fields.
import { z } from 'zod'
import { exactlyOneOf, withRule } from './rules.ts'
import { text } from './scalars.ts'

/** Room above any id SCM has shown, and exact in every language that reads it. */
export const LARGEST_ID = 2_147_483_647

const PROFILE_NAME_LENGTH = 256

/** A hundred years. No profile offers more. */
export const LONGEST_TERM_DAYS = 36_500

const profile = exactlyOneOf(
  z.object({
    id: z.int().min(1).max(LARGEST_ID).exactOptional().describe('The id of the certificate profile.'),
    name: text(PROFILE_NAME_LENGTH)
      .exactOptional()
      .describe('The name of the certificate profile, exactly as SCM shows it. It must be the only one of this name.'),
  }),
  ['id', 'name'],
).describe('The certificate profile. It must be enabled for the organization and for API use.')

const term = z
  .object({
    policy: z
      .enum(['Nearest', 'AtMost', 'AtLeast', 'Longest', 'Exact'])
      .default('Nearest')
      .describe(
        'Profiles offer a few terms, requests ask for any duration. Nearest: the term closest to it. AtMost: the longest that does not exceed it. AtLeast: the shortest that covers it. Longest: the longest there is. Exact: only a term of just this many days.',
      ),
    days: z
      .int()
      .min(1)
      .max(LONGEST_TERM_DAYS)
      .exactOptional()
      .describe(
        "Days to ask for when a request names no duration. Without it, such a request gets the profile's longest term.",
      ),
  })
  .prefault({})
  .describe("How a request's duration becomes one of the profile's terms.")

/** SCM's bound for all addresses together, with a comma and a blank between two (seed 004 L1296). */
const EXTERNAL_REQUESTER_LENGTH = 512
const MOST_EXTERNAL_REQUESTERS = 16
/** SCM's bound for an address (seed 004 L3268). */
const EMAIL_LENGTH = 128
/** Visible ASCII without quotes and separators; SCM judges the rest. A comma would make two of it. */
const EMAIL = /^[!#-+\--:=?A-~]+@[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?$/

const email = (): z.ZodString => text(EMAIL_LENGTH).regex(EMAIL)

const dcv = withRule(
  z.object({
    // AUTO is in the vendor's OpenAPI 25.9.2 of the OAuth2 API alone, and not in seed 004 L1299.
    mode: z
      .enum(['CNAME', 'EMAIL', 'HTTP', 'HTTPS', 'TXT', 'AUTO'])
      .describe("How each order validates its domains. AUTO: SCM's DNS connector publishes; only with auth.oauth2."),
    email: email().exactOptional().describe('The address that the validation mail goes to, for mode EMAIL.'),
  }),
  {
    rule: "(self.mode == 'EMAIL') == has(self.email)",
    message: 'email is set for mode EMAIL, and only for it',
    holds: (value) => (value.mode === 'EMAIL') === (value.email !== undefined),
  },
)

/** Mail addresses that SCM keeps beside an order. */
export const externalRequester = withRule(z.array(email()).min(1).max(MOST_EXTERNAL_REQUESTERS), {
  rule: `self.map(address, size(address) + 2).sum() <= ${EXTERNAL_REQUESTER_LENGTH + 2}`,
  message: `all addresses together may not be longer than ${EXTERNAL_REQUESTER_LENGTH} characters`,
  holds: (value) => value.join(', ').length <= EXTERNAL_REQUESTER_LENGTH,
})

/** SSL certificates: SCM's `/ssl` endpoints. */
export const ssl = z.object({
  profile,
  term,
  subjectAltNames: z
    .enum(['ExcludeCommonName', 'IncludeCommonName', 'None'])
    .default('ExcludeCommonName')
    .describe(
      'Which names are sent beside the CSR. ExcludeCommonName: its DNS names and IP addresses but the common name. IncludeCommonName: the common name too. None: SCM reads the names from the CSR alone.',
    ),
  externalRequester: externalRequester
    .exactOptional()
    .describe('Mail addresses that SCM keeps as external requesters of each order. SCM may write to them.'),
  dcv: dcv
    .exactOptional()
    .describe(
      'Domain control validation with each order: only for tenants in which domains are not validated ahead of orders. Leave it out otherwise.',
    ),
})

/** As names of optional fields of a device order (seed 004 L4463-4510). */
const OPTIONAL_FIELDS = [
  'commonName',
  'surname',
  'countryName',
  'localityName',
  'stateOrProvinceName',
  'streetAddress',
  'organizationName',
  'organizationalUnitName',
  'title',
  'description',
  'postalCode',
  'postOfficeBox',
  'telephoneNumber',
  'givenName',
  'initials',
  'emailAddress',
  'DocumentoNacionaldeIdentidad',
  'serialNumber',
  'SIRENE',
  'collectionEmailAddress',
  'rfc822Name',
  'subjectUniqueIdentifier',
  'uniqueIdentifier',
  'PermIdAscentMediaNetSecDept',
  'PermIdAscentMediaEngHomeNet',
  'sAMAccountName',
  'userId',
  'userPrincipalName',
  'unstructuredName',
  'domainComponent',
  'dnsName',
  'servicePrincipalName',
  'eeSID',
] as const
const MOST_FIELDS = 64
const FIELD_NAME_LENGTH = 256
/** SCM's bound (seed 004 L1870). */
const FIELD_VALUE_LENGTH = 256

/** Device certificates: SCM's `/device` endpoints. The names come from the CSR. */
export const device = z.object({
  profile,
  term,
  optionalFields: z
    .array(
      z.object({
        name: z.enum(OPTIONAL_FIELDS).describe("SCM's name of the field."),
        value: text(FIELD_VALUE_LENGTH).describe('Its value.'),
      }),
    )
    .min(1)
    .max(MOST_FIELDS)
    .exactOptional()
    .describe('Parts of the subject and alternative names that the profile takes from the order and not from the CSR.'),
})

/** First, middle and last name with blanks between them (seed 004 L3275-3290). */
const FULL_NAME_LENGTH = 64
const PHONE_LENGTH = 32
const EPPN_LENGTH = 128
const UPN_LENGTH = 256
const MOST_SECONDARY_EMAILS = 16

const person = withRule(
  z.object({
    email: email()
      .exactOptional()
      .describe(
        'Mail address of the person. Requests may then name no other one but secondaryEmails. Without it, each order is for the first mail address that its request names.',
      ),
    firstName: text(FULL_NAME_LENGTH).describe('First name.'),
    middleName: text(FULL_NAME_LENGTH).exactOptional().describe('Middle name.'),
    lastName: text(FULL_NAME_LENGTH).describe('Last name.'),
    phone: text(PHONE_LENGTH)
      .regex(/^[-#0-9()+x ]+$/)
      .exactOptional()
      .describe('Telephone number.'),
    secondaryEmails: z
      .array(email())
      .min(1)
      .max(MOST_SECONDARY_EMAILS)
      .exactOptional()
      .describe('More mail addresses.'),
    commonName: text(FULL_NAME_LENGTH)
      .exactOptional()
      .describe('Common name of the certificate. Without it, SCM makes one of the full name.'),
    eppn: text(EPPN_LENGTH).exactOptional().describe('eduPersonPrincipalName.'),
    upn: text(UPN_LENGTH).exactOptional().describe('User principal name.'),
  }),
  {
    rule: `size(self.firstName) + (has(self.middleName) ? size(self.middleName) + 1 : 0) + size(self.lastName) + 1 <= ${FULL_NAME_LENGTH}`,
    message: `first, middle and last name together may not be longer than ${FULL_NAME_LENGTH} characters`,
    holds: ({ firstName, middleName, lastName }) =>
      [firstName, middleName, lastName].filter((part) => part !== undefined).join(' ').length <= FULL_NAME_LENGTH,
  },
)

/** Client certificates (S/MIME): SCM's `/smime` endpoints. */
export const client = z.object({
  profile,
  term,
  person: person.describe('For whom certificates are ordered. SCM makes a person of it, or changes the one it has.'),
})

/** What SCM calls the values of a tenant's custom fields. */
export const customFields = z
  .array(
    z.object({
      name: text(FIELD_NAME_LENGTH).describe('Name of the field, exactly as SCM shows it.'),
      value: text(FIELD_VALUE_LENGTH).describe('Its value; a date as yyyy-MM-dd.'),
    }),
  )
  .max(MOST_FIELDS)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })

const ORGANIZATION_NAME_LENGTH = 128

/** An organization, or a department of it, by name. */
export const organization = z.object({
  name: text(ORGANIZATION_NAME_LENGTH).describe('Name of the organization, exactly as SCM shows it.'),
  department: text(ORGANIZATION_NAME_LENGTH)
    .exactOptional()
    .describe('Name of a department of it. Department administrators must name theirs.'),
})
