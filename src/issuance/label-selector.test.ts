import { describe, expect, it } from 'vitest'
import { type LabelSelector, selects } from './label-selector.ts'

const LABELS = { team: 'shop', stage: 'prod', empty: '' }
const one = (expression: NonNullable<LabelSelector['matchExpressions']>[number]): LabelSelector => ({
  matchExpressions: [expression],
})

describe('a label selector', () => {
  it.each<[string, LabelSelector, boolean]>([
    ['nothing', {}, true],
    ['a label', { matchLabels: { team: 'shop' } }, true],
    ['another value', { matchLabels: { team: 'pay' } }, false],
    ['one of two labels', { matchLabels: { team: 'shop', stage: 'test' } }, false],
    ['a missing label', { matchLabels: { owner: '' } }, false],
    ['an empty value', { matchLabels: { empty: '' } }, true],
    ['a property of every object', { matchLabels: { constructor: 'x' } }, false],
    ['In', one({ key: 'team', operator: 'In', values: ['pay', 'shop'] }), true],
    ['In, of others', one({ key: 'team', operator: 'In', values: ['pay'] }), false],
    ['In, of a missing label', one({ key: 'owner', operator: 'In', values: ['pay'] }), false],
    ['NotIn', one({ key: 'team', operator: 'NotIn', values: ['pay'] }), true],
    ['NotIn, of its own', one({ key: 'team', operator: 'NotIn', values: ['shop'] }), false],
    ['NotIn, of a missing label', one({ key: 'owner', operator: 'NotIn', values: ['pay'] }), true],
    ['Exists', one({ key: 'empty', operator: 'Exists' }), true],
    ['Exists, of a missing label', one({ key: 'toString', operator: 'Exists' }), false],
    ['DoesNotExist', one({ key: 'owner', operator: 'DoesNotExist' }), true],
    ['DoesNotExist, of one that is there', one({ key: 'team', operator: 'DoesNotExist' }), false],
    ['labels and expressions', { matchLabels: { team: 'shop' }, ...one({ key: 'stage', operator: 'Exists' }) }, true],
    ['one of both', { matchLabels: { team: 'pay' }, ...one({ key: 'stage', operator: 'Exists' }) }, false],
  ])('with %s', (_title, selector, selected) => {
    expect(selects(selector, LABELS)).toBe(selected)
  })
})
