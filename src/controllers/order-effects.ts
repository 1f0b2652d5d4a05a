// Carries out one step for an order record on its own account: its request is gone, or has no part in it.
import { type CertificateOrder, certificateOrders } from '../api/certificate-order.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import { BackendError } from '../backends/backend-error.ts'
import * as record from '../issuance/order-record.ts'
import { identityOf, provenWord, remoteOf, targetOf } from '../issuance/order-view.ts'
import type { OrphanMemory, OrphanStep } from '../issuance/orphan.ts'
import type { KubeClient } from '../kube/client.ts'
import { isNotFound, KubeError } from '../kube/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { EventRecorder } from '../runtime/events.ts'
import type { Logger } from '../runtime/log.ts'
import type { Store } from '../runtime/store.ts'
import { isAwaited } from './awaited.ts'
import type { Connections } from './connections.ts'
import { IssuerProblem } from './issuer-problem.ts'
import { searchAgain } from './late-search.ts'
import { writeOrderStatus } from './write-status.ts'

export interface RecordEffectsOptions {
  readonly client: Pick<KubeClient, 'list' | 'mergePatch' | 'delete'>
  readonly requests: Store<CertificateRequest>
  readonly orders: Store<CertificateOrder>
  readonly connections: Pick<Connections, 'connect'>
  readonly events: Pick<EventRecorder, 'emit'>
  /** Scaled: what is waited for. */
  readonly clock: Clock
  /** May this process act at this very moment? */
  readonly isLeader: () => boolean
  /** So many orders were found beside the one on record. */
  readonly countDoubled: (orders: number) => void
}

export interface RecordContext {
  readonly order: CertificateOrder
  readonly issuer: SectigoIssuer | undefined
  readonly memory: OrphanMemory
  readonly signal: AbortSignal
  readonly log: Logger
}

type Asking = Extract<OrphanStep, { do: 'look' | 'searchAgain' | 'cancel' }>
type Writing = Exclude<OrphanStep, Asking | { do: 'nothing' | 'wait' }>

/** The steps towards Kubernetes. Throws KubeError. */
export async function carryOutForRecord(
  step: Writing,
  context: RecordContext,
  options: RecordEffectsOptions,
): Promise<void> {
  const { order, memory, signal, log } = context
  const { client, clock } = options
  switch (step.do) {
    case 'confirm':
      if (await isAwaited(order, { client, signal })) delete memory.goneSince
      else memory.confirmed = true
      return
    case 'adopt': {
      const status = record.accepted(order, 1, step.remote, clock.now())
      return writeOrderStatus(order, status, { ...options, signal })
    }
    case 'note': {
      const note = { ...step, state: provenWord(memory.looked?.look) }
      await writeOrderStatus(order, record.noted(order, note, clock.now()), { ...options, signal })
      return tell(step, context, options)
    }
    case 'end':
      await writeOrderStatus(order, record.ended(order, step, clock.now()), { ...options, signal })
      log.info({ reason: step.reason }, step.message)
      return tell(step, context, options)
    case 'remove':
      return remove(context, options)
  }
}

function tell(
  { reason, message, event }: Extract<Writing, { do: 'note' | 'end' }>,
  { order }: RecordContext,
  { events }: RecordEffectsOptions,
): void {
  if (event !== undefined) events.emit({ regarding: order, type: event, reason, action: reason, note: message })
}

/** Exactly this version of exactly this record: one that changed meanwhile is looked at again. */
async function remove({ order, signal, log }: RecordContext, { client }: RecordEffectsOptions): Promise<void> {
  const { uid, resourceVersion } = order.metadata
  try {
    await client.delete(certificateOrders, order.metadata, { preconditions: { uid, resourceVersion }, signal })
    log.info({ phase: order.status?.phase, remote: order.status?.remote?.id }, 'an old order record was removed')
  } catch (error) {
    if (!(error instanceof KubeError && isNotFound(error))) throw error
  }
}

/** The steps towards the CA. That it cannot be asked is remembered, and never an error. */
export async function askForRecord(step: Asking, context: RecordContext, options: RecordEffectsOptions): Promise<void> {
  const { order, issuer, memory, signal, log } = context
  const { connections, clock, isLeader } = options
  const remote = remoteOf(order)
  if (issuer === undefined || remote === undefined) throw new TypeError('this step needs an issuer and an id')
  const query = { target: targetOf(order), identity: identityOf(order), remote }
  const call = { signal, namespace: order.metadata.namespace, whenIdle: true } as const
  try {
    const { backend } = await connections.connect(issuer, { signal })
    if (step.do === 'look') {
      memory.looked = { look: await backend.look(query, call), at: clock.monotonic() }
    } else if (step.do === 'searchAgain') {
      await searchAgain(backend, context, options)
    } else {
      // Another process may have found a request that wants this order.
      if (!isLeader()) throw new Error('an order is declined by the leader only')
      memory.cancelled = await backend.cancel({ ...query, message: step.message }, call)
      log.info({ order: remote.id, outcome: memory.cancelled.outcome }, 'the CA was asked to decline an order')
    }
    delete memory.trouble
  } catch (error) {
    if (error instanceof BackendError)
      log.warn({ call: step.do, kind: error.kind, request: error.request }, error.message)
    else if (!(error instanceof IssuerProblem)) throw error
    const retryAfterMs = error instanceof BackendError ? error.retryAfterMs : undefined
    memory.trouble = {
      at: clock.monotonic(),
      times: (memory.trouble?.times ?? 0) + 1,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
  }
}
