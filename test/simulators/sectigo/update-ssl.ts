// Update of an SSL order (seed 004 L1817-2180): the id is in the body; what was ordered may change until the CA has decided.
import { z } from 'zod'
import { numberField, readBody, textField } from './body.ts'
import type { Constraint } from './constraints.ts'
import { atLeast, checkConstraints, notNull } from './constraints.ts'
import { checkCustomFields, customFieldConstraints } from './custom-fields.ts'
import { checkNames } from './domain-checks.ts'
import {
  chooseTerm,
  commentsConstraint,
  csrConstraints,
  findProfile,
  namedValues,
  namedValuesField,
  placeFor,
  readCsr,
} from './enroll.ts'
import { refuse } from './errors.ts'
import { findOrder } from './listing.ts'
import { readName } from './names.ts'
import type { Order, OrderRequest } from './orders.ts'
import { requirePrivilege } from './privileges.ts'
import { requestOf } from './renew.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { sslDetails } from './ssl-details.ts'

export const sslUpdateRoutes: readonly Route[] = [
  { method: 'PUT', path: '/api/ssl/v1', access: 'account', handle: update },
]

/** Seed 004 L1819. */
const EDITABLE_STATES = ['Requested', 'Declined', 'Rejected', 'Invalid']
const AUTO_RENEW_STATES = ['Not scheduled', 'Scheduled']
/** Seed 004 L1882. */
const DEFAULT_AUTO_RENEW_DAYS = 30

// `certTypeId` and a list of names here; `certType` and a string in enrol.
const updateSchema = z.object({
  sslId: numberField,
  term: numberField,
  certTypeId: numberField,
  orgId: numberField,
  commonName: textField,
  csr: textField,
  externalRequester: textField,
  comments: textField,
  subjectAlternativeNames: z.array(z.string()).nullish(),
  customFields: namedValuesField,
  autoRenewDetails: z.object({ state: textField, daysBeforeExpiration: numberField }).nullish(),
  suspendNotifications: z.boolean().nullish(),
  requester: textField,
  requesterAdminId: numberField,
  approverAdminId: numberField,
})
type UpdateBody = z.output<typeof updateSchema>

/**
 * 200 with the details (seed 004 L2131).
 * @throws ScmError -1001, -25/-3/-37, -124, those of enrol, and -1601 for a field that cannot change in this state (not stated).
 */
async function update(call: AccountCall): Promise<Answer> {
  const body = readBody(call, updateSchema)
  const customFields = namedValues(body.customFields)
  checkConstraints([...updateConstraints(body), ...customFieldConstraints(customFields)])
  requirePrivilege(call, 'sslManage')
  const order = await findOrder({ ...call, params: { id: String(body.sslId) } }, 'ssl')
  const changes = await orderedChanges(call, order, body)
  const fields = body.customFields ? checkCustomFields(call.context.catalogue, 'ssl', customFields) : undefined
  if (Object.keys(changes).length > 0) {
    if (!EDITABLE_STATES.includes(order.status)) throw refuse('fieldValue', Object.keys(changes)[0] ?? '')
    checkNames(call.context, { ...requestOf(order), ...changes })
    Object.assign(order, changes)
    // An edited order waits for approval again; not stated, but nothing else could come of it.
    order.status = 'Requested'
  }
  const clear = call.context.settings.updateOmitted === 'clear'
  if (body.comments != null || clear) order.comments = body.comments ?? ''
  if (body.externalRequester != null || clear) order.externalRequester = body.externalRequester ?? ''
  if (fields || clear) order.customFields = fields ?? []
  if (body.suspendNotifications != null) order.suspendNotifications = body.suspendNotifications
  if (body.requester) order.requester = body.requester
  // -1 is "<None>" (seed 004 L1897).
  if (body.approverAdminId === -1) delete order.approver
  applyAutoRenewal(order, body)
  return sslDetails(call, order)
}

/** Of the fields that describe the order, those that would change it. */
async function orderedChanges(call: AccountCall, order: Order, body: UpdateBody): Promise<Partial<OrderRequest>> {
  const { context, account } = call
  const changes: Partial<OrderRequest> = {}
  const orgId = body.orgId ?? order.orgId
  if (orgId !== order.orgId) {
    changes.orgId = orgId
    changes.organization = placeFor(context.catalogue, account, orgId).organization
  }
  const profileId = body.certTypeId ?? order.profile.id
  if (profileId !== order.profile.id) changes.profile = findProfile(call, 'ssl', profileId, orgId)
  const profile = changes.profile ?? order.profile
  if (body.term != null && body.term !== order.term) changes.term = chooseTerm(profile, 'ssl', body.term)
  if (body.csr) {
    const csr = await readCsr(call, body.csr, profile)
    if (csr.pem !== order.csr.pem) changes.csr = csr
  }
  if (body.commonName && body.commonName !== order.commonName) changes.commonName = body.commonName
  const given = body.subjectAlternativeNames
  if (given && given.join() !== order.names.map(({ value }) => value).join()) changes.names = given.map(readName)
  return changes
}

function applyAutoRenewal(order: Order, { autoRenewDetails }: UpdateBody): void {
  if (!autoRenewDetails) return
  if (autoRenewDetails.state !== 'Scheduled') delete order.autoRenewDays
  else order.autoRenewDays = autoRenewDetails.daysBeforeExpiration ?? order.autoRenewDays ?? DEFAULT_AUTO_RENEW_DAYS
}

function updateConstraints(body: UpdateBody): Constraint[] {
  const { autoRenewDetails: renewal } = body
  return [
    notNull('sslId', body.sslId),
    atLeast('sslId', body.sslId, 1),
    atLeast('term', body.term, 1),
    atLeast('certTypeId', body.certTypeId, 1),
    atLeast('orgId', body.orgId, 1),
    ...csrConstraints(body.csr),
    commentsConstraint(body.comments),
    {
      field: 'autoRenewDetails.state',
      holds: !renewal?.state || AUTO_RENEW_STATES.includes(renewal.state),
      text: "allowed values 'Not scheduled' and 'Scheduled'",
    },
    atLeast('autoRenewDetails.daysBeforeExpiration', renewal?.daysBeforeExpiration, 1),
    atLeast('requesterAdminId', body.requesterAdminId, 1),
    atLeast('approverAdminId', body.approverAdminId, -1),
  ]
}
