// Lists: visibility, filters, paging. `position` is an entry offset, not a page (seed 004 L704-707).
import type { Product } from './catalogue.ts'
import { inScope } from './catalogue.ts'
import type { ScmError } from './errors.ts'
import { refuse, refuseWith } from './errors.ts'
import type { Order } from './orders.ts'
import { seesProduct } from './privileges.ts'
import type { AccountCall } from './router.ts'

/** observed: larger pages are refused, not cut. */
const LARGEST_SIZE = 200
/** Not stated; small, so that a client that forgets `size` or paging is noticed. */
const DEFAULT_SIZE = 20

/** Compares a stored text with a wanted one, as the `listMatch` setting says. */
export type TextMatch = (stored: string | undefined, wanted: string) => boolean
export type Filter = (order: Order, wanted: string, matches: TextMatch) => boolean

export interface Page {
  readonly orders: readonly Order[]
  /** Entries that match, all pages together (X-Total-Count). */
  readonly total: number
}

/** One page of the account's orders, oldest first (the order is not stated). HEAD has no paging (seed 004 L793-831). */
export async function listOrders(
  call: AccountCall,
  options: { product: Product; filters: Readonly<Record<string, Filter>> },
): Promise<Page> {
  const { context } = call
  const { settings } = context
  const query = call.method === 'HEAD' ? withoutPaging(call.query) : call.query
  const matches: TextMatch = (stored = '', wanted) => {
    const [a, b] = [stored.toLowerCase(), wanted.toLowerCase()]
    return settings.listMatch === 'exact' ? a === b : a.includes(b)
  }
  const applied = Object.entries(options.filters).filter(([name]) => query.get(name))
  const orders = (await context.orders.all()).filter(
    (order) =>
      isVisible(call, order, options.product) &&
      context.now() >= order.requestedAt + settings.listVisibilityLagMs &&
      applied.every(([name, filter]) => filter(order, query.get(name) ?? '', matches)),
  )
  return { orders: pageOf(query, orders), total: orders.length }
}

/** The entries that `size` and `position` ask for. @throws ScmError -1601. */
export function pageOf<Entry>(query: URLSearchParams, entries: readonly Entry[]): readonly Entry[] {
  const size = readCount(query, 'size', { least: 1, most: LARGEST_SIZE, absent: DEFAULT_SIZE })
  const position = readCount(query, 'position', { least: 0, most: Number.MAX_SAFE_INTEGER, absent: 0 })
  return entries.slice(position, position + size)
}

function withoutPaging(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => name !== 'size' && name !== 'position'))
}

/** Is this an order of that product which the account may see? */
export function isVisible({ context, account }: AccountCall, order: Order, product: Product): boolean {
  return (
    order.product === product &&
    seesProduct(account, product) &&
    inScope(context.catalogue, account.organizations, order.orgId)
  )
}

/** @throws ScmError -1601 naming the parameter; the code is not stated. */
function readCount(
  query: URLSearchParams,
  name: string,
  range: { least: number; most: number; absent: number },
): number {
  const text = query.get(name)
  if (text === null || text === '') return range.absent
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= range.least && value <= range.most)) throw refuse('fieldValue', name)
  return value
}

/** The order a path names, if the account may see it. @throws ScmError -124 (SSL) or -5101 (device). */
export async function findOrder(call: AccountCall, product: Product): Promise<Order> {
  const id = call.params['id'] ?? ''
  const order = /^\d+$/.test(id) ? await call.context.orders.get(Number(id)) : undefined
  if (order && isVisible(call, order, product)) return order
  throw unknownOrder(call, product, id)
}

/** The order as before, for the two calls that clients poll with: they count where `issuePolls` says so. */
export async function findPolled(
  call: AccountCall,
  product: Product,
  find: (call: AccountCall, product: Product) => Promise<Order> = findOrder,
): Promise<Order> {
  const order = await find(call, product)
  call.context.orders.countPoll(order)
  return order
}

/** -124 (SSL) or -5101. The document has no example of either. */
export function unknownOrder({ context }: AccountCall, product: Product, id: string): ScmError {
  const status = context.settings.unknownIdStatus
  return product === 'ssl' ? refuseWith('sslUnknown', { status }, id) : refuseWith('deviceUnknown', { status }, id)
}

/** `A9:3E` and `a93e` are one serial number (clients and documents use both). */
export function sameSerial(order: Order, wanted: string): boolean {
  return order.certificate !== undefined && plainSerial(order.certificate.serialNumber) === plainSerial(wanted)
}

/** Lower-case hex without colons and leading zeros, which imports and reports strip. */
export function plainSerial(text: string): string {
  return text.replaceAll(':', '').toLowerCase().replace(/^0+/, '')
}
