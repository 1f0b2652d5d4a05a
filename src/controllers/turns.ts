// Turns to place an order, asked for before the attempt is put on record and waited for without a worker. A granted turn
// holds a slot of the login, so every path here ends in exactly one of: taken, or given back.
import type { SubmissionTurn } from '../backends/backend.ts'
import type { Clock } from '../runtime/clock.ts'

export interface TurnsOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  /** A turn was granted, or cannot be: the request's key is to be reconciled. */
  readonly wake: (key: string) => void
}

interface Asked {
  /** When it got in line (waiting clock). */
  readonly at: number
  readonly abort: AbortController
  readonly ended: Promise<void>
  turn?: SubmissionTurn
  failure?: { readonly error: unknown }
}

export class Turns {
  readonly #clock: TurnsOptions['clock']
  readonly #wake: (key: string) => void
  readonly #asked = new Map<string, Asked>()
  /** Given up, and not yet ended. */
  readonly #ending = new Set<Promise<void>>()

  constructor({ clock, wake }: TurnsOptions) {
    this.#clock = clock
    this.#wake = wake
  }

  /**
   * The turn of this request, which is then the caller's to give back; undefined while it is waited for. The first call
   * gets in line with `ask`. Throws, once, what `ask` threw.
   */
  take(uid: string, key: string, ask: (signal: AbortSignal) => Promise<SubmissionTurn>): SubmissionTurn | undefined {
    const asked = this.#asked.get(uid)
    if (asked === undefined) {
      this.#asked.set(uid, this.#getInLine(key, ask))
      return undefined
    }
    if (asked.turn === undefined && asked.failure === undefined) return undefined
    this.#asked.delete(uid)
    if (asked.failure !== undefined) throw asked.failure.error
    return asked.turn
  }

  /** How long the request has been in line; 0 when it is not. */
  waitedMs(uid: string): number {
    const asked = this.#asked.get(uid)
    return asked === undefined ? 0 : this.#clock.monotonic() - asked.at
  }

  /** The request wants none (any more): its place in line is given up, a turn granted meanwhile given back. */
  drop(uid: string): void {
    const asked = this.#asked.get(uid)
    if (asked === undefined) return
    this.#asked.delete(uid)
    asked.abort.abort(new Error('the turn is not wanted any more'))
    asked.turn?.release()
    this.#ending.add(asked.ended)
    void asked.ended.then(() => this.#ending.delete(asked.ended))
  }

  /** Gives back everything; resolves when nobody is in line any more. */
  async stop(): Promise<void> {
    for (const uid of [...this.#asked.keys()]) this.drop(uid)
    await Promise.all(this.#ending)
  }

  #getInLine(key: string, ask: (signal: AbortSignal) => Promise<SubmissionTurn>): Asked {
    const abort = new AbortController()
    const wait = async (): Promise<void> => {
      try {
        const turn = await ask(abort.signal)
        // Granted in the very moment in which it was given up.
        if (abort.signal.aborted) turn.release()
        else asked.turn = turn
      } catch (error) {
        asked.failure = { error }
      }
      if (!abort.signal.aborted) this.#wake(key)
    }
    const asked: Asked = { at: this.#clock.monotonic(), abort, ended: Promise.resolve().then(wait) }
    return asked
  }
}
