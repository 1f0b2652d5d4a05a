// How many calls there were in how long.

/** Of calls at these times, how many there are in each full stretch of `everyMs` from `from` to `to`; one stretch at least. */
export function perStretch(
  times: readonly number[],
  { from, to, everyMs }: { readonly from: number; readonly to: number; readonly everyMs: number },
): readonly number[] {
  const stretches = Math.max(1, Math.floor((to - from) / everyMs))
  return Array.from({ length: stretches }, (_, n) => {
    const begins = from + n * everyMs
    return times.filter((at) => at >= begins && at < begins + everyMs).length
  })
}

/** The most calls within any `ms`, of times in order. */
export function mostWithin(times: readonly number[], ms: number): number {
  let first = 0
  return times.reduce((most, at, last) => {
    while ((times[first] ?? at) <= at - ms) first++
    return Math.max(most, last - first + 1)
  }, 0)
}
