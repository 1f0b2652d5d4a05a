// Workers that take keys from a queue and reconcile them, as controller-runtime's controller does: an error means a
// retry later, never a dead worker.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'
import type { WorkQueue } from './queue.ts'

export interface Result {
  /** Milliseconds after which to look again although nothing has changed. */
  readonly requeueAfterMs?: number
  /** What was begun goes on without the worker, and wakes the key: whether it fails again is not known, so no back-off ends. */
  readonly underway?: boolean
}

export interface ReconcileOptions {
  /** Aborted when the controller drains or the reconcile has taken `reconcileTimeoutMs`. */
  readonly signal: AbortSignal
  /** Names the controller and the key on every line. */
  readonly log: Logger
}

/** Throw it where only a change of an object can help: the key is not retried until a watch event adds it again. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}

export type ReconcileResult = 'success' | 'error' | 'requeue_after'

export interface ControllerMetrics {
  workers(count: number): void
  began(): void
  ended(result: ReconcileResult, seconds: number): void
  failed(kind: FailureKind): void
  timedOut(): void
}

/** `panic`: a bug of ours, told by the kind of what was thrown; like an `error` it is retried. */
export type FailureKind = 'error' | 'terminal' | 'panic'

export interface ControllerOptions {
  readonly name: string
  /** How many keys are reconciled at a time. */
  readonly workers: number
  readonly queue: WorkQueue
  reconcile(key: string, options: ReconcileOptions): Promise<Result>
  /** Unscaled: a reconcile's time-out covers network I/O, which no scale makes faster. */
  readonly realClock: Clock
  readonly log: Logger
  readonly metrics?: ControllerMetrics
  readonly reconcileTimeoutMs: number
}

interface Run {
  readonly since: number
  readonly abort: AbortController
}

const MS_PER_SECOND = 1_000

export class Controller {
  readonly #options: ControllerOptions
  readonly #running = new Map<string, Run>()
  #workers: Promise<void>[] = []
  #draining = false

  constructor(options: ControllerOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#workers.length > 0) throw new Error(`controller ${this.#options.name} was started twice`)
    const count = this.#options.workers
    this.#options.metrics?.workers(count)
    this.#workers = Array.from({ length: count }, () => this.#work())
  }

  /** Hands out no more keys, aborts the reconciles' signal and waits, without limit, until each has returned. */
  async drain(): Promise<void> {
    this.#draining = true
    const queueEmpty = this.#options.queue.shutDown({ drain: false })
    for (const { abort } of this.#running.values()) abort.abort(new Error('the controller is shutting down'))
    await Promise.all([...this.#workers, queueEmpty])
  }

  /**
   * Has a reconcile been running for more than `ms`? It has then ignored its time-out as well, and its key will not run
   * again before it returns: only a restart helps.
   */
  stuckFor(ms: number): boolean {
    const now = this.#options.realClock.monotonic()
    return [...this.#running.values()].some(({ since }) => now - since > ms)
  }

  async #work(): Promise<void> {
    const { queue } = this.#options
    for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
      // Shutdown may fall between the queue's answer and this line.
      if (!this.#draining) await this.#run(key)
      queue.done(key)
      // Reconciles that wait for nothing would follow each other in one turn of the loop: thousands of keys would keep the
      // lease from being renewed.
      await nextTurn()
    }
  }

  /** Never throws: what a reconcile throws ends its run, not the worker. */
  async #run(key: string): Promise<void> {
    const { name, realClock, metrics, reconcileTimeoutMs } = this.#options
    const log = this.#options.log.child({ controller: name, object: key })
    const since = realClock.monotonic()
    // Own controllers instead of AbortSignal.any: its signals stay registered with the long-lived source.
    const abort = new AbortController()
    const cancelTimeout = realClock.after(reconcileTimeoutMs, () => {
      metrics?.timedOut()
      abort.abort(new Error(`the reconcile took longer than ${reconcileTimeoutMs} ms`))
    })
    this.#running.set(key, { since, abort })
    metrics?.began()
    let result: ReconcileResult
    try {
      result = this.#requeue(key, await this.#options.reconcile(key, { signal: abort.signal, log }))
    } catch (thrown) {
      result = 'error'
      this.#fail(key, thrown, log)
    } finally {
      cancelTimeout()
      this.#running.delete(key)
    }
    metrics?.ended(result, (realClock.monotonic() - since) / MS_PER_SECOND)
  }

  #requeue(key: string, { requeueAfterMs, underway = false }: Result): ReconcileResult {
    const { queue } = this.#options
    if (!underway) queue.forget(key)
    if (requeueAfterMs === undefined) return 'success'
    queue.addAfter(key, requeueAfterMs)
    return 'requeue_after'
  }

  #fail(key: string, thrown: unknown, log: Logger): void {
    const { queue, metrics } = this.#options
    if (this.#draining) {
      // Most likely our own abort, passed on; whatever it is, the next process tries again.
      log.debug({ err: thrown }, 'reconcile was cut by the shutdown')
      return
    }
    const kind = kindOf(thrown)
    metrics?.failed(kind)
    if (kind === 'terminal') {
      queue.forget(key)
      log.error({ err: thrown }, 'reconcile failed and is not retried until something changes')
      return
    }
    queue.addRateLimited(key)
    if (kind === 'panic') log.error({ err: thrown }, 'reconcile failed by a bug and is retried')
    else log.warn({ err: thrown }, 'reconcile failed and is retried')
  }
}

/** The errors the language itself throws when code is wrong, and whatever is no error at all. */
const BUGS = [TypeError, ReferenceError, RangeError, SyntaxError, URIError, EvalError]

function kindOf(thrown: unknown): FailureKind {
  if (thrown instanceof TerminalError) return 'terminal'
  if (!(thrown instanceof Error) || BUGS.some((bug) => thrown instanceof bug)) return 'panic'
  return 'error'
}
