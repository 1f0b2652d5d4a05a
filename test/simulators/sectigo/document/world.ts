// The tenant that the examples are replayed in: profiles with the document's terms and keys, one organization with two
// departments, custom fields as the examples use them, and an account that may do everything.
import { Agent, FormData, request } from 'undici'
import { x509 } from '../asn1.ts'
import type { Catalogue, CustomField, Product, Profile } from '../catalogue.ts'
import { ACCESS_METHODS, PRIVILEGES } from '../catalogue.ts'
import { DEFAULT_CATALOGUE } from '../catalogue-defaults.ts'
import type { Domain } from '../domain.ts'
import { sslDelegation } from '../domain.ts'
import type { Simulator } from '../simulator.ts'
import { startSimulator } from '../simulator.ts'
import { API_USER, csrPem } from '../test-client.ts'

/** The one custom field of every product, mandatory as in the examples. */
export const CUSTOM_FIELD = 'custom field'
export const TERM_DAYS = 365
/** Requester of everything that the account orders. */
export const API_EMAIL = 'api-user@example.com'
export const SUBMITTED_DOMAIN = 'example.com'
export const VALIDATED_DOMAIN = 'example.org'
export const OPEN_DOMAIN = 'example.net'
export const COMMON_NAME = 'shop.example.com'
const SUBJECT = `C=GB, ST=Cheshire, L=Chester, O=Acme Ltd, OU=Shop, CN=${COMMON_NAME}, E=admin@example.com`
const DAY_MS = 24 * 60 * 60 * 1000

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  readonly text: string
}

export interface WorldCall {
  readonly method: string
  /** Below `/api`, with its query. */
  readonly path: string
  readonly type?: string | undefined
  readonly accept?: string | undefined
  readonly password?: string | undefined
  readonly body?: unknown
}

export interface World extends AsyncDisposable {
  readonly simulator: Simulator
  readonly orgId: number
  readonly profiles: Readonly<Record<Product, number>>
  /** An RSA CSR as PEM, the same without armour, and another one with another key. */
  readonly csr: string
  readonly bareCsr: string
  readonly newCsr: string
  /** Sends exactly the given headers and the three of the login. */
  send(call: WorldCall): Promise<Reply>
  /** For what a test makes beforehand. @throws unless the answer is a success. */
  make(method: string, path: string, body?: unknown): Promise<Reply>
}

export async function createWorld(): Promise<World> {
  const catalogue = documentCatalogue()
  const [simulator, csr, newCsr] = await Promise.all([
    startSimulator({ catalogue }),
    csrPem({ subject: SUBJECT, rsaBits: 2048 }),
    csrPem({ subject: SUBJECT, rsaBits: 2048 }),
  ])
  const agent = new Agent({ connect: { ca: simulator.caPem }, allowH2: false })
  const send = async ({ method, path, type, accept, password, body }: WorldCall): Promise<Reply> => {
    const response = await request(`${simulator.url}${path}`, {
      method: method as 'GET',
      dispatcher: agent,
      headers: {
        ...API_USER,
        ...(password === undefined ? {} : { password }),
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(accept === undefined ? {} : { accept }),
      },
      body: body === undefined ? null : body instanceof FormData ? body : JSON.stringify(body, refuseUndefined),
    })
    const bytes = Buffer.from(await response.body.arrayBuffer())
    return { status: response.statusCode, headers: response.headers, bytes, text: bytes.toString('utf8') }
  }
  const profileOf = (product: Product): number => catalogue.profiles.find((one) => one.product === product)?.id ?? 0
  return {
    simulator,
    orgId: catalogue.organizations[0]?.id ?? 0,
    profiles: { ssl: profileOf('ssl'), client: profileOf('client'), device: profileOf('device') },
    csr,
    newCsr,
    bareCsr: csr.replace(/-----[A-Z ]+-----/g, '').trim(),
    send,
    async make(method, path, body) {
      const reply = await send({ method, path, type: 'application/json', body })
      if (reply.status < 300) return reply
      throw new Error(`cannot prepare: ${method} ${path} answered ${reply.status} ${reply.text.slice(0, 200)}`)
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy()
      await simulator.close()
    },
  }
}

/** An id that a test forgot to make must not vanish from a body. */
function refuseUndefined(name: string, value: unknown): unknown {
  if (value === undefined) throw new Error(`the body has no value for ${name}`)
  return value
}

/** One profile per product: a CA that stamps the organization and numbers its orders, as in the examples. */
function documentCatalogue(): Catalogue {
  const profiles = (['ssl', 'client', 'device'] as const).map((product, index): Profile => {
    const like = DEFAULT_CATALOGUE.profiles.find((one) => one.product === product) ?? DEFAULT_CATALOGUE.profiles[0]
    if (!like) throw new Error('the default tenant has no profile')
    const keyTypes = { RSA: ['2048', '4096'], EC: ['P-256'] }
    const id = 5200 + index
    return { ...like, product, id, terms: [TERM_DAYS], keyTypes, organizations: 'all', echoSubject: false }
  })
  const accounts = DEFAULT_CATALOGUE.accounts.map((account) =>
    account.login === API_USER.login ? { ...account, email: API_EMAIL, privileges: [...PRIVILEGES] } : account,
  )
  const customFields = (['ssl', 'client', 'device'] as const).map(
    (product, index): CustomField => ({
      id: 354 + index,
      product,
      name: CUSTOM_FIELD,
      mandatories: [...ACCESS_METHODS],
    }),
  )
  // The first one has departments, which every organization of the examples has.
  const organizations = DEFAULT_CATALOGUE.organizations.slice(0, 1)
  return {
    ...DEFAULT_CATALOGUE,
    accounts,
    organizations,
    profiles,
    customFields,
    domains: documentDomains(organizations[0]?.id ?? 0),
  }
}

/** The states of L6909, L7000 and L7476: expired with a submitted order, validated without one, and neither. */
function documentDomains(orgId: number): Domain[] {
  const common = { delegations: [sslDelegation(orgId)], state: 'ACTIVE' as const, dcvMethod: 'EMAIL' as const }
  return [
    {
      ...common,
      id: 2031,
      name: SUBMITTED_DOMAIN,
      dcvStatus: 'EXPIRED',
      validated: '2024-12-04',
      expires: '2025-11-24',
      dcvOrderStatus: 'SUBMITTED',
      dcvOrderMethod: 'HTTP',
    },
    {
      ...common,
      id: 2032,
      name: VALIDATED_DOMAIN,
      dcvStatus: 'VALIDATED',
      validated: '2025-12-04',
      expires: '2099-12-04',
      dcvOrderStatus: 'NOT_INITIATED',
    },
    {
      ...common,
      id: 2033,
      name: OPEN_DOMAIN,
      dcvStatus: 'NOT_VALIDATED',
      dcvMethod: undefined,
      dcvOrderStatus: 'NOT_INITIATED',
    },
  ]
}

export interface ForeignCertificate {
  /** Base64 DER. */
  readonly certificate: string
  readonly csr: string
  readonly pem: string
}

/** A certificate that the tenant has never seen, for imports. @param subject RFC 4514 */
export async function foreignCertificate(subject: string): Promise<ForeignCertificate> {
  const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' }
  const keys = await crypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify'])
  const now = Date.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: subject,
    keys,
    signingAlgorithm,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 30 * DAY_MS),
  })
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm })
  return {
    certificate: Buffer.from(certificate.rawData).toString('base64'),
    csr: Buffer.from(request.rawData).toString('base64'),
    pem: certificate.toString('pem'),
  }
}
