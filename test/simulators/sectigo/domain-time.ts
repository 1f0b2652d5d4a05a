// How time moves the validation of a domain: the backend looks for the proof by its schedule, finds it or does not, and what
// it found expires. Nothing is stored while time passes: the catalogue's domain and the clock give the present one.
import type { Domain } from './domain.ts'
import { holds, NO_VALIDATION_ORDER } from './domain.ts'
import type { DcvMode } from './orders.ts'
import type { Settings } from './settings.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Seed 004 L6986-6989: 30 days for an order, and an hour to either side of the answer. */
const ORDER_DAYS = 30
const CHECK_MS = 60 * 60 * 1000

/** Methods as a done validation names them; of the list at seed 004 L13677. */
export const DCV_METHODS = {
  CNAME: 'CNAME_CSR_HASH',
  EMAIL: 'EMAIL',
  HTTP: 'HTTP_CSR_HASH',
  HTTPS: 'HTTPS_CSR_HASH',
  TXT: 'DNSTXT_RANDOM_VALUE',
  AUTO: 'CNAME_CSR_HASH',
} as const satisfies Record<DcvMode, Domain['dcvMethod']>

type Tenant = {
  readonly catalogue: { readonly domains: readonly Domain[] }
  readonly settings: Settings
  now(): number
}

/** All domains of the tenant as they are now, in the catalogue's order. */
export function currentDomains({ catalogue, settings, now }: Tenant): Domain[] {
  const domains = catalogue.domains.map((domain) => domainAt(domain, now(), settings))
  return domains.map((domain) => asItsHighLevel(domain, domains))
}

/**
 * "Only high-level domains can be validated" (code -723). A list of public suffixes is not kept here: high-level is what no
 * other domain of the tenant holds.
 */
export function isHighLevel(domain: Domain, domains: readonly Domain[]): boolean {
  return highLevelOf(domain, domains).name === domain.name
}

function highLevelOf(domain: Domain, domains: readonly Domain[]): Domain {
  const holding = domains.filter((one) => holds(one, domain.name))
  return holding.toSorted((a, b) => a.name.length - b.name.length)[0] ?? domain
}

/** A domain below another one shows the validation of that (seed 004 L6883-6897: www.ccmqa.com as ccmqa.com). */
function asItsHighLevel(domain: Domain, domains: readonly Domain[]): Domain {
  const { dcvStatus, dcvMethod, validated, expires } = highLevelOf(domain, domains)
  return { ...domain, dcvStatus, dcvMethod, validated, expires }
}

/** One domain at a time, in milliseconds since the epoch. */
function domainAt(domain: Domain, now: number, settings: Settings): Domain {
  const { dcvStatus, expires, ...rest } = settled(domain, now, settings)
  // Not stated whether the last day counts; as with passwords, it is over when that day begins.
  const over = dcvStatus === 'VALIDATED' && expires !== undefined && Date.parse(expires) <= now
  return { ...rest, expires, dcvStatus: over ? 'EXPIRED' : dcvStatus }
}

/** What became of the submitted order. Not stated what one shows that ran out: here it is as if there had been none. */
function settled(domain: Domain, now: number, settings: Settings): Domain {
  if (domain.dcvOrderStatus !== 'SUBMITTED') return domain
  const found = foundAt(domain, now, settings)
  const end = orderTimes(domain, now, settings).expiration
  if (found !== undefined && found <= Math.min(now, end)) {
    const mode = domain.dcvOrderMethod
    return {
      ...domain,
      // Seed 004 L6885-6888: the list still shows the method of the order that is over.
      ...NO_VALIDATION_ORDER,
      dcvOrderMethod: mode,
      published: domain.published,
      dcvStatus: 'VALIDATED',
      dcvMethod: DCV_METHODS[mode ?? 'AUTO'],
      validated: day(found),
      expires: day(found + settings.dcvReuseDays * DAY_MS),
    }
  }
  return now >= end ? { ...domain, ...NO_VALIDATION_ORDER } : domain
}

/** The first look at or after the publication. */
function foundAt(domain: Domain, now: number, settings: Settings): number | undefined {
  if (domain.published === undefined) return undefined
  const first = firstCheck(domain, now, settings)
  const missed = Math.ceil(Math.max(0, Date.parse(domain.published) - first) / CHECK_MS)
  return first + missed * CHECK_MS
}

export interface OrderTimes {
  readonly submitted: number
  readonly expiration: number
  /** Absent before the first one. */
  readonly lastCheck: number | undefined
  readonly nextCheck: number
}

/** When a submitted order was and will be looked at, milliseconds since the epoch. */
export function orderTimes(domain: Domain, now: number, settings: Settings): OrderTimes {
  const submitted = submittedAt(domain, now)
  const first = firstCheck(domain, now, settings)
  const checks = Math.floor((now - first) / CHECK_MS)
  return {
    submitted,
    expiration: submitted + ORDER_DAYS * DAY_MS,
    lastCheck: checks < 0 ? undefined : first + checks * CHECK_MS,
    nextCheck: checks < 0 ? first : first + (checks + 1) * CHECK_MS,
  }
}

function submittedAt({ submitted }: Domain, now: number): number {
  return submitted === undefined ? now - CHECK_MS : Date.parse(submitted)
}

function firstCheck(domain: Domain, now: number, settings: Settings): number {
  return domain.checked === undefined ? submittedAt(domain, now) + settings.dcvCheckDelayMs : Date.parse(domain.checked)
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
