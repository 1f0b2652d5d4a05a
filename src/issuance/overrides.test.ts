import { describe, expect, it } from 'vitest'
import { ANNOTATIONS, OVERRIDABLE, type Overridable } from '../api/overridden.ts'
import { readOverrides, unknownAnnotations } from './overrides.ts'
import { annotationsUnknown } from './wording.ts'

const { term, customFields, externalRequester, comments } = ANNOTATIONS
const everything = { allowed: OVERRIDABLE, customFields: ['cost-centre', 'Owner (team)'] }
const read = (annotations: Readonly<Record<string, string>>) => readOverrides(annotations, everything)

describe('annotations of a request', () => {
  it.each<[string, Readonly<Record<string, string>>, object]>([
    ['none', {}, {}],
    ['others', { 'certwright.dev/order-id': '811', 'cert-manager.io/certificate-name': 'www' }, {}],
    ['a term', { [term]: '90' }, { term: 90 }],
    [
      'custom fields',
      { [customFields]: '{"cost-centre": "4711", "Owner (team)": "Käse"}' },
      {
        customFields: [
          { name: 'cost-centre', value: '4711' },
          { name: 'Owner (team)', value: 'Käse' },
        ],
      },
    ],
    [
      'mail addresses',
      { [externalRequester]: 'ada@acme.example, ops@acme.example' },
      { externalRequester: ['ada@acme.example', 'ops@acme.example'] },
    ],
    ['comments', { [comments]: ' for the shop, ticket 12 ' }, { comments: 'for the shop, ticket 12' }],
    ['two', { [term]: '1', [comments]: 'x' }, { term: 1, comments: 'x' }],
  ])('choose: %s', (_title, annotations, chosen) => {
    expect(read(annotations)).toEqual(chosen)
  })

  it.each<[string, Overridable, string, string]>([
    ['no number', 'term', 'a year', 'number of days'],
    ['no days', 'term', '0', 'number of days'],
    ['a negative number', 'term', '-90', 'number of days'],
    ['a fraction', 'term', '90.5', 'number of days'],
    ['another notation', 'term', '0x5a', 'number of days'],
    ['digits of another script', 'term', '\u0669\u0660', 'number of days'],
    ['more than a hundred years', 'term', '36501', 'number of days'],
    ['no JSON', 'customFields', 'cost-centre=4711', 'JSON object'],
    ['a list', 'customFields', '["4711"]', 'JSON object'],
    ['null', 'customFields', 'null', 'JSON object'],
    ['no fields', 'customFields', '{}', 'JSON object'],
    ['a number', 'customFields', '{"cost-centre": 4711}', 'JSON object'],
    ['an empty value', 'customFields', '{"cost-centre": ""}', '1 to 256 characters'],
    // Would stand otherwise in the record than it was written there.
    ['half a character', 'customFields', '{"cost-centre":"\\ud83d"}', 'or half of one'],
    ['a long value', 'customFields', JSON.stringify({ 'cost-centre': 'x'.repeat(257) }), '1 to 256 characters'],
    ['a line break', 'customFields', '{"cost-centre": "4711\\n0815"}', 'cost-centre has control characters'],
    ['a change of direction', 'customFields', '{"cost-centre": "a\u202eb"}', 'cost-centre has control characters'],
    ['an unknown field', 'customFields', '{"budget": "1"}', 'spec.customFields names can be set: cost-centre, Owner'],
    ['a prototype', 'customFields', '{"__proto__": "x"}', 'spec.customFields names can be set'],
    ['no address', 'externalRequester', 'ada', 'mail addresses'],
    ['an empty one', 'externalRequester', 'ada@acme.example,', 'mail addresses'],
    ['a header', 'externalRequester', 'ada@acme.example\r\nBcc: eve@evil.example', 'mail addresses'],
    ['a name', 'externalRequester', 'Ada <ada@acme.example>', 'mail addresses'],
    ['too many', 'externalRequester', Array.from({ length: 17 }, (_, n) => `a${n}@b.c`).join(), 'at most 16'],
    [
      'too long together',
      'externalRequester',
      Array.from({ length: 5 }, () => `${'a'.repeat(100)}@b.example`).join(),
      '512',
    ],
    ['nothing', 'comments', ' ', 'one line'],
    ['two lines', 'comments', 'one\ntwo', 'one line'],
    ['a byte of zero', 'comments', 'a\0b', 'one line'],
    ['too much', 'comments', 'x'.repeat(513), 'at most 512'],
    ['our marker', 'comments', 'see certwright:1:uid:1', 'by which orders are recognised'],
    ['our marker in capitals', 'comments', 'CERTWRIGHT:1:uid:1', 'by which orders are recognised'],
    ['a megabyte', 'customFields', JSON.stringify({ 'cost-centre': 'x'.repeat(1_000_000) }), 'too long'],
  ])('are refused by name: %s as %s', (_title, field, value, words) => {
    const found = read({ [ANNOTATIONS[field]]: value })
    expect(found).toEqual({
      problems: [{ field: `annotation ${ANNOTATIONS[field]}`, message: expect.stringContaining(words) }],
    })
  })

  it.each(OVERRIDABLE)('are refused, not ignored, where the issuer does not let them: %s', (field) => {
    const allowed = OVERRIDABLE.filter((one) => one !== field)
    const message = `the issuer's spec.overrides.allow does not list ${field}`
    expect(readOverrides({ [ANNOTATIONS[field]]: 'x' }, { allowed, customFields: [] })).toEqual({
      problems: [{ field: `annotation ${ANNOTATIONS[field]}`, message }],
    })
  })

  it('are all named that are wrong', () => {
    expect(read({ [term]: 'x', [comments]: '\n' })).toMatchObject({
      problems: [{ field: `annotation ${term}` }, { field: `annotation ${comments}` }],
    })
  })
})

describe('annotations that nothing is read from', () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['none', {}, []],
    ['those that are read', { [term]: 'x', [comments]: '' }, []],
    ['those of others', { 'cert-manager.io/certificate-name': 'www', 'eu.certwright.dev/terms': '90' }, []],
    ['a typing error', { [term]: '90', 'certwright.dev/comment': 'x' }, ['certwright.dev/comment']],
    ['other letters', { 'certwright.dev/Term': '90' }, ['certwright.dev/Term']],
    ['what every object has', { 'certwright.dev/toString': '90' }, ['certwright.dev/toString']],
  ])('are those below our prefix that are none of ours: %s', (_title, annotations, unknown) => {
    expect(unknownAnnotations(annotations)).toEqual(unknown)
  })

  it('are named, with those that there are, in what an event holds, however many and long', () => {
    const names = Array.from({ length: 100 }, (_, n) => `certwright.dev/${String(n).padStart(63, 'x')}`)
    const { note } = annotationsUnknown(names)
    expect(note.length).toBeLessThan(1_024)
    for (const name of [names[0], names[7], 'and 92 more', ...Object.values(ANNOTATIONS)]) expect(note).toContain(name)
  })
})
