// Device certificates: enrol, details, list, count (seed 004 L4169-4510). The id is `deviceCertId`.
import { z } from 'zod'
import { checkConstraints, readBody } from './body.ts'
import { collectRoutes } from './collect.ts'
import { decisionRoutes } from './decisions.ts'
import { commonDetails, dateWriter, present } from './details.ts'
import { checkEnrollment, enrollFields, namedValues, namedValuesField, placeOrder } from './enroll.ts'
import { refuse } from './errors.ts'
import type { Filter } from './listing.ts'
import { findOrder, listOrders, sameSerial } from './listing.ts'
import { deviceNames } from './names.ts'
import type { Order } from './orders.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'

export const deviceRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/device/v1/enroll', access: 'account', handle: enroll },
  { method: 'GET', path: '/api/device/v1', access: 'account', handle: list },
  { method: 'HEAD', path: '/api/device/v1', access: 'account', handle: list },
  { method: 'GET', path: '/api/device/v1/:id', access: 'account', handle: details },
  ...collectRoutes('device'),
  ...decisionRoutes('device'),
]

/** Seed 004 L4473. */
const OPTIONAL_FIELDS =
  `commonName surname countryName localityName stateOrProvinceName streetAddress organizationName organizationalUnitName
   title description postalCode postOfficeBox telephoneNumber givenName initials emailAddress DocumentoNacionaldeIdentidad
   serialNumber SIRENE collectionEmailAddress rfc822Name subjectUniqueIdentifier uniqueIdentifier
   PermIdAscentMediaNetSecDept PermIdAscentMediaEngHomeNet sAMAccountName userId userPrincipalName unstructuredName
   domainComponent dnsName servicePrincipalName eeSID`.split(/\s+/)

// No `subjAltNames`, no `externalRequester`, no `dcvMode` here.
const enrollSchema = z.object({ ...enrollFields, optionalFields: namedValuesField })

/** Seed 004 L4435-4510. Of the optional fields `commonName` and `dnsName` have an effect here, the others are only checked. */
async function enroll(call: AccountCall): Promise<Answer> {
  const body = readBody(call, enrollSchema)
  const optional = namedValues(body.optionalFields)
  checkConstraints(
    optional.map(({ name }) => ({
      field: 'optionalFields[].name',
      holds: OPTIONAL_FIELDS.includes(name),
      text: `must be one of the following values: [${OPTIONAL_FIELDS.join(', ')}]`,
    })),
  )
  const checked = await checkEnrollment(call, 'device', body, [])
  const dnsNames = optional.filter(({ name }) => name === 'dnsName').map(({ value }) => value)
  const names = deviceNames(checked.csr, dnsNames)
  const given = optional.find(({ name }) => name === 'commonName')?.value
  const commonName = given ?? checked.csr.commonName ?? names[0]?.value
  const order = placeOrder(call, { ...checked, product: 'device', names, commonName, externalRequester: '' })
  return json({
    deviceCertId: order.id,
    status: statusWord(order),
    backendCertId: order.backendCertId,
    orderNumber: order.id,
  })
}

/** Lists and enrol write statuses in upper case, details do not (seed 004 L4253, L4433, L4510). */
function statusWord(order: Order): string {
  return order.status.toUpperCase().replaceAll(' ', '_')
}

const STATUSES =
  'REQUESTED APPROVED DECLINED APPLIED ISSUED DOWNLOADED EXPIRED REVOKED REJECTED AWAITING_APPROVAL'.split(' ')

function hasStatus(order: Order, wanted: string): boolean {
  const word = wanted.toUpperCase()
  if (!STATUSES.includes(word)) throw refuse('fieldValue', 'status')
  return statusWord(order) === (word === 'AWAITING_APPROVAL' ? 'REQUESTED' : word)
}

/** Filters by name (seed 004 L4172-4200). No SAN, no requester name, no comments. */
const FILTERS: Readonly<Record<string, Filter>> = {
  commonName: (order, wanted, matches) => matches(order.commonName, wanted),
  email: (order, wanted, matches) => matches(order.account.email, wanted),
  status: hasStatus,
  orgId: (order, wanted) => String(order.orgId) === wanted,
  certTypeId: (order, wanted) => String(order.profile.id) === wanted,
  serialNumber: sameSerial,
  backendCertId: (order, wanted) => order.backendCertId === wanted,
  signatureAlgorithm: (order, wanted, matches) => matches(order.certificate?.signatureAlgorithm, wanted),
  keyAlgorithm: (order, wanted) => order.csr.key.algorithm === wanted,
  keyParam: (order, wanted) => order.csr.key.parameter === wanted,
}
const UNSUPPORTED = ['keyUsage', 'extendedKeyUsage']

/** Rows have the status, but neither comments nor common name (seed 004 L4253). HEAD counts (L4254-4296). */
async function list(call: AccountCall): Promise<Answer> {
  const page = await listOrders(call, { product: 'device', filters: FILTERS, unsupported: UNSUPPORTED })
  const rows = page.orders.map((order) => ({
    id: order.id,
    status: statusWord(order),
    backendCertId: order.backendCertId,
    certificateDetails: { subject: order.certificate?.subject ?? order.csr.request.subject },
  }))
  return json(rows, { headers: { 'x-total-count': String(page.total) } })
}

/** Seed 004 L4297-4433. The example has a subject although nothing is issued yet: it is the CSR's. */
async function details(call: AccountCall): Promise<Answer> {
  const date = dateWriter(call)
  const order = await findOrder(call, 'device')
  const common = commonDetails(order, call.context, date)
  const certificateDetails = common['certificateDetails'] ?? { subject: order.csr.request.subject }
  return present({ ...common, certificateDetails }, call.context)
}
