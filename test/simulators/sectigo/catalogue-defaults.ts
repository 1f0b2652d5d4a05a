// The tenant a new simulator has: enough for every operation, small enough to read. Ids follow the document's examples.
import type { Account, Catalogue, Organization, Privilege, Profile } from './catalogue.ts'
import { PRIVILEGES } from './catalogue.ts'
import type { Domain } from './domain.ts'
import { sslDelegation } from './domain.ts'

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4'

const organizations: Organization[] = [
  {
    id: 8928,
    name: 'Acme Ltd',
    departments: [
      { id: 8929, name: 'Platform' },
      { id: 8930, name: 'Shop' },
    ],
    certTypes: ['SSL', 'Client', 'Device'],
    sslCertsApiEnabled: true,
    clientCertsApiEnabled: true,
    city: 'Salford',
    stateOrProvince: 'Greater Manchester',
    country: 'GB',
    contactEmails: 'pki@acme.example,it@acme.example',
    contactWebhook: 'https://hooks.acme.example/scm',
    address1: '1 Quay Street',
    address2: 'Block B',
    address3: '2nd floor',
    postalCode: 'M50 3XX',
  },
  {
    id: 8950,
    name: 'Acme without API',
    departments: [],
    certTypes: ['SSL'],
    sslCertsApiEnabled: false,
    clientCertsApiEnabled: false,
    city: 'Salford',
    stateOrProvince: 'Greater Manchester',
    country: 'GB',
  },
]

const everyKey = { RSA: ['2048', '3072', '4096'], EC: ['P-256', 'P-384'] }

const profiles: Profile[] = [
  {
    id: 5170,
    product: 'ssl',
    name: 'OV SSL 199',
    description: 'Organization validated, several domains',
    terms: [90, 199],
    keyTypes: everyKey,
    organizations: 'all',
    vendor: 'Simulated Public CA',
    validationType: 'Organization Validation (OV)',
    echoSubject: false,
    stampOrganization: true,
    multiDomain: true,
    freeWww: false,
    notBefore: 'dayStart',
  },
  {
    id: 5171,
    product: 'ssl',
    name: 'DV SSL 90',
    description: 'Domain validated, one domain and its www, RSA only',
    terms: [90],
    keyTypes: { RSA: ['2048', '3072', '4096'] },
    organizations: 'all',
    vendor: 'Simulated Public CA',
    validationType: 'Domain Validation (DV)',
    echoSubject: false,
    stampOrganization: false,
    multiDomain: false,
    freeWww: true,
    notBefore: 'dayStart',
  },
  {
    id: 5984,
    product: 'device',
    name: 'Private CA',
    description: 'Private CA that takes subject, names and usages from the CSR',
    terms: [30, 90, 365],
    keyTypes: { ...everyKey, EC: ['P-256', 'P-384', 'P-521'] },
    organizations: 'all',
    ku: ['Digital Signature', 'Key encipherment'],
    eku: [SERVER_AUTH, CLIENT_AUTH],
    vendor: 'Simulated Private CA',
    echoSubject: true,
    stampOrganization: false,
    multiDomain: true,
    freeWww: false,
    notBefore: 'backdated',
  },
  {
    id: 5985,
    product: 'device',
    name: 'Device OV',
    description: 'Client authentication, subject stamped with the organization, RSA only',
    terms: [365],
    keyTypes: { RSA: ['2048', '4096'] },
    organizations: [8928],
    ku: ['Digital Signature'],
    eku: [CLIENT_AUTH],
    vendor: 'Simulated Private CA',
    echoSubject: false,
    stampOrganization: true,
    multiDomain: true,
    freeWww: false,
    notBefore: 'backdated',
  },
  {
    id: 5290,
    product: 'client',
    name: 'Private S/MIME',
    description: 'Private CA for persons: e-mail protection and client authentication',
    terms: [90, 365, 730],
    keyTypes: everyKey,
    organizations: 'all',
    ku: ['Digital Signature', 'Key encipherment'],
    eku: [EMAIL_PROTECTION, CLIENT_AUTH],
    vendor: 'Simulated Private CA',
    echoSubject: false,
    stampOrganization: false,
    multiDomain: true,
    freeWww: false,
    notBefore: 'backdated',
  },
  {
    id: 5291,
    product: 'client',
    name: 'S/MIME OV',
    description: 'Public CA for persons: subject stamped with the organization, RSA only',
    terms: [365],
    keyTypes: { RSA: ['2048', '3072', '4096'] },
    organizations: [8928],
    ku: ['Digital Signature', 'Key encipherment'],
    eku: [EMAIL_PROTECTION],
    vendor: 'Simulated Public CA',
    echoSubject: false,
    stampOrganization: true,
    multiDomain: true,
    freeWww: false,
    notBefore: 'dayStart',
  },
]

const REQUESTS: Privilege[] = ['sslRequest', 'deviceRequest', 'clientCertRequest']

const mayDoEverything: Omit<Account, 'login'> = {
  customerUri: 'acme',
  password: 'Simulated-Password-1!',
  email: 'api-user@acme.example',
  organizations: 'all',
  privileges: [...PRIVILEGES],
  passwordExpires: '2099-12-31',
}

/** One more account that may do everything. */
export function anotherAccount(own: Pick<Account, 'login'> & Partial<Account>): Account {
  return { ...mayDoEverything, ...own }
}

const accounts: Account[] = [
  {
    ...mayDoEverything,
    login: 'api-user',
    oauth2: { clientId: 'api-client', clientSecret: 'simulated-client-secret-1' },
  },
  {
    // Its orders wait in Requested: no autoApproveCertificates, and it may not approve.
    customerUri: 'acme',
    login: 'requester',
    password: 'Simulated-Password-2!',
    email: 'requester@acme.example',
    oauth2: { clientId: 'requester-client', clientSecret: 'simulated-client-secret-2' },
    organizations: 'all',
    privileges: REQUESTS,
  },
  {
    // A DRAO: must use the id of its department, not of the parent organization.
    customerUri: 'acme',
    login: 'drao',
    password: 'Simulated-Password-3!',
    email: 'drao@acme.example',
    roles: ['DRAO_SSL', 'DRAO_SMIME', 'DRAO_DEVICE'],
    organizations: [8930],
    privileges: [...PRIVILEGES],
    passwordExpires: '2099-12-31',
  },
  {
    // Logs in and sees nothing (seed 004 L21: results are filtered by role and privileges).
    customerUri: 'acme',
    login: 'nobody',
    password: 'Simulated-Password-4!',
    email: 'nobody@acme.example',
    oauth2: { clientId: 'nobody-client', clientSecret: 'simulated-client-secret-4' },
    organizations: [],
    privileges: REQUESTS,
    passwordExpires: '2020-01-01',
  },
  {
    // Sees SSL only, whatever it asks for.
    customerUri: 'acme',
    login: 'rao-ssl',
    password: 'Simulated-Password-5!',
    email: 'rao-ssl@acme.example',
    roles: ['RAO_SSL'],
    organizations: [8928],
    privileges: [...PRIVILEGES],
  },
  {
    // A Standard account that has not changed its first password yet: the API is closed to it.
    customerUri: 'acme',
    login: 'newcomer',
    password: 'Simulated-Password-6!',
    email: 'newcomer@acme.example',
    type: 'STANDARD',
    initialPassword: true,
    organizations: 'all',
    privileges: [...PRIVILEGES],
  },
  {
    // Its tokens come from a realm of its own. observed: token servers differ per customer.
    customerUri: 'acme',
    login: 'other-realm',
    password: 'Simulated-Password-7!',
    email: 'other-realm@acme.example',
    oauth2: { clientId: 'acme-client', clientSecret: 'simulated-client-secret-7', realm: 'acme' },
    organizations: 'all',
    privileges: [...PRIVILEGES],
  },
]

const noOrder = { state: 'ACTIVE', dcvOrderStatus: 'NOT_INITIATED' } as const
const validated = { dcvStatus: 'VALIDATED', dcvMethod: 'CNAME_CSR_HASH', validated: '2026-06-01' } as const

// Reserved names (RFC 2606); one for each thing that can be wrong with a domain.
const domains: Domain[] = [
  {
    id: 2022,
    name: 'example.com',
    delegations: [sslDelegation(8928)],
    ...noOrder,
    ...validated,
    expires: '2099-12-31',
  },
  { id: 2023, name: 'unvalidated.example', delegations: [sslDelegation(8928)], ...noOrder, dcvStatus: 'NOT_VALIDATED' },
  {
    id: 2024,
    name: 'expired.example',
    delegations: [sslDelegation(8928)],
    ...noOrder,
    dcvStatus: 'EXPIRED',
    expires: '2020-01-01',
  },
  {
    id: 2025,
    name: 'suspended.example',
    delegations: [sslDelegation(8928)],
    ...noOrder,
    ...validated,
    state: 'SUSPENDED',
  },
  {
    id: 2026,
    name: 'elsewhere.example',
    delegations: [sslDelegation(8950)],
    ...noOrder,
    ...validated,
    expires: '2099-12-31',
  },
]

export const DEFAULT_CATALOGUE: Catalogue = {
  accounts,
  organizations,
  profiles,
  domains,
  customFields: [
    { id: 354, product: 'ssl', name: 'cost-centre', mandatories: [] },
    { id: 436, product: 'device', name: 'cost-centre', mandatories: [] },
    { id: 357, product: 'client', name: 'cost-centre', mandatories: [] },
  ],
}
