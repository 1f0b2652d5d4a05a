// Small words shared by the rules: how a rule says "nothing", "pending" or "failed" without writing what is written already.
import type { Known } from './known.ts'
import type { EventNote, Step } from './step.ts'

export function nothing(because: string): Step {
  return { do: 'nothing', because }
}

export function fail({ message, event }: { readonly message: string; readonly event?: EventNote }): Step {
  return {
    do: 'report',
    ready: { reason: 'Failed', message: bounded(message), ...(event === undefined ? {} : { event }) },
  }
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
  const said = bounded(message)
  if (ready?.reason === 'Pending' && ready.message === said) {
    return { do: 'wait', because: said, ...(options.until === undefined ? {} : { until: options.until }) }
  }
  const event =
    options.warn === undefined ? {} : { event: { type: 'Warning' as const, reason: options.warn, note: said } }
  return { do: 'report', ready: { reason: 'Pending', message: said, ...event } }
}

/** cert-manager copies our messages into the Certificate; a stranger's text in them must not blow either up. */
const LONGEST_MESSAGE = 2_000

/** Cut here, before it is compared with what stands there already: cut later it would be written again at each look. */
export function bounded(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}\u2026`
}
