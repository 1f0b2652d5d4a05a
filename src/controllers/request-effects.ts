// Carries out one step of the order core: a Kubernetes write or a call to the CA, and what this process learned from it.
import { randomUUID } from 'node:crypto'
import { type CertificateOrder, certificateOrders } from '../api/certificate-order.ts'
import { type CertificateRequest, certificateRequests } from '../api/certificate-request.ts'
import { BackendError, type CertificateBackend, type FindOutcome, type SubmissionTurn } from '../backends/backend.ts'
import { isProblem, type Known, type Memory } from '../issuance/known.ts'
import * as record from '../issuance/order-record.ts'
import { identityOf, lastAttempt, orderName, remoteOf, targetOf } from '../issuance/order-view.ts'
import { statusWith } from '../issuance/request-view.ts'
import type { Effect } from '../issuance/step.ts'
import { verifyDelivery } from '../issuance/verify.ts'
import type { KubeClient } from '../kube/client.ts'
import { isAlreadyExists, KubeError } from '../kube/errors.ts'
import { mergePatchOf } from '../kube/merge-patch.ts'
import type { Clock } from '../runtime/clock.ts'
import { DrainingError } from '../runtime/critical-sections.ts'
import type { EventRecorder } from '../runtime/events.ts'
import type { Logger } from '../runtime/log.ts'
import type { Store } from '../runtime/store.ts'
import { remoteIdKey } from './caches.ts'
import { forTheSakeOf, orderIn, remoteIn } from './effect-inputs.ts'
import { FIELD_MANAGER } from './field-manager.ts'
import { slimRequest } from './requests.ts'
import { permitFrom, type Submitter, submitAndRecord } from './submit.ts'

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
    case 'recordAttempt': {
      // Counted from before the call: its answer may have been long under way.
      const permit = permitFrom(step.number, options)
      await writeOrder(record.attemptRecorded(orderIn(context), step.number, options.clock.now()), context, options)
      delete context.memory.search
      context.memory.permit = permit
      return
    }
    case 'submit':
      return submitAndRecord(step.attempt, context, options)
    case 'adopt': {
      context.log.warn(
        { order: step.remote.id, others: step.others },
        'the order whose answer was lost was found and is adopted',
      )
      const attempt = lastAttempt(orderIn(context))?.number ?? 1
      return writeOrder(record.accepted(orderIn(context), attempt, step.remote, options.clock.now()), context, options)
    }
    case 'note':
      return writeOrder(record.noted(orderIn(context), step, options.clock.now()), context, options)
    case 'settle': {
      const state = context.memory.seen?.look.word
      context.log.info({ order: remoteOf(orderIn(context))?.id, phase: step.as.phase }, 'order is settled')
      return writeOrder(record.settled(orderIn(context), step.as, state, options.clock.now()), context, options)
    }
    case 'find':
    case 'look':
    case 'fetch':
      return ask(step.do, context, options)
  }
}

async function report(
  { ready }: Extract<Effect, { do: 'report' }>,
  { request, signal, log }: EffectContext,
  options: EffectsOptions,
): Promise<void> {
  const { client, requests, events, clock } = options
  const { metadata } = request
  const status = mergePatchOf(request.status, { ...request.status, ...statusWith(request, ready, clock.now()) })
  if (status === undefined) return
  // The decision was made on this very version: a stale word must not land on a newer state or on a namesake.
  const patch = { metadata: { resourceVersion: metadata.resourceVersion }, status }
  try {
    const written = await client.mergePatch(certificateRequests, metadata, patch, {
      subresource: 'status',
      fieldManager: FIELD_MANAGER,
      signal,
    })
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
  if (issuer === undefined || isProblem(request.csr)) throw new TypeError('an order needs an issuer and a CSR')
  if (options.lifecycle.draining) throw new DrainingError('an order record')
  const nonce = randomUUID()
  // Counted from before the call: the answer may have been long under way.
  const permit = permitFrom(1, options)
  const wanted = record.newOrder({
    request,
    csr: request.csr,
    issuer,
    target: step.target,
    firstAttempt: step.firstAttempt,
    operatorClass,
    nonce,
  })
  let order: CertificateOrder
  try {
    // Without the reconcile's signal: a shutdown in between would leave a record of which nobody knows that it was never used.
    order = await client.create(certificateOrders, wanted, { fieldManager: FIELD_MANAGER })
  } catch (error) {
    // Somebody was faster, or it took effect and the answer was lost, which a 5xx is too: the nonce tells which.
    if (!(error instanceof KubeError) || (error.status !== 0 && error.status < 500 && !isAlreadyExists(error)))
      throw error
    order = await client.get(certificateOrders, { namespace: request.namespace, name: orderName(request) }, { signal })
  }
  orders.wrote(order)
  if (order.spec.nonce !== nonce) return
  log.info({ order: order.metadata.name, target: step.target }, 'order record is made')
  if (step.firstAttempt === 'AtCreation') memory.permit = permit
}

/** Calls to the CA that only read. That the CA cannot be asked is remembered, and never an error of the request. */
async function ask(what: 'find' | 'look' | 'fetch', context: EffectContext, options: EffectsOptions): Promise<void> {
  const { memory, signal, log } = context
  const { clock } = options
  try {
    const backend = await context.backend(signal)
    if (what === 'find') await find(backend, context, options)
    else if (what === 'look') await look(backend, context, clock)
    else await fetchCertificate(backend, context, options)
    delete memory.trouble
  } catch (error) {
    if (!(error instanceof BackendError)) throw error
    const times = (memory.trouble?.times ?? 0) + 1
    const { kind, message, retryAfterMs } = error
    memory.trouble = {
      kind,
      message,
      times,
      at: clock.monotonic(),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
    log.warn({ kind, call: what }, `the CA could not be asked: ${message}`)
    if (kind === 'CredentialsRefused' || kind === 'AccessDenied') context.recheckIssuer()
  }
}

async function find(backend: CertificateBackend, context: EffectContext, options: EffectsOptions): Promise<void> {
  const { known, memory, signal, log } = context
  const { request } = known
  if (isProblem(request.csr)) return
  // What the search is about is read from the API server: another replica may have recorded the id meanwhile.
  const order = await options.client.get(certificateOrders, orderIn(context).metadata, { signal })
  options.orders.wrote(order)
  if (remoteOf(order) !== undefined) return
  const found = await backend.find(
    {
      target: targetOf(order),
      identity: identityOf(order),
      csr: request.csr,
      made: { after: request.createdAt, before: options.clock.now() },
    },
    forTheSakeOf(context),
  )
  const last = unclaimed(found, order, request.createdAt, options.orders)
  const now = options.clock.monotonic()
  memory.search = { since: memory.search?.since ?? now, at: now, rounds: (memory.search?.rounds ?? 0) + 1, last }
  log.info(
    {
      round: memory.search.rounds,
      outcome: last.outcome,
      candidates: last.outcome === 'searched' ? last.candidates.length : 0,
    },
    'searched for an order',
  )
}

/**
 * An order with our CSR that another record claims, or that was made before there was this request, is no twin of ours.
 * One with our marker is ours whatever else: the marker carries the request's UID.
 */
function unclaimed(
  found: FindOutcome,
  order: CertificateOrder,
  requestedAt: number,
  orders: Store<CertificateOrder>,
): FindOutcome {
  if (found.outcome !== 'searched') return found
  // The CA's dates are days without a zone: a day of tolerance.
  const earliest = Math.floor(requestedAt / DAY_MS) * DAY_MS - DAY_MS
  const candidates = found.candidates.filter(({ match, remote, requestedOn }) => {
    if (match === 'marker') return true
    const claims = orders.byIndex('remoteId', remoteIdKey(order.spec.target, remote.id))
    return claims.length === 0 && (requestedOn === undefined || requestedOn >= earliest)
  })
  return { outcome: 'searched', candidates }
}

const DAY_MS = 86_400_000

async function look(backend: CertificateBackend, context: EffectContext, clock: Clock): Promise<void> {
  const { memory } = context
  const order = orderIn(context)
  const seen = await backend.look(
    { target: targetOf(order), remote: remoteIn(order), identity: identityOf(order) },
    forTheSakeOf(context),
  )
  memory.seen = { look: seen, at: clock.monotonic(), looks: (memory.seen?.looks ?? 0) + 1 }
}

async function fetchCertificate(
  backend: CertificateBackend,
  context: EffectContext,
  options: EffectsOptions,
): Promise<void> {
  const { known, memory } = context
  const { request } = known
  if (isProblem(request.csr)) return
  const order = orderIn(context)
  const fetched = await backend.fetch({ target: targetOf(order), remote: remoteIn(order) }, forTheSakeOf(context))
  const at = options.clock.monotonic()
  const tries = (memory.fetched?.tries ?? 0) + 1
  if (fetched.outcome === 'notYet') {
    memory.fetched = { delivery: 'notYet', at, tries }
    return
  }
  const heldBy = (serial: string): string | undefined =>
    options.orders
      .byIndex('serial', serial)
      // Other CAs count their serials by themselves; the same certificate has the same key.
      .find(({ metadata, spec }) => metadata.uid !== order.metadata.uid && spec.spkiSha256 === order.spec.spkiSha256)
      ?.spec.requestRef.name
  const { createdAt, csr } = request
  const delivery = verifyDelivery({ bytes: fetched.bytes, csr, createdAt, now: options.clock.now(), heldBy })
  memory.fetched = { delivery, at, tries }
}

/** Writes the record's status on the version the decision was made on; a conflict means: look again and decide anew. */
async function writeOrder(
  status: NonNullable<CertificateOrder['status']>,
  context: EffectContext,
  { client, orders }: EffectsOptions,
): Promise<void> {
  const order = orderIn(context)
  const change = mergePatchOf(order.status, { ...order.status, ...status })
  if (change === undefined) return
  const patch = { metadata: { resourceVersion: order.metadata.resourceVersion }, status: change }
  orders.wrote(
    await client.mergePatch(certificateOrders, order.metadata, patch, {
      subresource: 'status',
      fieldManager: FIELD_MANAGER,
      signal: context.signal,
    }),
  )
}
