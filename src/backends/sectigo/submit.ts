// One POST that may cost money: every way it can end is either "no order was made, for certain" or "unknown".
import type { Refusal, Submission, SubmitOutcome } from '../backend.ts'
import { type Answer, jsonIn, sentenceOf } from './answer.ts'
import type { Call, Caller } from './call.ts'
import { domainsIn } from './domains.ts'
import type { ErrorBody } from './error-body.ts'
import type { Failure } from './failure.ts'
import type { Product } from './product.ts'
import { type RefusalRule, refusalMessage, refusalRuleOf } from './refusals.ts'
import type { CustomField } from './settings.ts'
import { ENROL_TIMEOUT_MS, ranks } from './timing.ts'

/** Sends one enrolment. Never throws, never repeats. */
export async function submitOrder(
  caller: Caller,
  submission: Submission,
  {
    product,
    customFields = [],
  }: { readonly product: Product; readonly customFields?: readonly CustomField[] | undefined },
): Promise<SubmitOutcome> {
  const { target, csr, overrides, mayBegin } = submission
  const { externalRequester } = overrides ?? {}
  const call: Call = {
    ...product.enrol,
    method: 'POST',
    body: product.enrolBody({
      target,
      csr,
      comments: commentsOf(submission),
      customFields: withValues(customFields, overrides?.customFields ?? []),
      externalRequester,
    }),
    rank: ranks.submit,
    timeoutMs: ENROL_TIMEOUT_MS,
    mayWrite: mayBegin,
  }
  const exchange = await caller.exchange(call)
  if (exchange.result === 'noEffect') return { outcome: 'refused', refusal: refusalOfFailure(exchange.failure) }
  if (exchange.result === 'unknown') {
    const { code, message, request } = exchange.failure
    return unknown(code, `the order was sent, and no answer came: ${message}`, request)
  }
  return outcomeOf(call, exchange.answer, { product, caller, submission })
}

/** Values for fields that the issuer still has: SCM refuses an order with any other. */
function withValues(fields: readonly CustomField[], chosen: readonly CustomField[]): readonly CustomField[] {
  const values = new Map(chosen.map(({ name, value }) => [name, value]))
  return fields.map(({ name, value }) => ({ name, value: values.get(name) ?? value }))
}

/** SCM takes so many characters as comments (seed 004 L1280, L4459). */
const LONGEST_COMMENTS = 1_024

/** The marker first, where it is searched for; then words for people, in what every tenant can show. */
function commentsOf({ identity, attempt, note, overrides }: Submission): string {
  const words = [note, overrides?.comments].filter((part) => part !== undefined).join(' ')
  return `${identity.marker}:${attempt} ${words.replaceAll(/[^\x20-\x7e]/g, '?')}`.trim().slice(0, LONGEST_COMMENTS)
}

function outcomeOf(
  call: Call,
  answer: Answer,
  {
    product,
    caller,
    submission,
  }: { readonly product: Product; readonly caller: Caller; readonly submission: Submission },
): SubmitOutcome {
  const { status, error, retryAfterMs, request } = answer
  if (status >= 200 && status < 300) {
    const remote = product.enrolAnswer.safeParse(jsonIn(answer.bytes))
    if (!remote.success) {
      return unknown('NoOrderId', `${call.endpoint}: SCM answered HTTP ${status} without an order id`, request)
    }
    // Kept on record for everybody to read: not if it repeats a credential.
    const attributes = Object.entries(remote.data.attributes).filter(([, value]) => caller.quote(value) === value)
    return { outcome: 'accepted', remote: { id: remote.data.id, attributes: Object.fromEntries(attributes) } }
  }
  const more = {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(request === undefined ? {} : { request }),
  }
  const message = sentenceOf(call, answer)
  if (status === 429 || (status === 503 && retryAfterMs !== undefined)) {
    const code = status === 429 ? 'RateLimited' : 'Unavailable'
    return { outcome: 'refused', refusal: { cause: 'busy', code, message, ...more } }
  }
  // A gateway's 5xx says nothing about what SCM did, whatever its body claims.
  const rule = status < 500 && error !== undefined ? refusalRuleOf(error) : undefined
  if (rule !== undefined && error !== undefined) {
    return { outcome: 'refused', refusal: { ...refusalBy(rule, error, submission), ...more } }
  }
  return unknown(error?.code === undefined ? `HTTP${status}` : String(error.code), message, request)
}

/** With a name of what must be validated, whether SCM says it or not. */
function refusalBy(rule: RefusalRule, error: ErrorBody, { csr, target }: Submission): Refusal {
  const { cause } = rule
  const code = String(rule.code)
  const message = refusalMessage(rule, error)
  if (cause !== 'validation') return { cause, code, message }
  if (rule.of === 'organization') return { cause, code, message: `${message} (organization ${target.organization})` }
  const domains = domainsIn(error.description ?? '', csr)
  const isNamed = domains.some((domain) => message.toLowerCase().includes(domain))
  return { cause, code, message: isNamed ? message : `${message} (asked for: ${domains.join(', ')})`, domains }
}

function unknown(code: string, message: string, request: string | undefined): SubmitOutcome {
  return { outcome: 'unknown', code, message, ...(request === undefined ? {} : { request }) }
}

/** Nothing was sent, or nothing was applied: time cures it, unless the settings are wrong. */
function refusalOfFailure({ kind, message, ...more }: Failure): Refusal {
  const passing = kind === 'Unreachable' || kind === 'Unavailable' || kind === 'RateLimited'
  return { ...more, cause: passing ? 'busy' : 'issuer', message: `no order was sent: ${message}` }
}
