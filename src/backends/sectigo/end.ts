// Ending what was ordered: declining an order that waits, revoking a certificate that was issued. Both cannot be undone,
// so the order must be ours beyond doubt, and both are safe to ask for again: what counts is the state afterwards.
import type { CancelOutcome, OrderQuery, RevocationReason, RevokeOutcome } from '../backend.ts'
import { type Answer, ask, sentenceOf, troubleOf } from './answer.ts'
import type { Call, Caller, Operation } from './call.ts'
import { type Details, gone, oursIn, readDetails, saysGone } from './details.ts'
import type { Product } from './product.ts'
import { phaseOf, wordOf } from './status.ts'
import { READ_TIMEOUT_MS, ranks } from './timing.ts'

interface EndQuery extends Pick<OrderQuery, 'remote' | 'identity'> {
  readonly product: Product
  /** For the people at SCM. */
  readonly message: string
  readonly signal: AbortSignal
}

/** SCM's bound for the message of a decline and the reason of a revocation (seed 004 L1779, L2198, L3694, L4805). */
const MAX_MESSAGE_CHARS = 512

/** RFC 5280 5.3.1; SCM takes 0, 1 and 3 to 5 (seed 004 L2194). */
const reasonCodes: Readonly<Record<RevocationReason, number>> = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
}

/** Not authorized, access denied, may not manage this organization, requester and approver must differ (EV). */
const notPermittedCodes: readonly number[] = [-3, -25, -37, -226, -1140]
/** "Certificate can't be approved cause it has state = {0}": somebody was faster. */
const wrongStateCodes: readonly number[] = [-1112, -1113, -130]
/** "Only issued certificates could be revoked", "Your certificate already revoked" (and, by its text, a limit of fields). */
const notRevocableCodes: readonly number[] = [-102, -159, -110]

/** Declines an order (seed 004 L1792-1815, L4765-4787). Throws BackendError; kind Gone when SCM does not know the id. */
export async function cancelOrder(caller: Caller, query: EndQuery): Promise<CancelOutcome> {
  const { product, remote, identity, message } = query
  if (product.decline === undefined) return { outcome: 'unsupported' }
  const before = await detailsOf(caller, query)
  if (oursIn(before, identity) !== 'yes') return { outcome: 'notOurs' }
  const ended = endOf(caller, before)
  if (ended !== undefined) return ended
  const { answer, call } = await act(caller, query, product.decline(remote), { message: bounded(message) })
  if (answer.status < 300) return { outcome: 'cancelled' }
  if (notPermitted(answer)) return { outcome: 'notPermitted', message: sentenceOf(call, answer) }
  if (answer.error?.code === undefined || !wrongStateCodes.includes(answer.error.code)) throw troubleOf(call, answer)
  const after = await detailsOf(caller, query)
  return endOf(caller, after) ?? { outcome: 'tooLate', word: caller.quote(after.status) }
}

/** Revokes a certificate (seed 004 L2181-2210, L3677-3700, L4788-4810). Throws BackendError as `cancelOrder` does. */
export async function revokeCertificate(
  caller: Caller,
  query: EndQuery & { readonly reason: RevocationReason },
): Promise<RevokeOutcome> {
  const { product, remote, identity, message, reason } = query
  const before = await detailsOf(caller, query)
  if (oursIn(before, identity) !== 'yes') return { outcome: 'notOurs' }
  if (wordOf(before.status) === 'revoked') return { outcome: 'alreadyRevoked' }
  if (!revocable(before)) return { outcome: 'notIssued', word: caller.quote(before.status) }
  const body = { reasonCode: reasonCodes[reason], reason: bounded(message) }
  const { answer, call } = await act(caller, query, product.revoke(remote), body)
  if (answer.status < 300) return { outcome: 'revoked' }
  if (notPermitted(answer)) return { outcome: 'notPermitted', message: sentenceOf(call, answer) }
  if (answer.error?.code === undefined || !notRevocableCodes.includes(answer.error.code)) throw troubleOf(call, answer)
  // Two of the codes have two meanings each, so the order itself is asked.
  const after = await detailsOf(caller, query)
  if (wordOf(after.status) === 'revoked') return { outcome: 'alreadyRevoked' }
  if (revocable(after)) throw troubleOf(call, answer)
  return { outcome: 'notIssued', word: caller.quote(after.status) }
}

function detailsOf(caller: Caller, { product, remote, signal }: EndQuery): Promise<Details> {
  return readDetails(caller, { product, remote, rank: ranks.end, signal })
}

/** The POST. A lost answer is trouble like any other: asking again finds the order ended. */
async function act(
  caller: Caller,
  { remote, signal }: EndQuery,
  operation: Operation,
  body: Readonly<Record<string, unknown>>,
): Promise<{ readonly call: Call; readonly answer: Answer }> {
  const call: Call = { ...operation, method: 'POST', body, rank: ranks.end, timeoutMs: READ_TIMEOUT_MS, signal }
  const answer = await ask(caller, call)
  if (saysGone(answer)) throw gone(remote, answer)
  return { call, answer }
}

/** How the order ended; undefined while it has not. Declined is what was wished for, whoever did it. */
function endOf(caller: Caller, { status }: Details): CancelOutcome | undefined {
  if (wordOf(status) === 'declined') return { outcome: 'cancelled' }
  const phase = phaseOf(status)
  return phase === 'issued' || phase === 'failed'
    ? { outcome: 'alreadyFinal', phase, word: caller.quote(status) }
    : undefined
}

/** Replaced: the certificate before the replacement may still be trusted. */
function revocable({ status }: Details): boolean {
  return phaseOf(status) === 'issued' || wordOf(status) === 'replaced'
}

function notPermitted({ status, error }: Answer): boolean {
  return status === 403 || (error?.code !== undefined && notPermittedCodes.includes(error.code))
}

/** Never empty: SSL refuses that. */
function bounded(message: string): string {
  const characters = [...message.trim()].slice(0, MAX_MESSAGE_CHARS).join('')
  return characters === '' ? 'Certwright' : characters
}
