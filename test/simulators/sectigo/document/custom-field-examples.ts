// The examples of "Custom Fields", seed 004 L7743-8231, in the order of the document.
import { ACCESS_METHODS } from '../catalogue.ts'
import type { Example } from './example.ts'
import { example, JSON_PLAIN, JSON_UTF8, TOTAL_COUNT } from './example.ts'
import { customField } from './given.ts'
import type { Fields } from './shape.ts'

const accept = JSON_PLAIN
const type = JSON_UTF8
const OPTIONS = { type: 'TEXT_OPTION', options: ['option1', 'option2'] }
const choice = customField(OPTIONS)
const line = customField({ type: 'TEXT_SINGLE_LINE' })
const common = { name: 'Test field', certType: 'ssl', state: 'ACTIVE' }

/** Seed 004 L7787. */
const ROW = {
  id: 'number',
  name: 'string',
  certType: '=ssl',
  state: '=ACTIVE',
  input: { type: '=TEXT_OPTION', options: ['string'] },
  mandatories: ['UPPER WORD'],
} as const satisfies Fields

/** Seed 004 L7826. */
const ROW_V1 = {
  id: 'number',
  name: 'string',
  mandatory: 'boolean',
  certType: '=ssl',
  state: '=ACTIVE',
  input: { type: '=TEXT_SINGLE_LINE' },
} as const satisfies Fields

export const CUSTOM_FIELD_EXAMPLES: readonly Example[] = [
  example(7750, 'list', 'GET /customField/v2', {
    accept,
    given: choice,
    status: 200,
    headers: TOTAL_COUNT,
    answer: [ROW],
  }),
  example(7790, 'list, deprecated version', 'GET /customField/v1', {
    accept,
    given: line,
    status: 200,
    answer: [ROW_V1],
  }),
  example(7836, 'list of one kind', 'GET /customField/v2/?certType=SSL', {
    type,
    accept,
    given: choice,
    status: 200,
    headers: TOTAL_COUNT,
    answer: [ROW],
  }),
  example(7874, 'list of one kind, deprecated version', 'GET /customField/v1/ssl', {
    type,
    accept,
    given: line,
    status: 200,
    answer: [ROW_V1],
  }),
  example(7918, 'details', 'GET /customField/v2/{id}', {
    accept,
    given: line,
    status: 200,
    answer: { ...ROW, input: { type: '=TEXT_SINGLE_LINE' } },
  }),
  example(7981, 'a new field', 'POST /customField/v2', {
    type,
    accept,
    body: () => ({ ...common, input: OPTIONS, mandatories: ACCESS_METHODS }),
    status: 201,
    headers: { location: /\/api\/customField\/v2\/\d+$/ },
  }),
  example(8019, 'a new field, deprecated version', 'POST /customField/v1', {
    type,
    accept,
    body: () => ({ ...common, mandatory: true }),
    status: 200,
    answer: ROW_V1,
  }),
  example(8091, 'a changed field', 'PUT /customField/v2', {
    type,
    accept,
    given: choice,
    body: ({ id }) => ({ id, ...common, mandatories: [], input: OPTIONS }),
    status: 200,
    answer: { ...ROW, mandatories: 'list' },
  }),
  example(8163, 'a changed field, deprecated version', 'PUT /customField/v1', {
    type,
    accept,
    given: line,
    body: ({ id }) => ({ id, ...common, mandatory: true }),
    status: 200,
    answer: ROW_V1,
  }),
  example(8209, 'a field deleted', 'DELETE /customField/v2/{id}', { type, accept, given: line, status: 204 }),
  example(8224, 'a field deleted, deprecated version', 'DELETE /customField/v1/{id}', {
    type: JSON_PLAIN,
    accept,
    given: line,
    status: 204,
  }),
]
