// Lists: visibility, filters, paging. `position` is an entry offset, not a page (seed 004 L704-707).
import type { Product } from './catalogue.ts'
import { inScope } from './catalogue.ts'
import { refuse, refuseWith } from './errors.ts'
import type { Order } from './orders.ts'
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

/**
 * One page of the account's orders, oldest first (the order is not stated).
 * `unsupported` are documented filters that this simulator cannot apply: answering as if they were absent would be a lie.
 */
export async function listOrders(
  { context, account, query }: AccountCall,
  options: { product: Product; filters: Readonly<Record<string, Filter>>; unsupported: readonly string[] },
): Promise<Page> {
  const { catalogue, settings } = context
  const size = readCount(query, 'size', { least: 1, most: LARGEST_SIZE, absent: DEFAULT_SIZE })
  const position = readCount(query, 'position', { least: 0, most: Number.MAX_SAFE_INTEGER, absent: 0 })
  const refused = options.unsupported.find((name) => query.get(name))
  if (refused !== undefined) throw refuse('notSimulated', refused)
  const matches: TextMatch = (stored = '', wanted) => {
    const [a, b] = [stored.toLowerCase(), wanted.toLowerCase()]
    return settings.listMatch === 'exact' ? a === b : a.includes(b)
  }
  const applied = Object.entries(options.filters).filter(([name]) => query.get(name))
  const orders = (await context.orders.all()).filter(
    (order) =>
      order.product === options.product &&
      inScope(catalogue, account.organizations, order.orgId) &&
      context.now() >= order.requestedAt + settings.listVisibilityLagMs &&
      applied.every(([name, filter]) => filter(order, query.get(name) ?? '', matches)),
  )
  return { orders: orders.slice(position, position + size), total: orders.length }
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
export async function findOrder({ context, account, params }: AccountCall, product: Product): Promise<Order> {
  const id = params['id'] ?? ''
  const order = /^\d+$/.test(id) ? await context.orders.get(Number(id)) : undefined
  if (order && order.product === product && inScope(context.catalogue, account.organizations, order.orgId)) return order
  const status = context.settings.unknownIdStatus
  throw product === 'ssl' ? refuseWith('sslUnknown', { status }, id) : refuseWith('deviceUnknown', { status }, id)
}

/** `A9:3E` and `a93e` are one serial number (clients and documents use both). */
export function sameSerial(order: Order, wanted: string): boolean {
  return order.certificate?.serialNumber === wanted.replaceAll(':', '').toLowerCase()
}
