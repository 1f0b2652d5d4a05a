// The comparison itself: every kind of difference is seen, and nothing else.
import { describe, expect, it } from 'vitest'
import type { Shape } from './shape.ts'
import { differences, doubtfulFields } from './shape.ts'

const shape = {
  id: 'number',
  status: 'Title word',
  'approved?': 'US date',
  'expires~': 'US date',
  names: ['string'],
  keyTypes: { '*': ['string'] },
  kind: '=CUSTOM',
} as const satisfies Shape
const value = { id: 1, status: 'Issued', names: ['a'], keyTypes: { RSA: ['2048'] }, kind: 'CUSTOM' }

describe('differences', () => {
  it('finds none where the value is as wanted, with or without the fields that may be missing', () => {
    expect(differences(shape, value)).toEqual([])
    expect(differences(shape, { ...value, approved: '12/04/2025', expires: '12/04/2026' })).toEqual([])
  })

  it.each([
    ['a missing field', { ...value, id: undefined, status: 'Issued' }, '$.id is absent, wanted number'],
    ['a null where the field should be left out', { ...value, approved: null }, '$.approved is null, wanted US date'],
    ['an id as text', { ...value, id: '1' }, '$.id is "1", wanted number'],
    [
      'another spelling of a state',
      { ...value, status: 'ISSUED_LATE' },
      '$.status is "ISSUED_LATE", wanted Title word',
    ],
    ['another form of a date', { ...value, approved: '2025-12-04' }, '$.approved is "2025-12-04", wanted US date'],
    ['a list of the wrong things', { ...value, names: ['a', 1] }, '$.names[1] is 1, wanted string'],
    ['an empty list', { ...value, names: [] }, '$.names is an empty list'],
    ['a text for a list', { ...value, names: 'a' }, '$.names is "a", wanted a list'],
    ['an object without names', { ...value, keyTypes: {} }, '$.keyTypes is empty'],
    ['another literal', { ...value, kind: 'FOUND' }, '$.kind is "FOUND", wanted =CUSTOM'],
    ['a field nobody documented', { ...value, links: [] }, '$.links is in neither the example nor its table'],
  ])('finds %s', (_, wrong, line) => {
    expect(differences(shape, wrong)).toEqual([line])
  })

  it('finds what is not there at all', () => {
    const { id: _, ...rest } = value
    expect(differences(shape, rest)).toEqual(['$.id is missing'])
    expect(differences(shape, undefined)).toEqual(['$ is absent, wanted an object'])
  })

  it('tells null from absent where the document writes null', () => {
    expect(differences({ description: 'null' }, { description: null })).toEqual([])
    expect(differences({ description: 'null' }, {})).toEqual(['$.description is missing'])
  })
})

describe('doubtfulFields', () => {
  it('names them at any depth', () => {
    expect(doubtfulFields([{ ...shape, inner: { 'sha1~': 'string' } }])).toEqual(['expires', 'sha1'])
  })
})
