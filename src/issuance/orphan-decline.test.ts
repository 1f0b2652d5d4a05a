import { describe, expect } from 'vitest'
import { TICK } from '../../test/support/known.ts'
import { check, end, gone, lookedAt, type Rule, says } from '../../test/support/record-known.ts'
import type { CancelOutcome } from '../backends/backend.ts'
import type { OrphanMemory } from './orphan.ts'
import { ORPHAN_AGAIN_MS, ORPHAN_LOOK_MS } from './waits.ts'

const declines = { onRequestDeleted: 'Decline' } as const
const cancelled = (outcome: CancelOutcome): OrphanMemory => ({ ...gone, cancelled: outcome })

describe('onRequestDeleted: Decline', () => {
  const marked = says('Declining', 'x')
  check([
    ['is-on-record-before-it-is-done', declines, expect.objectContaining({ do: 'note', reason: 'Declining' })],
    ['is-done', { ...declines, order: marked }, expect.objectContaining({ do: 'cancel' })],
    [
      'is-done-again-after-trouble',
      { ...declines, order: marked, memory: { ...gone, trouble: { at: TICK - 6_000, times: 1 } } },
      expect.objectContaining({ do: 'cancel' }),
    ],
    [
      'but-not-at-once',
      { ...declines, order: marked, memory: { ...gone, trouble: { at: TICK, times: 1 } } },
      { do: 'wait', until: TICK + 5_000 },
    ],
    [
      'waits-for-an-issuer-that-is-ready',
      { ...declines, aim: undefined, order: marked },
      { do: 'wait', until: TICK + ORPHAN_AGAIN_MS },
    ],
    [
      'is-no-longer-meant-when-the-issuer-says-keep',
      { order: marked, memory: lookedAt({}) },
      expect.objectContaining({ do: 'note', reason: 'RequestDeleted' }),
    ],
    [
      'ends-the-record',
      { ...declines, order: marked, memory: cancelled({ outcome: 'cancelled' }) },
      end('Declined', /order 812 was declined/),
    ],
    [
      'finds-that-somebody-else-ended-it',
      { ...declines, order: marked, memory: cancelled({ outcome: 'alreadyFinal', phase: 'failed', word: 'Rejected' }) },
      end('Failed', /ended as "Rejected"/),
    ],
    ...(
      [
        [
          { outcome: 'alreadyFinal', phase: 'issued', word: 'Issued' },
          /it is "Issued" already; revoke its certificate/,
        ],
        [{ outcome: 'tooLate', word: 'Applied' }, /it is "Applied", which is too late/],
        [{ outcome: 'notPermitted', message: 'Access denied' }, /does not let this account do that: Access denied/],
        [{ outcome: 'notOurs' }, /without our marker/],
        [{ outcome: 'unsupported' }, /cannot decline orders of this product/],
      ] as const
    ).map(
      ([outcome, message]): Rule => [
        `says-when-it-cannot-be-done: ${outcome.outcome}`,
        { ...declines, order: marked, memory: cancelled(outcome) },
        { do: 'note', reason: 'NotDeclined', message: expect.stringMatching(message), event: 'Warning' },
      ],
    ),
    ['is-tried-once', { ...declines, order: says('NotDeclined', 'x') }, { do: 'look' }],
    [
      'after-which-the-order-is-followed-as-if-it-were-kept',
      { ...declines, order: says('NotDeclined', 'x'), memory: lookedAt({}) },
      { do: 'wait', until: TICK + ORPHAN_LOOK_MS },
    ],
    [
      'and-is-not-open-any-more-when-it-was-issued',
      { ...declines, order: says('NotDeclined', 'x'), memory: lookedAt({ phase: 'issued', word: 'Issued' }) },
      expect.objectContaining({ do: 'note', reason: 'Unclaimed' }),
    ],
    ['nor-is-it-declined-then', { ...declines, order: says('Unclaimed', 'x'), memory: { ...gone } }, { do: 'look' }],
  ])
})
