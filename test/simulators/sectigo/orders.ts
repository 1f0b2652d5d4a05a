// Orders as SCM keeps them: what was asked, where it stands, what became of its certificate. How time moves them: order-time.ts.
import { randomBytes } from 'node:crypto'
import type { x509 } from './asn1.ts'
import type { CertificateAuthority, IssuedCertificate } from './ca.ts'
import type { Account, Organization, Product, Profile } from './catalogue.ts'
import type { ParsedCsr } from './csr.ts'
import { createOrderTime } from './order-time.ts'
import type { Person } from './persons.ts'
import type { Settings } from './settings.ts'

/** Display spelling (seed 004 L712, L4183). Control may set any other word, so this is not closed. */
export type OrderStatus = string

export interface NamedValue {
  readonly name: string
  readonly value: string
}

/** Modes of `dcvMode` (seed 004 L1299). AUTO, by which a DNS connector publishes the proof, is of the OAuth2 API (OpenAPI 25.9.2). */
export const DCV_MODES = ['CNAME', 'EMAIL', 'HTTP', 'HTTPS', 'TXT', 'AUTO'] as const
export type DcvMode = (typeof DCV_MODES)[number]

/** What enrol stores; an update may change it. */
export interface OrderRequest {
  product: Product
  account: Account
  orgId: number
  organization: Organization
  profile: Profile
  /** Days. */
  term: number
  csr: ParsedCsr
  /** As SCM keeps it: the CSR's, an optional field's, or the first name. */
  commonName: string | undefined
  names: readonly x509.JsonGeneralName[]
  comments: string
  externalRequester: string
  customFields: readonly NamedValue[]
  /** Device only (seed 004 L4472-4482). */
  optionalFields?: readonly NamedValue[]
  dcvMode?: DcvMode
  dcvEmail?: string
  /** The key was made by the Private Key Agent, which can hand it out (seed 004 L1343-1450). */
  keyAgent?: boolean
  /** Client only: whom the certificate is for. */
  person?: Person
}

export interface Revocation {
  readonly at: number
  readonly reasonCode: number
  readonly reason: string
  /** Only marked: the CA knows nothing of it (seed 004 L2242). */
  readonly manual: boolean
}

/** A note on a certificate (seed 004 L533-696). */
export interface Location {
  readonly id: number
  details: Readonly<Record<string, unknown>>
}

/** Domain control validation of one order, while pre-validation is disabled for the tenant (seed 004 L1299). */
export interface OrderDcv {
  /** The instructions were followed: the next check finds the record, file or click. */
  published: boolean
  lastCheck: number
  nextCheck: number
  validatedAt?: number
}

export interface Order extends OrderRequest {
  readonly id: number
  /** SSL only; 20 characters, told once (seed 004 L1341). */
  readonly renewId: string
  readonly backendCertId: string
  readonly requestedAt: number
  /** Only imported and discovered certificates may be deleted (seed 004 L2432). */
  origin: 'enrolled' | 'imported' | 'discovered'
  status: OrderStatus
  /** A test has set the status: time leaves it alone. */
  frozen?: true
  /** Approved by this account as soon as it leaves Init. */
  automaticApprover?: Account
  approvedAt?: number
  approver?: Account
  /** What the CA will do and when, in milliseconds and polls after the approval; fixed at the approval. */
  verdict?: { readonly afterMs: number; readonly afterPolls: number; readonly answer: Settings['caVerdict'] }
  /** Calls that looked for news of the order since it was approved, and when the last one came. */
  polls: number
  polledAt?: number
  /** Calls that found a certificate to collect. */
  collects: number
  issuedAt?: number
  declinedAt?: number
  downloadedAt?: number
  certificate?: IssuedCertificate
  /** Set while the CA signs, so that two readers get one certificate. */
  signing?: Promise<void>
  revocation?: Revocation
  renewedAt?: number
  replacedAt?: number
  /** Certificates that a replacement took the place of. */
  readonly previous: IssuedCertificate[]
  /** Serial numbers the CA has revoked, lower-case hex; a manual revocation adds none. */
  readonly revokedSerials: string[]
  readonly locations: Location[]
  dcv?: OrderDcv
  /** Set by an update; else the account's address. */
  requester?: string
  /** Set by an update (seed 004 L1872-1890). */
  autoRenewDays?: number
  suspendNotifications?: boolean
}

export interface Orders {
  /** Stores an order and starts its clock; `automaticApprover` approves it at once. */
  add(request: OrderRequest, automaticApprover?: Account): Order
  /** Takes a certificate of elsewhere under management. */
  import(request: OrderRequest, certificate: IssuedCertificate, backendCertId: string): Order
  /** The order as it is now; undefined when the id is unknown. */
  get(id: number): Promise<Order | undefined>
  /** A client has looked for news of this order. */
  countPoll(order: Order): void
  /** All orders as they are now, oldest first. */
  all(): Promise<Order[]>
  remove(order: Order): void
  /** Approves an order; `approver` is absent when a test does it. */
  approve(order: Order, approver?: Account): void
  decline(order: Order): void
  /** Revokes what is issued; `manual` tells the CA nothing. */
  revoke(order: Order, revocation: Revocation): void
  /** Orders a new certificate under the same id; the one it has becomes a previous one. */
  reissue(order: Order, changes: Partial<OrderRequest>): void
  /** The CA looks for the record now. */
  recheckDcv(order: Order): void
  /** Sets any status word and stops the clock for this order. */
  setStatus(order: Order, status: OrderStatus): void
  /** Issues now, whatever the state. */
  issue(order: Order): Promise<void>
  /** One sequence for the locations of all orders. */
  nextLocationId(): number
  clear(): void
}

/** First id; the document's example order is 812 (seed 004 L1340). One sequence for all products, so ids are unique here. */
const FIRST_ID = 812
/** Seed 004 L613. */
const FIRST_LOCATION_ID = 155
const RENEW_ID_BYTES = 15

export function createOrders(options: {
  readonly now: () => number
  readonly ca: CertificateAuthority
  readonly settings: () => Settings
}): Orders {
  const { now } = options
  const time = createOrderTime(options)
  const byId = new Map<number, Order>()
  let nextId = FIRST_ID
  let nextLocationId = FIRST_LOCATION_ID

  const store = (request: OrderRequest, backendCertId?: string): Order => {
    const id = nextId++
    const order: Order = {
      ...request,
      id,
      renewId: randomBytes(RENEW_ID_BYTES).toString('base64url'),
      // Numeric for the public CA, opaque for a private one (seed 004 L15778: GADTi8Ws1d43h32SAAAAAA==).
      backendCertId:
        backendCertId ?? (request.profile.echoSubject ? randomBytes(16).toString('base64') : String(7_344_000 + id)),
      requestedAt: now(),
      origin: 'enrolled',
      status: 'Init',
      polls: 0,
      collects: 0,
      previous: [],
      revokedSerials: [],
      locations: [],
    }
    byId.set(id, order)
    return order
  }

  return {
    add(request, automaticApprover) {
      const order = store(request)
      if (automaticApprover) order.automaticApprover = automaticApprover
      time.start(order)
      return order
    },
    import(request, certificate, backendCertId) {
      const order = store(request, backendCertId)
      order.origin = 'imported'
      order.status = 'Issued'
      order.certificate = certificate
      order.issuedAt = certificate.notBefore
      return order
    },
    async get(id) {
      const order = byId.get(id)
      return order && (await time.advance(order))
    },
    countPoll(order) {
      order.polls += 1
      order.polledAt = now()
    },
    all: () => Promise.all([...byId.values()].map(time.advance)),
    remove: (order) => byId.delete(order.id),
    approve: (order, approver) => time.approve(order, approver, now()),
    decline(order) {
      order.status = 'Declined'
      order.declinedAt = now()
    },
    revoke(order, revocation) {
      order.status = 'Revoked'
      order.revocation = revocation
      if (order.certificate && !revocation.manual) order.revokedSerials.push(order.certificate.serialNumber)
    },
    reissue(order, changes) {
      Object.assign(order, changes)
      order.replacedAt = now()
      time.approve(order, order.approver, now())
    },
    recheckDcv: time.recheckDcv,
    setStatus(order, status) {
      order.status = status
      order.frozen = true
    },
    issue: time.issue,
    nextLocationId: () => nextLocationId++,
    clear() {
      byId.clear()
      nextId = FIRST_ID
      nextLocationId = FIRST_LOCATION_ID
    },
  }
}
