// The whole document by sections: which ones are replayed, which ones are not and why. Line numbers of seed 004.
import { ERROR_EXAMPLES, ORGANIZATION_EXAMPLES, PASSWORD_EXAMPLES } from './account-examples.ts'
import { CLIENT_EXAMPLES, CLIENT_NOT_REPLAYED } from './client-examples.ts'
import { CUSTOM_FIELD_EXAMPLES } from './custom-field-examples.ts'
import { DEVICE_EXAMPLES } from './device-examples.ts'
import { DOMAIN_EXAMPLES } from './domain-examples.ts'
import { VALIDATION_EXAMPLES, VALIDATION_VIEW_EXAMPLES } from './domain-validation-examples.ts'
import type { Example, NotReplayed } from './example.ts'
import { OTHER_REPORT_EXAMPLES, SSL_REPORT_EXAMPLES } from './report-examples.ts'
import { SSL_EXAMPLES } from './ssl-examples.ts'

/** Calls (lines that begin with a curl command) in the whole document, counted by a program. */
export const CALLS_IN_DOCUMENT = 349

interface Lines {
  readonly title: string
  readonly from: number
  readonly to: number
  /** Example calls between these lines. */
  readonly calls: number
}

export interface Section extends Lines {
  readonly examples: readonly Example[]
  /** Answers that are shown without a call of their own. */
  readonly answers: number
  readonly notReplayed?: readonly NotReplayed[]
}

export interface OtherSection extends Lines {
  readonly reason: string
}

export const SECTIONS: readonly Section[] = [
  { title: 'Errors', from: 81, to: 96, calls: 0, answers: 1, examples: ERROR_EXAMPLES },
  { title: 'SSL certificates', from: 447, to: 2605, calls: 30, answers: 1, examples: SSL_EXAMPLES },
  {
    title: 'Client certificates',
    from: 2606,
    to: 3950,
    calls: 27,
    answers: 1,
    examples: CLIENT_EXAMPLES,
    notReplayed: CLIENT_NOT_REPLAYED,
  },
  { title: 'Device certificates', from: 3951, to: 5107, calls: 23, answers: 1, examples: DEVICE_EXAMPLES },
  { title: 'Domain validation, view', from: 6824, to: 7071, calls: 3, answers: 0, examples: VALIDATION_VIEW_EXAMPLES },
  { title: 'Domain validation, manage', from: 7072, to: 7742, calls: 15, answers: 0, examples: VALIDATION_EXAMPLES },
  { title: 'Custom fields', from: 7743, to: 8231, calls: 11, answers: 0, examples: CUSTOM_FIELD_EXAMPLES },
  { title: 'Password state', from: 12772, to: 12793, calls: 1, answers: 0, examples: PASSWORD_EXAMPLES },
  { title: 'Domains', from: 13572, to: 13989, calls: 13, answers: 0, examples: DOMAIN_EXAMPLES },
  { title: 'Organizations, view', from: 13990, to: 14266, calls: 4, answers: 0, examples: ORGANIZATION_EXAMPLES },
  { title: 'SSL report v1', from: 16485, to: 16668, calls: 1, answers: 0, examples: SSL_REPORT_EXAMPLES },
  {
    title: 'Client, device, domain report v1',
    from: 16820,
    to: 17116,
    calls: 3,
    answers: 0,
    examples: OTHER_REPORT_EXAMPLES,
  },
]

const NOT_CALLED = 'Certwright makes no such call.'
const SET_UP_BY_PEOPLE = 'People set this up in SCM; Certwright only reads what comes of it.'
const OTHER_WAY_IN = 'Another way to get certificates, beside the orders that Certwright makes.'

export const OTHER_SECTIONS: readonly OtherSection[] = [
  { title: 'Code signing certificates', from: 5108, to: 5566, calls: 13, reason: NOT_CALLED },
  { title: 'BIMI certificates', from: 5567, to: 6701, calls: 9, reason: NOT_CALLED },
  {
    title: 'Enrollment profiles',
    from: 6702,
    to: 6823,
    calls: 2,
    reason: 'Profiles are read with the `types` of a product.',
  },
  { title: 'Discovery', from: 8232, to: 10938, calls: 55, reason: NOT_CALLED },
  { title: 'Notifications', from: 10939, to: 11333, calls: 5, reason: NOT_CALLED },
  { title: 'Administrators', from: 11334, to: 12771, calls: 18, reason: SET_UP_BY_PEOPLE },
  { title: 'Password change, template administrators', from: 12794, to: 13022, calls: 6, reason: SET_UP_BY_PEOPLE },
  {
    title: 'Persons',
    from: 13023,
    to: 13571,
    calls: 13,
    reason: 'An enrolment of a client certificate makes its person.',
  },
  { title: 'Organizations, manage and validate', from: 14267, to: 15627, calls: 13, reason: SET_UP_BY_PEOPLE },
  { title: 'CA backends', from: 15628, to: 15658, calls: 1, reason: NOT_CALLED },
  { title: 'Reports v2, activity report', from: 15659, to: 16484, calls: 11, reason: NOT_CALLED },
  { title: 'Brand report', from: 16669, to: 16819, calls: 1, reason: NOT_CALLED },
  { title: 'ACME', from: 17117, to: 18084, calls: 25, reason: OTHER_WAY_IN },
  { title: 'Network agents', from: 18085, to: 18790, calls: 15, reason: OTHER_WAY_IN },
  { title: 'MS agents', from: 18791, to: 19016, calls: 5, reason: OTHER_WAY_IN },
  { title: 'DNS connectors', from: 19017, to: 19190, calls: 3, reason: NOT_CALLED },
  { title: 'Azure Key Vault accounts', from: 19191, to: 19485, calls: 9, reason: NOT_CALLED },
  { title: 'Enrollment endpoints', from: 19486, to: 20178, calls: 14, reason: OTHER_WAY_IN },
]
