// Renewal: a new order with the parameters of an old one (seed 004 L2281-2379, L4876-4941).
import { z } from 'zod'
import { numberField, readBody, textField } from './body.ts'
import type { Product } from './catalogue.ts'
import { checkConstraints, wellFormedEmail } from './constraints.ts'
import { deviceAnswer } from './device-answer.ts'
import { checkNames } from './domain-checks.ts'
import { csrConstraints, placeOrder, readCsr } from './enroll.ts'
import { refuse } from './errors.ts'
import { requireDcvMode, shownId } from './flavour.ts'
import { findOrder, isVisible } from './listing.ts'
import { findBySerial, findDeviceByOrder } from './lookup.ts'
import type { Order, OrderRequest } from './orders.ts'
import { DCV_MODES } from './orders.ts'
import { requirePrivilege } from './privileges.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json, NO_CONTENT } from './router.ts'

export const sslRenewRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/ssl/v1/renewById/:id', access: 'account', handle: renewById },
  { method: 'POST', path: '/api/ssl/v1/renew/:renewId', access: 'account', handle: renewByRenewId },
  { method: 'POST', path: '/api/ssl/v1/renew/manual/:id', access: 'account', handle: markRenewed },
]

export const deviceRenewRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/api/device/v1/renew/order/:id',
    access: 'account',
    handle: (call) => renewDevice(call, findDeviceByOrder),
  },
  {
    method: 'POST',
    path: '/api/device/v1/renew/serial/:serial',
    access: 'account',
    handle: (call) => renewDevice(call, (given) => findBySerial(given, 'device')),
  },
]

const renewSchema = z.object({ csr: textField, dcvMode: z.enum(DCV_MODES).nullish(), dcvEmail: textField })
type RenewBody = z.output<typeof renewSchema>

/** 200 with the new id alone: no renewId (seed 004 L2342-2351). */
async function renewById(call: AccountCall): Promise<Answer> {
  const body = readRenewal(call)
  requirePrivilege(call, 'sslRenew')
  const renewed = await renewSsl(call, await findOrder(call, 'ssl'), body)
  return json({ sslId: shownId(call, renewed.id) })
}

/** 204: the new id is not told (seed 004 L2281-2305). @throws ScmError -123 for an unknown renewId. */
async function renewByRenewId(call: AccountCall): Promise<Answer> {
  const body = readRenewal(call)
  requirePrivilege(call, 'sslRenew')
  const orders = await call.context.orders.all()
  const order = orders.find((one) => isVisible(call, one, 'ssl') && one.renewId === call.params['renewId'])
  if (!order) throw refuse('renewIdUnknown')
  await renewSsl(call, order, body)
  return NO_CONTENT
}

/** A body may be missing: every field is optional. */
function readRenewal(call: AccountCall): RenewBody {
  const body = call.text.trim() === '' ? {} : readBody(call, renewSchema)
  requireDcvMode(call, body.dcvMode)
  checkConstraints([...csrConstraints(body.csr), wellFormedEmail('dcvEmail', body.dcvEmail)])
  return body
}

async function renewSsl(call: AccountCall, order: Order, body: RenewBody): Promise<Order> {
  if (order.profile.allowsRenew === false) throw refuse('renewForbidden')
  const request = renewalOf(call, order)
  if (body.csr) request.csr = await readCsr(call, body.csr, order.profile)
  if (body.dcvMode) request.dcvMode = body.dcvMode
  if (body.dcvEmail) request.dcvEmail = body.dcvEmail
  checkNames(call.context, request)
  return renew(call, order, request)
}

/** Same CSR, so the same key; answers as enrol does (seed 004 L4908, L4941). */
async function renewDevice(call: AccountCall, find: (call: AccountCall) => Promise<Order>): Promise<Answer> {
  requirePrivilege(call, 'deviceRenew')
  const order = await find(call)
  return deviceAnswer(call, renew(call, order, renewalOf(call, order)))
}

/** What the new order takes over. observed: its comments are replaced, so a mark in them is lost (seed 004 L15779). */
function renewalOf({ context }: AccountCall, order: Order): OrderRequest {
  if (order.status !== 'Issued' && order.status !== 'Expired') throw refuse('renewing', order.status)
  return { ...requestOf(order), comments: `Renewed: ${javaDate(context.now())}` }
}

function renew(call: AccountCall, order: Order, request: OrderRequest): Order {
  order.renewedAt = call.context.now()
  return placeOrder(call, request)
}

/** The part of an order that another one can be made of. */
export function requestOf(order: Order): OrderRequest {
  const { product, account, orgId, organization, profile, term, csr, commonName, names } = order
  const { comments, externalRequester, customFields, optionalFields, dcvMode, dcvEmail, keyAgent } = order
  const party = { product, account, orgId, organization, profile, term }
  const request: OrderRequest = { ...party, csr, commonName, names, comments, externalRequester, customFields }
  if (optionalFields) request.optionalFields = optionalFields
  if (dcvMode) request.dcvMode = dcvMode
  if (dcvEmail) request.dcvEmail = dcvEmail
  if (keyAgent) request.keyAgent = keyAgent
  return request
}

/** `Thu Nov 07 13:05:39 UTC 2024`. */
function javaDate(at: number): string {
  const [weekday, day, month, year, time] = new Date(at).toUTCString().replace(',', '').split(' ')
  return `${weekday} ${month} ${day} ${time} UTC ${year}`
}

const markSchema = z.object({ id: numberField, orderNumber: textField })

/** Links an old certificate to a new one; both fields are optional (seed 004 L2352-2379). */
async function markRenewed(call: AccountCall): Promise<Answer> {
  const { id, orderNumber } = call.text.trim() === '' ? {} : readBody(call, markSchema)
  requirePrivilege(call, 'sslManage')
  const order = await findOrder(call, 'ssl')
  if (id != null) await findOrder({ ...call, params: { id: String(id) } }, 'ssl')
  if (orderNumber && !(await hasOrderNumber(call, 'ssl', orderNumber))) throw refuse('fieldValue', 'orderNumber')
  order.renewedAt ??= call.context.now()
  return NO_CONTENT
}

async function hasOrderNumber(call: AccountCall, product: Product, wanted: string): Promise<boolean> {
  const orders = await call.context.orders.all()
  return orders.some((order) => isVisible(call, order, product) && order.backendCertId === wanted)
}
