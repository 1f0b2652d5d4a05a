// Revocation by id, by serial number, and by mark only (seed 004 L2181-2280, L4788-4875).
import { z } from 'zod'
import { numberField, readBody, textField } from './body.ts'
import type { Privilege, Product } from './catalogue.ts'
import type { Constraint } from './constraints.ts'
import { atMost, checkConstraints, notEmpty, notNull, sizeBetween } from './constraints.ts'
import { refuse } from './errors.ts'
import { findOrder, isVisible, plainSerial, unknownOrder } from './listing.ts'
import { findBySerial, findDeviceByOrder, serialsOf } from './lookup.ts'
import type { Order } from './orders.ts'
import { requirePrivilege } from './privileges.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { NO_CONTENT } from './router.ts'

const REASON_MAX_LENGTH = 512
/** Unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation (seed 004 L2193). */
const REASON_CODES = [0, 1, 3, 4, 5]

const PRIVILEGES: Readonly<Record<Product, Privilege>> = {
  ssl: 'sslRevoke',
  device: 'deviceRevoke',
  client: 'clientCertRevoke',
}

// `reasonCode` is a number in the document and a string in the OAuth2 API; observed: both are taken.
const revokeSchema = z.object({ reasonCode: numberField, reason: textField })
const manualSchema = z.object({
  certId: numberField,
  serialNumber: textField,
  issuer: textField,
  revokeDate: textField,
  reasonCode: numberField,
})

export const sslRevokeRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/ssl/v1/revoke/:id', access: 'account', handle: (call) => revoke(call, 'ssl', byId) },
  ...sharedRoutes('/api/ssl/v1', 'ssl'),
]

export const deviceRevokeRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/api/device/v1/revoke/order/:id',
    access: 'account',
    handle: (call) => revoke(call, 'device', findDeviceByOrder),
  },
  ...sharedRoutes('/api/device/v1', 'device'),
]

function sharedRoutes(base: string, product: Product): readonly Route[] {
  return [
    {
      method: 'POST',
      path: `${base}/revoke/serial/:serial`,
      access: 'account',
      handle: (call) => revoke(call, product, findBySerial),
    },
    {
      method: 'POST',
      path: `${base}/revoke/manual`,
      access: 'account',
      handle: (call) => revokeManually(call, product),
    },
  ]
}

const byId = findOrder

/**
 * 204 without a body.
 * @throws ScmError -1001 reason or reasonCode, -25/-3/-37 privilege, -124/-5101 unknown, -102 not issued, -102 or -159 revoked already.
 */
export async function revoke(
  call: AccountCall,
  product: Product,
  find: (call: AccountCall, product: Product) => Promise<Order>,
): Promise<Answer> {
  const { reasonCode, reason = '' } = readBody(call, revokeSchema)
  // SSL wants a reason (seed 004 L2198), the others do not (L4805).
  checkConstraints([...codeConstraints(call, reasonCode), ...reasonConstraints(reason ?? '', product === 'ssl')])
  requirePrivilege(call, PRIVILEGES[product])
  const order = await find(call, product)
  const { context } = call
  const serial = plainSerial(call.params['serial'] ?? '')
  const replaced = order.previous.find(({ serialNumber }) => plainSerial(serialNumber) === serial)
  if (replaced) {
    // Of the order's certificates this is not the one it stands for: the CA revokes it, the order stays what it is.
    if (order.revokedSerials.includes(replaced.serialNumber)) throw refusal(call, 'Revoked')
    order.revokedSerials.push(replaced.serialNumber)
    return NO_CONTENT
  }
  if (order.status !== 'Issued') throw refusal(call, order.status)
  context.orders.revoke(order, {
    at: context.now(),
    reasonCode: reasonCode ?? 0,
    reason: reason ?? '',
    manual: false,
  })
  return NO_CONTENT
}

/** Marks the record; the CA is not told (seed 004 L2241-2280). `serialNumber` and `issuer` are texts, whatever the table says. */
export async function revokeManually(call: AccountCall, product: Product): Promise<Answer> {
  const body = readBody(call, manualSchema)
  const { certId, serialNumber, issuer, revokeDate, reasonCode } = body
  const at = revokeDate ? Date.parse(revokeDate) : call.context.now()
  checkConstraints([
    ...codeConstraints(call, reasonCode),
    { field: 'revokeDate', holds: !Number.isNaN(at), text: 'must be a date' },
  ])
  if (certId == null && !(serialNumber && issuer)) throw refuse('oneOf', 'certId, serialNumber, issuer')
  requirePrivilege(call, PRIVILEGES[product])
  const orders = (await call.context.orders.all()).filter((order) => isVisible(call, order, product))
  const order =
    certId == null
      ? orders.find((one) => serialsOf(one).includes(plainSerial(serialNumber ?? '')) && issuedBy(one, issuer ?? ''))
      : orders.find(({ id }) => id === certId)
  if (!order) throw unknownOrder(call, product, String(certId ?? serialNumber))
  if (order.status !== 'Issued') throw refusal(call, order.status)
  call.context.orders.revoke(order, { at, reasonCode: reasonCode ?? 0, reason: '', manual: true })
  return NO_CONTENT
}

function refusal({ context }: AccountCall, status: string): Error {
  const again = status === 'Revoked' && context.settings.revokedTwice === 'alreadyRevoked'
  return refuse(again ? 'alreadyRevoked' : 'onlyIssuedRevoked')
}

function codeConstraints({ context }: AccountCall, code: number | null | undefined): Constraint[] {
  return [
    ...(context.settings.revokeReasonCode === 'optional' ? [] : [notNull('reasonCode', code)]),
    { field: 'reasonCode', holds: code == null || REASON_CODES.includes(code), text: 'allowed ranges 0,1 and 3-5' },
  ]
}

function reasonConstraints(reason: string, required: boolean): Constraint[] {
  if (!required) return [atMost('reason', reason, REASON_MAX_LENGTH)]
  return [notEmpty('reason', reason), sizeBetween('reason', reason, [1, REASON_MAX_LENGTH])]
}

/** Names are compared without regard to case and to blanks between their parts. */
function issuedBy({ certificate }: Order, issuer: string): boolean {
  const plain = (name: string): string => name.toLowerCase().replace(/\s*,\s*/g, ',')
  return certificate !== undefined && plain(certificate.issuer) === plain(issuer)
}
