// What was called when: as the operator's log tells of calls that never arrived, or as those count them that they arrive at.

const MS_PER_MINUTE = 60_000

/** Times of calls (real, ms, in order) as calls a minute of the operator's clock, from the first one that begins at `from`. */
export function callsPerMinute(
  times: readonly number[],
  { from, to, timeScale }: { readonly from: number; readonly to: number; readonly timeScale: number },
): readonly number[] {
  const minute = MS_PER_MINUTE / timeScale
  const minutes = Math.max(1, Math.floor((to - from) / minute))
  return Array.from({ length: minutes }, (_, n) => {
    const begins = from + n * minute
    return times.filter((at) => at >= begins && at < begins + minute).length
  })
}

/** The most calls within any `ms` (real). */
export function mostWithin(times: readonly number[], ms: number): number {
  return times.reduce((most, from, first) => {
    const beyond = times.findIndex((at, n) => n > first && at >= from + ms)
    return Math.max(most, (beyond === -1 ? times.length : beyond) - first)
  }, 0)
}
