// How time and the CA move an order: Init -> Requested -> Approved -> Applied -> Issued -> Expired, or Rejected, Invalid.
import type { CertificateAuthority } from './ca.ts'
import type { Account } from './catalogue.ts'
import { leafTemplate } from './leaf.ts'
import type { Order } from './orders.ts'
import type { Settings } from './settings.ts'

/** Share of the delay an order spends in Approved before it shows as Applied. */
const APPROVED_SHARE = 0.25
/** Seed 004 L1224-1225: one hour between two checks. */
const DCV_CHECK_MS = 60 * 60 * 1000

export interface OrderTime {
  /** A new order: Init for as long as the setting says. */
  start(order: Order): void
  /** The same order, as it is now. */
  advance(order: Order): Promise<Order>
  approve(order: Order, approver: Account | undefined, at: number): void
  recheckDcv(order: Order): void
  issue(order: Order): Promise<void>
}

export function createOrderTime(options: {
  readonly now: () => number
  readonly ca: CertificateAuthority
  readonly settings: () => Settings
}): OrderTime {
  const { now, ca, settings } = options

  const sign = async (order: Order, issuedAt: number): Promise<void> => {
    order.certificate = await ca.sign(leafTemplate({ ...order, issuedAt }))
    order.issuedAt = issuedAt
    order.status = 'Issued'
  }

  const issueAt = async (order: Order, at: number): Promise<void> => {
    order.signing ??= sign(order, at)
    await order.signing
  }

  const approve: OrderTime['approve'] = (order, approver, at) => {
    const { issueDelayMs, issuePolls, caVerdict, dcv, dnsConnector } = settings()
    order.status = 'Approved'
    delete order.frozen
    // An approval leads to a new certificate, also of an order that a replacement or an edit brings back.
    if (order.certificate) order.previous.push(order.certificate)
    delete order.certificate
    delete order.signing
    order.approvedAt = at
    order.verdict = {
      afterMs: issueDelayMs,
      afterPolls: issuePolls === 'never' ? Number.POSITIVE_INFINITY : issuePolls,
      answer: caVerdict,
    }
    order.polls = 0
    order.collects = 0
    if (approver) order.approver = approver
    // Private CAs ask for no proof of control.
    if (dcv === 'perOrder' && order.product === 'ssl' && !order.profile.echoSubject) {
      const published = order.dcvMode === 'AUTO' && dnsConnector === 'publishes'
      order.dcv = { published, lastCheck: at, nextCheck: at + DCV_CHECK_MS }
    }
  }

  const leaveInit = (order: Order): void => {
    const at = order.requestedAt + settings().initDelayMs
    if (now() < at) return
    order.status = 'Requested'
    if (order.automaticApprover) approve(order, order.automaticApprover, at)
  }

  const checkDcv = (dcv: NonNullable<Order['dcv']>, at: number): void => {
    dcv.lastCheck = at
    dcv.nextCheck = at + DCV_CHECK_MS
    if (dcv.published) dcv.validatedAt ??= at
  }

  const scheduledChecks = (dcv: NonNullable<Order['dcv']>): void => {
    if (dcv.validatedAt !== undefined) return
    const missed = Math.floor((now() - dcv.lastCheck) / DCV_CHECK_MS)
    if (missed >= 1) checkDcv(dcv, dcv.lastCheck + missed * DCV_CHECK_MS)
  }

  /** Undefined while the CA waits for a proof of control, or polls are to come. */
  const dueAt = ({ approvedAt, verdict, dcv, polls, polledAt }: Order): number | undefined => {
    if (approvedAt === undefined || !verdict || polls < verdict.afterPolls) return undefined
    const delayed = approvedAt + verdict.afterMs
    const due = verdict.afterPolls === 0 ? delayed : Math.max(delayed, polledAt ?? 0)
    if (!dcv) return due
    return dcv.validatedAt === undefined ? undefined : Math.max(due, dcv.validatedAt)
  }

  const decide = async (order: Order, at: number): Promise<void> => {
    const answer = order.verdict?.answer ?? 'issue'
    if (answer === 'issue') await issueAt(order, at)
    else order.status = answer === 'reject' ? 'Rejected' : 'Invalid'
  }

  const progress = async (order: Order): Promise<void> => {
    if (order.dcv) scheduledChecks(order.dcv)
    const due = dueAt(order)
    if (due !== undefined && now() >= due) return await decide(order, due)
    const { approvedAt = 0, verdict } = order
    if (now() >= approvedAt + (verdict?.afterMs ?? 0) * APPROVED_SHARE) order.status = 'Applied'
  }

  return {
    approve,
    start: leaveInit,
    async advance(order) {
      if (order.frozen) return order
      if (order.status === 'Init') leaveInit(order)
      if (order.status === 'Approved' || order.status === 'Applied') await progress(order)
      const { certificate } = order
      if (order.status === 'Issued' && certificate && now() > certificate.notAfter) order.status = 'Expired'
      return order
    },
    recheckDcv(order) {
      if (order.dcv) checkDcv(order.dcv, now())
    },
    async issue(order) {
      delete order.frozen
      order.approvedAt ??= now()
      await issueAt(order, now())
      order.status = 'Issued'
    },
  }
}
