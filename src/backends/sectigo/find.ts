// Looking for an order whose answer was lost. SCM has no search by comments: the report of the days in question first,
// then the list by name, and the details of whatever these two leave open.
import { z } from 'zod'
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import { BackendError, type Candidate, type FindOutcome, type OrderIdentity, type OrderTarget } from '../backend.ts'
import { ask, bodyOf, troubleOf } from './answer.ts'
import type { Call, Caller } from './call.ts'
import { dayOf } from './dates.ts'
import { markerIn, matchIn, readDetails } from './details.ts'
import type { Product, Row } from './product.ts'
import { reportedOrders } from './report.ts'
import { READ_TIMEOUT_MS, ranks } from './timing.ts'

/** The largest `size` that SCM takes; larger ones are refused, not cut. */
const PAGE_ROWS = 200
/** Each row may cost a call: at the default 5 calls a second, 200 rows are 40 s. */
export const MAX_ROWS_EXAMINED = 200

export interface FindQuery {
  readonly target: OrderTarget
  readonly identity: OrderIdentity
  readonly csr: CertificateSigningRequest
  /** When it can have been made, wall-clock milliseconds. */
  readonly made: { readonly after: number; readonly before: number }
  readonly product: Product
  readonly signal: AbortSignal
}

/**
 * Every order of the target's organization that carries our marker or was made with our CSR, newest first. "None" is said
 * only when the list was read to its end, or when it is too long and the report showed that it sees this organization.
 * Throws BackendError when neither could be read.
 */
export async function findOrders(caller: Caller, query: FindQuery): Promise<FindOutcome> {
  const { target, identity, csr, product } = query
  const reported = await reportedOrders(caller, { ...query, commonName: csr.commonName })
  const marked = (reported ?? []).filter(({ comments }) => markerIn(comments, identity) === 'ours')
  if (marked.length > 0) return { outcome: 'searched', candidates: marked.toSorted(byIdDescending).map(ofReport) }
  const search = product.search(target, csr)
  const listed = 'reason' in search ? undefined : await listRows(caller, query, search.query)
  const rows = listed ?? (reported ?? []).filter(({ commonName }) => sameName(commonName, csr.commonName))
  if (listed === undefined && (reported ?? []).length === 0) {
    const why = 'reason' in search ? search.reason : `more than ${MAX_ROWS_EXAMINED} orders have the ${search.by}`
    return { outcome: 'notSearchable', reason: why }
  }
  if (rows.length > MAX_ROWS_EXAMINED) {
    return { outcome: 'notSearchable', reason: `more than ${MAX_ROWS_EXAMINED} orders were made in these days` }
  }
  return { outcome: 'searched', candidates: await examine(caller, query, rows, reported ?? []) }
}

/** Reads the details of every row whose comments do not say already whose it is. */
async function examine(
  caller: Caller,
  { identity, product, signal }: FindQuery,
  rows: readonly Row[],
  reported: readonly Row[],
): Promise<Candidate[]> {
  const candidates: Candidate[] = []
  for (const row of rows.toSorted(byIdDescending)) {
    const { id } = row
    const comments = row.comments ?? reported.find((one) => one.id === id)?.comments
    if (markerIn(comments, identity) === 'others') continue
    const remote = { id, attributes: row.attributes ?? {} }
    const details = await readDetails(caller, { product, remote, rank: ranks.find, signal }).catch(ifGone)
    const match = details === undefined ? 'none' : matchIn(details, identity)
    if (match !== 'none') candidates.push({ remote, match, requestedOn: dayOf(details?.requested) })
  }
  return candidates
}

function ofReport({ id, requested }: Row): Candidate {
  return { remote: { id, attributes: {} }, match: 'marker', requestedOn: dayOf(requested) }
}

/** An order without a common name, or a CSR without one, may be each other's. */
function sameName(one: string | null | undefined, other: string | undefined): boolean {
  return !one || !other || one.toLowerCase() === other.toLowerCase()
}

/** All rows, each order once; `undefined` when there are more than may be examined. */
async function listRows(
  caller: Caller,
  { product, signal }: FindQuery,
  filters: Readonly<Record<string, string>>,
): Promise<Row[] | undefined> {
  const found = new Map<string, Row>()
  for (let position = 0; ; ) {
    const call: Call = {
      ...product.list,
      method: 'GET',
      query: { ...filters, size: String(PAGE_ROWS), position: String(position) },
      rank: ranks.find,
      timeoutMs: READ_TIMEOUT_MS,
      signal,
    }
    const answer = await ask(caller, call)
    if (answer.status >= 300) throw troubleOf(call, answer)
    const rows = bodyOf(call, answer, z.array(product.listRow))
    // Rows shift between pages while others order: an id may come twice.
    for (const row of rows) found.set(row.id, row)
    position += rows.length
    const { totalCount = 0 } = answer
    if (found.size > MAX_ROWS_EXAMINED || totalCount > MAX_ROWS_EXAMINED) return undefined
    // A short page is the last one, unless SCM says that there is more: a server may cap pages below what was asked.
    if (rows.length === 0 || (rows.length < PAGE_ROWS && position >= totalCount)) break
    if (position > MAX_ROWS_EXAMINED * 2) return undefined
  }
  return [...found.values()]
}

function byIdDescending({ id: a }: Row, { id: b }: Row): number {
  return a.length === b.length ? b.localeCompare(a) : b.length - a.length
}

/** Deleted between list and read: not a candidate. */
function ifGone(error: unknown): undefined {
  if (error instanceof BackendError && error.kind === 'Gone') return undefined
  throw error
}
