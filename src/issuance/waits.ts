// Every time the order core waits for, in one place: milliseconds on the clock that `--time-scale` shortens.

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** First pause between two looks at an order; doubles at each look. */
export const LOOK_FIRST_MS = 2 * SECOND
/** Longest pause between two looks: an approval takes hours, a human should still not wait long for its effect. */
export const LOOK_LONGEST_MS = MINUTE
/** So many looks are between the first pause and the longest. */
const LOOKS_UNTIL_LONGEST = 6
/** So many looks take about an hour. */
const LOOKS_OFTEN = 60 + LOOKS_UNTIL_LONGEST
/** The pause after that: what takes so long waits for people, maybe for days, and there may be hundreds of it. */
export const LOOK_LATER_MS = 5 * MINUTE

/** First pause after the CA could not be asked; doubles at each failure. */
export const TROUBLE_FIRST_MS = 5 * SECOND
/** Longest pause after the CA could not be asked. */
export const TROUBLE_LONGEST_MS = 5 * MINUTE

/** Pause before an order that the CA refused for a curable reason is placed again; doubles at each refusal. */
export const REFUSED_FIRST_MS = MINUTE
/** The same where the CA was only busy, or nothing was sent at all. */
export const BUSY_FIRST_MS = 5 * SECOND
/** Longest pause of that kind: domain validation and profile changes are made by people. */
export const REFUSED_LONGEST_MS = 60 * MINUTE

/** An order whose request is gone is left alone for this long: deletions and re-creations come in one go. */
export const ORPHAN_GRACE_MS = MINUTE
/** Pause between two looks at an order that nobody waits for. */
export const ORPHAN_LOOK_MS = 60 * MINUTE
/** Pause after which a state is looked at again of which no watch event tells. */
export const ORPHAN_AGAIN_MS = 5 * MINUTE

/** Pause after a delivery that is not acceptable but may become so (chain incomplete, names missing). */
export const STALLED_MS = 5 * MINUTE

/** When an attempt whose outcome is unknown is searched for, counted from this process's first sight of it. */
export const SEARCH_ROUNDS_MS: readonly number[] = [0, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE]
/** The same for device orders, which private CAs list at once. */
export const SEARCH_ROUNDS_DEVICE_MS: readonly number[] = [0, 15 * SECOND, MINUTE, 5 * MINUTE]
/** The same where no attempt is known of at all: an order left behind by a lost record is old, so listed (ADR 0003). */
export const SEARCH_ROUNDS_NO_ATTEMPT_MS: readonly number[] = [0, 15 * SECOND]
/** The same where the record has a refusal that another process heard: an order that was placed since is old too. */
export const SEARCH_ROUNDS_REFUSED_MS: readonly number[] = [0]
/** Pause before a search that cannot answer, or found a twin, is made again. */
export const SEARCH_AGAIN_MS = 60 * MINUTE

/**
 * When an order that was placed again is searched for once more, counted from its last attempt: the CA may have taken an
 * earlier one after the search for it had ended.
 */
export const LATE_SEARCHES_MS: readonly number[] = [60 * MINUTE, 24 * 60 * MINUTE]
/** After this they are not made up for: what was not found by then, the bill tells. */
export const LATE_SEARCH_END_MS = 48 * 60 * MINUTE

/**
 * A request that was approved no longer than this before its process began to lead, and never had a word of ours, has no
 * earlier order (wall clock, as approval times are): a change of the leader takes less, a backup that is restored takes more.
 */
export const FRESH_APPROVAL_MS = 30 * SECOND
/** What an operator that lost its lease may still do, and clocks differ: an approval must be this much later. */
export const LEADING_MARGIN_MS = 30 * SECOND

/** An order is given up only by a process that has followed it for this long: its own wall clock may be wrong. */
export const FOLLOWED_MS = 10 * MINUTE

/** After its deadline an order is tried to be declined for this long, a weekend: a CA that never answers keeps no request waiting. */
export const DECLINE_WITHIN_MS = 72 * 60 * MINUTE

/** More attempts than these are not made for one request: an enrolment whose answer is always lost costs money each time. */
export const MOST_ATTEMPTS = 50

/** After an attempt is recorded, its first byte is sent within this time or never (unscaled: it fences, it does not wait). */
export const SUBMIT_BY_MS = 10 * SECOND

/** A public CA dates certificates back by up to a day; anything older belongs to an earlier order with the same key. */
export const NOT_BEFORE_TOLERANCE_MS = 48 * 60 * MINUTE
/** How far a CA's clock may run ahead of ours. */
export const CLOCK_SKEW_MS = 5 * MINUTE

/** A pause, up to a tenth shorter or longer by `jitter` (0..1), so that waits do not align. */
export function spread(pause: number, jitter: number): number {
  return pause * (0.9 + 0.2 * jitter)
}

/** The n-th pause (from 0) of a doubling series, spread by `jitter`. */
export function doubling(first: number, longest: number, n: number, jitter: number): number {
  return spread(Math.min(longest, first * 2 ** Math.min(n, 30)), jitter)
}

/** The pause after so many looks (from 1) at an order that somebody waits for. */
export function lookPause(looks: number, jitter: number): number {
  return doubling(LOOK_FIRST_MS, looks > LOOKS_OFTEN ? LOOK_LATER_MS : LOOK_LONGEST_MS, looks - 1, jitter)
}

/** How many looks count after one more. An order that moves at the CA is looked at often again, though not in a hurry. */
export function countLook(looks: number, { moved }: { readonly moved: boolean }): number {
  return moved ? Math.min(looks + 1, LOOKS_UNTIL_LONGEST) : looks + 1
}
