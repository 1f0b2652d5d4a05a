// Issuers whose backend speaks to the simulator, without a cluster: for tests of the backend alone.
import type { CertificateBackend, OrderIdentity, OrderTarget, RemoteOrder } from '../../src/backends/backend.ts'
import { createSectigoBackend } from '../../src/backends/sectigo/backend.ts'
import { accountOf, type SectigoCredentials, tenantOf } from '../../src/backends/sectigo/credentials.ts'
import { sectigoPreflight } from '../../src/backends/sectigo/preflight.ts'
import type { ProductSettings, SectigoSettings } from '../../src/backends/sectigo/settings.ts'
import { SectigoTransport } from '../../src/backends/sectigo/transport.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type CertificateSigningRequest, parseCsr } from '../../src/x509/csr.ts'
import type { Simulator } from '../simulators/sectigo/simulator.ts'
import { createCsr } from './pki.ts'

export const WAYS_IN = ['password', 'clientCertificate', 'oauth2'] as const
export type WayIn = (typeof WAYS_IN)[number]
export const PRODUCTS = ['ssl', 'device', 'client'] as const
export type Product = (typeof PRODUCTS)[number]

export interface ScmIssuer {
  readonly backend: CertificateBackend
  readonly target: OrderTarget
}

const signal = new AbortController().signal

const orders: Readonly<Record<Product, ProductSettings & { readonly profile: string }>> = {
  ssl: { product: 'ssl', profile: 'OV SSL 199', externalRequester: ['pki@acme.example'] },
  device: { product: 'device', profile: 'Private CA' },
  client: {
    product: 'client',
    profile: 'Private S/MIME',
    person: { email: 'ada@acme.example', firstName: 'Ada', lastName: 'Byron' },
  },
}

export class ScmIssuers {
  readonly #simulator: Simulator
  readonly #transports: { close(): Promise<void> }[] = []

  constructor(simulator: Simulator) {
    this.#simulator = simulator
  }

  /** An issuer of organization "Acme Ltd"; `more` differs from its usual settings. Throws BackendError as `describe` does. */
  async issuer(
    way: WayIn,
    product: Product,
    { login = 'api-user', ...more }: Partial<SectigoSettings> & { login?: string } = {},
  ): Promise<ScmIssuer> {
    const { profile, ...order } = orders[product]
    const credentials = await this.#credentials(way, login)
    const { url, caPem: caBundle } = this.#simulator
    const log = { debug: () => {}, warn: () => {} }
    const transport = new SectigoTransport({ url, caBundle, credentials, log, clock: systemClock() })
    this.#transports.push(transport)
    const tenant = tenantOf(credentials)
    const organization = { name: 'Acme Ltd' }
    const customFields = [{ name: 'cost-centre', value: '4711' }]
    const named = { url, tenant, organization, customFields, ...order, profile: { name: profile }, ...more }
    const settings = named as SectigoSettings
    const slots = { acquire: async () => () => {} }
    const backend = createSectigoBackend({ transport, settings, slots, account: accountOf(credentials) })
    const facts = await backend.describe({ signal })
    return { backend, target: { ...sectigoPreflight(settings, facts).aim, term: 90 } }
  }

  async close(): Promise<void> {
    for (const transport of this.#transports) await transport.close()
  }

  async #credentials(way: WayIn, login: string): Promise<SectigoCredentials> {
    const { control, tokenUrl } = this.#simulator
    const { accounts } = await control.catalogue()
    const account = accounts.find((one) => one.login === login)
    if (account?.oauth2 === undefined) throw new Error(`the simulator has no account ${login} with a client`)
    const { customerUri, password, oauth2 } = account
    switch (way) {
      case 'password':
        return { kind: way, customerUri, login, password }
      case 'oauth2':
        return { kind: way, tokenUrl, ...oauth2 }
      case 'clientCertificate': {
        const { certificatePem, keyPem } = await control.issueClientCertificate(login)
        return { kind: way, customerUri, login, certificate: certificatePem, key: keyPem }
      }
    }
  }
}

/** A CSR that the product can carry. */
export async function csrFor(product: Product, commonName = 'shop.example.com'): Promise<CertificateSigningRequest> {
  const options =
    product === 'client'
      ? { commonName: 'Ada Byron', email: ['ada@acme.example'] }
      : { commonName, dns: [commonName, `www.${commonName}`] }
  return parseCsr((await createCsr(options)).pem)
}

export function identityOf(csr: CertificateSigningRequest, uid: string): OrderIdentity {
  return { marker: `certwright:1:${uid}`, csrSha256: csr.sha256 }
}

/** Places an order, as attempt 1. */
export async function place(
  { backend, target }: ScmIssuer,
  csr: CertificateSigningRequest,
  uid: string,
): Promise<RemoteOrder> {
  const turn = await backend.turn({ signal })
  const identity = identityOf(csr, uid)
  const outcome = await backend.submit({ target, csr, identity, attempt: 1, note: 'test', turn, mayBegin: () => true })
  turn.release()
  if (outcome.outcome !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`)
  return outcome.remote
}
