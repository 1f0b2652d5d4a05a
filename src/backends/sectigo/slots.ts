// Calls take turns: a login's rate and concurrency belong to all its issuers together.
import type { Caller } from './call.ts'
import { type Failure, failure } from './failure.ts'

/** Grants the right to make one call; the returned function gives it back. */
export interface Slots {
  /** `rank`: smaller goes first; within a rank, namespaces take turns. Rejects when the signal aborts first. */
  acquire(options: {
    readonly rank: number
    readonly namespace: string
    readonly signal: AbortSignal
  }): Promise<() => void>
}

/** A caller that knows when a call would be of no use. */
export interface HeldCaller extends Caller {
  readonly heldBack: Failure | undefined
}

/** Only a submission comes without a signal; its attempt is recorded, and is sent soon or not at all. */
const LONGEST_WAIT_MS = 10_000

/** The same calls, each within a slot; `rank` in place of their own. A call whose turn never came, or that is held back, had no effect. */
export function withSlots(caller: HeldCaller, slots: Slots, namespace = '', rank?: number): Caller {
  return {
    quote: (text) => caller.quote(text),
    async exchange(call) {
      // Before a place in line is taken: nobody waits for a turn to be told what is known already.
      if (caller.heldBack !== undefined) return { result: 'noEffect', failure: caller.heldBack }
      let release: () => void
      try {
        const signal = call.signal ?? AbortSignal.timeout(LONGEST_WAIT_MS)
        release = await slots.acquire({ rank: rank ?? call.rank, namespace, signal })
      } catch {
        return { result: 'noEffect', failure: failure('NotSent') }
      }
      try {
        return await caller.exchange(call)
      } finally {
        release()
      }
    },
  }
}
