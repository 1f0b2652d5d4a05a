// Calls take turns: a login's rate and concurrency belong to all its issuers together.

import type { Caller } from './call.ts'
import { failure } from './failure.ts'

/** Grants the right to make one call; the returned function gives it back. */
export interface Slots {
  /** `rank`: smaller goes first. Rejects when the signal aborts first. */
  acquire(options: { readonly rank: number; readonly signal: AbortSignal }): Promise<() => void>
}

/** The same calls, each within a slot. A call whose turn never came had no effect. */
export function withSlots(caller: Caller, slots: Slots): Caller {
  return {
    quote: (text) => caller.quote(text),
    async exchange(call) {
      let release: () => void
      try {
        release = await slots.acquire({ rank: call.rank, signal: call.signal ?? new AbortController().signal })
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
