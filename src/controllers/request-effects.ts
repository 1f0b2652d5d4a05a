// Carries out one step of the order core: a Kubernetes write or a call to the CA, and what this process learned from it.
import { randomUUID } from 'node:crypto'
import { type CertificateOrder, type CertificateOrderStatus, certificateOrders } from '../api/certificate-order.ts'
import { type CertificateRequest, certificateRequests } from '../api/certificate-request.ts'
import type { CertificateBackend, SubmissionTurn } from '../backends/backend.ts'
import { waitsFor } from '../issuance/deadline.ts'
import { isProblem, type Known, type Memory } from '../issuance/known.ts'
import { newOrder } from '../issuance/new-order.ts'
import * as record from '../issuance/order-record.ts'
import { lastAttempt, provenWord, remoteOf } from '../issuance/order-view.ts'
import { unknownAnnotations } from '../issuance/overrides.ts'
import { statusWith } from '../issuance/request-view.ts'
import type { Effect } from '../issuance/step.ts'
import { annotationsUnknown, orderedTwice } from '../issuance/wording.ts'
import type { KubeClient } from '../kube/client.ts'
import { isAlreadyExists, KubeError } from '../kube/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { DrainingError } from '../runtime/critical-sections.ts'
import type { EventRecorder } from '../runtime/events.ts'
import type { Logger } from '../runtime/log.ts'
import type { Store } from '../runtime/store.ts'
import { ask } from './ask.ts'
import { isAwaited } from './awaited.ts'
import { orderIn } from './effect-inputs.ts'
import { FIELD_MANAGER } from './field-manager.ts'
import { slimRequest } from './requests.ts'
import { permitFrom, type Submitter, submitAndRecord } from './submit.ts'
import { writeOrderStatus, writeStatus } from './write-status.ts'

export interface EffectsOptions extends Submitter {
  readonly client: KubeClient
  readonly requests: Store<CertificateRequest>
  readonly orders: Store<CertificateOrder>
  readonly events: Pick<EventRecorder, 'emit'>
  readonly clock: Clock
  readonly operatorClass: string
  /** For people who read orders at the CA; may be empty. */
  readonly clusterName: string
}

/** Somebody deleted the request while it was worked on: there is nobody to tell. */
export class RequestGone extends Error {
  override readonly name = 'RequestGone'
}

export interface EffectContext {
  readonly request: CertificateRequest
  readonly known: Known
  readonly memory: Memory
  /** The CA behind the issuer. Reads the issuer's Secret if need be. */
  readonly backend: (signal: AbortSignal) => Promise<CertificateBackend>
  /** A call showed that the issuer's Ready condition may be wrong. */
  readonly recheckIssuer: () => void
  /** The turn to submit in; given back by whoever carries the step out. */
  readonly turn?: SubmissionTurn | undefined
  readonly signal: AbortSignal
  readonly log: Logger
}

export async function carryOut(step: Effect, context: EffectContext, options: EffectsOptions): Promise<void> {
  switch (step.do) {
    case 'report':
      return report(step, context, options)
    case 'createOrder':
      return createOrder(step, context, options)
    case 'recordAttempt':
      return recordAttempt(step, context, options)
    case 'submit':
      return submitAndRecord(step.attempt, context, options)
    case 'adopt':
      return adopt(step, context, options)
    case 'note':
      return note(step, context, options)
    case 'settle':
      return settle(step, context, options)
    case 'find':
    case 'look':
    case 'fetch':
    case 'cancel':
      return ask(step, context, options)
  }
}

async function report(
  { ready }: Extract<Effect, { do: 'report' }>,
  { request, signal, log }: EffectContext,
  options: EffectsOptions,
): Promise<void> {
  const { client, requests, events, clock } = options
  const status = { ...request.status, ...statusWith(request, ready, clock.now()) }
  try {
    const written = await writeStatus(certificateRequests, request, status, { client, signal })
    if (written === undefined) return
    requests.wrote(slimRequest(written))
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 404)) throw error
    throw new RequestGone('the request was deleted')
  }
  log.info({ reason: ready.reason }, ready.message)
  if (ready.event !== undefined) events.emit({ regarding: request, action: ready.reason, ...ready.event })
}

async function createOrder(
  step: Extract<Effect, { do: 'createOrder' }>,
  context: EffectContext,
  options: EffectsOptions,
): Promise<void> {
  const { known, memory, signal, log } = context
  const { client, orders, operatorClass } = options
  const { request, issuer } = known
  const { firstAttempt, continues } = step
  if (issuer === undefined || isProblem(request.csr)) throw new TypeError('an order needs an issuer and a CSR')
  if (options.lifecycle.draining) throw new DrainingError('an order record')
  if (continues !== undefined) await claim(continues, context, options)
  const nonce = randomUUID()
  const account = firstAttempt === 'AtCreation' ? await accountFor(nonce, context) : undefined
  // Counted from before the call: the answer may have been long under way.
  const permit = permitFrom(1, options)
  const wanted = newOrder({
    request,
    csr: request.csr,
    issuer,
    target: step.target,
    firstAttempt,
    account,
    operatorClass,
    continues,
    nonce,
  })
  const order = await createOrRead(wanted, { client, signal })
  orders.wrote(order)
  if (order.spec.nonce !== nonce) return
  log.info({ order: order.metadata.name, target: step.target }, 'order record is made')
  const unknown = unknownAnnotations(request.annotations)
  if (unknown.length > 0)
    options.events.emit({ regarding: context.request, action: 'Order', ...annotationsUnknown(unknown) })
  // What was found before there was this record says nothing of what came since.
  delete memory.search
  if (firstAttempt === 'AtCreation') memory.permit = permit
}

/** The record of this name as the API server has it then: this one, or that of somebody who was faster. */
async function createOrRead(
  wanted: ReturnType<typeof newOrder>,
  { client, signal }: Pick<EffectsOptions, 'client'> & Pick<EffectContext, 'signal'>,
): Promise<CertificateOrder> {
  try {
    // Without the reconcile's signal: a shutdown in between would leave a record of which nobody knows that it was never used.
    return await client.create(certificateOrders, wanted, { fieldManager: FIELD_MANAGER })
  } catch (error) {
    // Somebody was faster, or it took effect and the answer was lost, which a 5xx is too: the nonce tells which.
    if (!(error instanceof KubeError) || (error.status !== 0 && error.status < 500 && !isAlreadyExists(error)))
      throw error
    return client.get(certificateOrders, wanted.metadata, { signal })
  }
}

/**
 * Reserves an earlier order for this request, on the record of that order: of several requests for the same, and of several
 * processes, one succeeds. A crash in between leaves a claim that this request's next look finds to be its own.
 */
async function claim(
  earlier: CertificateOrder,
  { known, signal }: EffectContext,
  options: EffectsOptions,
): Promise<void> {
  const { client } = options
  // A cache that lags behind must not take the order from a request that is there.
  if (await isAwaited(earlier, { client, signal })) {
    throw new Error(`the request of CertificateOrder ${earlier.metadata.name} is there, though it was not seen yet`)
  }
  await writeOrderStatus(earlier, record.claimed(earlier, known.request), { ...options, signal })
}

async function recordAttempt(
  step: Extract<Effect, { do: 'recordAttempt' }>,
  context: EffectContext,
  options: EffectsOptions,
): Promise<void> {
  const { memory } = context
  const order = orderIn(context)
  const account = await accountFor(order.spec.nonce, context)
  // Counted from before the call: its answer may have been long under way.
  const permit = permitFrom(step.number, options)
  await writeOrder(record.attemptRecorded(order, step, account, options.clock.now()), context, options)
  delete memory.search
  memory.permit = permit
}

async function adopt(
  { remote, others }: Extract<Effect, { do: 'adopt' }>,
  context: EffectContext,
  options: EffectsOptions,
): Promise<void> {
  const { request, log } = context
  const order = orderIn(context)
  const found = { order: remote.id, others }
  if (order.spec.continues !== undefined) log.info(found, 'the order of an earlier request goes on')
  else log.warn(found, 'the order whose answer was lost was found and is adopted')
  const attempt = lastAttempt(order)?.number ?? 1
  await writeOrder(record.accepted(order, attempt, remote, options.clock.now()), context, options)
  if (others.length > 0)
    options.events.emit({ regarding: request, action: 'Adopt', ...orderedTwice(remote.id, others) })
}

function note(step: Extract<Effect, { do: 'note' }>, context: EffectContext, options: EffectsOptions): Promise<void> {
  const { known } = context
  const order = orderIn(context)
  const waits = { waitsFor: waitsFor(known, order), waited: known.waited }
  return writeOrder(record.noted(order, { ...step, waits }, options.clock.now()), context, options)
}

function settle(
  { as }: Extract<Effect, { do: 'settle' }>,
  context: EffectContext,
  options: EffectsOptions,
): Promise<void> {
  const order = orderIn(context)
  const state = provenWord(context.memory.seen?.look)
  context.log.info({ order: remoteOf(order)?.id, phase: as.phase }, 'order is settled')
  return writeOrder(record.settled(order, as, state, options.clock.now()), context, options)
}

/** Whose orders this process would place now, for the record that has this nonce. */
async function accountFor(nonce: string, { backend, signal }: EffectContext): Promise<string> {
  return (await backend(signal)).account(nonce)
}

function writeOrder(changed: CertificateOrderStatus, context: EffectContext, options: EffectsOptions): Promise<void> {
  return writeOrderStatus(orderIn(context), changed, { ...options, signal: context.signal })
}
