// SSL certificates: enrol, details, list, count (seed 004 L698-1342). Collect and decisions are shared with devices.
import { z } from 'zod'
import type { Constraint } from './body.ts'
import { readBody, textField } from './body.ts'
import { collectRoutes } from './collect.ts'
import { decisionRoutes } from './decisions.ts'
import { commonDetails, dateWriter, present } from './details.ts'
import { checkEnrollment, enrollFields, placeOrder } from './enroll.ts'
import { refuse } from './errors.ts'
import type { Filter } from './listing.ts'
import { findOrder, listOrders, sameSerial } from './listing.ts'
import { readNameList, sslNames } from './names.ts'
import type { Order } from './orders.ts'
import { colonHex, digest } from './pem.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'

export const sslRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/ssl/v1/enroll', access: 'account', handle: enroll },
  { method: 'GET', path: '/api/ssl/v1', access: 'account', handle: list },
  { method: 'HEAD', path: '/api/ssl/v1', access: 'account', handle: list },
  { method: 'GET', path: '/api/ssl/v1/:id', access: 'account', handle: details },
  ...collectRoutes('ssl'),
  ...decisionRoutes('ssl'),
]

/** Seed 004 L1296. */
const EXTERNAL_REQUESTER_MAX_LENGTH = 512
const EMAIL = /^[^\s@,]+@[^\s@,]+$/

// A string in `subjAltNames`, never a list; `numberServers` and `serverType` of older clients are ignored.
const enrollSchema = z.object({
  ...enrollFields,
  subjAltNames: textField,
  externalRequester: textField,
  dcvMode: z.enum(['CNAME', 'EMAIL', 'HTTP', 'HTTPS', 'TXT']).nullish(),
  dcvEmail: textField,
})

/** Seed 004 L1252-1342: 200 with `sslId` and `renewId`, whatever state the order is in. */
async function enroll(call: AccountCall): Promise<Answer> {
  const body = readBody(call, enrollSchema)
  const externalRequester = body.externalRequester ?? ''
  const checked = await checkEnrollment(call, 'ssl', body, requesterConstraints(externalRequester, body.dcvEmail))
  if (body.dcvMode === 'EMAIL' && !body.dcvEmail) throw refuse('missing', 'dcvEmail')
  const names = sslNames({
    csr: checked.csr,
    requested: readNameList(body.subjAltNames ?? ''),
    profile: checked.profile,
    settings: call.context.settings,
  })
  const commonName = checked.csr.commonName ?? names[0]?.value
  const order = placeOrder(call, { ...checked, product: 'ssl', names, commonName, externalRequester })
  return json({ sslId: order.id, renewId: order.renewId })
}

function requesterConstraints(externalRequester: string, dcvEmail: string | null | undefined): Constraint[] {
  const addresses = externalRequester.split(',').map((address) => address.trim())
  return [
    {
      field: 'externalRequester',
      holds: externalRequester.length <= EXTERNAL_REQUESTER_MAX_LENGTH,
      text: `maximum length is ${EXTERNAL_REQUESTER_MAX_LENGTH} characters or can be empty`,
    },
    {
      field: 'externalRequester',
      holds: externalRequester === '' || addresses.every((address) => EMAIL.test(address)),
      text: 'must be well-formed email addresses',
    },
    { field: 'dcvEmail', holds: !dcvEmail || EMAIL.test(dcvEmail), text: 'must be a well-formed email address' },
  ]
}

/** Status words of the filter (seed 004 L712); display words may have a blank ("SA Approved"). */
const STATUSES =
  'Invalid Requested Approved Declined Applied Issued Revoked Expired Replaced Rejected Unmanaged SAApproved Init'
    .toLowerCase()
    .split(' ')

function hasStatus(order: Order, wanted: string): boolean {
  if (!STATUSES.includes(wanted.toLowerCase())) throw refuse('fieldValue', 'status')
  return order.status.replaceAll(' ', '').toLowerCase() === wanted.toLowerCase()
}

/** Filters by name (seed 004 L705-754). There is none for comments, custom fields or the CSR. */
const FILTERS: Readonly<Record<string, Filter>> = {
  commonName: (order, wanted, matches) => matches(order.commonName, wanted),
  subjectAlternativeName: (order, wanted, matches) => order.names.some((name) => matches(name.value, wanted)),
  status: hasStatus,
  sslTypeId: (order, wanted) => String(order.profile.id) === wanted,
  orgId: (order, wanted) => String(order.orgId) === wanted,
  vendor: (order, wanted, matches) => matches(order.profile.vendor, wanted),
  issuer: (order, wanted, matches) => matches(order.certificate?.issuer, wanted),
  serialNumber: sameSerial,
  requester: (order, wanted, matches) => matches(order.account.email, wanted),
  externalRequester: (order, wanted, matches) => matches(order.externalRequester, wanted),
  signatureAlgorithm: (order, wanted, matches) => matches(order.certificate?.signatureAlgorithm, wanted),
  keyAlgorithm: (order, wanted) => order.csr.key.algorithm === wanted,
  keyParam: (order, wanted) => order.csr.key.parameter === wanted,
  sha1Hash: (order, wanted) => certificateHash(order, 'sha1') === wanted.toLowerCase(),
  md5Hash: (order, wanted) => certificateHash(order, 'md5') === wanted.toLowerCase(),
  sha256Hash: (order, wanted) => certificateHash(order, 'sha256') === wanted.toLowerCase(),
  requestedVia: (_, wanted) => wanted === 'API',
}
const UNSUPPORTED = ['discoveryStatus', 'installStatus', 'renewalStatus', 'keySize', 'keyUsage', 'extendedKeyUsage']

function certificateHash(order: Order, algorithm: 'md5' | 'sha1' | 'sha256'): string | undefined {
  return order.certificate && digest(algorithm, order.certificate.der)
}

/** Thin rows (seed 004 L785-789): no status, no dates, no comments. HEAD counts (L791-853). */
async function list(call: AccountCall): Promise<Answer> {
  const page = await listOrders(call, { product: 'ssl', filters: FILTERS, unsupported: UNSUPPORTED })
  const rows = page.orders.map(({ id, commonName, names, certificate }) => ({
    sslId: id,
    commonName,
    subjectAlternativeNames: names.length > 0 ? names.map((name) => name.value) : undefined,
    serialNumber: certificate && colonHex(certificate.serialNumber),
  }))
  return json(rows, { headers: { 'x-total-count': String(page.total) } })
}

/** Seed 004 L854-1131. */
async function details(call: AccountCall): Promise<Answer> {
  const date = dateWriter(call)
  const order = await findOrder(call, 'ssl')
  const { csrDetails, ...common } = commonDetails(order, call.context, date)
  return present(
    {
      ...common,
      sslId: order.id,
      vendor: order.profile.vendor,
      validationType: order.profile.validationType,
      requestedVia: 'Web API',
      externalRequester: order.externalRequester,
      issued: date(order.issuedAt),
      declined: date(order.declinedAt),
      renewed: false,
      signatureAlg: order.certificate?.signatureAlgorithm,
      subjectAlternativeNames: order.names.map((name) => name.value),
      autoInstallDetails: { state: 'Not configured' },
      autoRenewDetails: { state: 'Not scheduled' },
      suspendNotifications: false,
      csrDetails,
    },
    call.context,
  )
}
