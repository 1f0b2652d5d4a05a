// Looking for an order whose answer was lost. SCM has no search by comments: list by name, then read each one's details.
import { z } from 'zod'
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import { BackendError, type Candidate, type FindOutcome, type OrderIdentity, type OrderTarget } from '../backend.ts'
import { ask, bodyOf, troubleOf } from './answer.ts'
import type { Call, Caller } from './call.ts'
import { dayOf } from './dates.ts'
import { matchIn, readDetails } from './details.ts'
import type { Product } from './product.ts'
import { READ_TIMEOUT_MS, ranks } from './timing.ts'

/** The largest `size` that SCM takes; larger ones are refused, not cut. */
const PAGE_ROWS = 200
/** Each row costs a call: at the default 5 calls a second, 200 rows are 40 s. */
export const MAX_ROWS_EXAMINED = 200

export interface FindQuery {
  readonly target: OrderTarget
  readonly identity: OrderIdentity
  readonly csr: CertificateSigningRequest
  readonly product: Product
  readonly signal: AbortSignal
}

/**
 * Every order of the target's organization and profile with the CSR's name that carries our marker or was made with our
 * CSR, newest first. Throws BackendError when a list or an order could not be read.
 */
export async function findOrders(caller: Caller, query: FindQuery): Promise<FindOutcome> {
  const { target, identity, csr, product, signal } = query
  const search = product.search(target, csr)
  if ('reason' in search) return { outcome: 'notSearchable', reason: search.reason }
  const ids = await listIds(caller, query, search.query)
  if (ids === undefined) {
    return { outcome: 'notSearchable', reason: `more than ${MAX_ROWS_EXAMINED} orders have the ${search.by}` }
  }
  const candidates: Candidate[] = []
  for (const id of ids) {
    const details = await readDetails(caller, { product, id, rank: ranks.find, signal }).catch(ifGone)
    const match = details === undefined ? 'none' : matchIn(details, identity)
    if (match === 'none') continue
    candidates.push({ remote: { id, attributes: {} }, match, requestedOn: dayOf(details?.requested) })
  }
  return { outcome: 'searched', candidates }
}

/** The ids of all rows, highest first; `undefined` when there are more than may be examined. */
async function listIds(
  caller: Caller,
  { product, signal }: FindQuery,
  filters: Readonly<Record<string, string>>,
): Promise<string[] | undefined> {
  const ids = new Set<string>()
  for (let position = 0; ; ) {
    const call: Call = {
      endpoint: `${product.name}/v1`,
      method: 'GET',
      path: `${product.name}/v1`,
      query: { ...filters, size: String(PAGE_ROWS), position: String(position) },
      rank: ranks.find,
      timeoutMs: READ_TIMEOUT_MS,
      signal,
    }
    const answer = await ask(caller, call)
    if (answer.status >= 300) throw troubleOf(call, answer)
    const rows = bodyOf(call, answer, z.array(product.listRow))
    // Rows shift between pages while others order: an id may come twice.
    for (const id of rows) ids.add(id)
    position += rows.length
    const { totalCount = 0 } = answer
    if (ids.size > MAX_ROWS_EXAMINED || totalCount > MAX_ROWS_EXAMINED) return undefined
    // A short page is the last one, unless SCM says that there is more: a server may cap pages below what was asked.
    if (rows.length === 0 || (rows.length < PAGE_ROWS && position >= totalCount)) break
    if (position > MAX_ROWS_EXAMINED * 2) return undefined
  }
  return [...ids].sort(byNumberDescending)
}

function byNumberDescending(a: string, b: string): number {
  return a.length === b.length ? b.localeCompare(a) : b.length - a.length
}

/** Deleted between list and read: not a candidate. */
function ifGone(error: unknown): undefined {
  if (error instanceof BackendError && error.kind === 'Gone') return undefined
  throw error
}
