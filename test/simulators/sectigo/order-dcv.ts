// Domain control validation of one SSL order (seed 004 L1132-1250): needed where pre-validation is disabled for the tenant.
import { writeDate } from './dates.ts'
import { PROOF_DOMAIN, txtValue } from './domain-proof.ts'
import { DCV_METHODS } from './domain-time.ts'
import { flavourOf } from './flavour.ts'
import { findOrder } from './listing.ts'
import type { DcvMode, Order } from './orders.ts'
import { digest } from './pem.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'

export const orderDcvRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/ssl/v1/:id/dcv', access: 'account', handle: show },
  { method: 'POST', path: '/api/ssl/v1/:id/dcv/recheck', access: 'account', handle: recheck },
]

/** An object; the vendor's OpenAPI 25.9.2 declares an array of them for the OAuth2 API. */
async function show(call: AccountCall): Promise<Answer> {
  const order = await findOrder(call, 'ssl')
  const shown = {
    dcvLog: { error: { code: 0, description: null }, log: log(order) },
    instructions: instructions(order),
  }
  return json(flavourOf(call) === 'admin' ? [shown] : shown)
}

/** 202 without a body: the check shows in the log (seed 004 L1236-1250). */
async function recheck(call: AccountCall): Promise<Answer> {
  const order = await findOrder(call, 'ssl')
  call.context.orders.recheckDcv(order)
  return { status: 202 }
}

/** `Awaiting Validation` is the only documented status (seed 004 L1222); `Validated` follows the vendor's other spellings. */
function log(order: Order): object[] {
  const { dcv, dcvMode } = order
  if (!dcv || !dcvMode) return []
  const validated = dcv.validatedAt
  return domainsOf(order).map((domainName) => ({
    domainName,
    dcvStatus: validated === undefined ? 'Awaiting Validation' : 'Validated',
    dcvMethod: DCV_METHODS[dcvMode],
    ...(validated === undefined ? {} : { dcvDate: seconds(validated) }),
    lastCheck: seconds(dcv.lastCheck),
    ...(validated === undefined ? { nextCheck: seconds(dcv.nextCheck) } : {}),
    dcvEmailRefNumber: order.id,
  }))
}

function instructions(order: Order): object[] {
  const { dcv, dcvMode } = order
  if (!dcv || !dcvMode) return []
  return domainsOf(order).map((domainName) => ({ domainName, dcvMode, ...proof(order, domainName, dcvMode) }))
}

/** What to publish, from the hashes of the CSR: host and point of the example are those of L1126-1128. */
function proof({ csr, dcvEmail }: Order, domain: string, mode: DcvMode): object {
  const md5 = digest('md5', csr.der).toUpperCase()
  const sha256 = digest('sha256', csr.der).toUpperCase()
  switch (mode) {
    case 'CNAME':
    case 'AUTO':
      return { host: `_${md5}.${domain}.`, point: `${sha256.slice(0, 32)}.${sha256.slice(32)}.${PROOF_DOMAIN}.` }
    case 'TXT':
      return { host: `_pki-validation.${domain}.`, point: txtValue(`${sha256}${domain}`) }
    case 'EMAIL':
      return { dcvEmail }
    default:
      return {
        url: `${mode.toLowerCase()}://${domain}/.well-known/pki-validation/${md5}.txt`,
        file: `${sha256}\n${PROOF_DOMAIN}`,
      }
  }
}

/** A wildcard is proved by its base domain. */
function domainsOf({ names }: Order): string[] {
  const domains = names.filter(({ type }) => type === 'dns').map(({ value }) => value.replace(/^\*\./, ''))
  return [...new Set(domains)]
}

/** `2025-12-04 07:48:44` (seed 004 L1224). */
function seconds(at: number): string {
  return writeDate(at, 'ISO_HMS').slice(0, 19).replace('T', ' ')
}
