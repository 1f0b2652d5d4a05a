// Rules as tables: what is known, and what must be done.
import { expect, it } from 'vitest'
import type { Known } from '../../src/issuance/known.ts'
import { plan } from '../../src/issuance/plan.ts'
import { known } from './known.ts'

export type Rule = readonly [name: string, known: Partial<Known>, step: unknown]

/** One test for each rule: `differing` is what is not as usual. */
export function check(rules: readonly Rule[]): void {
  it.each(rules)('%s', (_, differing, step) => {
    expect(plan(known(differing))).toEqual(step)
  })
}

export const nothing = { do: 'nothing', because: expect.any(String) }

export const pendingReport = (message: RegExp | string, event?: string) => ({
  do: 'report',
  ready: {
    reason: 'Pending',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
    ...(event === undefined ? {} : { event: expect.objectContaining({ type: 'Warning', reason: event }) }),
  },
})
export const failedReport = (message: RegExp) => ({
  do: 'report',
  ready: {
    reason: 'Failed',
    message: expect.stringMatching(message),
    event: expect.objectContaining({ type: 'Warning' }),
  },
})
