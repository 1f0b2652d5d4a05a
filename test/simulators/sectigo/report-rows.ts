// Rows of reports v1. Empty fields are left out; serial number and signature algorithm are then "" (seed 004 L16668, L17072).
import type { Place } from './catalogue.ts'
import { findPlace } from './catalogue.ts'
import { keySize } from './details.ts'
import type { Domain } from './domain.ts'
import { shownId } from './flavour.ts'
import type { Order } from './orders.ts'
import { digest } from './pem.ts'
import { smimeSource, sourceOf } from './request-source.ts'
import type { AccountCall } from './router.ts'

const SHOWN_EMPTY = ['serialNumber', 'signatureAlgorithm']

type Row = Record<string, unknown>

/** `stripped`: without leading zeros. Upper-case hex without colons either way (seed 004 L15776). */
export type SerialFormat = 'stripped' | 'full'

export function sslRow(call: AccountCall, order: Order, format: SerialFormat): Row {
  const { context } = call
  const { certificate } = order
  return filled({
    id: shownId(call, order.id),
    type: order.profile.name,
    typeId: order.profile.id,
    orgId: shownId(call, order.orgId),
    commonName: order.commonName,
    subjAltNames: order.names.map(({ value }) => value).join(', '),
    status: order.status,
    requester: order.requester ?? order.account.email,
    approver: order.approver?.login,
    externalRequester: order.externalRequester,
    organizationName: placeName(call, order),
    orderNumber: orderNumber(order),
    backendCertId: order.backendCertId,
    servers: 1,
    serverType: 'OTHER',
    requestedVia: sourceOf(order, context.settings).display,
    term: order.term,
    comments: order.comments,
    requested: iso(order.requestedAt),
    approved: iso(order.approvedAt),
    declined: iso(order.declinedAt),
    issued: iso(order.issuedAt),
    downloaded: iso(order.downloadedAt),
    expires: iso(certificate?.notAfter),
    revoked: iso(order.revocation?.at),
    replaced: iso(order.replacedAt),
    issuer: certificate?.issuer,
    serialNumber: serial(order, format),
    ...address(order),
    publicKeyType: keyType(order),
    sha1: certificate && digest('sha1', certificate.der),
    md5: certificate && digest('md5', certificate.der),
    customFields: order.customFields,
  })
}

/** `organization.id` is a string here (seed 004 L17072). */
export function deviceRow(call: AccountCall, order: Order, format: SerialFormat): Row {
  const { certificate } = order
  return filled({
    id: shownId(call, order.id),
    commonName: order.commonName,
    organization: { id: String(order.orgId), name: placeName(call, order) },
    deviceCertStatus: order.status,
    subject: certificate?.subject ?? order.csr.request.subject,
    email: order.account.email,
    ...address(order),
    orderNumber: orderNumber(order),
    backendCertId: order.backendCertId,
    serialNumber: serial(order, format),
    certTypeName: order.profile.name,
    enrolled: iso(order.issuedAt),
    expire: iso(certificate?.notAfter),
    enrollType: { enrolled: 'API', imported: 'IMPORTED', discovered: 'DISCOVERY' }[order.origin],
    keyAlgorithm: order.csr.key.algorithm,
    keySize: keySize(order.csr.key.parameter),
    keyType: keyType(order),
    signatureAlgorithm: certificate?.signatureAlgorithm ?? '',
    approver: order.approver?.login,
    customFields: order.customFields,
    comments: order.comments,
  })
}

/** `organization.id` is a string here too, `expire` has no s, and the person is told (seed 004 L16927). */
export function smimeRow(call: AccountCall, order: Order): Row {
  const { certificate, person } = order
  return filled({
    id: shownId(call, order.id),
    person: person && { name: person.name, email: person.email, guid: person.guid },
    organization: { id: String(order.orgId), name: placeName(call, order) },
    subject: certificate?.subject,
    email: person?.email,
    orderNumber: orderNumber(order),
    backendCertId: order.backendCertId,
    enrolled: iso(order.issuedAt),
    downloaded: iso(order.downloadedAt),
    expire: iso(certificate?.notAfter),
    enrollType: smimeSource(order, call.context.settings),
    customFields: order.customFields,
    comments: order.comments,
  })
}

/** A fourth spelling of the validation status (seed 004 L17088-17106). */
export function domainRow(domain: Domain): Row {
  const { id, name, state, expires, validated, requested } = domain
  return filled({
    id,
    name,
    status: state === 'ACTIVE' ? 'Active' : 'Suspended',
    requested: requested ?? (validated && iso(Date.parse(validated))),
    dcvStatus: validationWord(domain),
    stickyUntil: expires && iso(Date.parse(expires)),
  })
}

/** When something is 'Action Required' is not stated: here, while an order waits for its proof. */
function validationWord({ dcvStatus, dcvOrderStatus }: Domain): string {
  if (dcvStatus === 'NOT_VALIDATED' && dcvOrderStatus !== 'NOT_INITIATED') return 'Action Required'
  return { VALIDATED: 'Validated', EXPIRED: 'Expired', NOT_VALIDATED: 'Not Initiated' }[dcvStatus]
}

function filled(row: Row): Row {
  const empty = (name: string, value: unknown): boolean =>
    value === undefined || (value === '' && !SHOWN_EMPTY.includes(name)) || (Array.isArray(value) && value.length === 0)
  return Object.fromEntries(Object.entries(row).filter(([name, value]) => !empty(name, value)))
}

function iso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString()
}

function serial({ certificate }: Order, format: SerialFormat): string {
  const hex = certificate?.serialNumber.toUpperCase() ?? ''
  return format === 'full' ? hex : hex.replace(/^0+/, '')
}

function address({ organization }: Order): Row {
  return { city: organization.city, state: organization.stateOrProvince, country: organization.country }
}

function orderNumber({ backendCertId }: Order): number | undefined {
  return /^\d+$/.test(backendCertId) ? Number(backendCertId) : undefined
}

function keyType({ csr }: Order): string {
  return `${csr.key.algorithm} - ${csr.key.parameter}`
}

function placeName({ context }: AccountCall, order: Order): string {
  const place: Place | undefined = findPlace(context.catalogue, order.orgId)
  return place?.department?.name ?? order.organization.name
}
