// What is ordered at Sectigo Certificate Manager: product line, profile and term. Each product line has its own block,
// because SCM gives each its own enrol endpoint with its own fields.
import { z } from 'zod'
import { exactlyOneOf } from './rules.ts'
import { text } from './scalars.ts'

/** Room above any id SCM has shown, and exact in every language that reads it. */
export const LARGEST_ID = 2_147_483_647

const PROFILE_NAME_LENGTH = 256

/** A hundred years. No profile offers more. */
const LONGEST_TERM_DAYS = 36_500

const profile = exactlyOneOf(
  z.object({
    id: z.int().min(1).max(LARGEST_ID).exactOptional().describe('The id of the certificate profile.'),
    name: text(PROFILE_NAME_LENGTH)
      .exactOptional()
      .describe('The name of the certificate profile, exactly as SCM shows it. It must be the only one of this name.'),
  }),
  ['id', 'name'],
).describe('The certificate profile. It must be enabled for the organization and for API use.')

const term = z
  .object({
    policy: z
      .enum(['Nearest', 'AtMost', 'AtLeast', 'Longest', 'Exact'])
      .default('Nearest')
      .describe(
        'Profiles offer a few terms, requests ask for any duration. Nearest: the term closest to it. AtMost: the longest that does not exceed it. AtLeast: the shortest that covers it. Longest: the longest there is. Exact: only a term of just this many days.',
      ),
    days: z
      .int()
      .min(1)
      .max(LONGEST_TERM_DAYS)
      .exactOptional()
      .describe(
        "Days to ask for when a request names no duration. Without it, such a request gets the profile's longest term.",
      ),
  })
  .prefault({})
  .describe("How a request's duration becomes one of the profile's terms.")

/** SSL certificates: SCM's `/ssl` endpoints. */
export const ssl = z.object({
  profile,
  term,
  subjectAltNames: z
    .enum(['ExcludeCommonName', 'IncludeCommonName', 'None'])
    .default('ExcludeCommonName')
    .describe(
      'Which names are sent beside the CSR. ExcludeCommonName: all DNS names but the common name. IncludeCommonName: all DNS names. None: SCM reads the names from the CSR alone.',
    ),
})

/** Device certificates: SCM's `/device` endpoints. The names come from the CSR. */
export const device = z.object({ profile, term })
