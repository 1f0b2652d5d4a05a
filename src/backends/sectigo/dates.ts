// SCM's dates: ISO where `dateFormat` is obeyed; else each resource has its own form (seed 004 L388-445, L1100, L1140).

export const DAY_MS = 86_400_000
/** `YYYY-MM-DD`. */
const DATE_CHARS = 10

/** Day and time parts of all documented forms. dd/MM/yyyy is never asked for, and cannot be told from MM/dd/yyyy. */
const DAYS: readonly { readonly form: RegExp; readonly order: readonly [year: number, month: number, day: number] }[] =
  [
    { form: /^(\d{4})-(\d{2})-(\d{2})/, order: [1, 2, 3] },
    { form: /^(\d{4})\/(\d{2})\/(\d{2})/, order: [1, 2, 3] },
    { form: /^(\d{2})\/(\d{2})\/(\d{4})/, order: [3, 1, 2] },
    { form: /^(\d{2})\.(\d{2})\.(\d{4})/, order: [3, 2, 1] },
  ]
const TIME = /^[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?) ?(Z|GMT|UTC|[+-]\d{2}:?\d{2})?$/

/** RFC 3339 date or date-time; `undefined` for what is none of the forms. A time without a zone is taken for UTC. */
export function rfc3339(text: string | null | undefined): string | undefined {
  const trimmed = text?.trim() ?? ''
  for (const { form, order } of DAYS) {
    const found = form.exec(trimmed)
    if (found === null) continue
    const date = order.map((group) => found[group]).join('-')
    return withTime(date, trimmed.slice(found[0].length))
  }
  return undefined
}

function withTime(date: string, rest: string): string | undefined {
  if (rest === '') return dayExists(date) ? date : undefined
  const [, time, zone = 'Z'] = TIME.exec(rest) ?? []
  if (time === undefined || !dayExists(date)) return undefined
  const offset = /^[A-Z]/.test(zone) ? 'Z' : zone.replace(/^(...)(\d\d)$/, '$1:$2')
  const whole = `${date}T${time}${offset}`
  return Number.isNaN(Date.parse(whole)) ? undefined : whole
}

/** 2025-02-31 would become the third of March. */
function dayExists(date: string): boolean {
  const parsed = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(date)
}

/** The date alone, `YYYY-MM-DD`, as it was written. */
export function dateIn(text: string | null | undefined): string | undefined {
  return rfc3339(text)?.slice(0, DATE_CHARS)
}

/** `YYYY-MM-DD` (UTC) of a moment, milliseconds since the epoch. */
export function dateAt(ms: number): string {
  return new Date(ms).toISOString().slice(0, DATE_CHARS)
}

/** Start of that day in UTC, milliseconds since the epoch: as much as both forms say. */
export function dayOf(text: string | null | undefined): number | undefined {
  const date = rfc3339(text)
  return date === undefined ? undefined : Math.floor(Date.parse(date) / DAY_MS) * DAY_MS
}
