// What enrolment and renewal of a device answer (seed 004 L4510, L4908).
import { flavourOf, listStatus, shownId } from './flavour.ts'
import type { Order } from './orders.ts'
import type { AccountCall, Answer } from './router.ts'
import { json } from './router.ts'

/** Device answers name no charset (seed 004 L4251, L4431). */
export const DEVICE_HEADERS = { 'content-type': 'application/json' }

/** The OAuth2 API answers id and status only (OpenAPI 25.9.2). */
export function deviceAnswer(call: AccountCall, order: Order): Answer {
  const id = shownId(call, order.id)
  const answer = { deviceCertId: id, status: listStatus(call, order.status) }
  const deprecated = { backendCertId: order.backendCertId, orderNumber: id }
  return json(flavourOf(call) === 'admin' ? answer : { ...answer, ...deprecated }, { headers: DEVICE_HEADERS })
}
