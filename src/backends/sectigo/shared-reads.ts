// A thousand issuers of one login ask SCM the same questions when they are checked: more than its limits allow in the time
// between two checks. So an answer serves every check that was wanted before the question was asked.
import type { Answer } from './answer.ts'
import type { Call, Caller } from './call.ts'
import { failure } from './failure.ts'
import type { Exchange } from './wire.ts'

export interface SharedReadsOptions {
  readonly clock: { monotonic(): number }
  /** Ends the questions under way; no single asker does, since others wait for the same answer. */
  readonly closed: AbortSignal
  /** Is the login refused or failing? Then what it was told before says nothing. */
  readonly heldBack: () => boolean
}

interface Asked {
  readonly at: number
  readonly exchange: Promise<Exchange<Answer>>
}

/** Answers are not kept for longer (waiting clock): nobody accepts older ones, and they take memory. */
const KEPT_MS = 60_000

export class SharedReads {
  readonly #options: SharedReadsOptions
  /** By path and query. */
  readonly #asked = new Map<string, Asked>()

  constructor(options: SharedReadsOptions) {
    this.#options = options
  }

  /** Asks `through` the caller what nobody has asked since (waiting clock). For reads alone. */
  callerSince(since: number, through: Caller): Caller {
    return {
      quote: (text) => through.quote(text),
      exchange: (call) => {
        if (this.#options.heldBack()) this.#asked.clear()
        const known = this.#asked.get(keyOf(call))
        const exchange = known !== undefined && known.at >= since ? known.exchange : this.#ask(call, through)
        return unlessAborted(exchange, call.signal)
      },
    }
  }

  #ask(call: Call, through: Caller): Promise<Exchange<Answer>> {
    const { clock, closed } = this.#options
    const at = clock.monotonic()
    for (const [key, asked] of this.#asked) if (at - asked.at > KEPT_MS) this.#asked.delete(key)
    const exchange = through.exchange({ ...call, signal: closed })
    const asked = { at, exchange }
    this.#asked.set(keyOf(call), asked)
    void exchange.then((outcome) => {
      // Trouble is worth another try for whoever comes next.
      const good = outcome.result === 'answered' && outcome.answer.status < 300
      if (!good && this.#asked.get(keyOf(call)) === asked) this.#asked.delete(keyOf(call))
    })
    return exchange
  }
}

function keyOf({ path, query }: Call): string {
  return JSON.stringify([path, query])
}

function unlessAborted(
  exchange: Promise<Exchange<Answer>>,
  signal: AbortSignal | undefined,
): Promise<Exchange<Answer>> {
  return new Promise((resolve) => {
    const onAbort = (): void => resolve({ result: 'noEffect', failure: failure('Aborted') })
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    void exchange.then((outcome) => {
      signal?.removeEventListener('abort', onAbort)
      resolve(outcome)
    })
  })
}
