// Long steps say that they are alive.

/** A line often enough to be believed, seldom enough not to fill a log. */
const EVERY_MS = 15_000

export interface ProgressOptions {
  readonly log: (line: string) => void
  /** What to add to each line after the elapsed time. */
  readonly detail?: () => string
}

/** Says that `what` begins, goes on (every 15 s, with the elapsed time) and ends. */
export function progress(what: string, { log, detail }: ProgressOptions): { done(): void; failed(): void } {
  const start = performance.now()
  const elapsed = (): string => duration(performance.now() - start)
  const [title = what] = what.split(' (')
  log(`${what} ...`)
  const timer = setInterval(() => log(`${title}: ${elapsed()}${detail ? `, ${detail()}` : ''}`), EVERY_MS)
  timer.unref()
  return {
    done: () => {
      clearInterval(timer)
      log(`${title}: done in ${elapsed()}`)
    },
    failed: () => {
      clearInterval(timer)
      log(`${title}: failed after ${elapsed()}`)
    },
  }
}

/** `850 ms`, `12.3 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}
