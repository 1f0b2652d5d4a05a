// Rule 3: the one pair that nothing may cut: place the order, and put its id on record.
import { type CertificateOrder, certificateOrders } from '../api/certificate-order.ts'
import type { CertificateBackend, SubmitOutcome } from '../backends/backend.ts'
import { isProblem, type Memory, type SubmitBy } from '../issuance/known.ts'
import * as record from '../issuance/order-record.ts'
import { identityOf, isSentAgain, lastAttempt, overridesOf, targetOf } from '../issuance/order-view.ts'
import { SUBMIT_BY_MS } from '../issuance/waits.ts'
import { orderedTwice } from '../issuance/wording.ts'
import { isNotFound, KubeError } from '../kube/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { DrainingError } from '../runtime/critical-sections.ts'
import type { Lifecycle } from '../runtime/lifecycle.ts'
import type { Logger } from '../runtime/log.ts'
import { learnedThrough } from './effect-inputs.ts'
import { IssuerProblem } from './issuer-problem.ts'
import type { EffectContext, EffectsOptions } from './request-effects.ts'
import { writeOrderStatus } from './write-status.ts'

export interface Submitter {
  readonly lifecycle: Pick<Lifecycle, 'runCritical' | 'draining'>
  /** May this process act at this very moment? Asked again right before the first byte of an order. */
  readonly isLeader: () => boolean
  /** Unscaled: a deadline that fences is not a wait. */
  readonly realClock: Clock
}

/**
 * How long the id of a placed order is tried to be put on record before it is left to the search (real time). With the
 * 120 s that an enrolment may take it stays below the 150 s after which a shutdown cuts everything.
 */
const RECORD_WITHIN_MS = 18_000
/** One of several tries, not the only one: an API server that hangs must not eat all of the time (real time). */
const RECORD_CALL_MS = 5_000
/** Pause between two tries (real time). */
const RECORD_AGAIN_MS = 500

/** The right to send this attempt, for as long as a sleeping process may be trusted with it. */
export function permitFrom(attempt: number, { realClock }: Submitter): NonNullable<Memory['permit']> {
  return { attempt, until: { wall: realClock.now() + SUBMIT_BY_MS, monotonic: realClock.monotonic() + SUBMIT_BY_MS } }
}

export async function submitAndRecord(attempt: number, context: EffectContext, options: EffectsOptions): Promise<void> {
  const { known, memory } = context
  const { order } = known
  const { permit } = memory
  if (order === undefined || permit === undefined) throw new TypeError('nothing may be submitted')
  delete memory.permit
  const finish = async (outcome: SubmitOutcome): Promise<void> => {
    remember(outcome, memory, options.clock)
    learnedThrough(context)
    await putOnRecord(outcome, attempt, order, context, options)
  }
  try {
    await options.lifecycle.runCritical(`submit ${order.metadata.name}`, async () => {
      const outcome = await submit(attempt, order, permit.until, context, options)
      logOutcome(outcome, attempt, context.log)
      await finish(outcome)
      if (outcome.outcome === 'refused' && outcome.refusal.cause === 'issuer') context.recheckIssuer()
    })
  } catch (error) {
    if (!(error instanceof DrainingError)) throw error
    // Said on record, or the next leader would have to search for an order that was never sent.
    await finish(notSent('the operator was shutting down'))
  }
}

async function submit(
  attempt: number,
  order: CertificateOrder,
  until: SubmitBy,
  context: EffectContext,
  options: EffectsOptions,
): Promise<SubmitOutcome> {
  const { csr } = context.known.request
  if (isProblem(csr)) throw new TypeError('there is no CSR to submit')
  const { realClock, lifecycle, isLeader } = options
  const mayBegin = (): boolean =>
    !lifecycle.draining && isLeader() && realClock.now() <= until.wall && realClock.monotonic() <= until.monotonic
  // Without a turn the backend would wait for one, for nothing.
  if (!mayBegin()) return notSent('its time had passed')
  let backend: CertificateBackend
  try {
    backend = await context.backend(AbortSignal.timeout(SUBMIT_BY_MS))
  } catch (error) {
    return notSent(error instanceof IssuerProblem ? error.message : 'the credentials could not be read')
  }
  // Another account may not see the order later, so the record must name the one that sends it.
  if (backend.account(order.spec.nonce) !== lastAttempt(order)?.account)
    return notSent('the login was changed meanwhile')
  const { turn } = context
  const { namespace, name } = context.known.request
  const note = [options.clusterName, `${namespace}/${name}`].filter((part) => part !== '').join(' ')
  return backend.submit({
    target: targetOf(order),
    csr,
    identity: identityOf(order),
    attempt,
    note,
    overrides: overridesOf(order),
    turn,
    mayBegin,
  })
}

/** The definite "no order was made" of our own. */
function notSent(message: string): SubmitOutcome {
  return { outcome: 'refused', refusal: { cause: 'busy', code: 'NotSent', message } }
}

function logOutcome(outcome: SubmitOutcome, attempt: number, log: Logger): void {
  switch (outcome.outcome) {
    case 'accepted':
      // Said before it is written: if the API server is away for good, this line is what is left.
      log.info({ order: outcome.remote.id, attempt }, 'order is placed')
      break
    case 'refused': {
      const { code, cause, message, request } = outcome.refusal
      log.warn({ code, cause, attempt, request }, `order was refused: ${message}`)
      break
    }
    case 'unknown':
      log.warn(
        { code: outcome.code, attempt, request: outcome.request },
        `it is not known whether the order was made: ${outcome.message}`,
      )
  }
}

function remember(outcome: SubmitOutcome, memory: Memory, clock: Clock): void {
  if (outcome.outcome !== 'refused') {
    delete memory.refused
    delete memory.domains
    return
  }
  if (memory.domains !== undefined) memory.domains = { ...memory.domains, changed: false }
  const { refusal } = outcome
  const { refused } = memory
  // A CA that is busy when the domains were validated at last is not kept waiting for an hour.
  const times = refused?.refusal.cause === refusal.cause ? refused.times + 1 : 1
  memory.refused = { refusal, at: clock.monotonic(), times }
}

/** Tries until it is on record: neither shutdown nor a lost lease cuts this. */
async function putOnRecord(
  outcome: SubmitOutcome,
  attempt: number,
  order: CertificateOrder,
  { request, log }: EffectContext,
  options: EffectsOptions,
): Promise<void> {
  const { client, orders, events, clock, realClock } = options
  const giveUpAt = realClock.monotonic() + RECORD_WITHIN_MS
  for (let current = order; ; ) {
    const status = statusAfter(outcome, attempt, current, clock.now())
    try {
      return await writeOrderStatus(current, status, { client, orders, signal: AbortSignal.timeout(RECORD_CALL_MS) })
    } catch (error) {
      // A record that is gone has been taken away: no waiting brings it back.
      const passing = !(error instanceof KubeError) || !isNotFound(error)
      if (!passing || realClock.monotonic() > giveUpAt) throw error
      log.warn({ err: error }, 'the outcome of the submission could not be put on record yet')
      await realClock.sleep(RECORD_AGAIN_MS)
      const signal = AbortSignal.timeout(RECORD_CALL_MS)
      current = await client.get(certificateOrders, current.metadata, { signal }).catch(() => current)
      // Written after all, its answer lost; or by another replica, which then knows more.
      const remote = current.status?.remote
      if (remote !== undefined) {
        orders.wrote(current)
        // An answer that comes this late is of an order beside the one that is followed.
        if (outcome.outcome === 'accepted' && outcome.remote.id !== remote.id)
          events.emit({ regarding: request, action: 'Submit', ...orderedTwice(remote.id, [outcome.remote.id]) })
        return
      }
      // Sent again by another process meanwhile: that ours made no order is no word on that.
      if (outcome.outcome === 'refused' && isSentAgain(attempt, { before: order, now: current })) return
    }
  }
}

function statusAfter(outcome: SubmitOutcome, attempt: number, order: CertificateOrder, now: number) {
  switch (outcome.outcome) {
    case 'accepted':
      return record.accepted(order, attempt, outcome.remote, now)
    case 'refused':
      return record.refused(order, attempt, outcome.refusal, now)
    case 'unknown':
      return record.outcomeUnknown(order, attempt, { code: outcome.code, message: outcome.message }, now)
  }
}
