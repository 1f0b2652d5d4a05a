// From the first part started to the exit code: what happens, and in which order, when the process is told to go.
//
//   running --SIGTERM, SIGINT--> draining --> parts stopped in reverse, critical sections finished --> exit 0
//   running --fail (lost lease), a part cannot start--> the same --> exit 1
//   draining --grace period over--> exit 1, and nothing more is stopped: least of all is the lease given back
//   any --second signal, uncaught exception, unhandled rejection--> exit 1 at once
import type { EventEmitter } from 'node:events'
import type { Clock } from './clock.ts'
import { CriticalSections } from './critical-sections.ts'
import type { Logger } from './log.ts'

/** Something that is started and stopped with the process. */
export interface Part {
  readonly name: string
  /** Resolves when the parts of the next group may start. Must reject soon after the signal. */
  start(options: { readonly signal: AbortSignal }): Promise<void>
  /** Resolves when nothing of it runs any more. Called also when `start` was cut off or failed. */
  stop(): Promise<void>
}

export interface LifecycleOptions {
  /** Unscaled: kubelet's grace period is not shortened by anyone. */
  readonly realClock: Clock
  readonly log: Logger
  /** Default: this process. */
  readonly process?: Pick<EventEmitter, 'on'> & { exit(code: number): void }
  readonly graceMs?: number
}

/** Longer than the longest critical section (a submission's time-out of 120 s, and recording its id). */
export const DEFAULT_GRACE_MS = 150_000

const FAILED = 1

export class Lifecycle {
  readonly #options: LifecycleOptions
  readonly #process: NonNullable<LifecycleOptions['process']>
  readonly #critical = new CriticalSections()
  readonly #starting = new AbortController()
  readonly #stopAsked = Promise.withResolvers<void>()
  /** Groups whose start was begun, in that order. */
  readonly #begun: (readonly Part[])[] = []
  #draining = false
  #exitCode = 0
  #signals = 0

  constructor(options: LifecycleOptions) {
    this.#options = options
    this.#process = options.process ?? process
  }

  /** True from the first moment of the shutdown, whatever its cause: begin nothing that must be finished. */
  get draining(): boolean {
    return this.#draining
  }

  /** For readiness. */
  check(): string | undefined {
    return this.#draining ? 'the process is shutting down' : undefined
  }

  /**
   * Runs what neither a shutdown nor a lost lease may cut: the process does not exit, and does not give back its lease,
   * before it has ended. @throws DrainingError when the process is already draining; `section` was then not called.
   */
  runCritical<T>(name: string, section: () => Promise<T>): Promise<T> {
    return this.#critical.run(name, section)
  }

  /** Stops everything in order and exits non-zero: for a lost lease, or a part that cannot go on. */
  fail(reason: string): void {
    this.#options.log.error({ reason }, 'the process cannot go on')
    this.#exitCode = FAILED
    this.#stop()
  }

  /**
   * Starts the groups one after the other, the parts of a group together; when told to stop, stops them in reverse and
   * exits. Resolves, with the exit code, only where `exit` returns: in tests.
   */
  async run(groups: readonly (readonly Part[])[]): Promise<number> {
    this.#watchProcess()
    const started = this.#startAll(groups)
    await this.#stopAsked.promise
    const { log, realClock, graceMs = DEFAULT_GRACE_MS } = this.#options
    const graceOver = Promise.withResolvers<'grace over'>()
    const cancelGrace = realClock.after(graceMs, () => graceOver.resolve('grace over'))
    if ((await Promise.race([this.#stopAll(started), graceOver.promise])) === 'grace over') {
      this.#exitCode = FAILED
      log.error({ graceMs, criticalSections: this.#critical.names }, 'the grace period is over, work is cut off')
    }
    cancelGrace()
    log.info({ exitCode: this.#exitCode }, 'exiting')
    this.#process.exit(this.#exitCode)
    return this.#exitCode
  }

  #watchProcess(): void {
    for (const signal of ['SIGTERM', 'SIGINT']) this.#process.on(signal, () => this.#onSignal(signal))
    for (const bug of ['uncaughtException', 'unhandledRejection']) {
      this.#process.on(bug, (err: unknown) => {
        this.#options.log.fatal({ err, bug }, 'a bug ends the process')
        this.#process.exit(FAILED)
      })
    }
  }

  #onSignal(signal: string): void {
    const { log } = this.#options
    this.#signals++
    if (this.#signals > 1) {
      log.warn({ signal, criticalSections: this.#critical.names }, 'second signal, exiting at once')
      this.#process.exit(FAILED)
      return
    }
    log.info({ signal }, this.#draining ? 'already shutting down' : 'shutting down')
    this.#stop()
  }

  /** Takes effect in this very tick: whoever asks `draining` next hears yes. */
  #stop(): void {
    this.#draining = true
    this.#critical.close()
    this.#starting.abort(new Error('the process is shutting down'))
    this.#stopAsked.resolve()
  }

  /** Never rejects: a part that does not start is a reason to stop. */
  async #startAll(groups: readonly (readonly Part[])[]): Promise<void> {
    for (const group of groups) {
      if (this.#draining) return
      this.#begun.push(group)
      await Promise.all(group.map((part) => this.#start(part)))
    }
  }

  async #start(part: Part): Promise<void> {
    const { log } = this.#options
    try {
      await part.start({ signal: this.#starting.signal })
      log.debug({ part: part.name }, 'started')
    } catch (err) {
      if (this.#draining) return
      log.fatal({ err, part: part.name }, 'a part could not start')
      this.fail(`${part.name} could not start`)
    }
  }

  /** A start that is cut off must have ended first: it could still be about to take what its stop gives back. */
  async #stopAll(started: Promise<void>): Promise<void> {
    await started
    for (const group of this.#begun.toReversed()) {
      await Promise.all(group.map((part) => this.#stopPart(part)))
      // Begun by a part that is now stopped; the lease, which an earlier group holds, is kept until they have ended.
      await this.#critical.idle()
    }
  }

  async #stopPart(part: Part): Promise<void> {
    const { log } = this.#options
    try {
      await part.stop()
      log.debug({ part: part.name }, 'stopped')
    } catch (err) {
      this.#exitCode = FAILED
      log.error({ err, part: part.name }, 'a part could not be stopped')
    }
  }
}
