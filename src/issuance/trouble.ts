// The CA could not be asked: wait, longer each time, and say so. Never a reason to fail a request.
import { isIssuerAnother, type Known } from './known.ts'
import type { Step } from './step.ts'
import { pending } from './tell.ts'
import { doubling, TROUBLE_FIRST_MS, TROUBLE_LONGEST_MS } from './waits.ts'
import * as wording from './wording.ts'

/** The wait after the last failed call, or undefined when it is over (or there was none). */
export function troubled(known: Known): Step | undefined {
  const trouble = troubleOf(known)
  return trouble && pending(known, trouble.message, trouble)
}

/** What it says, and the tick until which it lasts; of which kind, and for how many times in a row. */
export function troubleOf(known: Known) {
  const { trouble } = known.memory
  if (trouble === undefined || isIssuerAnother(known)) return undefined
  const pause = doubling(TROUBLE_FIRST_MS, TROUBLE_LONGEST_MS, trouble.times - 1, known.jitter)
  const until = trouble.at + Math.max(pause, trouble.retryAfterMs ?? 0)
  const { kind, times } = trouble
  if (known.tick >= until) return undefined
  return { kind, times, message: wording.cannotAsk(kind, trouble.message, known.request), until }
}
