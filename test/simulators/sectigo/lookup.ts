// Finding an order by something else than its id.
import type { Product } from './catalogue.ts'
import { isVisible, plainSerial, unknownOrder } from './listing.ts'
import type { Order } from './orders.ts'
import type { AccountCall } from './router.ts'

/**
 * By the serial number in the path, with or without colons (the documents use both; only colons are shown here).
 * A serial number of a replaced certificate finds its order too.
 * @throws ScmError -124 (SSL) or -5101; the code is not stated.
 */
export async function findBySerial(call: AccountCall, product: Product): Promise<Order> {
  const wanted = plainSerial(call.params['serial'] ?? '')
  const orders = await call.context.orders.all()
  const order = orders.find((one) => isVisible(call, one, product) && serialsOf(one).includes(wanted))
  if (!order) throw unknownOrder(call, product, call.params['serial'] ?? '')
  return order
}

/** In plain form. */
export function serialsOf({ certificate, previous }: Order): string[] {
  return [...(certificate ? [certificate] : []), ...previous].map(({ serialNumber }) => plainSerial(serialNumber))
}

/**
 * A device by the last element of a path that says "order": its id or, "during migration phase", the backend's
 * (seed 004 L4191, L4223). The id wins.
 * @throws ScmError -5101.
 */
export async function findDeviceByOrder(call: AccountCall): Promise<Order> {
  const wanted = call.params['id'] ?? ''
  const devices = (await call.context.orders.all()).filter((order) => isVisible(call, order, 'device'))
  const order =
    devices.find(({ id }) => String(id) === wanted) ?? devices.find(({ backendCertId }) => backendCertId === wanted)
  if (!order) throw unknownOrder(call, 'device', wanted)
  return order
}
