// Details of a device certificate, and their update (seed 004 L4297-4433, L4585-4741).
import { z } from 'zod'
import { readBody, textField } from './body.ts'
import { checkConstraints } from './constraints.ts'
import { checkCustomFields, customFieldConstraints } from './custom-fields.ts'
import { commonDetails, dateWriter, present } from './details.ts'
import { DEVICE_HEADERS } from './device-answer.ts'
import { commentsConstraint, namedValues, namedValuesField } from './enroll.ts'
import { findOrder, findPolled } from './listing.ts'
import type { Order } from './orders.ts'
import { requirePrivilege } from './privileges.ts'
import type { AccountCall, Answer, Route } from './router.ts'

export const deviceDetailsRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/device/v1/:id', access: 'account', handle: details },
  { method: 'PUT', path: '/api/device/v1/:id', access: 'account', handle: update },
]

async function details(call: AccountCall): Promise<Answer> {
  return deviceDetails(call, await findPolled(call, 'device'))
}

/** No issued or revoked date, no source, no names. The example has a subject though nothing is issued: it is the CSR's. */
function deviceDetails(call: AccountCall, order: Order): Answer {
  const common = commonDetails(order, call.context, dateWriter(call))
  const certificateDetails = common['certificateDetails'] ?? { subject: order.csr.request.subject }
  return present({ ...common, certificateDetails }, call.context, DEVICE_HEADERS)
}

const updateSchema = z.object({ comments: textField, customFields: namedValuesField })

/** Only comments and custom fields; 200 with the details. */
async function update(call: AccountCall): Promise<Answer> {
  const { comments, customFields } = readBody(call, updateSchema)
  const given = namedValues(customFields)
  checkConstraints([commentsConstraint(comments), ...customFieldConstraints(given)])
  requirePrivilege(call, 'deviceManage')
  const order = await findOrder(call, 'device')
  const clear = call.context.settings.updateOmitted === 'clear'
  const fields = customFields ? checkCustomFields(call.context.catalogue, 'device', given) : undefined
  if (comments != null || clear) order.comments = comments ?? ''
  if (fields || clear) order.customFields = fields ?? []
  return deviceDetails(call, order)
}
