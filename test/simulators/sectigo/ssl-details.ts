// Details of an SSL certificate (seed 004 L854-1131).
import type { Catalogue } from './catalogue.ts'
import { commonDetails, dateWriter, present } from './details.ts'
import { flavourOf } from './flavour.ts'
import type { Order } from './orders.ts'
import { sourceOf } from './request-source.ts'
import type { AccountCall, Answer } from './router.ts'
import { usagesOf } from './usages.ts'

/** Seed 004 L1097 shows 10024 as an administrator's id. */
const FIRST_ADMIN_ID = 10_000

export function sslDetails(call: AccountCall, order: Order): Answer {
  const { context } = call
  const date = dateWriter(call)
  const { csrDetails, ...common } = commonDetails(order, context, date)
  const { certificate, approver, revocation } = order
  return present(
    {
      ...common,
      sslId: order.id,
      vendor: order.profile.vendor,
      validationType: order.profile.validationType,
      ownerId: approver && adminId(context.catalogue, approver.login),
      requesterId: adminId(context.catalogue, order.account.login),
      requestedVia: sourceOf(order, context.settings).display,
      externalRequester: order.externalRequester,
      // There in both examples, though one is Requested (seed 004 L2164); empty in that of a device (L4741).
      certificateDetails: common['certificateDetails'] ?? {},
      issued: date(order.issuedAt),
      declined: date(order.declinedAt),
      replaced: date(order.replacedAt),
      revoked: date(revocation?.at),
      reasonCode: reasonCode(call, order),
      renewed: order.renewedAt !== undefined,
      renewedDate: date(order.renewedAt),
      signatureAlg: certificate?.signatureAlgorithm,
      ...(certificate ? usagesOf(certificate.der) : {}),
      subjectAlternativeNames: order.names.map((name) => name.value),
      autoInstallDetails: { state: 'Not configured' },
      autoRenewDetails:
        order.autoRenewDays === undefined
          ? { state: 'Not scheduled' }
          : { state: 'Scheduled', daysBeforeExpiration: order.autoRenewDays },
      suspendNotifications: order.suspendNotifications ?? false,
      csrDetails,
    },
    context,
  )
}

/** A number in the document (seed 004 L968), a string in the OAuth2 API (OpenAPI 25.9.2). */
function reasonCode(call: AccountCall, { revocation }: Order): number | string | undefined {
  if (!revocation) return undefined
  return flavourOf(call) === 'admin' ? String(revocation.reasonCode) : revocation.reasonCode
}

/** Accounts have no id of their own here: their place in the catalogue serves. */
function adminId({ accounts }: Catalogue, login: string): number | undefined {
  const index = accounts.findIndex((account) => account.login === login)
  return index === -1 ? undefined : FIRST_ADMIN_ID + index
}
