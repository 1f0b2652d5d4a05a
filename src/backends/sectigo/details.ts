// The details of one order (seed 004 L854-1131, L3090-3243, L4297-4433): how far it is, and whether it is ours.
import { isIP } from 'node:net'
import { z } from 'zod'
import type { Candidate, Look, OrderIdentity, RemoteOrder } from '../backend.ts'
import { BackendError } from '../backend-error.ts'
import { type Answer, ask, bodyOf, troubleOf } from './answer.ts'
import { type Caller, readOf } from './call.ts'
import type { Product } from './product.ts'
import { arrayOf, optional } from './schemas.ts'

const details = z
  .object({
    // `state` in rows of the client list, which are all that some servers have.
    status: optional(z.string()),
    state: optional(z.string()),
    comments: optional(z.string()),
    commonName: optional(z.string()),
    subjectAlternativeNames: optional(arrayOf(z.string())),
    requested: optional(z.string()),
    // Absent on older instances, and on orders without a CSR of ours.
    csrDetails: optional(z.object({ sha256Hash: optional(z.string()) })),
  })
  .transform(({ status, state, ...rest }, { addIssue }) => {
    const word = status ?? state
    if (word) return { status: word, ...rest }
    addIssue({ code: 'custom', path: ['status'], message: 'no status' })
    return z.NEVER
  })

export type Details = z.output<typeof details>

/** Codes for an id that SCM does not know: wrong SSL id, certificate not found (seed 004 L97-387). */
const unknownIds: readonly number[] = [-124, -5101]

/** Does SCM itself say that it does not know this id? A 404 without an error object comes from something in front of SCM. */
export function saysGone({ status, error }: Answer): boolean {
  return error?.from === 'scm' && (status === 404 || (error.code !== undefined && unknownIds.includes(error.code)))
}

/** Reads one order's details. Throws BackendError; kind Gone when SCM does not know the id. */
export async function readDetails(
  caller: Caller,
  options: {
    readonly product: Product
    readonly remote: RemoteOrder
    readonly rank: number
    readonly signal: AbortSignal
  },
): Promise<Details> {
  const { product, remote, rank, signal } = options
  const operation = product.details(remote)
  const call = readOf({ ...operation, query: { ...operation.query, dateFormat: 'ISO_HMS' } }, { rank, signal })
  const answer = await ask(caller, call)
  if (saysGone(answer)) throw gone(remote, answer)
  if (answer.status >= 300) throw troubleOf(call, answer)
  if (product.detailsInList?.(remote) !== true) return bodyOf(call, answer, details)
  const [row] = bodyOf(call, answer, arrayOf(details))
  if (row === undefined) throw gone(remote, answer)
  return row
}

/** SCM does not know the id. */
export function gone({ id }: RemoteOrder, { error, request }: Answer): BackendError {
  const code = error?.code === undefined ? undefined : String(error.code)
  return new BackendError('Gone', `SCM does not know order ${id}`, { code, request })
}

/**
 * Is it ours? The marker counts anywhere in the comments, because a PKI officer may write before it; the hash counts
 * alone, because comments can be emptied.
 */
export function oursIn({ comments, csrDetails }: Details, identity: OrderIdentity): Look['ours'] {
  const hash = csrDetails?.sha256Hash ?? ''
  if (sameHash(hash, identity.csrSha256) || (comments ?? '').includes(`${identity.marker}:`)) return 'yes'
  return hash === '' && (comments ?? '').trim() === '' ? 'unsaid' : 'no'
}

/** What a search makes of an order: an order that carries the marker of another request belongs to that request. */
export function matchIn(
  details: Details,
  identity: OrderIdentity,
  asked: readonly string[] | undefined,
): Candidate['match'] | 'none' {
  const { comments, csrDetails } = details
  const marker = markerIn(comments, identity)
  if (marker !== 'none') return marker === 'ours' ? 'marker' : 'none'
  // Somebody wrote before our marker: not adopted by a machine, but no second order is placed beside it either.
  if ((comments ?? '').includes(`${identity.marker}:`)) return 'csr'
  if (sameHash(csrDetails?.sha256Hash ?? '', identity.csrSha256)) return 'csr'
  const mayBe = oursIn(details, identity) === 'unsaid' && (asked === undefined || carriesOnly(details, asked))
  return mayBe ? 'names' : 'none'
}

/** SCM was seen to leave names out and to add `www.`; addresses it may write in another form. */
function carriesOnly({ commonName, subjectAlternativeNames }: Details, asked: readonly string[]): boolean {
  const plain = (name: string): string =>
    name
      .trim()
      .toLowerCase()
      .replace(/^www\./, '')
  const known = new Set(asked.map(plain))
  const said = [commonName ?? '', ...(subjectAlternativeNames ?? [])].filter((name) => name !== '' && isIP(name) === 0)
  return said.every((name) => known.has(plain(name)))
}

/** Whose marker do the comments begin with? */
export function markerIn(comments: string | null | undefined, { marker }: OrderIdentity): 'ours' | 'others' | 'none' {
  const text = (comments ?? '').trimStart()
  if (text.startsWith(`${marker}:`)) return 'ours'
  return text.startsWith(anyMarker(marker)) ? 'others' : 'none'
}

/** `certwright:1:` of `certwright:1:<uid>`. */
function anyMarker(marker: string): string {
  return marker.slice(0, marker.lastIndexOf(':') + 1)
}

function sameHash(a: string, b: string): boolean {
  return a !== '' && a.toUpperCase() === b.toUpperCase()
}
