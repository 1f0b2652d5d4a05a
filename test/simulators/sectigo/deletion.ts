// Deletion: "Only imported or discovered certificates can be deleted" (seed 004 L2432, L4975). Control changes an order's origin.
import type { Product } from './catalogue.ts'
import { refuse } from './errors.ts'
import { findOrder } from './listing.ts'
import { requireManagement } from './privileges.ts'
import type { Route } from './router.ts'
import { NO_CONTENT } from './router.ts'

/** `base` is the path of the product's certificates. A managed one is refused with -37; the code is not stated. */
export function deletionRoute(base: string, product: Product): Route {
  return {
    method: 'DELETE',
    path: `${base}/:id`,
    access: 'account',
    async handle(call) {
      requireManagement(call, product)
      const order = await findOrder(call, product)
      if (order.origin === 'enrolled') throw refuse('accessDenied')
      call.context.orders.remove(order)
      return NO_CONTENT
    },
  }
}
