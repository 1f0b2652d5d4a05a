// Calls to the CA on behalf of requests, which hold no worker: whoever waits for a turn at one slow login must not keep
// the requests of all other logins from being worked on.

export interface ErrandsOptions {
  /** A request has news: its key is to be reconciled. */
  readonly wake: (key: string) => void
}

export interface Errand {
  /** Names the request; there is one errand at a time for each. */
  readonly uid: string
  readonly key: string
  /** Its signal is aborted when the request is forgotten or the process stops. */
  run(signal: AbortSignal): Promise<void>
}

interface Underway {
  readonly abort: AbortController
  readonly ended: Promise<void>
}

export class Errands {
  readonly #wake: (key: string) => void
  readonly #underway = new Map<string, Underway>()
  readonly #errors = new Map<string, unknown>()

  constructor({ wake }: ErrandsOptions) {
    this.#wake = wake
  }

  /** Is one under way? Its end wakes the request. Throws, once, what the last one threw. */
  underway(uid: string): boolean {
    if (this.#errors.has(uid)) {
      const error = this.#errors.get(uid)
      this.#errors.delete(uid)
      throw error
    }
    return this.#underway.has(uid)
  }

  begin({ uid, key, run }: Errand): void {
    const abort = new AbortController()
    const carryOut = async (): Promise<void> => {
      try {
        await run(abort.signal)
      } catch (error) {
        if (!abort.signal.aborted) this.#errors.set(uid, error)
      } finally {
        this.#underway.delete(uid)
        this.#wake(key)
      }
    }
    this.#underway.set(uid, { abort, ended: Promise.resolve().then(carryOut) })
  }

  /** Nobody is interested any more. What may not be cut does not listen to its signal and goes on. */
  forget(uid: string): void {
    this.#underway.get(uid)?.abort.abort(new Error('the request is forgotten'))
    this.#errors.delete(uid)
  }

  /** Resolves when none is under way any more. */
  async stop(): Promise<void> {
    const all = [...this.#underway.values()]
    for (const { abort } of all) abort.abort(new Error('the process is shutting down'))
    await Promise.all(all.map(({ ended }) => ended))
  }
}
