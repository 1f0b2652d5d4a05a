// How much may be ordered through an issuer, how long it is waited for, and what becomes of orders nobody wants any more. Shared
// by every kind whose CA bills by order.
import { z } from 'zod'
import { parseGoDuration } from './go-duration.ts'
import { withRule } from './rules.ts'
import { text } from './scalars.ts'

/** More than any tenant orders; the defaults are what a cluster needs in a normal day, so that a loop is noticed early. */
const MOST_ORDERS = 1_000_000
const ORDERS_PER_DAY = 500
const PER_NAMESPACE_PER_DAY = 50
const OPEN_ORDERS = 200

/** Room for `8760h59m59s`. */
const DURATION_LENGTH = 16
const SHORTEST = '1m'
const LONGEST = '8760h'

/** Whole hours, minutes and seconds, as Go and cert-manager write them. At least a minute, at most a year. */
function duration() {
  const seconds = (value: string): number => parseGoDuration(value) ?? Number.NaN
  const schema = text(DURATION_LENGTH).regex(/^([0-9]+h)?([0-9]+m)?([0-9]+s)?$/)
  return withRule(schema, {
    rule: `duration(self) >= duration('${SHORTEST}') && duration(self) <= duration('${LONGEST}')`,
    message: `must be between ${SHORTEST} and ${LONGEST}`,
    holds: (value) => seconds(value) >= seconds(SHORTEST) && seconds(value) <= seconds(LONGEST),
  })
}

/** A duration that the schema took, in milliseconds. */
export function milliseconds(value: string): number {
  return (parseGoDuration(value) ?? 0) * 1_000
}

const count = (usual: number) => z.int().min(1).max(MOST_ORDERS).default(usual)

/** What may be bought. */
export const budget = z.object({
  ordersPerDay: count(ORDERS_PER_DAY).describe('At most so many orders are made in 24 hours.'),
  perNamespacePerDay: count(PER_NAMESPACE_PER_DAY).describe(
    'At most so many of them for the requests of one namespace.',
  ),
  openOrders: count(OPEN_ORDERS).describe(
    'At most so many orders are open at a time: not issued, refused or given up.',
  ),
})

/** How long an order is followed. */
export const deadlines = z.object({
  processing: duration()
    .default('168h')
    .describe(
      'A request whose order is not issued after this time fails. Time in which it awaits an approval, or the issuer is not Ready, does not count.',
    ),
  approval: duration()
    .default('168h')
    .describe('A request whose order has awaited approval for this time fails, and the order is declined.'),
})

/** How carefully an order is repeated. */
export const submission = z.object({
  unknownOutcomeWait: duration()
    .exactOptional()
    .describe(
      'How long an order whose answer was lost is searched for before it is made again. Without it, 30m, and 5m for device certificates.',
    ),
})

/** What becomes of an open order whose request was deleted. */
export const onRequestDeleted = z.enum(['Keep', 'Decline'])
