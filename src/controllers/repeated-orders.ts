// Asks the CA, long after an order was sent that may have been the second one, whether it has more of it, and says so for good.
import type { CertificateOrder } from '../api/certificate-order.ts'
import { type SectigoIssuer, sectigoClusterIssuers } from '../api/sectigo-issuer.ts'
import { BackendError } from '../backends/backend.ts'
import { notReadyBecause } from '../issuance/issuer-status.ts'
import * as record from '../issuance/order-record.ts'
import { identityOf, lastIntentAt, remoteOf, targetOf } from '../issuance/order-view.ts'
import { doubledBy, mayBeDoubled, othersIn, untilNextLook } from '../issuance/repeated.ts'
import { SECOND_ORDER_AGAIN_MS } from '../issuance/waits.ts'
import { orderedTwice } from '../issuance/wording.ts'
import { keyOf } from '../kube/resource.ts'
import type { ReconcileOptions, Result } from '../runtime/controller.ts'
import type { Store } from '../runtime/store.ts'
import type { Connections } from './connections.ts'
import { IssuerProblem } from './issuer-problem.ts'
import type { EffectsOptions } from './request-effects.ts'
import { writeStatus } from './write-status.ts'

export interface RepeatedOrdersOptions
  extends Pick<EffectsOptions, 'client' | 'requests' | 'orders' | 'events' | 'clock' | 'operatorClass'> {
  readonly issuers: Store<SectigoIssuer>
  readonly clusterIssuers: Store<SectigoIssuer>
  readonly connections: Pick<Connections, 'connect'>
}

export class RepeatedOrders {
  readonly #options: RepeatedOrdersOptions
  /** By key: the order's age at the last look. */
  readonly #lookedAt = new Map<string, number>()

  constructor(options: RepeatedOrdersOptions) {
    this.#options = options
  }

  /** Throws KubeError. */
  async reconcile(key: string, { signal, log }: ReconcileOptions): Promise<Result> {
    const { orders, clock, operatorClass } = this.#options
    const order = orders.get(key)
    if (order === undefined || !mayBeDoubled(order) || (order.spec.operatorClass ?? '') !== operatorClass) {
      this.#lookedAt.delete(key)
      return {}
    }
    const age = clock.since(lastIntentAt(order))
    const wait = untilNextLook({ age, lookedAt: this.#lookedAt.get(key) ?? 0 })
    if (wait === undefined) return {}
    if (wait > 0) return { requeueAfterMs: wait }
    try {
      const others = await this.#lookForOthers(order, signal)
      if (others === undefined) return { requeueAfterMs: SECOND_ORDER_AGAIN_MS }
      if (others.length > 0) await this.#tell(order, others, { signal, log })
    } catch (error) {
      if (!(error instanceof BackendError || error instanceof IssuerProblem)) throw error
      log.warn({ kind: error.name }, `the CA could not be asked for a second order: ${error.message}`)
      return { requeueAfterMs: SECOND_ORDER_AGAIN_MS }
    }
    this.#lookedAt.set(key, age)
    return { requeueAfterMs: 1 }
  }

  /** Undefined: the issuer cannot be used now. */
  async #lookForOthers(order: CertificateOrder, signal: AbortSignal): Promise<readonly string[] | undefined> {
    const { connections, clock } = this.#options
    const issuer = this.#issuerOf(order)
    if (issuer === undefined || notReadyBecause(issuer) !== undefined) return undefined
    const { backend } = await connections.connect(issuer, { signal })
    const { metadata, spec } = order
    const found = await backend.find(
      {
        target: targetOf(order),
        identity: identityOf(order),
        // All that is left of the CSR: its request is finished or gone.
        csr: { names: spec.target.names.map((value) => ({ type: 'dns', value })) },
        made: { after: Date.parse(metadata.creationTimestamp), before: clock.now() },
        mustSee: false,
      },
      { signal, namespace: metadata.namespace },
    )
    return othersIn(found, order)
  }

  #issuerOf({ metadata, spec }: CertificateOrder): SectigoIssuer | undefined {
    const { issuers, clusterIssuers } = this.#options
    const { kind, name } = spec.issuerRef
    if (kind === sectigoClusterIssuers.kind) return clusterIssuers.get(name)
    return issuers.get(keyOf({ name, namespace: metadata.namespace }))
  }

  /** Once: as a condition of the record, which stays, and as an event for whoever looks. */
  async #tell(order: CertificateOrder, others: readonly string[], { signal, log }: ReconcileOptions): Promise<void> {
    const { requests, events, clock } = this.#options
    const event = orderedTwice(remoteOf(order)?.id ?? '', others)
    if (doubledBy(order) === event.note) return
    await writeStatus(order, record.doubled(order, event.note, clock.now()), { ...this.#options, signal })
    log.warn({ order: remoteOf(order)?.id, others }, event.note)
    const asked = requests.byIndex('order', order.metadata.name)
    for (const regarding of [order, ...asked]) events.emit({ regarding, action: 'Search', ...event })
  }
}
