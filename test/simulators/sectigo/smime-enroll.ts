// Enrolment and renewal of client certificates: a CSR and the person it is for (seed 004 L3245-3333, L3587-3676).
import { z } from 'zod'
import type { x509 } from './asn1.ts'
import { readBody, textField } from './body.ts'
import type { Constraint } from './constraints.ts'
import { atMost, notEmpty, wellFormedEmail } from './constraints.ts'
import { checkEnrollment, enrollFields } from './enroll.ts'
import { refuse } from './errors.ts'
import { flavourOf, shownId } from './flavour.ts'
import type { Order, OrderRequest } from './orders.ts'
import type { Person } from './persons.ts'
import { requirePrivilege } from './privileges.ts'
import { requestOf } from './renew.ts'
import type { AccountCall, Answer } from './router.ts'
import { json } from './router.ts'
import { isFor, orderNumber, SMIME_HEADERS, smimeState } from './smime-list.ts'

/** Seed 004 L3268, L3281-3300. */
const EMAIL_MAX_LENGTH = 128
const FULL_NAME_MAX_LENGTH = 64
const EPPN_MAX_LENGTH = 128
const UPN_MAX_LENGTH = 256
/** Cut off at seed 004 L3273; the vendor's OpenAPI 25.9.2 has both. */
const PHONE = /^[#|0-9|(|)|\-|+| x]*$/
const PHONE_MAX_LENGTH = 32

const enrollSchema = z.object({
  ...enrollFields,
  email: textField,
  phone: textField,
  secondaryEmails: z.array(z.string()).nullish(),
  firstName: textField,
  middleName: textField,
  lastName: textField,
  commonName: textField,
  eppn: textField,
  upn: textField,
})
type Body = z.output<typeof enrollSchema>

/** 200 with the ids (seed 004 L3245-3333). No approval: every order goes to the CA at once. */
export async function enrollSmime(call: AccountCall): Promise<Answer> {
  const body = readBody(call, enrollSchema)
  const checked = await checkEnrollment(call, 'client', body, constraints(body))
  const email = body.email ?? ''
  await checkQuota(call, email)
  const person = call.context.persons.put({ name: fullName(body), email })
  return place(call, {
    ...checked,
    product: 'client',
    account: call.account,
    commonName: body.commonName || person.name,
    names: emailNames(email, body.secondaryEmails ?? []),
    externalRequester: '',
    person,
  })
}

/** A new order with CSR and parameters of the old one, so for the same key. @throws ScmError -105 unless it is issued or expired. */
export async function renewSmime(call: AccountCall, find: (call: AccountCall) => Promise<Order>): Promise<Answer> {
  requirePrivilege(call, 'clientCertRequest')
  const order = await find(call)
  if (!order.person || !['issued', 'downloaded', 'expired'].includes(smimeState(order))) {
    throw refuse('renewing', smimeState(order))
  }
  await checkQuota(call, order.person.email)
  order.renewedAt = call.context.now()
  return place(call, { ...requestOf(order), account: call.account, person: order.person })
}

/**
 * Edition 25.5 and the OAuth2 API answer no `id` (OpenAPI 25.9.2): there the backend's is the handle.
 * observed: `orderNumber` and `backendCertId` are one number, as number and as string.
 */
function place(call: AccountCall, request: OrderRequest & { person: Person }): Answer {
  const order = call.context.orders.add(request, call.account)
  const answer = { orderNumber: orderNumber(order), backendCertId: order.backendCertId }
  const withId = smimeHandle(call) === 'id'
  return json(withId ? { id: shownId(call, order.id), ...answer } : answer, { headers: SMIME_HEADERS })
}

/** Which id the tenant answers and takes in collect's path. */
export function smimeHandle(call: AccountCall): 'id' | 'backendCertId' {
  return flavourOf(call) === 'admin' ? 'backendCertId' : call.context.settings.smimeHandle
}

/** observed: a tenant limits how many valid certificates a person has. */
async function checkQuota({ context }: AccountCall, email: string): Promise<void> {
  const most = context.settings.smimeQuota
  if (most === 0) return
  const valid = (await context.orders.all()).filter(
    (order) => order.product === 'client' && isFor(order, email) && smimeState(order) === 'issued',
  )
  if (valid.length >= most) throw refuse('smimeQuota', most)
}

function fullName({ firstName, middleName, lastName }: Body): string {
  return [firstName, middleName, lastName].filter(Boolean).join(' ')
}

/** observed: the request's addresses are what counts, not the CSR's, and their order is the CA's. */
function emailNames(email: string, secondary: readonly string[]): x509.JsonGeneralName[] {
  return [...new Set([email, ...secondary])].toSorted().map((value) => ({ type: 'email', value }))
}

function constraints(body: Body): Constraint[] {
  const { email, phone, secondaryEmails, commonName, eppn, upn } = body
  const name = fullName(body)
  const nameText = "firstName + ' ' + middleName + ' ' + lastName must be in range of 1 to 64 characters"
  return [
    notEmpty('email', email),
    wellFormedEmail('email', email),
    atMost('email', email, EMAIL_MAX_LENGTH),
    { field: 'phone', holds: PHONE.test(phone ?? ''), text: `must match the regular expression ${PHONE.source}` },
    atMost('phone', phone, PHONE_MAX_LENGTH),
    ...(secondaryEmails ?? []).flatMap((one) => [
      notEmpty('secondaryEmails', one),
      wellFormedEmail('secondaryEmails', one),
      atMost('secondaryEmails', one, EMAIL_MAX_LENGTH),
    ]),
    notEmpty('firstName', body.firstName),
    notEmpty('lastName', body.lastName),
    { field: 'firstName', holds: name.length <= FULL_NAME_MAX_LENGTH, text: nameText },
    atMost('commonName', commonName, FULL_NAME_MAX_LENGTH),
    atMost('eppn', eppn, EPPN_MAX_LENGTH),
    atMost('upn', upn, UPN_MAX_LENGTH),
  ]
}
