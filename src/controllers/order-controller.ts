// Looks after order records: those whose request is gone, those that are of no further use, and those whose order may be doubled.
import type { CertificateOrder } from '../api/certificate-order.ts'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import { deadlines, milliseconds } from '../api/spending.ts'
import { nextLateSearch } from '../issuance/late-search.ts'
import { isOpenOrder, lastIntentAt, orderName } from '../issuance/order-view.ts'
import { type OrphanMemory, planRecord, type RecordKnown } from '../issuance/orphan.ts'
import { keyOf } from '../kube/resource.ts'
import type { ReconcileOptions, Result } from '../runtime/controller.ts'
import { Errands } from './errands.ts'
import { type Issuers, issuerOf, type Reaching, reachOf } from './issuer-reach.ts'
import { aimOf } from './issuer-settings.ts'
import { jitterOf } from './jitter.ts'
import { askForRecord, carryOutForRecord, type RecordContext, type RecordEffectsOptions } from './order-effects.ts'
import { isWaiting, recordsAlike } from './records-alike.ts'

/** No record needs more steps in one go; more means that the rules run in circles. */
const MOST_STEPS = 12

export interface OrderReconcilerOptions extends RecordEffectsOptions, Issuers, Reaching {
  readonly operatorClass: string
  /** How long a record is kept after its certificate's end, or after its order failed: milliseconds (waiting clock). */
  readonly retentionMs: number
  /** A call to the CA ended: the key is to be reconciled. */
  readonly wake: (key: string) => void
}

export class OrderReconciler {
  readonly #options: OrderReconcilerOptions
  /** By key: records are named after the UIDs of requests, so no name is used twice. */
  readonly #memories = new Map<string, OrphanMemory>()
  /** Calls to the CA, which hold no worker. */
  readonly #errands: Errands

  constructor(options: OrderReconcilerOptions) {
    this.#options = options
    this.#errands = new Errands(options)
  }

  async reconcile(key: string, { signal, log }: ReconcileOptions): Promise<Result> {
    const { orders, clock, operatorClass } = this.#options
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const order = orders.get(key)
      if (order === undefined || (order.spec.operatorClass ?? '') !== operatorClass) {
        this.#forget(key)
        return {}
      }
      // Its end wakes.
      if (this.#errands.underway(key)) return { underway: true }
      const memory = this.#memory(key)
      const issuer = issuerOf(order, this.#options)
      const step = planRecord(await this.#gather(order, issuer, memory, signal))
      log.debug({ step: step.do }, 'planned')
      if (step.do === 'nothing') {
        this.#forget(key)
        return {}
      }
      if (step.do === 'wait') return { requeueAfterMs: Math.max(1, step.until - clock.monotonic()) }
      const context: RecordContext = { order, issuer, memory, signal, log }
      if (step.do === 'look' || step.do === 'searchAgain' || step.do === 'cancel') {
        const run = (signal: AbortSignal): Promise<void> => askForRecord(step, { ...context, signal }, this.#options)
        this.#errands.begin({ uid: key, key, run })
        return { underway: true }
      }
      await carryOutForRecord(step, context, this.#options)
      // The watch tells when it is gone.
      if (step.do === 'remove') return {}
      signal.throwIfAborted()
    }
    throw new Error(`the rules did not come to rest within ${MOST_STEPS} steps`)
  }

  async #gather(
    order: CertificateOrder,
    issuer: SectigoIssuer | undefined,
    memory: OrphanMemory,
    signal: AbortSignal,
  ): Promise<RecordKnown> {
    const { orders, requests, clock } = this.#options
    const { metadata, spec } = order
    const { namespace = '' } = metadata
    const { uid } = spec.requestRef
    const wanted = isWaiting({ uid }, requests)
    const alone = isOpenOrder(order) && !wanted
    if (alone) memory.goneSince ??= clock.monotonic()
    else delete memory.goneSince
    const sinceAttempt = clock.since(lastIntentAt(order))
    const asks = alone || nextLateSearch(order, { sinceAttempt }) !== undefined
    const heir = order.status?.continuedBy
    return {
      order,
      wanted,
      heir: heir && {
        waits: isWaiting(heir, requests),
        order: orders.get(keyOf({ namespace, name: orderName(heir) })),
      },
      alike: recordsAlike({ namespace, csrSha256: spec.csrSha256, uid, marker: spec.marker }, { orders, requests }),
      onRequestDeleted: issuer?.spec.onRequestDeleted ?? 'Keep',
      // Of most orders the CA is not asked here.
      aim: asks && issuer !== undefined ? aimOf(issuer, await reachOf(issuer, this.#options, signal)) : undefined,
      processingMs: processingMs(issuer),
      age: clock.since(Date.parse(metadata.creationTimestamp)),
      sinceAttempt,
      uselessInMs: this.#uselessInMs(order),
      memory,
      tick: clock.monotonic(),
      jitter: jitterOf(uid),
    }
  }

  #uselessInMs(order: CertificateOrder): number | undefined {
    const { clock, retentionMs } = this.#options
    if (isOpenOrder(order)) return undefined
    const { phase, notAfter, failedAt } = order.status ?? {}
    const end = (phase === 'Issued' ? notAfter : failedAt) ?? order.metadata.creationTimestamp
    return retentionMs - clock.since(Date.parse(end))
  }

  #memory(key: string): OrphanMemory {
    const memory = this.#memories.get(key) ?? {}
    this.#memories.set(key, memory)
    return memory
  }

  #forget(key: string): void {
    this.#memories.delete(key)
    this.#errands.forget(key)
  }

  /** To be called when no reconcile runs any more. */
  stop(): Promise<void> {
    return this.#errands.stop()
  }
}

/** An issuer that is gone has set no other deadline than the usual one. */
function processingMs(issuer: SectigoIssuer | undefined): number {
  const { processing } = issuer?.spec.deadlines ?? deadlines.parse({})
  return milliseconds(processing)
}
