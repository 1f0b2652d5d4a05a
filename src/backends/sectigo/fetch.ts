// Collecting the certificate (seed 004 L1591-1732, L3334-3375, L4511-4583), which SCM may not have ready when its status says Issued.
import type { FetchOutcome, RemoteOrder } from '../backend.ts'
import { BackendError } from '../backend-error.ts'
import { type Answer, ask, troubleOf } from './answer.ts'
import { type Call, type Caller, readOf } from './call.ts'
import { gone, saysGone } from './details.ts'
import type { Product } from './product.ts'
import { ranks } from './timing.ts'

/**
 * "Not collectable", "being processed", "not available now", "CA not available", "discovery running": try again later. And
 * what an order says that ended since it was looked at (not issued, not available, revoked): the next look tells how.
 */
const pendingCodes: readonly number[] = [
  ...[-183, -1400, -103, -109, -129, -140, -195, -618],
  ...[-110, -130, -169, -192],
]

/** Fetches certificate and chain as PEM. Throws BackendError; kind Gone when SCM does not know the id. */
export async function fetchCertificate(
  caller: Caller,
  options: { readonly product: Product; readonly remote: RemoteOrder; readonly signal: AbortSignal },
): Promise<FetchOutcome> {
  const { product, remote, signal } = options
  const operation = { ...product.collect(remote), query: { format: 'x509' } }
  const call: Call = { ...readOf(operation, { rank: ranks.fetch, signal }), file: true }
  const answer = await ask(caller, call)
  if (isPending(answer)) return { outcome: 'notYet', word: answer.error?.description ?? 'not collectable yet' }
  if (saysGone(answer)) throw gone(remote, answer)
  if (answer.status >= 300) throw troubleOf(call, answer)
  const beginning = new TextDecoder().decode(answer.bytes.subarray(0, BEGINNING_BYTES)).trimStart()
  if (beginning === '') return { outcome: 'notYet', word: 'the answer was empty' }
  if (beginning.startsWith('<') || beginning.startsWith('{')) {
    const message = `${call.endpoint}: SCM answered HTTP ${answer.status} with something else than a certificate`
    throw new BackendError('UnexpectedAnswer', message, { request: answer.request })
  }
  return { outcome: 'ready', bytes: answer.bytes }
}

/** Enough to tell a certificate, whatever its form, from a page or an error object. */
const BEGINNING_BYTES = 64

/** Code 0 is "Being processed by Sectigo" (formerly "by Comodo"), the usual answer; with other words it is nothing known. */
function isPending({ error }: Answer): boolean {
  if (error?.code === undefined) return false
  return error.code === 0 ? /process/i.test(error.description ?? '') : pendingCodes.includes(error.code)
}
