// The tenant's domains, as far as an order that SCM refused for a missing validation waits for them (seed 004 L6827-6897).
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import { ask, bodyOf, troubleOf } from './answer.ts'
import { type Caller, fixed, readOf } from './call.ts'
import type { SectigoCredentials } from './credentials.ts'
import { arrayOf, optional } from './schemas.ts'
import { wordOf } from './status.ts'
import { ranks } from './timing.ts'

/** Domains of one refusal: each is a call at each look. */
const MOST_DOMAINS = 3
/** Of a name in DNS. */
const LONGEST_DOMAIN = 253
/** The longest page of SCM's lists. */
const PAGE_SIZE = 200

/** The domains that SCM's sentence names of those in the CSR or above them; if it names none, those in the CSR. */
export function domainsIn(sentence: string, { commonName, names }: CertificateSigningRequest): readonly string[] {
  const dns = names.filter(({ type }) => type === 'dns').map(({ value }) => value)
  const asked = domainsOf(commonName === undefined ? dns : [...dns, commonName])
  const words = sentence.split(/[^\w.*-]+/).map((word) => word.replace(/\.{1,3}$/, ''))
  const named = domainsOf(words).filter((word) => asked.some((name) => name === word || name.endsWith(`.${word}`)))
  return (named.length > 0 ? named : asked).slice(0, MOST_DOMAINS)
}

const row = z.object({ domain: z.string(), dcvStatus: optional(z.string()), expirationDate: optional(z.string()) })

/**
 * A hash of what SCM's list of validations has for these domains and all others below the same high-level domain. Undefined when the account may not see it (privilege "Allow DCV"), or the tenant validates none.
 */
export async function lookAtDomains(
  caller: Caller,
  options: {
    readonly domains: readonly string[]
    readonly authentication: SectigoCredentials['kind']
    readonly signal: AbortSignal
  },
): Promise<string | undefined> {
  const { domains, authentication, signal } = options
  // The OAuth2 API has it under v2 (vendor's OpenAPI 25.9.2).
  const operation = fixed(`dcv/${authentication === 'oauth2' ? 'v2' : 'v1'}/validation`)
  const rows: string[] = []
  for (const domain of new Set(domains.map(highLevelOf))) {
    const query = { size: String(PAGE_SIZE), position: '0', domain }
    const call = readOf({ ...operation, query }, { rank: ranks.look, signal })
    const answer = await ask(caller, call)
    if (answer.status >= 300) {
      if (answer.error?.from === 'scm') return undefined
      throw troubleOf(call, answer)
    }
    const found = bodyOf(call, answer, arrayOf(row))
    rows.push(...found.map((one) => [one.domain, wordOf(one.dcvStatus ?? ''), one.expirationDate ?? ''].join(' ')))
  }
  return createHash('sha256').update(rows.toSorted().join('\n')).digest('hex')
}

/**
 * What the list is asked for, which finds all that contain it: `example.com` of `www.shop.example.com`. Three labels where the
 * second to last is as short as that of `co.uk`: taking one too many finds less, and then the order is placed again by the hour.
 */
function highLevelOf(domain: string): string {
  const labels = domain.split('.')
  const short = labels.at(-1)?.length === 2 && (labels.at(-2)?.length ?? 0) <= 3
  return labels.slice(short ? -3 : -2).join('.')
}

/** Those that are names of domains, each once; one with a star is its base. */
function domainsOf(names: readonly string[]): readonly string[] {
  const bases = names.map((name) => name.toLowerCase().replace(/^\*\./, ''))
  return [...new Set(bases)].filter((name) => name.length <= LONGEST_DOMAIN && /^[\w-]+(\.[\w-]+)+$/.test(name))
}
