import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { NotRepresentable } from './representable.ts'
import { boundedMap, exactlyOneOf, withRule } from './rules.ts'
import { structural, structuralSchema } from './structural.ts'

/** The structural form of a field. */
function fieldOf(schema: z.ZodType): unknown {
  const { properties } = structuralSchema(z.object({ field: schema.describe('d') }), '.spec')
  return z.object({ field: z.record(z.string(), z.unknown()) }).parse(properties).field
}

const short = (): z.ZodString => z.string().max(9)

describe('what a structural schema can say', () => {
  const d = { description: 'd' }
  it.each<[string, z.ZodType, object]>([
    ['a text', short(), { ...d, type: 'string', maxLength: 9 }],
    ['a pattern', short().regex(/^[a-z]+$/), { ...d, type: 'string', maxLength: 9, pattern: '^[a-z]+$' }],
    [
      'a pattern with slashes',
      short().regex(/^a:\/\/\\b$/),
      { ...d, type: 'string', maxLength: 9, pattern: '^a://\\\\b$' },
    ],
    ['an enum', z.enum(['a', 'b']), { ...d, type: 'string', enum: ['a', 'b'] }],
    ['a literal', z.literal('a'), { ...d, type: 'string', enum: ['a'] }],
    ['a boolean', z.boolean(), { ...d, type: 'boolean' }],
    ['an integer, without the bounds of JavaScript', z.int(), { ...d, type: 'integer', format: 'int64' }],
    [
      'an integer with bounds',
      z.int().min(1).max(5),
      { ...d, type: 'integer', format: 'int64', minimum: 1, maximum: 5 },
    ],
    ['a positive number', z.number().positive(), { ...d, type: 'number', minimum: 0, exclusiveMinimum: true }],
    ['a date', z.iso.date(), { ...d, type: 'string', format: 'date' }],
    [
      'a time, without the long pattern',
      z.iso.datetime({ offset: true }),
      { ...d, type: 'string', format: 'date-time' },
    ],
    ['a list', z.array(short()).max(3), { ...d, type: 'array', maxItems: 3, items: { type: 'string', maxLength: 9 } }],
    [
      'a map',
      boundedMap(short(), { entries: 2 }),
      { ...d, type: 'object', maxProperties: 2, additionalProperties: { type: 'string', maxLength: 9 } },
    ],
    ['a default', short().default('a'), { ...d, type: 'string', maxLength: 9, default: 'a' }],
    [
      'an object that is filled in when absent, and unknown fields',
      z.strictObject({ n: z.int().default(1).describe('n') }).prefault({}),
      {
        ...d,
        type: 'object',
        default: {},
        properties: { n: { description: 'n', type: 'integer', format: 'int64', default: 1 } },
      },
    ],
    [
      'a rule',
      withRule(short(), { rule: 'self != "x"', message: 'not x', holds: (value) => value !== 'x' }),
      { ...d, type: 'string', maxLength: 9, 'x-kubernetes-validations': [{ rule: 'self != "x"', message: 'not x' }] },
    ],
  ])('%s', (_title, schema, expected) => {
    expect(fieldOf(schema)).toEqual(expected)
  })

  it('a field with a default is not required, and an optional one is not', () => {
    const schema = z.object({
      a: short().describe('a'),
      b: short().default('').describe('b'),
      c: short().exactOptional().describe('c'),
    })
    expect(structuralSchema(schema, '.spec')['required']).toEqual(['a'])
  })

  it('writes keywords in one order, however the schema was put together', () => {
    const [one, other] = [short().min(1).regex(/a/).describe('d'), short().regex(/a/).describe('d').min(1)].map(
      (schema) => JSON.stringify(fieldOf(schema)),
    )
    expect(one).toBe(other)
  })
})

describe('what a structural schema cannot say is an error that names the field', () => {
  const object = z.object({ a: short().describe('a') })
  interface Tree {
    readonly branch?: Tree
  }
  const tree: z.ZodType<Tree> = z.object({ branch: z.lazy(() => tree).exactOptional() })

  it.each<[string, z.ZodType, string]>([
    ['a union', z.union([short(), z.int()]), 'union has no structural form'],
    [
      'a discriminated union',
      z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]),
      'union has no',
    ],
    ['an intersection', z.intersection(object, z.object({ b: z.int() })), 'intersection has no'],
    ['a nullable', short().nullable(), 'nullable has no'],
    ['a tuple', z.tuple([short()]), 'tuple has no'],
    ['any', z.any(), 'any has no'],
    ['unknown', z.unknown(), 'unknown has no'],
    ['a transform', short().transform(Number), 'pipe has no'],
    ['a text that means a boolean', z.stringbool(), 'pipe has no'],
    ['a catch', short().catch(''), 'catch has no'],
    ['a lazy schema', tree, 'lazy has no'],
    ['coercion', z.coerce.number(), 'coercion is lost'],
    ['a trim', short().trim(), 'a change of the value'],
    ['a refinement without its twin in CEL', short().refine(() => true), '1 refinements but 0 rules'],
    [
      'a rule in CEL without its twin',
      short().meta({ 'x-kubernetes-validations': [{ rule: 'self == self', message: '' }] }),
      '0 refinements but 1 rules',
    ],
    ['flags of a pattern', short().regex(/x/i), 'flags'],
    ['keys with limits', z.record(short(), short()), 'limits on keys'],
    ['keys from an enum', z.record(z.enum(['a']), short()), 'limits on keys'],
    ['a schema with an id', object.meta({ id: 'shared' }), 'makes it a $ref'],
    ['two patterns', short().startsWith('a').endsWith('b'), 'allOf has no place'],
    ['a loose object', z.looseObject({ a: short().describe('a') }), 'exclude each other'],
    ['examples', short().meta({ examples: ['a'] }), 'examples has no place'],
    ['look-ahead', short().regex(/^(?=a)/), 'not RE2, it has look-around'],
    ['negative look-behind', short().regex(/(?<!a)b/), 'not RE2, it has look-around'],
    ['a back-reference', short().regex(/(a)\1/), 'not RE2, it has a back-reference'],
    ['a named back-reference', short().regex(/(?<a>a)\k<a>/), 'not RE2, it has a back-reference'],
    ['a Unicode escape', short().regex(/\u0041/), 'not RE2, it has an escape'],
    ['a long repetition', short().regex(/a{1,1001}/), 'not RE2, it has a repetition'],
    ['white space in a pattern', short().regex(/\s/), 'not RE2, it has white space'],
    ['a host name', z.hostname().max(9), 'format hostname is read differently'],
    ['a duration', z.iso.duration(), 'format duration is read differently'],
    ['an email address', z.email(), 'format email is read differently'],
    ['a text without a bound', z.string(), 'a text needs a bound'],
    ['a list without a bound', z.array(short()), 'a list needs a bound'],
    ['a map without a bound', z.record(z.string(), short()), 'a map needs a bound'],
  ])('%s', (_title, schema, problem) => {
    const build = (): unknown =>
      structuralSchema(z.object({ outer: z.object({ field: schema.describe('d') }).describe('d') }), '.spec')
    expect(build).toThrow(NotRepresentable)
    expect(build).toThrow(problem)
    expect(build).toThrow('.spec.outer.field')
  })

  it('a field without a description', () => {
    expect(() => structuralSchema(z.object({ a: z.boolean() }), '.spec')).toThrow(
      '.spec.a: a field needs a description',
    )
  })

  it('a description on the choice around a field counts', () => {
    const choice = exactlyOneOf(z.object({ a: z.boolean().exactOptional().describe('a') }), ['a'])
    expect(() => structuralSchema(z.object({ choice: choice.describe('d') }), '.spec')).not.toThrow()
  })

  it.each([
    ['no type', {}, 'every node needs a type'],
    ['not', { type: 'string', not: {} }, 'not has no place'],
    ['an empty class', { type: 'string', maxLength: 9, pattern: '[^]' }, 'not RE2, it has an empty class'],
    ['a list of nothing', { type: 'array', maxItems: 1 }, 'is not a schema'],
  ])('a node with %s', (_title, node, problem) => {
    expect(() => structural(node, '.spec.x')).toThrow(problem)
  })
})
