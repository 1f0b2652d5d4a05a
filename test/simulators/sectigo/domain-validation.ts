// Validation status of the tenant's domains, to read (seed 004 L6827-7071, L17073-17116). Tests write it through the catalogue.
import { z } from 'zod'
import { checkConstraints, readBody, textField } from './body.ts'
import type { Domain } from './catalogue.ts'
import { inScope } from './catalogue.ts'
import { writeDate } from './dates.ts'
import { refuse } from './errors.ts'
import type { Flavour } from './flavour.ts'
import { flavourOf, plainWord } from './flavour.ts'
import { pageOf } from './listing.ts'
import { digest } from './pem.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'

export const domainValidationRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/dcv/v1/validation', access: 'account', handle: list },
  { method: 'GET', path: '/api/dcv/v2/validation', access: 'account', handle: list },
  { method: 'POST', path: '/api/dcv/v1/validation/status', access: 'account', handle: status },
  { method: 'POST', path: '/api/dcv/v2/validation/status', access: 'account', handle: status },
]

/** Seed 004 L6907. */
const DOMAIN_MIN_LENGTH = 3
const DOMAIN_MAX_LENGTH = 255
const DAY_MS = 24 * 60 * 60 * 1000
/** Seed 004 L6987-6989: 30 days, and an hour to either side of the answer. */
const ORDER_DAYS = 30
const CHECK_MS = 60 * 60 * 1000

/** Domains that are delegated to a place the account sees. */
export function visibleDomains({ context, account }: AccountCall): Domain[] {
  const { catalogue } = context
  const places = catalogue.organizations.flatMap((one) => [one.id, ...one.departments.map(({ id }) => id)])
  return catalogue.domains.filter(({ delegatedTo }) =>
    places.some((id) => inScope(catalogue, account.organizations, id) && inScope(catalogue, delegatedTo, id)),
  )
}

/** Seed 004 L6827-6897: empty filters are allowed; the example's `domain=ccmqa.com` finds www.ccmqa.com too. */
function list(call: AccountCall): Answer {
  const { context, query } = call
  const flavour = flavourOf(call)
  const place = query.get('department') || query.get('org')
  const expiresIn = query.get('expiresIn')
  if (expiresIn && !/^[1-9]\d*$/.test(expiresIn)) throw refuse('fieldValue', 'expiresIn')
  const latest = context.now() + Number(expiresIn) * DAY_MS
  const is = (parameter: string, value: string): boolean => {
    const wanted = query.get(parameter)
    return !wanted || plainWord(wanted) === plainWord(value)
  }
  const domains = visibleDomains(call).filter(
    (domain) =>
      domain.name.includes(query.get('domain')?.toLowerCase() ?? '') &&
      (!place || inScope(context.catalogue, domain.delegatedTo, Number(place))) &&
      (!expiresIn || (domain.expires !== undefined && Date.parse(domain.expires) <= latest)) &&
      is('dcvStatus', domain.dcvStatus) &&
      is('orderStatus', domain.dcvOrderStatus),
  )
  const rows = pageOf(query, domains).map((domain) => ({
    domain: domain.name,
    dcvStatus: spelt(domain.dcvStatus, flavour),
    dcvMethod: domain.dcvMethod,
    dcvOrderStatus: spelt(domain.dcvOrderStatus, flavour),
    dcvOrderMethod: domain.dcvOrderMethod,
    expirationDate: domain.expires,
  }))
  return json(rows, { headers: { 'x-total-count': String(domains.length) } })
}

const statusSchema = z.object({ domain: textField })

/** Seed 004 L6898-7071. Orders of validation are not made here; what a submitted one shows is derived from the domain. */
function status(call: AccountCall): Answer {
  const { domain: name } = readBody(call, statusSchema)
  const length = name?.length ?? 0
  checkConstraints([
    {
      field: 'domain',
      holds: length >= DOMAIN_MIN_LENGTH && length <= DOMAIN_MAX_LENGTH,
      text: `size must be between ${DOMAIN_MIN_LENGTH} and ${DOMAIN_MAX_LENGTH} inclusive`,
    },
  ])
  const domain = visibleDomains(call).find((one) => one.name === name?.toLowerCase())
  if (!domain) throw refuse('domainUnknown', name ?? '')
  const flavour = flavourOf(call)
  return json({
    status: spelt(domain.dcvStatus, flavour),
    validationDate: domain.validated,
    expirationDate: domain.expires,
    orderStatus: spelt(domain.dcvOrderStatus, flavour),
    orderMode: domain.dcvOrderMethod,
    ...submittedOrder(domain, call.context.now()),
  })
}

/** "Only for submitted orders": what to publish and when it is looked for (seed 004 L6933-6972). */
function submittedOrder(domain: Domain, now: number): object {
  if (domain.dcvOrderStatus !== 'SUBMITTED') return {}
  const submitted = domain.submitted === undefined ? now - CHECK_MS : Date.parse(domain.submitted)
  const checked = now - ((now - submitted) % CHECK_MS)
  return {
    ...publication(domain),
    orderBackendId: String(99_880_000 + domain.id),
    submittedDate: writeDate(submitted, 'ISO'),
    orderExpiration: new Date(submitted + ORDER_DAYS * DAY_MS).toISOString(),
    lastCheck: new Date(checked).toISOString(),
    nextCheck: new Date(checked + CHECK_MS).toISOString(),
  }
}

function publication({ id, name, dcvOrderMethod: mode }: Domain): object {
  const [file, value] = [digest('md5', Buffer.from(name)), digest('sha256', Buffer.from(name))]
  switch (mode) {
    case 'HTTP':
    case 'HTTPS': {
      const url = `${mode.toLowerCase()}://${name}/.well-known/pki-validation/${file.toUpperCase()}.txt`
      return { url, firstLine: value, secondLine: 'sectigo.com' }
    }
    case 'CNAME':
      return { host: `_${file}.${name}.`, point: `${value.slice(0, 32)}.${value.slice(32)}.sectigo.com.` }
    case 'TXT':
      return { host: `_pki-validation.${name}.`, point: value.slice(0, 32) }
    case 'EMAIL':
      return { validationEmail: `admin@${name}`, emailValidationReferenceNumber: String(876_180_000 + id) }
    default:
      return {}
  }
}

/** `NOT_VALIDATED`, or "Not validated" in the OAuth2 API. */
function spelt(word: string, flavour: Flavour): string {
  if (flavour === 'password') return word
  const text = word.toLowerCase().replaceAll('_', ' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
