// Watches CertificateRequests and lets the order core decide, one small effect after another.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import type { SubmissionTurn } from '../backends/backend.ts'
import { BackendError } from '../backends/backend-error.ts'
import { buys } from '../issuance/budget.ts'
import { isProblem, type Known, type Memory } from '../issuance/known.ts'
import { orderName, waitingOf } from '../issuance/order-view.ts'
import { plan } from '../issuance/plan.ts'
import type { Effect, Step } from '../issuance/step.ts'
import { pending } from '../issuance/tell.ts'
import * as wording from '../issuance/wording.ts'
import { isForbidden, type KubeError } from '../kube/errors.ts'
import { keyOf } from '../kube/resource.ts'
import type { ReconcileOptions, Result } from '../runtime/controller.ts'
import type { Store } from '../runtime/store.ts'
import type { Question } from './ask.ts'
import type { Connections } from './connections.ts'
import { Errands } from './errands.ts'
import { IssuerProblem } from './issuer-problem.ts'
import { type Issuers, issuerOf, type Reaching, reachOf } from './issuer-reach.ts'
import { viewIssuer } from './issuer-settings.ts'
import { jitterOf } from './jitter.ts'
import { Memories } from './memories.ts'
import type { Namespace } from './namespaces.ts'
import { Purchases } from './purchases.ts'
import { recordsAlike } from './records-alike.ts'
import { carryOut, type EffectContext, type EffectsOptions, RequestGone } from './request-effects.ts'
import { RequestViews } from './request-views.ts'
import { isOpen } from './requests.ts'
import { Turns } from './turns.ts'

/** Whatever a request waits for, it is looked at again after this time: no missed event may leave it behind. */
const LOOK_AGAIN_MS = 5 * 60_000
/** A turn that comes sooner than this is not worth a word on the request; after it, what keeps the turn away is. */
const WAIT_IN_SILENCE_MS = 5_000
/** Longest pause between two looks at a request in line; they grow with its wait, since lines may be long. */
const LOOK_IN_LINE_MS = 60_000
/** No order needs more steps in one go; more means that the rules run in circles. */
const MOST_STEPS = 24

export interface RequestReconcilerOptions extends EffectsOptions, Issuers, Reaching {
  readonly namespaces: Pick<Store<Namespace>, 'get'>
  readonly connections: Pick<Connections, 'connect' | 'hindrance'>
  /** Since when this process may act, wall clock. */
  readonly leadingSince: () => number
  /** A call to the CA ended, or a turn was granted: the key is to be reconciled. */
  readonly wake: (key: string) => void
}

export class RequestReconciler {
  readonly #options: RequestReconcilerOptions
  /** By request UID: names are used again. */
  readonly #memories = new Memories()
  readonly #views = new RequestViews()

  /** Calls to the CA, and places in line for one, which hold no worker. */
  readonly #errands: Errands
  readonly #turns: Turns
  readonly #purchases: Purchases

  constructor(options: RequestReconcilerOptions) {
    this.#options = options
    this.#errands = new Errands(options)
    this.#turns = new Turns(options)
    this.#purchases = new Purchases(options)
  }

  async reconcile(key: string, options: ReconcileOptions): Promise<Result> {
    const uid = this.#options.requests.get(key)?.metadata.uid
    const held: Held = { turn: undefined, inLine: false }
    try {
      const result = await this.#steps(key, held, options)
      // Not after a failure: the record may have been made all the same.
      if (uid !== undefined && !held.inLine) this.#purchases.release(uid)
      return result
    } finally {
      // Whatever happened: a slot that was not used for an order goes back, and so does one of a request that went meanwhile.
      held.turn?.release()
      if (uid !== undefined) {
        if (this.#options.requests.get(key)?.metadata.uid !== uid) this.forget(uid)
        else if (!held.inLine) this.#turns.drop(uid)
      }
    }
  }

  async #steps(key: string, held: Held, { signal, log }: ReconcileOptions): Promise<Result> {
    const { requests, clock, operatorClass } = this.#options
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const request = requests.get(key)
      if (request === undefined) return {}
      if (!isOpen(request)) {
        this.forget(request.metadata.uid)
        return {}
      }
      const issuer = issuerOf(request, this.#options)
      if (this.#classOf(request, issuer) !== operatorClass) return {}
      const { uid } = request.metadata
      if (this.#errands.underway(uid)) return { requeueAfterMs: LOOK_AGAIN_MS, underway: true }
      const memory = this.#memories.of(uid)
      const gathered = await this.#gather(request, issuer, memory, signal)
      // Asked last: between this and the reservation of what is decided nobody else can decide.
      const mayOrder = gathered.order === undefined || memory.search !== undefined
      const bought = mayOrder ? this.#purchases.through(request) : []
      const known = { ...gathered, purchases: bought }
      const context = { request, known, memory, signal, log, ...this.#towardsCA(issuer) }
      let step = plan(known)
      log.debug({ step: step.do }, 'planned')
      if (buys(step, known)) this.#purchases.reserve(request)
      held.inLine = false
      if (issuer !== undefined && needsTurn(step)) {
        held.turn ??= this.#takeTurn(key, context)
        held.inLine = held.turn === undefined
        if (held.inLine) step = this.#inLine(context, issuer)
      }
      if (step.do === 'nothing') return {}
      if (step.do === 'wait') {
        const wait = step.until === undefined ? LOOK_AGAIN_MS : step.until - clock.monotonic()
        return { requeueAfterMs: Math.min(Math.max(1, wait), LOOK_AGAIN_MS), underway: held.inLine }
      }
      if (asksCA(step)) {
        this.#errands.begin({ uid, key, run: this.#call(step, held, context) })
        return { requeueAfterMs: LOOK_AGAIN_MS, underway: true }
      }
      try {
        await carryOut(step, context, this.#options)
      } catch (error) {
        if (error instanceof RequestGone) return {}
        if (isForbidden(error) && step.do !== 'report') await this.#tellForbidden(error, context)
        throw error
      }
      // A recorded attempt that this process may still send is either sent or put on record as not sent.
      if (memory.permit === undefined) signal.throwIfAborted()
    }
    throw new Error(`the rules did not come to rest within ${MOST_STEPS} steps`)
  }

  /** No time cures that, so somebody must know. Nothing was bought. */
  async #tellForbidden({ message }: KubeError, context: EffectContext): Promise<void> {
    this.#purchases.release(context.known.request.uid)
    const step = pending(context.known, wording.notOnRecord(message), { warn: 'RecordForbidden' })
    if (step.do === 'report') await carryOut(step, context, this.#options)
  }

  /** A step towards the CA as an errand; a submission from now on has the turn that was held for it. */
  #call(step: Effect, held: Held, context: EffectContext): (signal: AbortSignal) => Promise<void> {
    // Anything else gets in line by itself: holding a slot while waiting for another one would end with nobody having two.
    if (step.do !== 'submit') held.turn?.release()
    const turn = step.do === 'submit' ? held.turn : undefined
    held.turn = undefined
    return async (signal) => {
      try {
        await carryOut(step, { ...context, turn, signal }, this.#options)
      } catch (error) {
        if (!(error instanceof RequestGone)) throw error
      } finally {
        turn?.release()
      }
    }
  }

  /** The turn to place this request's order, when it has come. */
  #takeTurn(key: string, { known, backend, recheckIssuer }: EffectContext): SubmissionTurn | undefined {
    const { uid, namespace } = known.request
    return this.#turns.take(uid, key, async (signal) => {
      try {
        return await (await backend(signal)).turn({ signal, namespace })
      } catch (error) {
        if (error instanceof BackendError || error instanceof IssuerProblem) recheckIssuer()
        throw error
      }
    })
  }

  /** What a request in line says, once its turn has not come for a while, and when it is looked at again. */
  #inLine({ known, recheckIssuer }: EffectContext, issuer: SectigoIssuer): Step {
    const waitedMs = this.#turns.waitedMs(known.request.uid)
    const until = known.tick + Math.min(Math.max(waitedMs, WAIT_IN_SILENCE_MS), LOOK_IN_LINE_MS)
    const silence: Step = { do: 'wait', because: wording.inLine, until }
    if (waitedMs < WAIT_IN_SILENCE_MS) return silence
    const why = this.#options.connections.hindrance(issuer)
    // A line that moves is not worth a write, but what was said before is not true any more.
    if (why === undefined)
      return known.request.ready === undefined ? silence : pending(known, wording.inLine, { until })
    const step = pending(known, wording.cannotAsk(why.kind, why.message, known.request), { until })
    // Once for each request that has something new to say. A CA that wants to be left alone is not asked about that.
    if (step.do === 'report' && why.kind !== 'RateLimited') recheckIssuer()
    return step
  }

  /**
   * Which operator serves the request. An issuer that does not exist has no class: the operator without one speaks for it,
   * unless another one has made an order through it, whose record only that one may write.
   */
  #classOf(request: CertificateRequest, issuer: SectigoIssuer | undefined): string {
    const serving = issuer ?? this.#recordOf(request)
    return serving?.spec.operatorClass ?? ''
  }

  #recordOf({ metadata }: CertificateRequest): CertificateOrder | undefined {
    return this.#options.orders.get(keyOf({ name: orderName(metadata), namespace: metadata.namespace }))
  }

  /** Everything the rules may depend on. */
  async #gather(
    request: CertificateRequest,
    issuer: SectigoIssuer | undefined,
    memory: Memory,
    signal: AbortSignal,
  ): Promise<Omit<Known, 'purchases'>> {
    const { orders, requests, namespaces, clock, leadingSince, operatorClass } = this.#options
    const view = await this.#views.of(request)
    const order = this.#recordOf(request)
    if (order !== undefined) {
      memory.recorded = true
      memory.followedSince ??= clock.monotonic()
    }
    return {
      request: view,
      issuer: issuer && viewIssuer(issuer, await reachOf(issuer, this.#options, signal), { request: view, order }),
      namespaceLabels: namespaces.get(view.namespace)?.metadata.labels,
      order,
      operatorClass,
      alike: isProblem(view.csr)
        ? []
        : recordsAlike({ ...view, csrSha256: view.csr.sha256, marker: order?.spec.marker }, { orders, requests }),
      memory,
      waited: order === undefined ? 0 : clock.since(waitingOf(order).since),
      now: clock.now(),
      tick: clock.monotonic(),
      leadingSince: leadingSince(),
      jitter: jitterOf(view.uid),
    }
  }

  #towardsCA(issuer: SectigoIssuer | undefined): Pick<EffectContext, 'backend' | 'recheckIssuer'> {
    const { connections, recheckIssuer } = this.#options
    const known = (): SectigoIssuer => {
      if (issuer === undefined) throw new TypeError('there is no issuer, so no CA to call')
      return issuer
    }
    return {
      backend: async (signal) => (await connections.connect(known(), { signal })).backend,
      recheckIssuer: () => recheckIssuer(known()),
    }
  }

  /** See {@link Memories.recordGone}. */
  recordGone(uid: string): void {
    this.#memories.recordGone(uid)
  }

  /** The request is finished or gone: what this process knew of it is of no use, its record stays. */
  forget(uid: string): void {
    this.#memories.forget(uid)
    this.#views.forget(uid)
    this.#turns.drop(uid)
    this.#purchases.release(uid)
    this.#errands.forget(uid)
  }

  /** To be called when no reconcile runs any more: ends what is waited for, and waits for what may not be cut. */
  async stop(): Promise<void> {
    await Promise.all([this.#turns.stop(), this.#errands.stop()])
  }
}

/** What one reconcile has of its request's turn. */
interface Held {
  turn: SubmissionTurn | undefined
  /** It is waited for, and the place in line must be kept. */
  inLine: boolean
}

function needsTurn(step: Step): boolean {
  return step.do === 'recordAttempt' || (step.do === 'createOrder' && step.firstAttempt === 'AtCreation')
}

function asksCA(step: Step): step is Question | Extract<Effect, { do: 'submit' }> {
  return step.do === 'find' || step.do === 'look' || step.do === 'fetch' || step.do === 'cancel' || step.do === 'submit'
}
