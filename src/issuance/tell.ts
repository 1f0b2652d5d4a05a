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

/** Control characters, line breaks and what changes the direction of text: a name that a requester wrote may hold any. */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * A message as it will stand in a status: one line, of bounded length, and whole characters, which the API server gives back as
 * they are. Made so before it is compared with what stands there already: else it would be written again at each look.
 */
export function bounded(message: string): string {
  const line = message.replace(UNPRINTABLE, ' ').toWellFormed()
  return line.length <= LONGEST_MESSAGE ? line : `${line.slice(0, LONGEST_MESSAGE - 1).toWellFormed()}\u2026`
}
