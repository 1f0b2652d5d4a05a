// Asks the CA what it knows of an order, or to decline it, and keeps the answer in this process's memory of it.
import { type CertificateOrder, certificateOrders } from '../api/certificate-order.ts'
import type { CertificateBackend, FindOutcome } from '../backends/backend.ts'
import { BackendError } from '../backends/backend-error.ts'
import { ancestorsOf } from '../issuance/continuation.ts'
import { isProblem } from '../issuance/known.ts'
import { identityOf, lastAttempt, lastIntentAt, neededSince, remoteOf, targetOf } from '../issuance/order-view.ts'
import type { Effect } from '../issuance/step.ts'
import { verifyDelivery } from '../issuance/verify.ts'
import { countLook } from '../issuance/waits.ts'
import type { Store } from '../runtime/store.ts'
import { remoteIdKey } from './caches.ts'
import { forTheSakeOf, learnedThrough, orderIn, remoteIn } from './effect-inputs.ts'
import type { EffectContext, EffectsOptions } from './request-effects.ts'

/** Calls to the CA that may be made again. */
export type Question = Extract<Effect, { do: 'find' | 'look' | 'fetch' | 'cancel' }>

/** That the CA cannot be asked is remembered, and never an error of the request. */
export async function ask(question: Question, context: EffectContext, options: EffectsOptions): Promise<void> {
  const { memory, signal, log } = context
  const { clock } = options
  try {
    await put(question, await context.backend(signal), context, options)
    delete memory.trouble
  } catch (error) {
    if (!(error instanceof BackendError)) throw error
    const times = (memory.trouble?.times ?? 0) + 1
    const { kind, message, retryAfterMs, request } = error
    memory.trouble = {
      kind,
      message,
      times,
      at: clock.monotonic(),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
    log.warn({ kind, call: question.do, request }, `the CA could not be asked: ${message}`)
    if (kind === 'CredentialsRefused' || kind === 'AccessDenied') context.recheckIssuer()
  } finally {
    learnedThrough(context)
  }
}

function put(
  question: Question,
  backend: CertificateBackend,
  context: EffectContext,
  options: EffectsOptions,
): Promise<void> {
  switch (question.do) {
    case 'find':
      return find(backend, context, options)
    case 'look':
      return question.domains === undefined
        ? look(backend, context, options)
        : lookAtDomains(backend, question.domains, context, options)
    case 'fetch':
      return fetchCertificate(backend, context, options)
    case 'cancel':
      return cancel(backend, question.message, context, options)
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
  const since = neededSince(order, request)
  const found = await backend.find(
    {
      target: targetOf(order),
      identity: identityOf(order),
      csr: request.csr,
      made: { after: since, before: options.clock.now() },
      mustSee: [order, ...ancestorsOf(order, known.alike)].some((one) => sentByAnother(one, backend)),
    },
    forTheSakeOf(context),
  )
  const last = unclaimed(found, order, since, options.orders)
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

/** Without an attempt on record nothing was sent, as far as anybody knows. */
function sentByAnother(order: CertificateOrder, backend: CertificateBackend): boolean {
  const attempt = lastAttempt(order)
  return attempt !== undefined && attempt.account !== backend.account(order.spec.nonce)
}

/**
 * An order that another record claims, or that was made before there was this request, is no twin of ours; nor is one that
 * says nothing but its names, unless it was surely made in the days of our attempts. One with our marker is ours whatever
 * else: the marker carries the request's UID.
 */
function unclaimed(
  found: FindOutcome,
  order: CertificateOrder,
  requestedAt: number,
  orders: Store<CertificateOrder>,
): FindOutcome {
  if (found.outcome !== 'searched') return found
  // The CA's dates are days without a zone: a day of tolerance.
  const earliest = dayOf(requestedAt) - DAY_MS
  const latest = dayOf(lastIntentAt(order)) + DAY_MS
  const candidates = found.candidates.filter(({ match, remote, requestedOn }) => {
    if (match === 'marker') return true
    if (orders.byIndex('remoteId', remoteIdKey(order.spec.target, remote.id)).length > 0) return false
    if (requestedOn === undefined) return match === 'csr'
    return requestedOn >= earliest && (match === 'csr' || requestedOn <= latest)
  })
  return { outcome: 'searched', candidates }
}

const DAY_MS = 86_400_000

function dayOf(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS
}

async function look(backend: CertificateBackend, context: EffectContext, { clock }: EffectsOptions): Promise<void> {
  const { memory } = context
  const order = orderIn(context)
  const seen = await backend.look(
    { target: targetOf(order), remote: remoteIn(order), identity: identityOf(order) },
    forTheSakeOf(context),
  )
  const { look: before, looks = 0 } = memory.seen ?? {}
  const moved = before !== undefined && before.word !== seen.word
  memory.seen = { look: seen, at: clock.monotonic(), looks: countLook(looks, { moved }) }
}

/** Only spares time: whatever is wrong with it, the order is placed again by and by, and its refusal says what to do. */
async function lookAtDomains(
  backend: CertificateBackend,
  domains: readonly string[],
  context: EffectContext,
  { clock }: EffectsOptions,
): Promise<void> {
  const { memory, log } = context
  const before = memory.domains?.shown
  let shown = before
  try {
    const target = targetOf(orderIn(context))
    shown = await backend.lookAtDomains({ target, domains }, forTheSakeOf(context))
  } catch (error) {
    if (!(error instanceof BackendError)) throw error
    log.debug({ kind: error.kind, request: error.request }, `the domains could not be looked at: ${error.message}`)
  }
  const changed = before !== undefined && shown !== undefined && before !== shown
  memory.domains = { shown, at: clock.monotonic(), changed }
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
  const { csr } = request
  const createdAt = neededSince(order, request)
  const delivery = verifyDelivery({ bytes: fetched.bytes, csr, createdAt, now: options.clock.now(), heldBy })
  memory.fetched = { delivery, at, tries }
}

async function cancel(
  backend: CertificateBackend,
  message: string,
  context: EffectContext,
  { isLeader }: EffectsOptions,
): Promise<void> {
  // Whoever leads now may have been given more time for it.
  if (!isLeader()) throw new Error('an order is declined by the leader only')
  const order = orderIn(context)
  const query = { target: targetOf(order), remote: remoteIn(order), identity: identityOf(order), message }
  context.memory.cancelled = await backend.cancel(query, forTheSakeOf(context))
  context.log.warn({ order: query.remote.id, ...context.memory.cancelled }, 'the order was to be declined')
  // What it is now, SCM is asked.
  delete context.memory.seen
}
