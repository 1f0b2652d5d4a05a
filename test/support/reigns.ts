// Who led when, judged by what the API server received: did two act at once, did anyone act beyond its lease, was any lease
// taken before its time?

export interface Call {
  /** The replica that sent it. */
  readonly by: string
  /** When the API server received it, in milliseconds since some moment. */
  readonly at: number
}

export interface Handover {
  readonly from: string
  readonly to: string
  /** Without a leader: from the last act of one to the first act of the next. Negative where they overlap. */
  readonly gapMs: number
  /** From the last write of the lease by the one to the first act of the next. */
  readonly waitedMs: number
}

export interface Verdict {
  /** Whoever acted, in the order of their first acts. */
  readonly leaders: readonly string[]
  readonly handovers: readonly Handover[]
  /** Acts of a leader after the first act of a later one. */
  readonly overlapping: number
  /** Acts that came later than a lease duration after the last write of the lease by whoever acted. */
  readonly beyondLease: number
}

/** `renewals`: writes of the lease that succeeded. Nobody leads twice: a leader that loses its lease ends. */
export function judge(
  acts: readonly Call[],
  renewals: readonly Call[],
  { leaseDurationMs }: { readonly leaseDurationMs: number },
): Verdict {
  const leaders = [...new Set(acts.toSorted(byTime).map(({ by }) => by))]
  const timesOf = (leader: string): number[] => acts.filter(({ by }) => by === leader).map(({ at }) => at)
  const first = (leader: string): number => Math.min(...timesOf(leader))
  const renewed = (leader: string, before: number): number =>
    Math.max(...renewals.filter(({ by, at }) => by === leader && at <= before).map(({ at }) => at))
  const successor = new Map(leaders.map((leader, index) => [leader, leaders[index + 1]]))
  return {
    leaders,
    handovers: leaders.flatMap((from) => {
      const to = successor.get(from)
      if (to === undefined) return []
      const started = first(to)
      return [{ from, to, gapMs: started - Math.max(...timesOf(from)), waitedMs: started - renewed(from, started) }]
    }),
    overlapping: acts.filter(({ by, at }) => {
      const to = successor.get(by)
      return to !== undefined && at >= first(to)
    }).length,
    beyondLease: acts.filter(({ by, at }) => at - renewed(by, at) > leaseDurationMs).length,
  }
}

function byTime(one: Call, other: Call): number {
  return one.at - other.at
}
