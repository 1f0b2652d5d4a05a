// Keeps an issuer's Ready condition true: checked when its spec or Secret changes, when a request meets trouble, and on a timer.
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import { BackendError } from '../backends/backend-error.ts'
import { type CheckOutcome, isPassing, issuerStatus, notReadyBecause, wasRefused } from '../issuance/issuer-status.ts'
import { doubling, spread } from '../issuance/waits.ts'
import type { KubeClient } from '../kube/client.ts'
import { KubeError } from '../kube/errors.ts'
import { mergePatchOf } from '../kube/merge-patch.ts'
import type { Resource } from '../kube/resource.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ReconcileOptions, Result } from '../runtime/controller.ts'
import type { Store } from '../runtime/store.ts'
import type { Connection, Connections } from './connections.ts'
import { IssuerProblem } from './issuer-problem.ts'
import { writeStatus } from './write-status.ts'

const MINUTE = 60_000
/** A healthy issuer is asked again after this time: profiles lose terms, passwords expire. */
const RECHECK_MS = 10 * MINUTE
/** A check that only the timer wants takes what another issuer of its login was told so recently. */
const TOLD_RECENTLY_MS = 30_000
/** A Secret or ConfigMap that no watch tells of is read again after this time. */
const REREAD_MS = MINUTE
/** First and longest pause after a cause that passes by itself. */
const RETRY_FIRST_MS = 5_000
const RETRY_LONGEST_MS = 5 * MINUTE

export interface IssuerReconcilerOptions {
  readonly resource: Resource<SectigoIssuer>
  readonly store: Store<SectigoIssuer>
  readonly client: Pick<KubeClient, 'mergePatch'>
  readonly connections: Pick<Connections, 'connect' | 'forget'>
  readonly clock: Clock
  readonly operatorClass: string
  readonly clusterResourceNamespace: string
  /** 0..1, for spreading timers. */
  readonly random: () => number
}

export class IssuerReconciler {
  readonly #options: IssuerReconcilerOptions
  /** Failed checks in a row, by key. */
  readonly #failures = new Map<string, number>()
  /** The last check of each issuer that is Ready: what it was made with, and until when it is good (waiting clock). */
  readonly #checked = new Map<string, { readonly version: string; readonly until: number }>()
  /** Checks that somebody wants, and since when (waiting clock): what the CA said before does not count. */
  readonly #wanted = new Map<string, number>()

  constructor(options: IssuerReconcilerOptions) {
    this.#options = options
  }

  /** The next reconcile of this issuer asks the CA; without this, one that a timer causes may find that nothing changed. */
  want(key: string): void {
    this.#wanted.set(key, this.#options.clock.monotonic())
  }

  async reconcile(key: string, options: ReconcileOptions): Promise<Result> {
    const { store, resource, connections, operatorClass, clock } = this.#options
    const wanted = this.#wanted.get(key)
    this.#wanted.delete(key)
    const issuer = store.get(key)
    if (issuer === undefined || issuer.metadata.deletionTimestamp !== undefined) {
      this.#failures.delete(key)
      this.#checked.delete(key)
      connections.forget({ kind: resource.kind, key })
      return {}
    }
    if ((issuer.spec.operatorClass ?? '') !== operatorClass) return {}
    if (wanted !== undefined) this.#checked.delete(key)
    const since = wanted ?? clock.monotonic() - TOLD_RECENTLY_MS
    const outcome = await this.#check(key, issuer, since, options.signal)
    if (outcome === 'unchanged') return { requeueAfterMs: this.#pause(key, issuer) }
    const failures = outcome.ready ? 0 : (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    await this.#write(issuer, outcome, failures, options)
    if (outcome.ready || !isPassing(outcome.reason)) return { requeueAfterMs: this.#pause(key, issuer) }
    const { random } = this.#options
    return { requeueAfterMs: doubling(RETRY_FIRST_MS, RETRY_LONGEST_MS, failures - 1, random()) }
  }

  /** Until the next check; until the next look at what the issuer names, where no watch tells of a change. */
  #pause(key: string, { metadata, spec }: SectigoIssuer): number {
    const { clock, random, clusterResourceNamespace } = this.#options
    const reread = spread(REREAD_MS, random())
    const checked = this.#checked.get(key)
    if (checked === undefined) return reread
    const untilCheck = Math.max(1, checked.until - clock.monotonic())
    const elsewhere = metadata.namespace !== undefined && metadata.namespace !== clusterResourceNamespace
    const watched = !elsewhere && spec.tls?.caBundleRef?.kind !== 'ConfigMap'
    return watched ? untilCheck : Math.min(reread, untilCheck)
  }

  async #check(
    key: string,
    issuer: SectigoIssuer,
    since: number,
    signal: AbortSignal,
  ): Promise<CheckOutcome | 'unchanged'> {
    const { clock, random, connections } = this.#options
    const before = this.#checked.get(key)
    this.#checked.delete(key)
    let connection: Connection | undefined
    try {
      connection = await connections.connect(issuer, { fresh: true, signal })
      const good = before !== undefined && before.version === connection.version && clock.monotonic() < before.until
      // What was checked counts once it is on record: the write may have failed.
      if (good && notReadyBecause(issuer) === undefined) {
        this.#checked.set(key, before)
        return 'unchanged'
      }
      const { secretVersion } = connection
      if (wasRefused(issuer, secretVersion)) {
        return {
          ready: false,
          reason: 'CredentialsRefused',
          message: 'the CA refused this login before',
          secretVersion,
        }
      }
      const facts = await connection.backend.describe({ since, signal })
      const until = clock.monotonic() + spread(RECHECK_MS, random())
      this.#checked.set(key, { version: connection.version, until })
      return { ready: true, facts }
    } catch (error) {
      if (error instanceof IssuerProblem) return { ready: false, reason: error.reason, message: error.message }
      if (error instanceof BackendError) {
        const { kind: reason, request } = error
        const where = reason === 'CredentialsRefused' ? `; the credentials are in ${connection?.secret}` : ''
        const message = `${error.message}${where}`
        return { ready: false, reason, message, secretVersion: connection?.secretVersion, request }
      }
      throw error
    }
  }

  async #write(
    issuer: SectigoIssuer,
    outcome: CheckOutcome,
    failures: number,
    { signal, log }: ReconcileOptions,
  ): Promise<void> {
    const { client, resource, store, clock } = this.#options
    if (!outcome.ready && wasRefused(issuer, outcome.secretVersion ?? '')) return
    const status = issuerStatus(issuer, outcome, failures, clock.now())
    if (mergePatchOf(issuer.status, status) === undefined) return
    // Before the write, which may fail: this line is what is left then.
    if (outcome.ready) log.info({ profile: outcome.facts.profile.name }, 'issuer is ready')
    else log.warn({ reason: outcome.reason, request: outcome.request }, `issuer is not ready: ${outcome.message}`)
    try {
      const written = await writeStatus(resource, issuer, status, { client, signal })
      if (written !== undefined) store.wrote(written)
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return
      throw error
    }
  }
}
