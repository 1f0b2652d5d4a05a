// Orders and how time moves them: Requested -> Approved -> Applied -> Issued, or Declined, Rejected, Invalid.
import { randomBytes } from 'node:crypto'
import type { x509 } from './asn1.ts'
import type { CertificateAuthority, IssuedCertificate } from './ca.ts'
import type { Account, Organization, Product, Profile } from './catalogue.ts'
import type { ParsedCsr } from './csr.ts'
import { leafTemplate } from './leaf.ts'

/** Display spelling (seed 004 L712, L4183). Control may set any other word, so this is not closed. */
export type OrderStatus = string

export interface NamedValue {
  readonly name: string
  readonly value: string
}

/** What enrol stores. */
export interface OrderRequest {
  readonly product: Product
  readonly account: Account
  readonly orgId: number
  readonly organization: Organization
  readonly profile: Profile
  readonly term: number
  readonly csr: ParsedCsr
  /** As SCM keeps it: the CSR's, an optional field's, or the first name. */
  readonly commonName: string | undefined
  readonly names: readonly x509.JsonGeneralName[]
  readonly comments: string
  readonly externalRequester: string
  readonly customFields: readonly NamedValue[]
}

export interface Order extends OrderRequest {
  readonly id: number
  /** SSL only; 20 characters, told once (seed 004 L1341). */
  readonly renewId: string
  readonly backendCertId: string
  readonly requestedAt: number
  status: OrderStatus
  approvedAt?: number
  approver?: Account
  issuedAt?: number
  declinedAt?: number
  certificate?: IssuedCertificate
  /** Fixed at approval. */
  issueDelayMs?: number
  /** Set while the CA signs, so that two readers get one certificate. */
  signing?: Promise<void>
}

export interface Orders {
  add(request: OrderRequest): Order
  /** The order as it is now; undefined when the id is unknown. */
  get(id: number): Promise<Order | undefined>
  /** All orders as they are now, oldest first. */
  all(): Promise<Order[]>
  /** Approves a Requested order; `approver` is absent when a test does it. */
  approve(order: Order, approver?: Account): void
  decline(order: Order): void
  /** Sets any status word and stops the clock for this order. */
  setStatus(order: Order, status: OrderStatus): void
  /** Issues now, whatever the state. */
  issue(order: Order): Promise<void>
  clear(): void
}

/** First id; the document's example order is 812 (seed 004 L1340). One sequence for both products, so ids are unique here. */
const FIRST_ID = 812
/** Share of the delay an order spends in Approved before it shows as Applied. */
const APPROVED_SHARE = 0.25
const RENEW_ID_BYTES = 15

export function createOrders(options: {
  readonly now: () => number
  readonly ca: CertificateAuthority
  readonly issueDelayMs: () => number
}): Orders {
  const { now, ca } = options
  const byId = new Map<number, Order>()
  let nextId = FIRST_ID

  const sign = async (order: Order, issuedAt: number): Promise<void> => {
    order.certificate = await ca.sign(leafTemplate({ ...order, issuedAt }))
    order.issuedAt = issuedAt
    order.status = 'Issued'
  }

  const issueAt = async (order: Order, at: number): Promise<void> => {
    order.signing ??= sign(order, at)
    await order.signing
  }

  const advance = async (order: Order): Promise<Order> => {
    const moving = order.status === 'Approved' || order.status === 'Applied'
    if (!moving || order.approvedAt === undefined || order.issueDelayMs === undefined) return order
    const due = order.approvedAt + order.issueDelayMs
    if (now() >= due) await issueAt(order, due)
    else if (now() >= order.approvedAt + order.issueDelayMs * APPROVED_SHARE) order.status = 'Applied'
    return order
  }

  const approve = (order: Order, approver?: Account): void => {
    order.status = 'Approved'
    order.approvedAt = now()
    order.issueDelayMs = options.issueDelayMs()
    if (approver) order.approver = approver
  }

  return {
    add(request) {
      const id = nextId++
      const order: Order = {
        ...request,
        id,
        renewId: randomBytes(RENEW_ID_BYTES).toString('base64url'),
        // Numeric for the public CA, opaque for a private one (seed 004 L15778: GADTi8Ws1d43h32SAAAAAA==).
        backendCertId: request.profile.echoSubject ? randomBytes(16).toString('base64') : String(7_344_000 + id),
        requestedAt: now(),
        status: 'Requested',
      }
      byId.set(id, order)
      return order
    },
    async get(id) {
      const order = byId.get(id)
      return order && (await advance(order))
    },
    all: () => Promise.all([...byId.values()].map(advance)),
    approve,
    decline(order) {
      order.status = 'Declined'
      order.declinedAt = now()
    },
    setStatus(order, status) {
      order.status = status
      delete order.issueDelayMs
    },
    async issue(order) {
      order.approvedAt ??= now()
      await issueAt(order, now())
    },
    clear() {
      byId.clear()
      nextId = FIRST_ID
    },
  }
}
