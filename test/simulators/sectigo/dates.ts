// How SCM writes days and times: one default per resource and a `dateFormat` parameter that overrides it.

const pad = (value: number, width = 2): string => String(value).padStart(width, '0')

interface Parts {
  readonly year: string
  readonly month: string
  readonly day: string
  readonly time: string
  readonly millis: string
}

/** Parameter name -> format string and writer (seed 004 L388-430). Times are UTC. */
const FORMATS = {
  ISO: { format: 'yyyy-mm-dd', write: (p: Parts) => `${p.year}-${p.month}-${p.day}` },
  ISO_HMS: {
    format: "yyyy-mm-dd't'hh:mm:ss.sss'z'",
    write: (p: Parts) => `${p.year}-${p.month}-${p.day}T${p.time}.${p.millis}Z`,
  },
  EU: { format: 'dd.mm.yyyy', write: (p: Parts) => `${p.day}.${p.month}.${p.year}` },
  EU_HMS: { format: 'dd.mm.yyyy hh:mm:ss', write: (p: Parts) => `${p.day}.${p.month}.${p.year} ${p.time}` },
  US: { format: 'mm/dd/yyyy', write: (p: Parts) => `${p.month}/${p.day}/${p.year}` },
  US_HMS: { format: 'mm/dd/yyyy hh:mm:ss', write: (p: Parts) => `${p.month}/${p.day}/${p.year} ${p.time}` },
  UK: { format: 'dd/mm/yyyy', write: (p: Parts) => `${p.day}/${p.month}/${p.year}` },
  UK_HMS: { format: 'dd/mm/yyyy hh:mm:ss', write: (p: Parts) => `${p.day}/${p.month}/${p.year} ${p.time}` },
  JP: { format: 'yyyy/mm/dd', write: (p: Parts) => `${p.year}/${p.month}/${p.day}` },
  JP_HMS: { format: 'yyyy/mm/dd hh:mm:ss', write: (p: Parts) => `${p.year}/${p.month}/${p.day} ${p.time}` },
} as const

export type DateFormat = keyof typeof FORMATS

export const DATE_FORMATS = Object.keys(FORMATS) as [DateFormat, ...DateFormat[]]

/** The format a caller means by its name or its format string, both case-independent (seed 004 L427-441). */
export function findDateFormat(parameter: string): DateFormat | undefined {
  // The document prints typographic quotes around T and Z.
  const wanted = parameter.toLowerCase().replaceAll('’', "'")
  return DATE_FORMATS.find((name) => name.toLowerCase() === wanted || FORMATS[name].format === wanted)
}

/** Writes `at` (milliseconds since the epoch) in the given format. */
export function writeDate(at: number, format: DateFormat): string {
  const date = new Date(at)
  return FORMATS[format].write({
    year: pad(date.getUTCFullYear(), 4),
    month: pad(date.getUTCMonth() + 1),
    day: pad(date.getUTCDate()),
    time: `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`,
    millis: pad(date.getUTCMilliseconds(), 3),
  })
}
