// One process of the operator: its caches, its memory, its queue, and how it reconciles a key, call by call. What the shells in
// src/controllers do, but for time-outs, logs and the looks that no event calls for.
import type { CertificateOrder } from '../../../src/api/certificate-order.ts'
import type { CertificateRequest } from '../../../src/api/certificate-request.ts'
import { ORDER_INDEXES, REQUEST_INDEXES } from '../../../src/controllers/caches.ts'
import { Memories } from '../../../src/controllers/memories.ts'
import { Purchases } from '../../../src/controllers/purchases.ts'
import { isWaiting, recordsAlike, sameOrder } from '../../../src/controllers/records-alike.ts'
import { isOpen, slimRequest } from '../../../src/controllers/requests.ts'
import { buys } from '../../../src/issuance/budget.ts'
import { isProblem, type Known, type Memory } from '../../../src/issuance/known.ts'
import { mayBeDoubled, nextLateSearch } from '../../../src/issuance/late-search.ts'
import { isOpenOrder, lastIntentAt, orderName, waitingOf } from '../../../src/issuance/order-view.ts'
import { type OrphanMemory, planRecord, type RecordKnown } from '../../../src/issuance/orphan.ts'
import { plan } from '../../../src/issuance/plan.ts'
import { doubling } from '../../../src/issuance/waits.ts'
import { keyOf } from '../../../src/kube/resource.ts'
import { Store } from '../../../src/runtime/store.ts'
import type { Change, Kinds } from './api-server.ts'
import type { Running } from './calls.ts'
import { aimOf, DEADLINES, type ModelIssuer, viewOf } from './issuer.ts'
import { breach } from './promises.ts'
import { carryOutForRecord } from './record-effects.ts'
import { carryOut } from './request-effects.ts'
import { viewRequest } from './requests.ts'
import type { World } from './world.ts'

/** As the controllers have it: more means that the rules run in circles. */
const MOST_STEPS = 24
const MOST_RECORD_STEPS = 12
/** Whatever a request waits for. */
const LOOK_AGAIN_MS = 5 * 60_000
/** A watch is made anew every few minutes. */
const LONGEST_LAG_MS = 60 * 60_000
/** Calls to the CA for one key at one moment: all rounds of a search that were missed, an order, a look, a collection, twice. */
const MOST_CALLS = 16
/** Of every wait. */
const JITTER = 0.5
/** Pauses after a reconcile that failed. */
const RETRY_FIRST_MS = 1_000
const RETRY_LONGEST_MS = 5 * 60_000
/** How long records are kept that are of no further use. */
export const RETENTION_MS = 48 * 60 * 60_000

const log = {
  error({ err }: { readonly err?: unknown }): never {
    throw err
  },
}

export class Replica {
  readonly world: World
  readonly requests = new Store<CertificateRequest>({ log, indexes: REQUEST_INDEXES })
  readonly records = new Store<CertificateOrder>({ log, indexes: ORDER_INDEXES })
  issuer: ModelIssuer | undefined
  /** Kinds of which its watches tell nothing for now, and since when. */
  readonly #stuck = new Map<keyof Kinds, number>()
  /** Keys whose reconcile is in the middle of a call. */
  readonly busy = new Set<string>()
  /** When each key is to be looked at, by the waiting clock. */
  readonly due = new Map<string, number>()
  leadingSince: number | undefined
  /** It crashed or was replaced: whatever goes on of it is the last. */
  gone = false
  readonly #skewMs: number
  readonly #memories = new Memories()
  readonly #recordMemories = new Map<string, OrphanMemory>()
  readonly #failures = new Map<string, number>()
  readonly #told: Record<keyof Kinds, number>
  readonly #purchases: Purchases

  constructor(world: World, skewMs: number) {
    this.world = world
    this.#skewMs = skewMs
    const { api } = world
    const options = { resourceVersion: api.version }
    this.requests.replace([...api.requests.values()].map(slimRequest), options)
    this.records.replace([...api.records.values()], options)
    this.issuer = [...api.issuers.values()][0]
    this.#told = { requests: api.changes.length, records: api.changes.length, issuers: api.changes.length }
    const clock = { now: () => this.now(), since: (wall: number) => this.now() - wall, monotonic: () => this.tick() }
    this.#purchases = new Purchases({ orders: this.records, clock, operatorClass: '' })
    this.requests.onChange(({ key, previous, current }) => {
      if (previous !== undefined && previous.metadata.uid !== current?.metadata.uid) this.#forget(previous.metadata.uid)
      if (current !== undefined && isOpen(current)) this.#addRequest(current)
      const order = previous && isOpen(previous) ? this.records.get(`shop/${orderName(previous.metadata)}`) : undefined
      if (order !== undefined) this.#addRecord(order)
      if (current === undefined) this.due.delete(`requests ${key}`)
    })
    this.records.onChange(({ previous, current }) => {
      if (previous !== undefined && current === undefined) this.#memories.recordGone(previous.spec.requestRef.uid)
      for (const order of [current ?? previous].filter((order) => order !== undefined)) {
        const alike = sameOrder(order, this.records)
        for (const { metadata } of [order, ...alike])
          for (const request of this.requests.byIndex('order', metadata.name)) this.#addRequest(request)
        for (const one of alike) this.#addRecord(one)
      }
    })
  }

  now(): number {
    return this.world.now + this.#skewMs
  }

  tick(): number {
    return this.world.now
  }

  leads(): boolean {
    return this.world.leader === this && !this.gone
  }

  lead(): void {
    this.leadingSince = this.now()
    for (const request of this.requests.list()) this.#addRequest(request)
    for (const order of this.records.list()) this.#addRecord(order)
  }

  watch(kind: keyof Kinds, how: 'stuck' | 'well'): void {
    if (how === 'stuck') this.#stuck.set(kind, this.tick())
    else this.#stuck.delete(kind)
  }

  /** Takes in what the watches tell. */
  listen(): void {
    for (const kind of ['issuers', 'records', 'requests'] as const) {
      if (this.tick() - (this.#stuck.get(kind) ?? -Infinity) < LONGEST_LAG_MS) continue
      const { changes } = this.world.api
      for (const change of changes.slice(this.#told[kind])) if (change.kind === kind) this.#hear(change)
      this.#told[kind] = changes.length
    }
  }

  #hear({ kind, key, object, version }: Change): void {
    if (kind === 'issuers') {
      this.issuer = object as ModelIssuer | undefined
      for (const request of this.requests.list()) this.#addRequest(request)
      return
    }
    const store = kind === 'requests' ? this.requests : this.records
    if (object === undefined) store.remove(key, version)
    else if (kind === 'requests') this.requests.upsert(slimRequest(object as CertificateRequest))
    else this.records.upsert(object as CertificateOrder)
  }

  add(key: string, at: number): void {
    this.due.set(key, Math.min(at, this.due.get(key) ?? at))
  }

  /** A reconcile failed. */
  retry(key: string): void {
    const times = this.#failures.get(key) ?? 0
    this.#failures.set(key, times + 1)
    this.add(key, this.tick() + doubling(RETRY_FIRST_MS, RETRY_LONGEST_MS, times, JITTER))
  }

  #addRequest(request: CertificateRequest): void {
    if (isOpen(request)) this.add(`requests ${keyOf(request.metadata)}`, this.tick())
  }

  #addRecord(order: CertificateOrder): void {
    if (mayBeDoubled(order) || !isWaiting(order.spec.requestRef, this.requests))
      this.add(`records ${keyOf(order.metadata)}`, this.tick())
  }

  /** The next key and its time, of those at which nobody works. */
  next(): readonly [key: string, at: number] | undefined {
    let first: readonly [string, number] | undefined
    for (const one of this.due) if (!this.busy.has(one[0]) && one[1] < (first?.[1] ?? Infinity)) first = one
    return first
  }

  /** Until when to wait; undefined: for an event. */
  *reconcile(key: string): Running<number | undefined> {
    const [kind, name = ''] = key.split(' ')
    const uid = kind === 'requests' ? this.requests.get(name)?.metadata.uid : undefined
    const until = yield* kind === 'requests' ? this.#reconcileRequest(name) : this.#reconcileRecord(name)
    if (uid !== undefined) this.#purchases.release(uid)
    this.#failures.delete(key)
    return until
  }

  *#reconcileRequest(key: string): Running<number | undefined> {
    let calls = { at: this.tick(), made: 0 }
    for (let steps = 0; steps < MOST_STEPS; ) {
      const request = this.requests.get(key)
      if (request === undefined || this.gone) return undefined
      // The rules are asked even so: they must say nothing.
      if (!isOpen(request)) this.#forget(request.metadata.uid)
      const memory = this.#memories.of(request.metadata.uid)
      const known = this.#gather(request, memory)
      const step = plan(known)
      if (buys(step, known)) this.#purchases.reserve(request)
      this.world.promises.decided(known, step)
      if (step.do === 'nothing') return undefined
      if (step.do === 'wait') return step.until ?? this.tick() + LOOK_AGAIN_MS
      steps++
      if (['find', 'look', 'fetch', 'cancel', 'submit'].includes(step.do)) {
        steps = 0
        calls = { at: this.tick(), made: calls.at === this.tick() ? calls.made + 1 : 1 }
        if (calls.made > MOST_CALLS) throw breach(`the CA is asked again and again at one moment: ${step.do}`)
      }
      yield* carryOut(step, { request, known, memory }, this)
    }
    throw breach(`the rules did not come to rest within ${MOST_STEPS} steps`)
  }

  #gather(request: CertificateRequest, memory: Memory): Known {
    const view = viewRequest(request)
    const order = this.records.get(`shop/${orderName(request.metadata)}`)
    if (order !== undefined) {
      memory.recorded = true
      memory.followedSince ??= this.tick()
    }
    return {
      request: view,
      issuer: this.issuer && viewOf(this.issuer),
      namespaceLabels: {},
      order,
      operatorClass: '',
      alike: isProblem(view.csr)
        ? []
        : recordsAlike({ ...view, csrSha256: view.csr.sha256, marker: order?.spec.marker }, this.#caches),
      purchases: order === undefined || memory.search !== undefined ? this.#purchases.through(request) : [],
      memory,
      waited: order === undefined ? 0 : this.now() - waitingOf(order).since,
      now: this.now(),
      tick: this.tick(),
      leadingSince: this.leadingSince ?? Number.POSITIVE_INFINITY,
      jitter: JITTER,
    }
  }

  *#reconcileRecord(key: string): Running<number | undefined> {
    for (let steps = 0; steps < MOST_RECORD_STEPS; steps++) {
      const order = this.records.get(key)
      if (order === undefined || this.gone) return undefined
      const memory = this.#recordMemories.get(key) ?? {}
      this.#recordMemories.set(key, memory)
      const known = this.#gatherRecord(order, memory)
      const step = planRecord(known)
      this.world.promises.decidedForRecord(known, step)
      if (step.do === 'nothing') {
        this.#recordMemories.delete(key)
        return undefined
      }
      if (step.do === 'wait') return step.until
      yield* carryOutForRecord(step, { order, memory }, this)
      if (step.do === 'remove') return undefined
    }
    throw breach(`the rules of records did not come to rest within ${MOST_RECORD_STEPS} steps`)
  }

  #gatherRecord(order: CertificateOrder, memory: OrphanMemory): RecordKnown {
    const { spec, status, metadata } = order
    const { uid } = spec.requestRef
    const wanted = isWaiting({ uid }, this.requests)
    const alone = isOpenOrder(order) && !wanted
    if (alone) memory.goneSince ??= this.tick()
    else delete memory.goneSince
    const sinceAttempt = this.now() - lastIntentAt(order)
    const asks = alone || nextLateSearch(order, { sinceAttempt }) !== undefined
    const heir = status?.continuedBy
    const end = (status?.phase === 'Issued' ? status.notAfter : status?.failedAt) ?? metadata.creationTimestamp
    return {
      order,
      wanted,
      heir: heir && { waits: isWaiting(heir, this.requests), order: this.records.get(`shop/${orderName(heir)}`) },
      alike: recordsAlike({ namespace: 'shop', csrSha256: spec.csrSha256, uid, marker: spec.marker }, this.#caches),
      onRequestDeleted: this.issuer?.spec.onRequestDeleted ?? 'Keep',
      aim: asks ? this.issuer && aimOf(this.issuer) : undefined,
      processingMs: DEADLINES.processing,
      age: this.now() - Date.parse(metadata.creationTimestamp),
      sinceAttempt,
      uselessInMs: isOpenOrder(order) ? undefined : RETENTION_MS - (this.now() - Date.parse(end)),
      memory,
      tick: this.tick(),
      jitter: JITTER,
    }
  }

  get #caches() {
    return { orders: this.records, requests: this.requests }
  }

  #forget(uid: string): void {
    this.#memories.forget(uid)
    this.#purchases.release(uid)
  }
}
