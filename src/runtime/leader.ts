// One process of several leads: the behaviour of client-go tools/leaderelection on a Lease.
//
// No clock but our own monotonic one is believed. A follower counts the lease's duration from when it saw the record
// change; the leader counts its deadline from before it sent the last renewal that succeeded. So the leader stops before
// any follower starts, as long as both clocks run at the same speed.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { KubeClient } from '../kube/client.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts'
import type { Clock } from './clock.ts'
import { type Holder, heldBy, type Lease, type LeaseSpec, leases, released, sameRecord } from './lease.ts'
import { checkLeaseTimes, DEFAULT_LEASE_TIMES, JITTER, type LeaseTimes } from './lease-times.ts'
import type { Logger } from './log.ts'

export interface LeaderElectorOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'mergePatch'>
  readonly fieldManager: string
  readonly namespace: string
  readonly name: string
  /** Unlike any other process's, also after a restart: see {@link leaderIdentity}. */
  readonly identity: string
  readonly times?: LeaseTimes
  /** Unscaled: other processes count the same seconds. */
  readonly realClock: Clock
  readonly log: Logger
  readonly metrics?: { leading(lease: string, leads: boolean): void; slowPath(lease: string): void }
  /** 0 to 1, for the jitter. Default: Math.random. */
  readonly random?: () => number
}

/** A leader that neither renewed nor noticed it for this long after the lease ended is broken (client-go's healthz adaptor). */
const UNNOTICED_MS = 20_000

const MS_PER_SECOND = 1_000

/** `hostname_uuid`: people find the Pod, and no two processes are ever the same. */
export function leaderIdentity(): string {
  return `${hostname()}_${randomUUID()}`
}

export class LeaderElector {
  readonly #options: LeaderElectorOptions
  readonly #times: LeaseTimes
  readonly #holder: Holder
  readonly #lost = new AbortController()
  readonly #stop = new AbortController()
  /** The record as last seen, and when it was first seen so. */
  #observed: { readonly lease: Lease; readonly since: number } | undefined
  /** When the last successful renewal was about to be sent; undefined until acquired and after the release. */
  #renewedAt: number | undefined
  #renewing: Promise<void> = Promise.resolve()
  #cancelDeadline: (() => void) | undefined

  constructor(options: LeaderElectorOptions) {
    this.#options = options
    this.#times = options.times ?? DEFAULT_LEASE_TIMES
    checkLeaseTimes(this.#times)
    this.#holder = {
      identity: options.identity,
      leaseDurationSeconds: this.#times.leaseDurationMs / MS_PER_SECOND,
    }
    options.metrics?.leading(options.name, false)
  }

  /** Aborted when leadership was had and is lost, with the reason. Never by `release`. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /**
   * May this process act as leader at this very moment? Computed from the clock, so that a process that was paused past
   * its deadline hears no before its timers run.
   */
  isLeader(): boolean {
    return (
      this.#renewedAt !== undefined &&
      !this.#lost.signal.aborted &&
      this.#options.realClock.monotonic() - this.#renewedAt < this.#times.renewDeadlineMs
    )
  }

  /** As this process last saw it. */
  get lease(): Lease | undefined {
    return this.#observed?.lease
  }

  /** For liveness: what is wrong when the lease ended long ago and this process is still here. */
  check(): string | undefined {
    if (this.#renewedAt === undefined) return undefined
    const ageMs = this.#options.realClock.monotonic() - this.#renewedAt
    if (ageMs <= this.#times.leaseDurationMs + UNNOTICED_MS) return undefined
    return `lease not renewed for ${Math.round(ageMs / MS_PER_SECOND)} s`
  }

  /**
   * Resolves when the lease is ours; from then on it is renewed until `release`. Rejects with the signal's reason, and
   * with nothing else: an API server that does not answer is asked again.
   */
  async acquire({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { log, namespace, name, realClock, random = Math.random } = this.#options
    log.info({ lease: `${namespace}/${name}`, identity: this.#holder.identity }, 'waiting for the leader lease')
    while (!(await this.#try(signal))) {
      const waitMs = this.#times.retryPeriodMs * (1 + JITTER * random())
      await realClock.sleep(waitMs, { signal }).catch(() => undefined)
      signal.throwIfAborted()
    }
    log.info({ lease: `${namespace}/${name}` }, 'this process leads')
    this.#options.metrics?.leading(name, true)
    this.#renewing = this.#renew()
  }

  /**
   * Stops renewing and gives the lease back if the API server says that it is ours, so that another process need not
   * wait for its end. Call it when all work has stopped. Never throws: a lease that cannot be given back ends by itself.
   */
  async release(): Promise<void> {
    this.#stop.abort(new Error('the lease is being released'))
    this.#cancelDeadline?.()
    await this.#renewing
    this.#renewedAt = undefined
    const { log, metrics, name } = this.#options
    metrics?.leading(name, false)
    try {
      await this.#within(new AbortController().signal, (signal) => this.#giveBack(signal))
    } catch (error) {
      log.warn({ err: error }, 'the leader lease could not be released; it ends by itself')
    }
  }

  async #renew(): Promise<void> {
    const { realClock } = this.#options
    const signal = AbortSignal.any([this.#stop.signal, this.#lost.signal])
    while (!signal.aborted) {
      await realClock.sleep(this.#times.retryPeriodMs, { signal }).catch(() => undefined)
      // A process that was paused past its deadline may find the retry due before the deadline.
      if (!signal.aborted && !this.isLeader()) this.#lose('the renew deadline has passed')
      if (!signal.aborted) await this.#try(signal)
    }
  }

  /** One try to take or renew. @returns whether the lease is ours. Never throws for a failed call. */
  async #try(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#within(signal, (bounded) => this.#takeOrRenew(bounded))
    } catch (error) {
      if (!signal.aborted) this.#options.log.warn({ err: error }, 'the leader lease could not be read or written')
      return false
    }
  }

  /** Half the deadline for each try: one call that hangs must not cost the leadership (controller-runtime). */
  async #within<T>(signal: AbortSignal, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    // Not AbortSignal.any: a leader tries for months, and each try would stay known to the long-lived signal.
    const bounded = new AbortController()
    const stop = (): void => bounded.abort(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    const cancel = this.#options.realClock.after(this.#times.renewDeadlineMs / 2, () =>
      bounded.abort(new Error('no answer within half the renew deadline')),
    )
    try {
      return await run(bounded.signal)
    } finally {
      cancel()
      signal.removeEventListener('abort', stop)
    }
  }

  async #takeOrRenew(signal: AbortSignal): Promise<boolean> {
    const known = this.#observed?.lease
    if (known !== undefined && this.isLeader() && known.spec?.holderIdentity === this.#holder.identity) {
      // Nobody else should have written: try without reading first, which halves the calls of a healthy leader.
      if (await this.#write(known, signal)) return true
      this.#options.metrics?.slowPath(this.#options.name)
    }
    const lease = await this.#read(signal)
    if (lease === undefined) return this.#create(signal)
    const holder = lease.spec?.holderIdentity ?? ''
    if (holder !== '' && holder !== this.#holder.identity) {
      if (this.#renewedAt !== undefined) {
        this.#lose(`the lease is held by ${holder}`)
        return false
      }
      if (!this.#ended()) return false
    }
    return this.#write(lease, signal)
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options
    try {
      const lease = await client.get(leases, { namespace, name }, { signal })
      this.#observe(lease)
      return lease
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async #create(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, fieldManager, realClock } = this.#options
    const began = realClock.monotonic()
    try {
      const spec = heldBy(this.#holder, undefined, realClock.now())
      this.#observe(await client.create(leases, { metadata: { namespace, name }, spec }, { fieldManager, signal }))
    } catch (error) {
      if (isAlreadyExists(error)) return false
      throw error
    }
    return this.#renewed(began)
  }

  /** @returns whether the lease is ours now. */
  async #write(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const began = this.#options.realClock.monotonic()
    const spec = heldBy(this.#holder, lease.spec, this.#options.realClock.now())
    const written = await this.#patch(lease, spec, signal)
    if (written === undefined) return false
    this.#observe(written)
    return this.#renewed(began)
  }

  async #giveBack(signal: AbortSignal): Promise<void> {
    for (;;) {
      // Asked, not remembered: the last write may have been cut off unanswered, and may even take effect only now.
      const lease = await this.#read(signal)
      if (lease?.spec?.holderIdentity !== this.#holder.identity) return
      if (await this.#patch(lease, released(this.#options.realClock.now()), signal)) break
    }
    this.#options.log.info({}, 'the leader lease is released')
  }

  /** @returns undefined when someone wrote since `lease` was read, or removed it. */
  async #patch(lease: Lease, spec: LeaseSpec, signal: AbortSignal): Promise<Lease | undefined> {
    const { client, fieldManager } = this.#options
    const patch = { metadata: { resourceVersion: lease.metadata.resourceVersion }, spec }
    try {
      return await client.mergePatch(leases, lease.metadata, patch, { fieldManager, signal })
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return undefined
      throw error
    }
  }

  #observe(lease: Lease): void {
    const before = this.#observed
    const same = before !== undefined && sameRecord(before.lease, lease)
    this.#observed = { lease, since: same ? before.since : this.#options.realClock.monotonic() }
    const holder = lease.spec?.holderIdentity ?? ''
    if (holder !== (before?.lease.spec?.holderIdentity ?? '') && holder !== this.#holder.identity) {
      this.#options.log.info({ holder }, holder === '' ? 'the leader lease is free' : 'another process leads')
    }
  }

  /** Has the holder let its lease end, as far as we could see? */
  #ended(): boolean {
    if (this.#observed === undefined) return false
    const { lease, since } = this.#observed
    const durationMs = (lease.spec?.leaseDurationSeconds ?? this.#holder.leaseDurationSeconds) * MS_PER_SECOND
    return this.#options.realClock.monotonic() - since >= durationMs
  }

  /** @returns whether the renewal still counts: after the deadline it comes too late. */
  #renewed(began: number): boolean {
    if (this.#lost.signal.aborted) return false
    this.#renewedAt = began
    this.#cancelDeadline?.()
    const { renewDeadlineMs } = this.#times
    const leftMs = began + renewDeadlineMs - this.#options.realClock.monotonic()
    this.#cancelDeadline = this.#options.realClock.after(leftMs, () =>
      this.#lose(`the lease was not renewed within ${renewDeadlineMs} ms`),
    )
    return true
  }

  #lose(reason: string): void {
    if (this.#lost.signal.aborted || this.#stop.signal.aborted) return
    this.#cancelDeadline?.()
    const { log, metrics, name } = this.#options
    metrics?.leading(name, false)
    log.error({ reason }, 'leadership is lost')
    this.#lost.abort(new Error(`leadership is lost: ${reason}`))
  }
}
