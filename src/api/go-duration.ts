// Durations as Go writes them: in requests of cert-manager, and so, for one way to write them, in our own issuers too.

/** Go's units of time, in seconds (package time, ParseDuration). Micro is written with either of two Unicode letters. */
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  '\u00b5s': 1e-6,
  '\u03bcs': 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
}

/** The longest duration Go can hold: 2^63 nanoseconds, some 292 years. */
const LONGEST_SECONDS = 2 ** 63 / 1e9

const QUANTITY = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g
const DURATION = new RegExp(`^[-+]?(?:${QUANTITY.source})+$`)
const ZERO = /^[-+]?0$/

/**
 * Reads a duration as Go writes it, such as `2160h0m0s` or `1h30m`.
 *
 * @returns seconds, perhaps negative or with a fraction; undefined when Go would not read it either.
 */
export function parseGoDuration(text: string): number | undefined {
  if (ZERO.test(text)) return 0
  if (!DURATION.test(text)) return undefined
  let seconds = 0
  for (const [, amount, unit] of text.matchAll(QUANTITY)) {
    seconds += Number(amount) * (UNIT_SECONDS[unit ?? ''] ?? Number.NaN)
  }
  if (!(seconds <= LONGEST_SECONDS)) return undefined
  return text.startsWith('-') ? -seconds : seconds
}
