// What the text of a flag may be: each kind of value is read by one function, which says in one line what it wants instead.

/** A flag, by its name without dashes, and what was given for it: on the command line, in the environment or by default. */
export interface FlagValue {
  readonly name: string
  readonly value: string
}

/** The command line cannot be understood. The message is one line for a person; the process ends with exit code 2. */
export class FlagError extends Error {
  override readonly name = 'FlagError'
}

/** The environment variable of a flag. */
export function variableOf(name: string): string {
  return `CERTWRIGHT_${name.toUpperCase().replaceAll('-', '_')}`
}

function wrong({ name, value }: FlagValue, wanted: string): FlagError {
  return new FlagError(`--${name} (or ${variableOf(name)}) is "${value}", but must be ${wanted}`)
}

export function oneOf<const T extends string>(given: FlagValue, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === given.value)
  if (choice === undefined) throw wrong(given, `one of ${choices.join(', ')}`)
  return choice
}

export function number(given: FlagValue, bounds: { least: number; most: number; whole: boolean }): number {
  const read = /^\d+(\.\d+)?$/.test(given.value) ? Number(given.value) : Number.NaN
  if (!(read >= bounds.least && read <= bounds.most) || (bounds.whole && !Number.isInteger(read))) {
    throw wrong(given, `a ${bounds.whole ? 'whole ' : ''}number from ${bounds.least} to ${bounds.most}`)
  }
  return read
}

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Milliseconds, more than none. */
export function duration(given: FlagValue): number {
  const parts = [...given.value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit as keyof typeof UNITS], 0)
  if (parts.map(([part]) => part).join('') !== given.value || ms <= 0)
    throw wrong(given, 'a duration such as 15s or 1m30s')
  return ms
}

const HOST = /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/

/** In lower case. */
export function hosts({ name, value }: FlagValue): readonly string[] {
  const entries = value
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
  const odd = entries.find((entry) => !HOST.test(entry))
  if (odd !== undefined)
    throw wrong({ name, value: odd }, 'a list of host, host:port or *.domain, without https:// and without a path')
  return entries
}

export function address(given: FlagValue): string {
  const port = /^(?:0|(?:[a-zA-Z0-9.-]*|\[[0-9a-fA-F:]+\]):(\d{1,5}))$/.exec(given.value)
  if (port === null || Number(port[1] ?? 0) > 65_535) throw wrong(given, '0, :PORT or HOST:PORT')
  return given.value
}
