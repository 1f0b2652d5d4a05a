// A Certificate asks for any duration; SCM sells the profile's terms and refuses all others (code -36). Pure.
import type { Problem } from '../backend.ts'

export type TermPolicy = 'Nearest' | 'AtMost' | 'AtLeast' | 'Longest' | 'Exact'

export interface TermInput {
  /** Days on offer now; public profiles lose their longest ones year by year. */
  readonly terms: readonly number[]
  readonly policy: TermPolicy
  /** The issuer's default, for requests without a duration. */
  readonly days?: number | undefined
  /** The request's `spec.duration`. */
  readonly durationSeconds?: number | undefined
}

export type TermChoice = { readonly days: number } | { readonly problem: Problem }

const DAY_SECONDS = 86_400

/**
 * The term to order. Asked for is the request's duration rounded up to days, else the issuer's days, else the longest.
 * Of two equally near terms the longer one is taken: it is renewed less often.
 */
export function chooseTerm({ terms, policy, days, durationSeconds }: TermInput): TermChoice {
  const offered = [...new Set(terms)].sort((a, b) => a - b)
  const longest = offered.at(-1)
  const field = durationSeconds === undefined ? 'term.days' : 'spec.duration'
  if (longest === undefined) return { problem: { field, message: 'the profile offers no term' } }
  const asked = durationSeconds === undefined ? days : Math.ceil(durationSeconds / DAY_SECONDS)
  if (policy === 'Longest' || asked === undefined) return { days: longest }
  const chosen = choices[policy](offered, asked)
  if (chosen !== undefined) return { days: chosen }
  const message = `asked are ${asked} days, the profile offers ${offered.join(', ')}, and the issuer's term policy is ${policy}`
  return { problem: { field, message } }
}

/** `offered` is ascending and not empty. */
const choices: Readonly<
  Record<Exclude<TermPolicy, 'Longest'>, (offered: number[], asked: number) => number | undefined>
> = {
  Exact: (offered, asked) => offered.find((term) => term === asked),
  AtMost: (offered, asked) => offered.findLast((term) => term <= asked),
  AtLeast: (offered, asked) => offered.find((term) => term >= asked),
  Nearest: (offered, asked) =>
    offered.reduce((best, term) => (Math.abs(term - asked) <= Math.abs(best - asked) ? term : best)),
}
