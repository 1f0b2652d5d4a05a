// Details of a client certificate, and their update (seed 004 L3090-3243, L3407-3586).
import { z } from 'zod'
import { readBody, textField } from './body.ts'
import { checkConstraints } from './constraints.ts'
import { checkCustomFields, customFieldConstraints } from './custom-fields.ts'
import { commonDetails, dateWriter, present } from './details.ts'
import { commentsConstraint, namedValues, namedValuesField } from './enroll.ts'
import { findOrder, findPolled } from './listing.ts'
import type { Order } from './orders.ts'
import { requirePrivilege } from './privileges.ts'
import { smimeSource } from './request-source.ts'
import type { AccountCall, Answer } from './router.ts'
import { SMIME_HEADERS, smimeState } from './smime-list.ts'
import { usagesOf } from './usages.ts'

/** The only value in the document (seed 004 L3243). */
const SUB_TYPE = 'Private'

const updateSchema = z.object({ customFields: namedValuesField, comments: textField })

export async function smimeDetails(call: AccountCall): Promise<Answer> {
  return details(call, await findPolled(call, 'client'))
}

/** 200 with the details (seed 004 L3434-3586). What it leaves out stays or goes as the `updateOmitted` setting says. */
export async function updateSmime(call: AccountCall): Promise<Answer> {
  const { customFields, comments } = readBody(call, updateSchema)
  const given = namedValues(customFields)
  checkConstraints([...customFieldConstraints(given), commentsConstraint(comments)])
  requirePrivilege(call, 'clientCertManage')
  const order = await findOrder(call, 'client')
  const clear = call.context.settings.updateOmitted === 'clear'
  if (customFields != null || clear) {
    order.customFields = checkCustomFields(call.context.catalogue, 'client', given)
  }
  if (comments != null || clear) order.comments = comments ?? ''
  return details(call, order)
}

/** No person in it, and neither requester nor owner. */
function details(call: AccountCall, order: Order): Answer {
  const date = dateWriter(call)
  const { orderNumber: _, owner, requester, approved, csrDetails, ...common } = commonDetails(order, call.context, date)
  const { certificate, revocation } = order
  return present(
    {
      ...common,
      status: smimeState(order),
      subType: SUB_TYPE,
      requestedVia: smimeSource(order, call.context.settings),
      issued: date(order.issuedAt),
      revoked: date(revocation?.at),
      reasonCode: revocation?.reasonCode,
      signatureAlg: certificate?.signatureAlgorithm,
      ...(certificate ? usagesOf(certificate.der) : {}),
      subjectAlternativeNames: order.names.map((name) => name.value),
      // Present and empty before there is a certificate (seed 004 L3586).
      certificateDetails: common['certificateDetails'] ?? {},
      suspendNotifications: order.suspendNotifications ?? false,
      csrDetails,
    },
    call.context,
    SMIME_HEADERS,
  )
}
