// Certificate profiles ("types", seed 004 L450-500, L2609-2650, L3954-4004): tenant-specific ids that change, names that may repeat.
import { z } from 'zod'
import type { IssuerFacts } from '../backend.ts'
import { BackendError } from '../backend-error.ts'
import { read } from './answer.ts'
import { type Caller, readOf } from './call.ts'
import type { Product } from './product.ts'
import { listed } from './quote.ts'
import { arrayOf, optional, remoteId } from './schemas.ts'
import { ranks } from './timing.ts'

/** How the issuer names its profile. */
export type ProfileReference = { readonly name: string } | { readonly id: string }

/** What the status of an issuer has room for. */
const MOST_TERMS = 512
const MOST_KEY_ALGORITHMS = 16
const MOST_KEY_SIZES = 32
/** As SCM writes algorithms, sizes and curves. */
const KEY_WORD = /^[A-Za-z0-9][A-Za-z0-9 ()._-]{0,63}$/

const types = arrayOf(
  z.object({
    id: remoteId,
    name: z.string().catch(''),
    terms: optional(arrayOf(z.number().int().positive())),
    /** Device profiles: "first available term". */
    term: optional(z.number().int().positive()),
    keyTypes: optional(z.record(z.string(), arrayOf(z.union([z.string(), z.number()]).transform(String)).catch([]))),
  }),
)

type ProfileType = z.output<typeof types>[number]

/**
 * The profile as it is offered to the organization now. Throws BackendError: ProfileNotFound lists some that are
 * offered; ProfileAmbiguous names the ids to choose from; the term list of an SSL profile may not be empty.
 */
export async function profileOf(
  caller: Caller,
  options: {
    readonly product: Product
    readonly orgId: string
    readonly profile: ProfileReference
    readonly signal: AbortSignal
  },
): Promise<IssuerFacts['profile']> {
  const { product, orgId, profile, signal } = options
  const operation = { ...product.types, query: { organizationId: orgId } }
  const offered = await read(caller, readOf(operation, { rank: ranks.check, signal }), types)
  const wanted = 'id' in profile ? `profile ${profile.id}` : `profile "${profile.name}"`
  const matching = offered.filter(({ id, name }) =>
    'id' in profile ? id === profile.id : name.trim() === profile.name.trim(),
  )
  const [found, ...others] = matching
  if (found === undefined) {
    throw new BackendError(
      'ProfileNotFound',
      `${wanted} is not offered to organization ${orgId}; ${listOf(offered, caller)}`,
    )
  }
  if (others.length > 0) {
    const ids = listed(matching.map(({ id }) => id))
    throw new BackendError(
      'ProfileAmbiguous',
      `${wanted} is the name of ${matching.length} profiles; give one of the ids ${ids}`,
    )
  }
  const terms = found.terms ?? (found.term ? [found.term] : [])
  if (product.name !== 'device' && terms.length === 0) {
    throw new BackendError('ProfileNotFound', `${wanted} offers no term to organization ${orgId}`)
  }
  return {
    id: found.id,
    name: caller.quote(found.name) || found.id,
    terms: terms.slice(0, MOST_TERMS),
    keyTypes: keyTypesOf(found, caller),
  }
}

/**
 * The key types that are words, and as many as fit. Anything else could not be stored, or would show what SCM repeats of
 * a request; without it the profile seems to take more, and SCM judges the key itself.
 */
function keyTypesOf({ keyTypes }: ProfileType, caller: Caller): IssuerFacts['profile']['keyTypes'] {
  const isWord = (text: string): boolean => KEY_WORD.test(text) && caller.quote(text) === text
  const kept = Object.entries(keyTypes ?? {}).filter(([algorithm]) => isWord(algorithm))
  return Object.fromEntries(
    kept
      .slice(0, MOST_KEY_ALGORITHMS)
      .map(([algorithm, sizes]) => [algorithm, sizes.filter(isWord).slice(0, MOST_KEY_SIZES)]),
  )
}

function listOf(offered: readonly ProfileType[], caller: Caller): string {
  if (offered.length === 0) return 'no profile is'
  const names = offered.map(({ id, name }) => `"${name}" (${id})`)
  return `offered are ${listed(names, caller.quote)}`
}
