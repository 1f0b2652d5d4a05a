// Replacement: the same order with another key (seed 004 L2380-2429, L4942-4972). 204 and no new id for either product.
import { z } from 'zod'
import { readBody, textField } from './body.ts'
import type { Constraint } from './constraints.ts'
import { checkConstraints, notEmpty, notNull, sizeBetween, wellFormedEmail } from './constraints.ts'
import { checkNames } from './domain-checks.ts'
import { csrConstraints, readCsr } from './enroll.ts'
import { refuse } from './errors.ts'
import { requireDcvMode } from './flavour.ts'
import { findOrder } from './listing.ts'
import { findDeviceByOrder } from './lookup.ts'
import { readName } from './names.ts'
import type { Order, OrderRequest } from './orders.ts'
import { DCV_MODES } from './orders.ts'
import { requirePrivilege } from './privileges.ts'
import { requestOf } from './renew.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { NO_CONTENT } from './router.ts'

export const sslReplaceRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/ssl/v1/replace/:id', access: 'account', handle: replaceSsl },
]

export const deviceReplaceRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/device/v1/replace/order/:id', access: 'account', handle: replaceDevice },
]

/** Seed 004 L2397-2401. */
const REASON_LENGTHS = [1, 512] as const
const COMMON_NAME_LENGTHS = [1, 64] as const

// A list of names here, a string in enrol (seed 004 L2404).
const sslSchema = z.object({
  csr: textField,
  reason: textField,
  commonName: textField,
  subjectAlternativeNames: z.array(z.string()).nullish(),
  dcvMode: z.enum(DCV_MODES).nullish(),
  dcvEmail: textField,
})
const deviceSchema = z.object({ csr: textField, reason: textField, revoke: z.boolean().nullish() })

async function replaceSsl(call: AccountCall): Promise<Answer> {
  const body = readBody(call, sslSchema)
  const { commonName, dcvEmail } = body
  requireDcvMode(call, body.dcvMode)
  checkConstraints([
    ...commonConstraints(body),
    sizeBetween('commonName', commonName, COMMON_NAME_LENGTHS),
    wellFormedEmail('dcvEmail', dcvEmail),
  ])
  requirePrivilege(call, 'sslReplace')
  const order = await findOrder(call, 'ssl')
  if (order.status !== 'Issued') throw refuse('sslNotIssued', order.status)
  const changes: Partial<OrderRequest> = { csr: await readCsr(call, required(body.csr), order.profile) }
  if (commonName) changes.commonName = commonName
  if (body.subjectAlternativeNames) {
    changes.names = unique([changes.commonName ?? order.commonName ?? '', ...body.subjectAlternativeNames])
  }
  if (body.dcvMode) changes.dcvMode = body.dcvMode
  if (dcvEmail) changes.dcvEmail = dcvEmail
  checkNames(call.context, { ...requestOf(order), ...changes })
  replace(call, order, changes)
  return NO_CONTENT
}

/** `revoke` must be given (seed 004 L4960): it decides about the old certificate. */
async function replaceDevice(call: AccountCall): Promise<Answer> {
  const body = readBody(call, deviceSchema)
  checkConstraints([...commonConstraints(body), notNull('revoke', body.revoke)])
  requirePrivilege(call, 'deviceReplace')
  const order = await findDeviceByOrder(call)
  // -130 speaks of SSL; for devices the code is not stated.
  if (order.status !== 'Issued') throw refuse('renewing', order.status)
  const csr = await readCsr(call, required(body.csr), order.profile)
  const old = order.certificate
  const replaced = replace(call, order, { csr })
  if (body.revoke !== true) return NO_CONTENT
  if (replaced !== order) {
    call.context.orders.revoke(order, {
      at: call.context.now(),
      reasonCode: 4,
      reason: body.reason ?? '',
      manual: false,
    })
  } else if (old) order.revokedSerials.push(old.serialNumber)
  return NO_CONTENT
}

/** The order that stands for the new certificate: the same one (observed), or a new one beside the replaced. */
function replace({ context, account }: AccountCall, order: Order, changes: Partial<OrderRequest>): Order {
  if (context.settings.replacement === 'sameId') {
    context.orders.reissue(order, changes)
    return order
  }
  order.replacedAt = context.now()
  // Devices have no such status (seed 004 L4183).
  if (order.product === 'ssl') order.status = 'Replaced'
  return context.orders.add({ ...requestOf(order), ...changes }, account)
}

function commonConstraints({ csr, reason }: Pick<z.output<typeof deviceSchema>, 'csr' | 'reason'>): Constraint[] {
  return [...csrConstraints(csr), notEmpty('reason', reason), sizeBetween('reason', reason, REASON_LENGTHS)]
}

function required(csr: string | null | undefined): string {
  if (!csr) throw refuse('missing', 'csr')
  return csr
}

function unique(names: readonly string[]): OrderRequest['names'] {
  return [...new Set(names.filter((name) => name !== ''))].map(readName)
}
