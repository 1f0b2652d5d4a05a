// `Retry-After` (RFC 9110 10.2.3). SCM's document never mentions it; the gateways in front of SCM do send it.

/** Longer promises are not believed: a wrong clock at the other end must not silence an issuer for days. */
export const MAX_RETRY_AFTER_MS = 3_600_000

/** Milliseconds from `now` (wall clock), 0 for a date that has passed, `undefined` when it says nothing usable. */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  const text = value?.trim()
  if (text === undefined || text === '') return undefined
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), MAX_RETRY_AFTER_MS)
}
