// Waiting for another program, by looking.
import { setTimeout as sleep } from 'node:timers/promises'

export interface WaitOptions {
  /** What is waited for, for the error: `etcd to answer`. */
  readonly what: string
  readonly timeoutMs: number
  readonly everyMs?: number
  readonly signal?: AbortSignal | undefined
}

const EVERY_MS = 100

/**
 * Asks until the answer is neither undefined nor false, and returns it. A question that throws is asked again; its last
 * error is the cause of the time-out's.
 */
export async function waitUntil<T>(ask: () => Promise<T | undefined | false>, options: WaitOptions): Promise<T> {
  const { what, timeoutMs, everyMs = EVERY_MS, signal } = options
  const end = performance.now() + timeoutMs
  for (let cause: unknown; ; ) {
    signal?.throwIfAborted()
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      if (error instanceof GiveUp) throw error
      cause = error
    }
    if (performance.now() > end) throw new Error(`gave up waiting for ${what} after ${timeoutMs / 1000} s`, { cause })
    // Aborted: the loop's head throws the reason itself.
    await sleep(everyMs, undefined, signal ? { signal } : {}).catch(() => undefined)
  }
}

/** Thrown by a question to say that no later answer will be better. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp'
}
