// Approve and decline (seed 004 L1766-1815, L4742-4787).
import { z } from 'zod'
import { readBody, textField } from './body.ts'
import type { Product } from './catalogue.ts'
import { checkConstraints, notEmpty, sizeBetween } from './constraints.ts'
import { isEv } from './enroll.ts'
import { refuse } from './errors.ts'
import { findOrder } from './listing.ts'
import type { Order } from './orders.ts'
import { requirePrivilege } from './privileges.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { NO_CONTENT } from './router.ts'

/** Seed 004 L1779. */
const MESSAGE_LENGTHS = [1, 512] as const
const WAITING = ['Requested', 'SA Approved']
const decisionSchema = z.object({ message: textField })

export function decisionRoutes(product: Product): readonly Route[] {
  return [
    {
      method: 'POST',
      path: `/api/${product}/v1/approve/:id`,
      access: 'account',
      handle: (call) => decide(call, product, (order) => approve(call, order)),
    },
    {
      method: 'POST',
      path: `/api/${product}/v1/decline/:id`,
      access: 'account',
      handle: (call) => decide(call, product, (order) => call.context.orders.decline(order)),
    },
  ]
}

/**
 * 204 without a body.
 * @throws ScmError -1001 message, -25/-3/-37 privilege, -124/-5101 unknown, -1112 not waiting for approval, -1140 own EV request.
 */
async function decide(call: AccountCall, product: Product, apply: (order: Order) => void): Promise<Answer> {
  const { message } = readBody(call, decisionSchema)
  checkConstraints([notEmpty('message', message), sizeBetween('message', message, MESSAGE_LENGTHS)])
  requirePrivilege(call, product === 'ssl' ? 'sslApprove' : 'deviceApprove')
  const order = await findOrder(call, product)
  if (!WAITING.includes(order.status)) throw refuse('decided', order.status)
  apply(order)
  return NO_CONTENT
}

/** With two approvals the first one leads to "SA Approved". */
function approve({ context, account }: AccountCall, order: Order): void {
  if (isEv(order.profile) && order.account.login === account.login) throw refuse('ownRequest')
  if (context.settings.approvals === 2 && order.status === 'Requested') order.status = 'SA Approved'
  else context.orders.approve(order, account)
}
