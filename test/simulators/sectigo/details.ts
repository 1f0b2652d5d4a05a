// Details of an order: the parts SSL and device share. Empty fields are left out, as in every example of the document.
import type { Context } from './context.ts'
import type { DateFormat } from './dates.ts'
import { findDateFormat, writeDate } from './dates.ts'
import { refuse } from './errors.ts'
import { flavourOf } from './flavour.ts'
import type { Order } from './orders.ts'
import { colonHex, digest } from './pem.ts'
import type { AccountCall, Answer } from './router.ts'
import { json } from './router.ts'
import { certTypeOf } from './types.ts'

/** Writes a time of an order; for one that has not come, undefined or null as the tenant does it. */
export type DateWriter = (at: number | undefined) => string | null | undefined

/**
 * `dateFormat` parameter, else the tenant's default; the OAuth2 API declares date-time.
 * @throws ScmError -1601; the code is not stated.
 */
export function dateWriter(call: AccountCall): DateWriter {
  const parameter = call.query.get('dateFormat')
  const ordinary = flavourOf(call) === 'admin' ? 'ISO_HMS' : call.context.settings.detailsDateFormat
  const format: DateFormat | undefined = parameter === null ? ordinary : findDateFormat(parameter)
  if (!format) throw refuse('fieldValue', 'dateFormat')
  const empty = call.context.settings.emptyDates === 'null' ? null : undefined
  return (at) => (at === undefined ? empty : writeDate(at, format))
}

/** Fields of each product's details (seed 004 L1075-1131, L4433, L3243). */
export function commonDetails(order: Order, context: Context, date: DateWriter): Record<string, unknown> {
  const { key } = order.csr
  const { certificate } = order
  return {
    commonName: order.commonName,
    id: order.id,
    orgId: order.orgId,
    status: order.status,
    orderNumber: /^\d+$/.test(order.backendCertId) ? Number(order.backendCertId) : undefined,
    backendCertId: order.backendCertId,
    certType: certTypeOf(order.profile),
    term: order.term,
    owner: order.approver?.login,
    requester: order.requester ?? order.account.email,
    comments: order.comments,
    requested: date(order.requestedAt),
    approved: date(order.approvedAt),
    expires: date(certificate?.notAfter),
    serialNumber: certificate && colonHex(certificate.serialNumber),
    keyAlgorithm: key.algorithm,
    keySize: keySize(key.parameter),
    keyType: `${key.algorithm} - ${key.parameter}`,
    customFields: order.customFields,
    certificateDetails: certificateDetails(order),
    csrDetails: context.settings.csrDetails && order.csr.der.length > 0 ? csrDetails(order) : undefined,
  }
}

/** Undefined before there is a certificate. */
export function certificateDetails({ certificate, names }: Order): object | undefined {
  return (
    certificate && {
      issuer: certificate.issuer,
      subject: certificate.subject,
      subjectAltNames: names.map((name) => name.value).join(', ') || undefined,
      md5Hash: digest('md5', certificate.der),
      sha1Hash: digest('sha1', certificate.der),
      sha256Hash: certificate.sha256,
    }
  )
}

/** Upper-case hex over the DER, CSR with armour and without a last newline (seed 004 L1126-1129). */
function csrDetails(order: Order): object {
  const { der, pem } = order.csr
  return {
    sha1Hash: digest('sha1', der).toUpperCase(),
    md5Hash: digest('md5', der).toUpperCase(),
    sha256Hash: digest('sha256', der).toUpperCase(),
    csr: pem,
  }
}

/** Deprecated; bits for both algorithms, `P-256` -> 256. */
export function keySize(parameter: string): number {
  return Number(parameter.replace('P-', '')) || 0
}

/** Sends details with the tenant's spellings. */
export function present(
  details: Record<string, unknown>,
  context: Context,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const { upperCaseStatus, idsAsStrings } = context.settings
  const shown = Object.fromEntries(Object.entries(details).filter(([, value]) => !isEmpty(value)))
  if (upperCaseStatus) shown['status'] = String(shown['status']).toUpperCase()
  if (idsAsStrings) {
    for (const name of ['id', 'sslId', 'orgId']) if (name in shown) shown[name] = String(shown[name])
  }
  return json(shown, { headers })
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}
