// Small words shared by the rules: how a rule says "nothing", "pending" or "failed" without writing what is written already.
import type { Known } from './known.ts'
import type { EventNote, Step } from './step.ts'

export function nothing(because: string): Step {
  return { do: 'nothing', because }
}

export function fail(why: { readonly message: string; readonly event?: EventNote }): Step {
  return { do: 'report', ready: { reason: 'Failed', ...why } }
}

/**
 * Pending with this message: reported if the request does not say so yet, else waited for.
 * `until` is a tick; `warn` names the event that goes with the first report.
 */
export function pending(
  known: Known,
  message: string,
  options: { readonly until?: number; readonly warn?: string } = {},
): Step {
  const { ready } = known.request
  if (ready?.reason === 'Pending' && ready.message === message) {
    return { do: 'wait', because: message, ...(options.until === undefined ? {} : { until: options.until }) }
  }
  const event =
    options.warn === undefined ? {} : { event: { type: 'Warning' as const, reason: options.warn, note: message } }
  return { do: 'report', ready: { reason: 'Pending', message, ...event } }
}
