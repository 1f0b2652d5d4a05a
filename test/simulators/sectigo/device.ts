// Device certificates: enrol, list, count (seed 004 L4169-4296, L4435-4510), and the table of everything about devices.
import { z } from 'zod'
import { readBody } from './body.ts'
import { collectRoutes } from './collect.ts'
import { decisionRoutes } from './decisions.ts'
import { deletionRoute } from './deletion.ts'
import { DEVICE_HEADERS, deviceAnswer } from './device-answer.ts'
import { deviceDetailsRoutes } from './device-details.ts'
import { DEVICE_FILTERS } from './device-filters.ts'
import { checkEnrollment, enrollFields, namedValues, namedValuesField, placeOrder } from './enroll.ts'
import { listStatus, shownId } from './flavour.ts'
import { listOrders } from './listing.ts'
import { locationRoutes } from './locations.ts'
import { deviceNames } from './names.ts'
import { checkOptionalFields, optionalNames } from './optional-fields.ts'
import type { OrderRequest } from './orders.ts'
import { deviceRenewRoutes } from './renew.ts'
import { deviceReplaceRoutes } from './replace.ts'
import { deviceRevokeRoutes } from './revoke.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'

export const deviceRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/device/v1/enroll', access: 'account', handle: enroll },
  { method: 'GET', path: '/api/device/v1', access: 'account', handle: list },
  { method: 'HEAD', path: '/api/device/v1', access: 'account', handle: count },
  deletionRoute('/api/device/v1', 'device'),
  ...deviceDetailsRoutes,
  ...collectRoutes('device'),
  ...decisionRoutes('device'),
  ...deviceRevokeRoutes,
  ...deviceRenewRoutes,
  ...deviceReplaceRoutes,
  ...locationRoutes('/api/device/v1', 'device'),
]

// No `subjAltNames`, no `externalRequester`, no `dcvMode` here.
const enrollSchema = z.object({ ...enrollFields, optionalFields: namedValuesField })

/** Seed 004 L4435-4510. */
async function enroll(call: AccountCall): Promise<Answer> {
  const body = readBody(call, enrollSchema)
  const optionalFields = namedValues(body.optionalFields)
  checkOptionalFields(optionalFields)
  const checked = await checkEnrollment(call, 'device', body, [])
  const names = deviceNames(checked.csr, optionalNames(optionalFields))
  const given = optionalFields.find(({ name }) => name === 'commonName')?.value
  const commonName = given ?? checked.csr.commonName ?? names[0]?.value
  const request: OrderRequest = {
    ...checked,
    ...{ account: call.account, product: 'device', externalRequester: '' },
    ...{ names, commonName, optionalFields },
  }
  return deviceAnswer(call, placeOrder(call, request))
}

/** Rows have the status, but neither comments nor common name (seed 004 L4253). */
async function list(call: AccountCall): Promise<Answer> {
  const page = await listOrders(call, { product: 'device', filters: DEVICE_FILTERS })
  const rows = page.orders.map((order) => ({
    id: shownId(call, order.id),
    status: listStatus(call, order.status),
    backendCertId: order.backendCertId,
    certificateDetails: { subject: order.certificate?.subject ?? order.csr.request.subject },
  }))
  return json(rows, { headers: { ...DEVICE_HEADERS, 'x-total-count': String(page.total) } })
}

/** The number alone, in a header (seed 004 L4254-4296). */
async function count(call: AccountCall): Promise<Answer> {
  const page = await listOrders(call, { product: 'device', filters: DEVICE_FILTERS })
  return { status: 200, headers: { 'x-total-count': String(page.total) } }
}
