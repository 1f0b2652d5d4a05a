// Reports v1 of SSL and device certificates and of domains (seed 004 L16485-16668, L16928-17116): the only search that shows
// comments and custom fields in one call. No paging; HTTP 200 even when `statusCode` says otherwise.
import { z } from 'zod'
import { numberField, readBody, textField } from './body.ts'
import { inScope } from './catalogue.ts'
import { atMost, checkConstraints } from './constraints.ts'
import { visibleDomains } from './domain-access.ts'
import { refuse } from './errors.ts'
import { plainWord } from './flavour.ts'
import { isVisible } from './listing.ts'
import type { Order } from './orders.ts'
import { deviceRow, domainRow, sslRow } from './report-rows.ts'
import { REPORT_SOURCES, sourceOf } from './request-source.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'

export const reportRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/report/v1/ssl-certificates', access: 'account', handle: sslReport },
  { method: 'POST', path: '/api/report/v1/device-certificates', access: 'account', handle: deviceReport },
  { method: 'POST', path: '/api/report/v1/domains', access: 'account', handle: domainReport },
]

const COMMON_NAME_MAX_LENGTH = 256
const EXTERNAL_REQUESTER_MAX_LENGTH = 512
const DAY_MS = 24 * 60 * 60 * 1000

/** Codes of `certificateStatus` (seed 004 L15661-15688); deprecated ones fall back as the text says. 0 is any. */
const SSL_STATUSES: Readonly<Record<number, string>> = {
  1: 'requested',
  2: 'issued',
  3: 'revoked',
  4: 'expired',
  11: 'issued',
}
const DEVICE_STATUSES: Readonly<Record<number, string>> = {
  ...SSL_STATUSES,
  7: 'requested',
  8: 'approved',
  9: 'applied',
  10: 'issued',
}

/** Codes of `certificateDateAttribute` (L15689-15706). The tables allow 2-5; the SSL example itself sends 1. */
const DATES: Readonly<Record<number, (order: Order) => number | undefined>> = {
  1: (order) => order.downloadedAt,
  2: (order) => order.revocation?.at,
  3: (order) => order.certificate?.notAfter,
  4: (order) => order.requestedAt,
  5: (order) => order.issuedAt,
}

export const commonFields = {
  organizationIds: z.array(z.number().int()).nullish(),
  certificateStatus: numberField,
  certificateDateAttribute: numberField,
  from: textField,
  to: textField,
  serialNumberFormat: textField,
}
const commonSchema = z.object(commonFields)
type CommonBody = z.output<typeof commonSchema>

const sslSchema = z.object({
  ...commonFields,
  commonName: textField,
  externalRequester: textField,
  certificateRequestSource: numberField,
  includeIpAddresses: z.boolean().nullish(),
})

/** @throws ScmError -1001 for a broken constraint, -1601 for a code that this report has not; the codes are not stated. */
async function sslReport(call: AccountCall): Promise<Answer> {
  const body = readBody(call, sslSchema)
  const { commonName, externalRequester, certificateRequestSource: source } = body
  checkConstraints([
    {
      field: 'commonName',
      holds: !commonName || (commonName.length <= COMMON_NAME_MAX_LENGTH && !/[><\\]/.test(commonName)),
      text: 'must match the regular expression ^((?!.*[><\\\\].*).)*$',
    },
    atMost('externalRequester', externalRequester, EXTERNAL_REQUESTER_MAX_LENGTH),
  ])
  if (source != null && !REPORT_SOURCES.includes(source)) throw refuse('fieldValue', 'certificateRequestSource')
  const { settings } = call.context
  const orders = (await reported(call, 'ssl', body, SSL_STATUSES)).filter(
    (order) =>
      matches(call, order.commonName, commonName, 'i') &&
      matches(call, order.externalRequester, externalRequester, '') &&
      (source == null || sourceOf(order, settings).report === source),
  )
  return report(
    call,
    'ssl-certificates',
    orders.map((order) => sslRow(call, order, serialFormat(body))),
  )
}

async function deviceReport(call: AccountCall): Promise<Answer> {
  const body = readBody(call, commonSchema)
  const orders = await reported(call, 'device', body, DEVICE_STATUSES)
  return report(
    call,
    'device-certificates',
    orders.map((order) => deviceRow(call, order, serialFormat(body))),
  )
}

/** No body (seed 004 L17075). */
function domainReport(call: AccountCall): Answer {
  return report(call, 'domains', visibleDomains(call).map(domainRow))
}

async function reported(
  call: AccountCall,
  product: 'ssl' | 'device',
  body: CommonBody,
  statuses: Readonly<Record<number, string>>,
): Promise<Order[]> {
  const { context } = call
  const { organizationIds, certificateStatus: code, certificateDateAttribute: attribute } = body
  const status = code ? statuses[code] : undefined
  if (code && status === undefined) throw refuse('fieldValue', 'certificateStatus')
  const dateOf = attribute == null ? undefined : DATES[attribute]
  if (attribute != null && !dateOf) throw refuse('fieldValue', 'certificateDateAttribute')
  const { from, to } = span(body)
  const inOrganizations = (order: Order): boolean =>
    !organizationIds?.length || inScope(context.catalogue, organizationIds, order.orgId)
  return (await context.orders.all()).filter((order) => {
    const at = dateOf ? dateOf(order) : order.requestedAt
    return (
      isVisible(call, order, product) &&
      inOrganizations(order) &&
      (status === undefined || plainWord(order.status) === status) &&
      (from === undefined || (at !== undefined && at >= from)) &&
      (to === undefined || (at !== undefined && at <= to)) &&
      context.now() >= order.requestedAt + context.settings.reportVisibilityLagMs
    )
  })
}

/** "ISO format, YYYY-MM-DD", though the examples send times; a day given as `to` is meant whole. */
export function span({ from: first, to: last }: Pick<CommonBody, 'from' | 'to'>): {
  from: number | undefined
  to: number | undefined
} {
  const from = first ? Date.parse(first) : undefined
  const to = last ? Date.parse(last) + (last.includes('T') ? 0 : DAY_MS - 1) : undefined
  checkConstraints([
    { field: 'from', holds: !Number.isNaN(from), text: 'must be a date in ISO format' },
    { field: 'to', holds: !Number.isNaN(to), text: 'must be a date in ISO format' },
    {
      field: 'from',
      holds: from === undefined || to === undefined || from < to,
      text: "must be earlier than 'to' date",
    },
  ])
  return { from, to }
}

/** "Pattern like this": the wildcard sign is not stated. `%` stands for any run, and without one `listMatch` decides. */
function matches({ context }: AccountCall, stored = '', pattern: string | null | undefined, flags: string): boolean {
  if (!pattern) return true
  const parts = pattern.split('%').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const whole = parts.length > 1 || context.settings.listMatch === 'exact'
  return new RegExp(whole ? `^${parts.join('.*')}$` : parts.join(''), flags).test(stored)
}

function serialFormat({ serialNumberFormat }: CommonBody): 'stripped' | 'full' {
  return serialNumberFormat === 'HEXWithLeadingZeros' ? 'full' : 'stripped'
}

/** `message` comes with a failure in the vendor's OpenAPI 25.9.2. */
export function report({ context }: AccountCall, name: string, rows: readonly object[]): Answer {
  const statusCode = context.settings.reportStatusCode
  // Seed 004 L16664-16666.
  const headers = {
    'content-disposition': `attachment; filename="rest_api_${name}.json"`,
    'cache-control': 'must-revalidate',
    pragma: 'public',
  }
  if (statusCode !== 0) return json({ statusCode, message: 'The report could not be made' }, { headers })
  return json({ statusCode, reports: rows }, { headers })
}
