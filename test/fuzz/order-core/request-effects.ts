// What src/controllers/request-effects.ts, ask.ts and submit.ts do, call by call, with the same records written.
import { createHash } from 'node:crypto'
import type { CertificateOrder } from '../../../src/api/certificate-order.ts'
import type { CertificateRequest } from '../../../src/api/certificate-request.ts'
import type { FindOutcome, SubmitOutcome } from '../../../src/backends/backend.ts'
import { BackendError } from '../../../src/backends/backend-error.ts'
import { remoteIdKey } from '../../../src/controllers/caches.ts'
import { slimRequest } from '../../../src/controllers/requests.ts'
import { ancestorsOf } from '../../../src/issuance/continuation.ts'
import { waitsFor } from '../../../src/issuance/deadline.ts'
import { isProblem, type Known, type Memory } from '../../../src/issuance/known.ts'
import { newOrder } from '../../../src/issuance/new-order.ts'
import * as record from '../../../src/issuance/order-record.ts'
import {
  identityOf,
  isSentAgain,
  lastAttempt,
  lastIntentAt,
  neededSince,
  orderName,
  provenWord,
  remoteOf,
  targetOf,
} from '../../../src/issuance/order-view.ts'
import { statusWith } from '../../../src/issuance/request-view.ts'
import type { Effect } from '../../../src/issuance/step.ts'
import { SUBMIT_BY_MS } from '../../../src/issuance/waits.ts'
import { isAlreadyExists, isNotFound, KubeError } from '../../../src/kube/errors.ts'
import { mergePatchOf } from '../../../src/kube/merge-patch.ts'
import { ca, kube, moment, type Running, submission } from './calls.ts'
import type { Replica } from './replica.ts'

type RecordStatus = NonNullable<CertificateOrder['status']>

export interface EffectContext {
  readonly request: CertificateRequest
  readonly known: Known
  readonly memory: Memory
}

export function* carryOut(step: Effect, context: EffectContext, on: Replica): Running<void> {
  const { memory } = context
  switch (step.do) {
    case 'report':
      return yield* report(step, context, on)
    case 'createOrder':
      return yield* createOrder(step, context, on)
    case 'recordAttempt': {
      const order = orderIn(context)
      const until = permitUntil(on)
      const status = record.attemptRecorded(order, step, accountFor(order.spec.nonce, on), on.now())
      yield* writeRecord(order, status, on)
      delete memory.search
      memory.permit = { attempt: step.number, until }
      return
    }
    case 'submit':
      return yield* submitAndRecord(step.attempt, context, on)
    case 'adopt': {
      const order = orderIn(context)
      const attempt = lastAttempt(order)?.number ?? 1
      return yield* writeRecord(order, record.accepted(order, attempt, step.remote, on.now()), on)
    }
    case 'note': {
      const order = orderIn(context)
      const waits = { waitsFor: waitsFor(context.known, order), waited: context.known.waited }
      return yield* writeRecord(order, record.noted(order, { ...step, waits }, on.now()), on)
    }
    case 'settle': {
      const order = orderIn(context)
      const state = provenWord(memory.seen?.look)
      return yield* writeRecord(order, record.settled(order, step.as, state, on.now()), on)
    }
    case 'find':
    case 'look':
    case 'fetch':
    case 'cancel':
      return yield* ask(step, context, on)
  }
}

function* report(
  { ready }: Extract<Effect, { do: 'report' }>,
  { request, known }: EffectContext,
  on: Replica,
): Running<void> {
  const status = { ...request.status, ...statusWith(request, ready, on.now()) }
  if (mergePatchOf(request.status, status) === undefined) return
  const order = known.order
  const write = (): CertificateRequest => {
    const written = on.world.api.writeRequest(request, status)
    on.world.promises.reported(request, ready, order, on.world)
    return written
  }
  on.requests.wrote(slimRequest(yield* kube(`report ${ready.reason}: ${ready.message}`, write)))
}

function* createOrder(
  step: Extract<Effect, { do: 'createOrder' }>,
  { known, memory }: EffectContext,
  on: Replica,
): Running<void> {
  const { request, issuer } = known
  const { firstAttempt, continues, target } = step
  if (issuer === undefined || isProblem(request.csr)) throw new TypeError('an order needs an issuer and a CSR')
  if (continues !== undefined) {
    const awaited = yield* kube('is it awaited?', () => on.world.api.isAwaited(continues))
    if (awaited) throw new KubeError({ status: 0, reason: 'Stale', message: 'its request is there', answered: false })
    yield* writeRecord(continues, record.claimed(continues, request), on)
  }
  const nonce = on.world.nonce()
  const until = permitUntil(on)
  const { csr } = request
  const account = firstAttempt === 'AtCreation' ? accountFor(nonce, on) : undefined
  const kind = { firstAttempt, account, operatorClass: '', continues }
  const draft = newOrder({ request, csr, issuer, target, nonce, ...kind })
  let order: CertificateOrder
  try {
    order = yield* kube(`create record ${firstAttempt}`, () => on.world.api.createRecord(draft))
  } catch (error) {
    if (!(error instanceof KubeError) || (error.status !== 0 && !isAlreadyExists(error))) throw error
    order = yield* kube('get record', () => on.world.api.getRecord({ ...draft, metadata: metadataOf(request) }))
  }
  on.records.wrote(order)
  if (order.spec.nonce !== nonce) return
  delete memory.search
  if (firstAttempt === 'AtCreation') memory.permit = { attempt: 1, until }
}

function metadataOf(request: Known['request']): CertificateOrder['metadata'] {
  const { namespace, uid } = request
  return { name: orderName(request), namespace, uid, resourceVersion: '', creationTimestamp: '' }
}

function permitUntil(on: Replica) {
  return { wall: on.now() + SUBMIT_BY_MS, monotonic: on.tick() + SUBMIT_BY_MS }
}

function accountFor(nonce: string, { world }: Replica): string {
  return createHash('sha256').update(`${world.login} ${nonce}`).digest('hex')
}

function* submitAndRecord(attempt: number, { known, memory }: EffectContext, on: Replica): Running<void> {
  const { order, request } = known
  const { permit } = memory
  if (order === undefined || permit === undefined || isProblem(request.csr)) throw new TypeError('nothing to submit')
  delete memory.permit
  yield* moment()
  const { login } = on.world
  const mayBegin = on.leads() && on.now() <= permit.until.wall && on.tick() <= permit.until.monotonic
  const sent = mayBegin && accountFor(order.spec.nonce, on) === lastAttempt(order)?.account
  const query = { target: targetOf(order), identity: identityOf(order), attempt }
  const outcome = sent ? yield* submission(() => on.world.ca.submit(query, login, on.world.refusing)) : notSent
  if (outcome.outcome !== 'refused') delete memory.refused
  else memory.refused = { refusal: outcome.refusal, at: on.tick(), times: (memory.refused?.times ?? 0) + 1 }
  yield* putOnRecord(outcome, attempt, order, on)
}

const notSent: SubmitOutcome = {
  outcome: 'refused',
  refusal: { cause: 'busy', code: 'NotSent', message: 'its time had passed' },
}

/** As often as it is tried to put the outcome of a submission on record. */
const TRIES = 5

function* putOnRecord(outcome: SubmitOutcome, attempt: number, order: CertificateOrder, on: Replica): Running<void> {
  let current = order
  for (let tries = 1; ; tries++) {
    const status = { ...current.status, ...statusAfter(outcome, attempt, current, on.now()) }
    if (mergePatchOf(current.status, status) === undefined) return
    try {
      const decidedOn = current
      const write = (): CertificateOrder => on.world.api.writeRecord(decidedOn, status)
      on.records.wrote(yield* kube(`record ${outcome.outcome}`, write, true))
      return
    } catch (error) {
      if (!(error instanceof KubeError) || isNotFound(error) || tries === TRIES) throw error
      current = yield* reread(current, on)
      if (remoteOf(current) !== undefined) on.records.wrote(current)
      else if (outcome.outcome !== 'refused' || !isSentAgain(attempt, { before: order, now: current })) continue
      return
    }
  }
}

function* reread(order: CertificateOrder, on: Replica): Running<CertificateOrder> {
  try {
    return yield* kube('get record', () => on.world.api.getRecord(order), true)
  } catch (error) {
    if (error instanceof KubeError) return order
    throw error
  }
}

function statusAfter(outcome: SubmitOutcome, attempt: number, order: CertificateOrder, now: number): RecordStatus {
  if (outcome.outcome === 'accepted') return record.accepted(order, attempt, outcome.remote, now)
  if (outcome.outcome === 'refused') return record.refused(order, attempt, outcome.refusal, now)
  return record.outcomeUnknown(order, attempt, outcome, now)
}

type Asking = Extract<Effect, { do: 'find' | 'look' | 'fetch' | 'cancel' }>

function* ask(step: Asking, context: EffectContext, on: Replica): Running<void> {
  const { memory } = context
  try {
    if (step.do === 'find') yield* find(context, on)
    else yield* askOfOrder(step, context, on)
    delete memory.trouble
  } catch (error) {
    if (!(error instanceof BackendError)) throw error
    const { kind, message } = error
    memory.trouble = { kind, message, times: (memory.trouble?.times ?? 0) + 1, at: on.tick() }
  }
}

function* find(context: EffectContext, on: Replica): Running<void> {
  const { known, memory } = context
  const order = yield* kube('get record', () => on.world.api.getRecord(orderIn(context)))
  on.records.wrote(order)
  if (remoteOf(order) !== undefined) return
  const { profile } = order.spec.target
  const byAnother = (one: CertificateOrder): boolean => {
    const attempt = lastAttempt(one)
    return attempt !== undefined && attempt.account !== accountFor(one.spec.nonce, on)
  }
  const query = {
    profile,
    identity: identityOf(order),
    mustSee: [order, ...ancestorsOf(order, known.alike)].some(byAnother),
  }
  const { login } = on.world
  const found = yield* ca('find', () => on.world.ca.find(query, login))
  const now = on.tick()
  const last = unclaimed(found, order, neededSince(order, known.request), on)
  memory.search = { since: memory.search?.since ?? now, at: now, rounds: (memory.search?.rounds ?? 0) + 1, last }
}

const DAY_MS = 86_400_000
const dayOf = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS

function unclaimed(found: FindOutcome, order: CertificateOrder, since: number, on: Replica): FindOutcome {
  if (found.outcome !== 'searched') return found
  const earliest = dayOf(since) - DAY_MS
  const latest = dayOf(lastIntentAt(order)) + DAY_MS
  const candidates = found.candidates.filter(({ match, remote, requestedOn = 0 }) => {
    if (match === 'marker') return true
    if (on.records.byIndex('remoteId', remoteIdKey(order.spec.target, remote.id)).length > 0) return false
    return requestedOn >= earliest && (match === 'csr' || requestedOn <= latest)
  })
  return { outcome: 'searched', candidates }
}

function* askOfOrder(step: Exclude<Asking, { do: 'find' }>, context: EffectContext, on: Replica): Running<void> {
  const { memory } = context
  const order = orderIn(context)
  const remote = remoteOf(order)
  if (remote === undefined) throw new TypeError("this step needs the CA's id")
  const { ca: authority, login } = on.world
  const identity = identityOf(order)
  if (step.do === 'look') {
    const look = yield* ca('look', () => authority.look(remote, identity, login))
    memory.seen = { look, at: on.tick(), looks: (memory.seen?.looks ?? 0) + 1 }
  } else if (step.do === 'fetch') {
    const fetched = yield* ca('fetch', () => authority.fetch(remote, login))
    const holder =
      fetched !== 'notYet' &&
      fetched.verdict === 'deliver' &&
      on.records.byIndex('serial', fetched.serial).find(({ metadata }) => metadata.uid !== order.metadata.uid)
    const held = { verdict: 'reject', code: 'SerialHeld', message: 'another record holds it' } as const
    memory.fetched = { delivery: holder ? held : fetched, at: on.tick(), tries: (memory.fetched?.tries ?? 0) + 1 }
  } else {
    memory.cancelled = yield* ca('cancel', () => authority.cancel(remote, identity, login))
    delete memory.seen
  }
}

/** `written`: is told when it took effect. */
export function* writeRecord(
  order: CertificateOrder,
  changed: RecordStatus,
  on: Replica,
  written: () => void = () => {},
): Running<void> {
  const status = { ...order.status, ...changed }
  if (mergePatchOf(order.status, status) === undefined) return
  const { reason } = status.conditions?.find(({ type }) => type === 'Ready') ?? {}
  const write = (): CertificateOrder => {
    const now = on.world.api.writeRecord(order, status)
    written()
    return now
  }
  on.records.wrote(yield* kube(`write record ${status.phase} ${reason}`, write))
}

function orderIn({ known }: EffectContext): CertificateOrder {
  if (known.order === undefined) throw new TypeError('this step needs an order record')
  return known.order
}
