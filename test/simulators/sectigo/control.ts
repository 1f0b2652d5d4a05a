// What a test may do to the simulator behind the API's back. One interface in the process and over HTTP.

import type { Catalogue, Product } from './catalogue.ts'
import { catalogueSchema } from './catalogue.ts'
import type { ClientCertificate } from './client-ca.ts'
import type { Context } from './context.ts'
import type { CountersSnapshot } from './counters.ts'
import type { Domain } from './domain.ts'
import { changeDomain } from './domain-access.ts'
import { currentDomains } from './domain-time.ts'
import type { Fault, FaultRule } from './faults.ts'
import { faultRuleSchema } from './faults.ts'
import type { NamedValue, Order } from './orders.ts'
import { digest } from './pem.ts'
import type { Settings } from './settings.ts'
import { settingsSchema } from './settings.ts'

/** An order as a test sees it. Times are ISO 8601. */
export interface OrderSummary {
  readonly id: number
  readonly product: Product
  readonly status: string
  readonly login: string
  readonly orgId: number
  readonly profileId: number
  /** Days. */
  readonly term: number
  readonly commonName?: string | undefined
  readonly names: readonly string[]
  readonly comments: string
  readonly externalRequester: string
  readonly customFields: readonly NamedValue[]
  /** Upper-case hex over the CSR's DER. */
  readonly csrSha256: string
  readonly requestedAt: string
  readonly issuedAt?: string | undefined
  /** Lower-case hex. */
  readonly serialNumber?: string | undefined
  /** PEM of the leaf. */
  readonly certificate?: string | undefined
  readonly origin: Order['origin']
  readonly reasonCode?: number | undefined
  readonly revocationReason?: string | undefined
  /** Lower-case hex, of this order's certificates; one that was only marked as revoked is not among them. */
  readonly revokedSerials: readonly string[]
  readonly renewed: boolean
}

export interface Control {
  settings(): Promise<Settings>
  /** Changes the given switches. @throws when one is unknown or out of range. */
  patchSettings(patch: Partial<Settings>): Promise<Settings>
  /** Domains as they are now. */
  catalogue(): Promise<Catalogue>
  /** Replaces whole lists: accounts, organizations, profiles, customFields, domains. Orders keep the profile they were made with. */
  patchCatalogue(patch: Partial<Catalogue>): Promise<Catalogue>
  /** All orders, oldest first. */
  orders(): Promise<OrderSummary[]>
  /** @throws when the id is unknown. */
  order(id: number): Promise<OrderSummary>
  approve(id: number): Promise<OrderSummary>
  decline(id: number): Promise<OrderSummary>
  /** The CA refuses. */
  reject(id: number): Promise<OrderSummary>
  /** Signs now, whatever the state. */
  issue(id: number): Promise<OrderSummary>
  /** Any status word, known or not; the order then stays there. */
  setStatus(id: number, status: string): Promise<OrderSummary>
  /** An imported or discovered certificate may be deleted. */
  setOrigin(id: number, origin: Order['origin']): Promise<OrderSummary>
  /** Follows the order's DCV instructions: the CA's next check, hourly or by recheck, finds what it looks for. */
  publishDcv(id: number): Promise<OrderSummary>
  /**
   * What the world shows of a domain's validation order: the record, the file or the click is there (`true`, from now on) or
   * not. The backend finds it by its own schedule, or on a synchronization. @throws when the domain has no order.
   */
  publishDomain(name: string, published?: boolean): Promise<Domain>
  addFault(rule: FaultRule): Promise<Fault>
  faults(): Promise<Fault[]>
  clearFaults(): Promise<void>
  /**
   * A new TLS client certificate for an account, whose `certificateSerialNumber` becomes its own: one issued before logs in
   * no more. `days` from now; 0 gives one that is over. @throws when the login is unknown.
   */
  issueClientCertificate(login: string, options?: { readonly days?: number }): Promise<ClientCertificate>
  /** Logins that are locked after too many failures. */
  lockedLogins(): Promise<string[]>
  unlock(login: string): Promise<void>
  /** Makes every OAuth2 token invalid. */
  revokeTokens(): Promise<void>
  counters(): Promise<CountersSnapshot>
  /** All but settings and catalogue away, and those as at start; client certificates log in no more. */
  reset(): Promise<void>
}

const CLIENT_CERTIFICATE_DAYS = 90

/** The control of this process. */
export function createControl(context: Context): Control {
  const initial = { settings: context.settings, catalogue: context.catalogue }

  const change = async (id: number, apply: (order: Order) => void | Promise<void>): Promise<OrderSummary> => {
    const order = await context.orders.get(id)
    if (!order) throw new Error(`no order ${id}`)
    await apply(order)
    return summary((await context.orders.get(id)) ?? order)
  }

  const domainNamed = (name: string): Domain => {
    const domain = currentDomains(context).find((one) => one.name === name)
    if (!domain) throw new Error(`no domain ${name}`)
    return domain
  }

  return {
    settings: async () => context.settings,
    async patchSettings(patch) {
      context.settings = settingsSchema.parse({ ...context.settings, ...patch })
      return context.settings
    },
    catalogue: async () => ({ ...context.catalogue, domains: currentDomains(context) }),
    async patchCatalogue(patch) {
      context.catalogue = catalogueSchema.parse({ ...context.catalogue, ...patch })
      return context.catalogue
    },
    orders: async () => (await context.orders.all()).map(summary),
    order: (id) => change(id, () => {}),
    approve: (id) => change(id, (order) => context.orders.approve(order)),
    decline: (id) => change(id, (order) => context.orders.decline(order)),
    reject: (id) => change(id, (order) => context.orders.setStatus(order, 'Rejected')),
    issue: (id) => change(id, (order) => context.orders.issue(order)),
    setStatus: (id, status) => change(id, (order) => context.orders.setStatus(order, status)),
    setOrigin: (id, origin) =>
      change(id, (order) => {
        order.origin = origin
      }),
    publishDcv: (id) =>
      change(id, (order) => {
        if (!order.dcv) throw new Error(`order ${id} needs no domain control validation`)
        order.dcv.published = true
      }),
    async publishDomain(name, published = true) {
      const domain = domainNamed(name)
      if (domain.dcvOrderStatus === 'NOT_INITIATED') throw new Error(`domain ${name} has no order to prove`)
      changeDomain(context, domain, { published: published ? new Date(context.now()).toISOString() : undefined })
      return domainNamed(name)
    },
    addFault: async (rule) => context.faults.add(faultRuleSchema.parse(rule)),
    faults: async () => context.faults.list(),
    clearFaults: async () => context.faults.clear(),
    async issueClientCertificate(login, { days = CLIENT_CERTIFICATE_DAYS } = {}) {
      const account = context.catalogue.accounts.find((one) => one.login === login)
      if (!account) throw new Error(`no account ${login}`)
      const issued = await context.clientCa.issue({ login, email: account.email, days })
      const accounts = context.catalogue.accounts.map((one) =>
        one.login === login ? { ...one, certificateSerialNumber: issued.serialNumber } : one,
      )
      context.catalogue = { ...context.catalogue, accounts }
      return issued
    },
    lockedLogins: async () => context.lockout.lockedLogins(),
    unlock: async (login) => context.lockout.unlock(login),
    revokeTokens: async () => context.tokens.revokeAll(),
    counters: async () => context.counters.snapshot(),
    async reset() {
      context.settings = initial.settings
      context.catalogue = initial.catalogue
      context.orders.clear()
      context.persons.clear()
      context.faults.clear()
      context.tokens.revokeAll()
      context.lockout.reset()
      context.counters.reset()
    },
  }
}

function summary(order: Order): OrderSummary {
  return {
    id: order.id,
    product: order.product,
    status: order.status,
    login: order.account.login,
    orgId: order.orgId,
    profileId: order.profile.id,
    term: order.term,
    commonName: order.commonName,
    names: order.names.map((name) => name.value),
    comments: order.comments,
    externalRequester: order.externalRequester,
    customFields: order.customFields,
    csrSha256: digest('sha256', order.csr.der).toUpperCase(),
    requestedAt: new Date(order.requestedAt).toISOString(),
    issuedAt: order.issuedAt === undefined ? undefined : new Date(order.issuedAt).toISOString(),
    serialNumber: order.certificate?.serialNumber,
    certificate: order.certificate?.pem,
    origin: order.origin,
    reasonCode: order.revocation?.reasonCode,
    revocationReason: order.revocation?.reason,
    revokedSerials: order.revokedSerials,
    renewed: order.renewedAt !== undefined,
  }
}
