// What SCM said of one credential, for every connection that uses it. SCM counts failed logins and locks accounts, so a
// credential that was never accepted is tried by one call alone, and after a refusal no call is sent by anybody.
import type { Failure } from './failure.ts'

export class CredentialState {
  #accepted = false
  #refusal: Failure | undefined
  /** Pending while the one call is under way that finds out. */
  #trial: Promise<void> | undefined
  readonly #retriedFor = new Set<string>()

  /** Why no call is sent any more. */
  get refusal(): Failure | undefined {
    return this.#refusal
  }

  refuse(why: Failure): void {
    this.#refusal ??= why
    this.#accepted = false
  }

  accept(): void {
    if (this.#refusal !== undefined) return
    this.#accepted = true
    this.#retriedFor.clear()
  }

  /** One more trial after a refusal. `reason` identifies what justifies it, and justifies it once, whoever says it again. */
  retryFor(reason: string): void {
    if (this.#refusal === undefined || this.#retriedFor.has(reason)) return
    this.#retriedFor.add(reason)
    this.#refusal = undefined
  }

  /** Makes a call: at once when the credential was accepted, else after the calls before it, until one of them told. */
  async take<Outcome>(call: () => Promise<Outcome>): Promise<Outcome> {
    while (this.#trial !== undefined && !this.#accepted) await this.#trial
    if (this.#accepted || this.#refusal !== undefined) return call()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#trial = promise
    try {
      return await call()
    } finally {
      this.#trial = undefined
      resolve()
    }
  }
}
