// Custom locations of a certificate: free notes, kept beside it (seed 004 L533-696, L4033-4167).
import { z } from 'zod'
import { readBody } from './body.ts'
import type { Product } from './catalogue.ts'
import { checkConstraints, notNull } from './constraints.ts'
import { refuse } from './errors.ts'
import { findOrder } from './listing.ts'
import type { Location, Order } from './orders.ts'
import { requireManagement } from './privileges.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json, NO_CONTENT } from './router.ts'

const bodySchema = z.object({ details: z.record(z.string(), z.unknown()).nullish() })

/** `base` is the path of the product's certificates, `/api/ssl/v1`. */
export function locationRoutes(base: string, product: Product): readonly Route[] {
  const all = `${base}/:id/location`
  const one = `${all}/:locationId`
  const find = (call: AccountCall): Promise<Order> => findOrder(call, product)
  const change = (call: AccountCall): Promise<Order> => {
    requireManagement(call, product)
    return find(call)
  }
  return [
    { method: 'GET', path: all, access: 'account', handle: async (call) => list(await find(call)) },
    { method: 'POST', path: all, access: 'account', handle: async (call) => create(call, await change(call), base) },
    { method: 'GET', path: one, access: 'account', handle: async (call) => json(row(pick(call, await find(call)))) },
    { method: 'PUT', path: one, access: 'account', handle: async (call) => update(call, await change(call)) },
    { method: 'DELETE', path: one, access: 'account', handle: async (call) => remove(call, await change(call)) },
  ]
}

function list(order: Order): Answer {
  return json(order.locations.map(row))
}

/** 201 with the new address and no body (seed 004 L610-613). */
function create(call: AccountCall, order: Order, base: string): Answer {
  const id = call.context.orders.nextLocationId()
  order.locations.push({ id, details: readDetails(call) })
  const location = `https://${call.headers.host}${base}/${order.id}/location/${id}`
  return { status: 201, headers: { location } }
}

/** 200 without a body (seed 004 L680). */
function update(call: AccountCall, order: Order): Answer {
  const details = readDetails(call)
  pick(call, order).details = details
  return { status: 200 }
}

function remove(call: AccountCall, order: Order): Answer {
  const location = pick(call, order)
  order.locations.splice(order.locations.indexOf(location), 1)
  return NO_CONTENT
}

/** @throws ScmError 404; code and text are not stated. */
function pick({ params }: AccountCall, order: Order): Location {
  const wanted = params['locationId'] ?? ''
  const location = order.locations.find(({ id }) => String(id) === wanted)
  if (!location) throw refuse('locationUnknown', wanted)
  return location
}

function readDetails(call: AccountCall): Location['details'] {
  const { details } = readBody(call, bodySchema)
  checkConstraints([notNull('details', details)])
  return details ?? {}
}

function row({ id, details }: Location): object {
  return { id, locationType: 'CUSTOM', name: '', details }
}
