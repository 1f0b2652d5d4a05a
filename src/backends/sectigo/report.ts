// Report v1 (seed 004 L16485-16668, L16928-17072): the only search that shows comments and the day of request in one row.
// It says HTTP 200 with an error inside, and not every account may ask for it: then there is none, and lists must do.
import { z } from 'zod'
import type { FindQuery } from '../backend.ts'
import { BackendError } from '../backend-error.ts'
import { read } from './answer.ts'
import type { Call, Caller } from './call.ts'
import { DAY_MS, dateAt } from './dates.ts'
import type { Product } from './product.ts'
import { arrayOf, numeric, optional, remoteId } from './schemas.ts'
import { REPORT_TIMEOUT_MS, ranks } from './timing.ts'

/** Some 6,000 rows. A tenant that orders more within two days is searched by lists. */
const MAX_REPORT_BYTES = 4_194_304
/** Any state; by the date of request (L16542, L16548). */
const ANY_STATUS = 0
const REQUEST_DATE = 4

const reportRow = z
  .object({
    id: remoteId,
    commonName: optional(z.string()),
    comments: optional(z.string()),
    requested: optional(z.string()),
    status: optional(z.string()),
    deviceCertStatus: optional(z.string()),
    // Of SSL orders; those of devices show the profile by its name only.
    orgId: optional(remoteId),
    typeId: optional(remoteId),
  })
  .transform(({ status, deviceCertStatus, ...row }) => ({ ...row, status: status ?? deviceCertStatus }))
const report = z.object({
  statusCode: optional(z.union([z.number(), z.string().transform(Number)])),
  reports: optional(arrayOf(reportRow)),
})

export type ReportRow = z.output<typeof reportRow>

/** Why there is no report, as opposed to why SCM cannot be asked at all. */
const withoutReport: readonly BackendError['kind'][] = [
  'AccessDenied',
  'OrganizationNotFound',
  'Gone',
  'Unavailable',
  'UnexpectedAnswer',
]

interface ReportQuery extends Pick<FindQuery, 'target' | 'made'> {
  readonly product: Product
  /** As `Search` has them. */
  readonly commonNames: readonly string[]
  readonly signal: AbortSignal
}

/**
 * The orders of the target's organization that were requested in that time, a day of tolerance on both sides because
 * dates have no zone. `undefined` when this product, account or server has no such report.
 */
export async function reportedOrders(caller: Caller, query: ReportQuery): Promise<readonly ReportRow[] | undefined> {
  const { product, target, commonNames, made, signal } = query
  if (product.report === undefined) return undefined
  const { byCommonName, ...operation } = product.report
  // "Pattern like this": neither which sign stands for any text nor whether case counts is said, so that a name for which
  // it could matter is not sent.
  const [commonName = '', ...others] = commonNames
  const named = byCommonName && others.length === 0 && /^[a-z0-9.-]+$/.test(commonName)
  const call: Call = {
    ...operation,
    method: 'POST',
    query: { output_type: 'buffered' },
    body: {
      organizationIds: [numeric(target.organization)],
      ...(named ? { commonName } : {}),
      certificateStatus: ANY_STATUS,
      certificateDateAttribute: REQUEST_DATE,
      from: dateAt(made.after - DAY_MS),
      to: dateAt(made.before + 2 * DAY_MS),
    },
    rank: ranks.find,
    timeoutMs: REPORT_TIMEOUT_MS,
    maxAnswerBytes: MAX_REPORT_BYTES,
    signal,
  }
  try {
    const { statusCode, reports } = await read(caller, call, report)
    return statusCode === 0 ? (reports ?? []) : undefined
  } catch (error) {
    if (error instanceof BackendError && withoutReport.includes(error.kind)) return undefined
    throw error
  }
}
