// Looking for an order whose answer was lost. SCM has no search by comments: the report of the days in question first,
// then the list by name, and the details of whatever these two leave open.
import type { Candidate, FindOutcome, FindQuery, OrderTarget } from '../backend.ts'
import { BackendError } from '../backend-error.ts'
import { ask, bodyOf, troubleOf } from './answer.ts'
import { type Caller, readOf } from './call.ts'
import { dayOf } from './dates.ts'
import { markerIn, matchIn, readDetails } from './details.ts'
import type { Filters, Product, Row, Search } from './product.ts'
import { type ReportRow, reportedOrders } from './report.ts'
import { arrayOf } from './schemas.ts'
import { phaseOf } from './status.ts'
import { ranks } from './timing.ts'

/** The largest `size` that SCM takes; larger ones are refused, not cut. */
const PAGE_ROWS = 200
/** Each row may cost a call: at the default 5 calls a second, 200 rows are 40 s. */
export const MAX_ROWS_EXAMINED = 200

interface SectigoFindQuery extends FindQuery {
  readonly product: Product
  readonly signal: AbortSignal
}

/**
 * Every order of the target's organization that carries our marker, was made with our CSR, or may have been, newest first.
 * "None" is said only when the list was read to its end, or when it is too long and the report showed that it sees this
 * organization. Throws BackendError when neither could be read.
 */
export async function findOrders(caller: Caller, query: SectigoFindQuery): Promise<FindOutcome> {
  const { target, identity, csr, product } = query
  const search = csr && product.search(target, csr)
  const reported = await reportedOrders(caller, { ...query, commonNames: search?.commonNames ?? [] })
  const marked = (reported ?? []).filter(({ comments }) => markerIn(comments, identity) === 'ours')
  if (marked.length > 0) {
    return { outcome: 'searched', candidates: marked.toSorted(byIdDescending).map((row) => ofReport(row, product)) }
  }
  // No name is left to ask the lists for, and no names to compare.
  if (search === undefined) {
    return reported === undefined
      ? { outcome: 'notSearchable', reason: 'the request is gone, and no report shows comments' }
      : { outcome: 'searched', candidates: [] }
  }
  const listed = await listRows(caller, query, search)
  if (listed === undefined && (reported ?? []).length === 0) {
    return { outcome: 'notSearchable', reason: `more than ${MAX_ROWS_EXAMINED} orders have the ${search.by}` }
  }
  const rows = withComments(listed ?? (reported ?? []).filter(mayHaveName(search)), reported ?? [])
  // What carries the marker of another request belongs to it.
  const open = rows.filter(({ comments }) => markerIn(comments, identity) !== 'others')
  if (open.length > MAX_ROWS_EXAMINED) {
    return { outcome: 'notSearchable', reason: `more than ${MAX_ROWS_EXAMINED} orders were made in these days` }
  }
  const candidates = await examine(caller, query, search, open)
  const blind = query.mustSee && candidates.length === 0 && !(await seesOrders(caller, query, search, listed, reported))
  return blind ? { outcome: 'notSearchable', reason: blindness(target) } : { outcome: 'searched', candidates }
}

function blindness({ organization, profile }: OrderTarget): string {
  return (
    'the account that sent it was another one, and this account sees no order of ' +
    `organization ${organization} with profile ${profile}; let it see one, or give the issuer its former login back`
  )
}

/** Did this search, or does one more row, show an order of the organization and profile? Rows of the list are of both. */
async function seesOrders(
  caller: Caller,
  query: SectigoFindQuery,
  { within }: Search,
  listed: readonly Row[] | undefined,
  reported: readonly ReportRow[] | undefined,
): Promise<boolean> {
  const { organization, profile } = query.target
  if ((listed ?? []).length > 0) return true
  if (reported?.some((row) => row.orgId === organization && row.typeId === profile)) return true
  return (await listPage(caller, query, within, { size: 1, position: 0 })).rows.length > 0
}

/** Reads the details of every row. */
async function examine(
  caller: Caller,
  { identity, product, signal }: SectigoFindQuery,
  { asked }: Search,
  rows: readonly Row[],
): Promise<Candidate[]> {
  const candidates: Candidate[] = []
  for (const { id, attributes = {} } of rows.toSorted(byIdDescending)) {
    const remote = { id, attributes }
    const details = await readDetails(caller, { product, remote, rank: ranks.find, signal }).catch(ifGone)
    const match = details === undefined ? 'none' : matchIn(details, identity, asked)
    if (details === undefined || match === 'none') continue
    const phase = phaseOf(details.status, product.name)
    candidates.push({ remote, match, phase, requestedOn: dayOf(details.requested) })
  }
  return candidates
}

function ofReport({ id, requested, status }: ReportRow, { name }: Product): Candidate {
  const phase = status ? phaseOf(status, name) : undefined
  return { remote: { id, attributes: {} }, match: 'marker', phase, requestedOn: dayOf(requested) }
}

/** An order without a common name, or a search that knows none, may be each other's. */
function mayHaveName({ commonNames }: Search): (row: Row) => boolean {
  const known = commonNames.map((name) => name.toLowerCase())
  return ({ commonName }) => !commonName || known.length === 0 || known.includes(commonName.toLowerCase())
}

/** Lists of most products show no comments; the report does. */
function withComments(rows: readonly Row[], reported: readonly ReportRow[]): Row[] {
  const comments = new Map(reported.map((row) => [row.id, row.comments]))
  return rows.map((row) => ({ ...row, comments: row.comments ?? comments.get(row.id) }))
}

/** All rows of all lists of a search, each order once; `undefined` when there are more than may be examined. */
async function listRows(
  caller: Caller,
  query: SectigoFindQuery,
  { within, names }: Search,
): Promise<Row[] | undefined> {
  const found = new Map<string, Row>()
  for (const name of names.length === 0 ? [{}] : names) {
    for (let position = 0; ; ) {
      const { rows, totalCount } = await listPage(caller, query, { ...within, ...name }, { size: PAGE_ROWS, position })
      // Rows shift between pages while others order: an id may come twice.
      for (const row of rows) found.set(row.id, row)
      position += rows.length
      if (found.size > MAX_ROWS_EXAMINED || totalCount > MAX_ROWS_EXAMINED) return undefined
      // A short page is the last one, unless SCM says that there is more: a server may cap pages below what was asked.
      if (rows.length === 0 || (rows.length < PAGE_ROWS && position >= totalCount)) break
      if (position > MAX_ROWS_EXAMINED * 2) return undefined
    }
  }
  return [...found.values()]
}

async function listPage(
  caller: Caller,
  { product, signal }: SectigoFindQuery,
  filters: Filters,
  { size, position }: { readonly size: number; readonly position: number },
): Promise<{ readonly rows: readonly Row[]; readonly totalCount: number }> {
  const query = { ...filters, size: String(size), position: String(position) }
  const call = readOf({ ...product.list, query }, { rank: ranks.find, signal })
  const answer = await ask(caller, call)
  if (answer.status >= 300) throw troubleOf(call, answer)
  return { rows: bodyOf(call, answer, arrayOf(product.listRow)), totalCount: answer.totalCount ?? 0 }
}

function byIdDescending({ id: a }: Row, { id: b }: Row): number {
  return a.length === b.length ? b.localeCompare(a) : b.length - a.length
}

/** Deleted between list and read: not a candidate. */
function ifGone(error: unknown): undefined {
  if (error instanceof BackendError && error.kind === 'Gone') return undefined
  throw error
}
