// Looks at the CA for orders beside the one on record, and tells people of them; declines those that nobody has approved, where
// the issuer says so.
import type { CertificateBackend } from '../backends/backend.ts'
import { BackendError } from '../backends/backend-error.ts'
import { isProblem } from '../issuance/known.ts'
import { type Surplus, surplusIn } from '../issuance/late-search.ts'
import { identityOf, lastIntentAt, neededSince, remoteOf, targetOf } from '../issuance/order-view.ts'
import { surplusToTheCA } from '../issuance/orphan-wording.ts'
import { viewRequest } from '../issuance/request-view.ts'
import { orderedTwice } from '../issuance/wording.ts'
import { requestOf } from './awaited.ts'
import type { RecordContext, RecordEffectsOptions } from './order-effects.ts'

/** Throws BackendError when the CA could not be searched. Without its request it is searched for by its marker alone. */
export async function searchAgain(
  backend: CertificateBackend,
  context: RecordContext,
  options: RecordEffectsOptions,
): Promise<void> {
  const { order, issuer, memory, signal, log } = context
  const { client, clock, events, countDoubled } = options
  const told = memory.late?.told ?? []
  const at = clock.since(lastIntentAt(order))
  const request = await requestOf(order, { client, signal })
  const view = request && (await viewRequest(request))
  const found = await backend.find(
    {
      target: targetOf(order),
      identity: identityOf(order),
      csr: view === undefined || isProblem(view.csr) ? undefined : view.csr,
      made: { after: neededSince(order, view), before: clock.now() },
      // Nothing follows from finding none.
      mustSee: false,
    },
    { signal, namespace: order.metadata.namespace, whenIdle: true },
  )
  const surplus = surplusIn(found, order, issuer?.spec.onRequestDeleted ?? 'Keep')
  const ids = surplus.map(({ remote }) => remote.id)
  const declined = await declineSome(surplus, backend, context, options)
  const remote = remoteOf(order)?.id ?? ''
  log.info({ order: remote, outcome: found.outcome, others: ids, declined }, 'searched again for an order')
  const fresh = ids.filter((id) => !told.includes(id))
  memory.late = { at, told: [...told, ...fresh] }
  if (ids.length === 0) return
  countDoubled(fresh.length)
  const note = { action: 'SearchAgain', ...orderedTwice(remote, ids, declined) }
  for (const regarding of [order, ...(request === undefined ? [] : [request])]) events.emit({ regarding, ...note })
}

/** Ids of those that are declined now. That one cannot be is no reason not to tell of all. */
async function declineSome(
  surplus: readonly Surplus[],
  backend: CertificateBackend,
  { order, signal, log }: RecordContext,
  { isLeader }: RecordEffectsOptions,
): Promise<readonly string[]> {
  const declined: string[] = []
  const query = { target: targetOf(order), identity: identityOf(order), message: surplusToTheCA(order) }
  for (const { remote } of surplus.filter(({ decline }) => decline)) {
    if (!isLeader()) throw new Error('an order is declined by the leader only')
    try {
      const call = { signal, namespace: order.metadata.namespace }
      const { outcome } = await backend.cancel({ ...query, remote }, call)
      if (outcome === 'cancelled') declined.push(remote.id)
    } catch (error) {
      if (!(error instanceof BackendError)) throw error
      log.warn({ call: 'cancel', kind: error.kind, request: error.request }, error.message)
    }
  }
  return declined
}
