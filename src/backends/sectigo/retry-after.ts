// `Retry-After` (RFC 9110 10.2.3). SCM's document never mentions it; the gateways in front of SCM do send it.

/** Longer promises are not believed: a wrong clock at the other end must not silence an issuer for days. */
export const MAX_RETRY_AFTER_MS = 3_600_000

/**
 * The three forms of a date in HTTP (RFC 9110 5.6.7), all of which begin with the day of the week: `Sun, 06 Nov 1994
 * 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`. `Date.parse` takes "1.5" for a date too.
 */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? \w/

/** Milliseconds from `now` (wall clock), 0 for a date that has passed, `undefined` when it says nothing usable. */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  const text = value?.trim()
  if (text === undefined || text === '') return undefined
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : timeOf(text) - now
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), MAX_RETRY_AFTER_MS)
}

/** NaN for what is no date. The last form names no zone, and means GMT. */
function timeOf(text: string): number {
  if (!HTTP_DATE.test(text)) return Number.NaN
  return Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`)
}
