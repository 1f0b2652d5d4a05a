// Client certificates in lists: states, filters, rows (seed 004 L2815-3089). Rows are fatter than those of SSL.
import { writeDate } from './dates.ts'
import { certificateDetails } from './details.ts'
import { refuse } from './errors.ts'
import { shownId } from './flavour.ts'
import type { Filter } from './listing.ts'
import { isVisible, listOrders, sameSerial } from './listing.ts'
import type { Order } from './orders.ts'
import { colonHex } from './pem.ts'
import { INLINE } from './persons.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'
import { keyFilters } from './ssl-filters.ts'

export const smimeListRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/smime/v2', access: 'account', handle: list },
  { method: 'HEAD', path: '/api/smime/v2', access: 'account', handle: list },
  {
    method: 'GET',
    path: '/api/smime/v2/byPersonId/:personId',
    access: 'account',
    handle: (call) => listOf(call, ({ person }) => String(person?.id) === call.params['personId']),
  },
  {
    method: 'GET',
    path: '/api/smime/v2/byPersonEmail/:email',
    access: 'account',
    handle: (call) => listOf(call, (order) => isFor(order, call.params['email'] ?? ''), INLINE),
  },
]

/** Client answers name no charset (seed 004 L2910). */
export const SMIME_HEADERS = { 'content-type': 'application/json' }

/** Seed 004 L2829, lower case in filters, lists and details. */
const STATES = 'blank created requested issued downloaded expired revoked rejected pre_revoked'.split(' ')
/** There is no approval here, so the words of the other products for the way to the CA are one. */
const STATE_OF: Readonly<Record<string, string>> = {
  init: 'created',
  approved: 'requested',
  applied: 'requested',
  declined: 'rejected',
  invalid: 'rejected',
}

/** The state in the words of client certificates. */
export function smimeState({ status }: Order): string {
  const word = status.toLowerCase().replace(/[\s-]/g, '_')
  return STATE_OF[word] ?? word
}

/** Is the order for the person of that address? */
export function isFor({ person }: Order, email: string): boolean {
  return person?.email.toLowerCase() === email.toLowerCase()
}

const FILTERS: Readonly<Record<string, Filter>> = {
  // No key is ever kept here: orders bring their CSR, and keys of persons (seed 004 L13384) are not imported.
  keyVault: (_, wanted) => {
    if (wanted !== 'true' && wanted !== 'false') throw refuse('fieldValue', 'keyVault')
    return wanted === 'false'
  },
  personId: ({ person }, wanted) => String(person?.id) === wanted,
  state: (order, wanted) => {
    if (!STATES.includes(wanted)) throw refuse('fieldValue', 'state')
    return smimeState(order) === wanted
  },
  certTypeId: (order, wanted) => String(order.profile.id) === wanted,
  serialNumber: sameSerial,
  backendCertId: (order, wanted) => order.backendCertId === wanted,
  email: ({ person }, wanted, matches) => matches(person?.email, wanted),
  ...keyFilters,
}

/** Seed 004 L2815-2956; the count takes the same filters. */
async function list(call: AccountCall): Promise<Answer> {
  const page = await listOrders(call, { product: 'client', filters: FILTERS })
  const headers = { ...SMIME_HEADERS, 'x-total-count': String(page.total) }
  return json(
    page.orders.map((order) => row(call, order)),
    { headers },
  )
}

/** All of one person, no paging, no total (seed 004 L2957-3089); nobody's are an empty list. */
async function listOf(
  call: AccountCall,
  wanted: (order: Order) => boolean,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const orders = (await call.context.orders.all()).filter((order) => isVisible(call, order, 'client') && wanted(order))
  return json(
    orders.map((order) => row(call, order)),
    { headers: { ...SMIME_HEADERS, ...headers } },
  )
}

/** Days are ISO here, and American in details (seed 004 L2912, L3243). */
function row(call: AccountCall, order: Order): object {
  const { certificate, comments } = order
  return {
    id: shownId(call, order.id),
    state: smimeState(order),
    certificateDetails: certificateDetails(order) ?? {},
    serialNumber: certificate && colonHex(certificate.serialNumber),
    orderNumber: orderNumber(order),
    backendCertId: order.backendCertId,
    expires: certificate && writeDate(certificate.notAfter, 'ISO'),
    comments: comments || undefined,
  }
}

/** "Obsolete": the backend's id where that is a number, else the order's own. */
export function orderNumber({ id, backendCertId }: Order): number {
  return /^\d+$/.test(backendCertId) ? Number(backendCertId) : id
}
