// SCM's dates: ISO where `dateFormat` is obeyed, MM/dd/yyyy where it is not (seed 004 L388-445, L1100).

const DAY_MS = 86_400_000

/** RFC 3339 date or date-time; `undefined` for what is neither form. The short form has no zone and says a day only. */
export function rfc3339(text: string | null | undefined): string | undefined {
  const trimmed = text?.trim() ?? ''
  const us = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(trimmed)
  const date = us === null ? trimmed : `${us[3]}-${us[1]}-${us[2]}`
  const wellFormed = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2}))?$/.test(date)
  return wellFormed && !Number.isNaN(Date.parse(date)) ? date : undefined
}

/** Start of that day in UTC, milliseconds since the epoch: as much as both forms say. */
export function dayOf(text: string | null | undefined): number | undefined {
  const date = rfc3339(text)
  return date === undefined ? undefined : Math.floor(Date.parse(date) / DAY_MS) * DAY_MS
}
