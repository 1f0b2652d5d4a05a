// What src/controllers/order-effects.ts does for a record whose request is gone, call by call.
import type { CertificateOrder } from '../../../src/api/certificate-order.ts'
import { BackendError } from '../../../src/backends/backend-error.ts'
import { surplusIn } from '../../../src/issuance/late-search.ts'
import * as record from '../../../src/issuance/order-record.ts'
import { identityOf, lastIntentAt, provenWord, remoteOf } from '../../../src/issuance/order-view.ts'
import type { OrphanMemory, OrphanStep } from '../../../src/issuance/orphan.ts'
import { isNotFound } from '../../../src/kube/errors.ts'
import { ca, kube, type Running } from './calls.ts'
import type { Replica } from './replica.ts'
import { writeRecord } from './request-effects.ts'

export type RecordEffect = Exclude<OrphanStep, { do: 'nothing' | 'wait' }>

export function* carryOutForRecord(
  step: RecordEffect,
  { order, memory }: { readonly order: CertificateOrder; readonly memory: OrphanMemory },
  on: Replica,
): Running<void> {
  switch (step.do) {
    case 'confirm':
      if (yield* kube('is it awaited?', () => on.world.api.isAwaited(order))) delete memory.goneSince
      else memory.confirmed = true
      return
    case 'adopt':
      return yield* writeRecord(order, record.accepted(order, 1, step.remote, on.now()), on)
    case 'note': {
      const note = { ...step, state: provenWord(memory.looked?.look) }
      return yield* writeRecord(order, record.noted(order, note, on.now()), on)
    }
    case 'end': {
      const witness = (): void => on.world.promises.ended(order, step.message, on.world)
      return yield* writeRecord(order, record.ended(order, step, on.now()), on, witness)
    }
    case 'remove':
      return yield* remove(order, on)
    case 'look':
    case 'searchAgain':
    case 'cancel':
      return yield* ask(step, order, memory, on)
  }
}

function* remove(order: CertificateOrder, on: Replica): Running<void> {
  try {
    yield* kube('delete record', () => on.world.api.deleteRecord(order))
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

function* ask(
  step: Extract<RecordEffect, { do: 'look' | 'searchAgain' | 'cancel' }>,
  order: CertificateOrder,
  memory: OrphanMemory,
  on: Replica,
): Running<void> {
  const remote = remoteOf(order)
  if (remote === undefined) throw new TypeError('this step needs an id')
  const { login, promises } = on.world
  const identity = identityOf(order)
  try {
    if (step.do === 'look') {
      memory.looked = { look: yield* ca('look', () => on.world.ca.look(remote, identity, login)), at: on.tick() }
    } else if (step.do === 'searchAgain') {
      yield* searchAgain(order, memory, on)
    } else {
      const decline = () => {
        promises.declines(order, on.world)
        return on.world.ca.cancel(remote, identity, login)
      }
      memory.cancelled = yield* ca('decline for its deleted request', decline)
    }
    delete memory.trouble
  } catch (error) {
    if (!(error instanceof BackendError)) throw error
    memory.trouble = { at: on.tick(), times: (memory.trouble?.times ?? 0) + 1 }
  }
}

/** What src/controllers/late-search.ts does; that it is told is nothing to this world. */
function* searchAgain(order: CertificateOrder, memory: OrphanMemory, on: Replica): Running<void> {
  const { login, promises } = on.world
  const at = on.now() - lastIntentAt(order)
  const identity = identityOf(order)
  const told = memory.late?.told ?? []
  const query = { profile: order.spec.target.profile, identity, mustSee: false }
  const found = yield* ca('find once more', () => on.world.ca.find(query, login))
  const surplus = surplusIn(found, order, on.issuer?.spec.onRequestDeleted ?? 'Keep')
  for (const { remote } of surplus.filter(({ decline }) => decline))
    yield* ca('decline what is ordered twice', () => {
      promises.declinesSurplus(order, remote, on.world)
      return on.world.ca.cancel(remote, identity, login)
    })
  memory.late = { at, told }
}
