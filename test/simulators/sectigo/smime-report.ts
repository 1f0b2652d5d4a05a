// Report v1 of client certificates (seed 004 L16820-16927): own status and date codes, everything else as in report.ts.
import { z } from 'zod'
import { readBody } from './body.ts'
import { inScope } from './catalogue.ts'
import { refuse } from './errors.ts'
import { isVisible } from './listing.ts'
import type { Order } from './orders.ts'
import { commonFields, report, span } from './report.ts'
import { smimeRow } from './report-rows.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { smimeState } from './smime-list.ts'

export const smimeReportRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/report/v1/client-certificates', access: 'account', handle: smimeReport },
]

const { organizationIds, certificateStatus, certificateDateAttribute, from, to } = commonFields
const schema = z.object({ organizationIds, certificateStatus, certificateDateAttribute, from, to })

const ISSUED = ['issued', 'downloaded']

/** Codes of seed 004 L16834. Persons without certificates, whom 0 and 6 list too, do not exist in this tenant. */
const STATUSES: Readonly<Record<number, (order: Order) => boolean>> = {
  0: () => true,
  2: (order) => ISSUED.includes(smimeState(order)),
  3: (order) => smimeState(order) === 'revoked',
  4: (order) => smimeState(order) === 'expired',
  5: (order) => ISSUED.includes(smimeState(order)) && order.downloadedAt === undefined,
  6: (order) => order.certificate === undefined,
}

/** Codes of seed 004 L16838. */
const DATES: Readonly<Record<number, (order: Order) => number | undefined>> = {
  0: ({ issuedAt }) => issuedAt,
  1: ({ downloadedAt }) => downloadedAt,
  2: ({ revocation }) => revocation?.at,
  3: ({ certificate }) => certificate?.notAfter,
}

/** @throws ScmError -1601 for a code that this report has not, -1001 for dates; the codes are not stated. */
async function smimeReport(call: AccountCall): Promise<Answer> {
  const body = readBody(call, schema)
  const { catalogue, now, orders, settings } = call.context
  const hasStatus = STATUSES[body.certificateStatus ?? 0]
  if (!hasStatus) throw refuse('fieldValue', 'certificateStatus')
  const dateOf = DATES[body.certificateDateAttribute ?? 0]
  if (!dateOf) throw refuse('fieldValue', 'certificateDateAttribute')
  const limits = span(body)
  const dated = body.certificateDateAttribute != null || limits.from !== undefined || limits.to !== undefined
  const scope = body.organizationIds?.length ? body.organizationIds : 'all'
  const reported = (await orders.all()).filter((order) => {
    const at = dateOf(order) ?? Number.NaN
    const inSpan = at >= (limits.from ?? Number.NEGATIVE_INFINITY) && at <= (limits.to ?? Number.POSITIVE_INFINITY)
    return (
      isVisible(call, order, 'client') &&
      inScope(catalogue, scope, order.orgId) &&
      hasStatus(order) &&
      (!dated || inSpan) &&
      now() >= order.requestedAt + settings.reportVisibilityLagMs
    )
  })
  return report(
    call,
    'client-certificates',
    reported.map((order) => smimeRow(call, order)),
  )
}
