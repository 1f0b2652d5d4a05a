// Validation of domains by mail: who could be written to, and the order that has it done (seed 004 L7564-7742).
import { z } from 'zod'
import { readBody, textField } from './body.ts'
import type { Constraint } from './constraints.ts'
import { atMost, checkConstraints, notEmpty, wellFormedEmail } from './constraints.ts'
import type { Domain } from './domain.ts'
import { orderable, prepared, SUBMITTED, submit, submitted, validatable } from './domain-orders.ts'
import { emailsOf, orderBackendId, referenceNumber } from './domain-proof.ts'
import { domainByName, domainOfBody, VALIDATION_HEADERS } from './domain-validation.ts'
import { refuse } from './errors.ts'
import { domainWord, flavourOf } from './flavour.ts'
import type { AccountCall, Answer } from './router.ts'
import { json } from './router.ts'

/** Seed 004 L7658. */
const DOMAIN_MAX_LENGTH = 255

const emailSchema = z.object({ domain: textField, email: textField })

/** Any address: that of the example (seed 004 L7669) is none of those that start offers (L7597). */
export function submitEmail(call: AccountCall): Answer {
  const { domain: name, email } = readBody(call, emailSchema)
  checkConstraints([notEmpty('domain', name), atMost('domain', name, DOMAIN_MAX_LENGTH), ...emailConstraints(email)])
  const domain = orderable(domainByName(call, name ?? ''), call)
  const order = submit(call, domain, { ...prepared(call, domain, 'EMAIL'), dcvEmail: email ?? '' })
  const emailValidationReferenceNumber = referenceNumber({ ...domain, ...order })
  return submitted(call, domain, order, { emailValidationReferenceNumber })
}

const bulkSchema = z.object({ domain: textField, domains: z.array(z.string()).nullish(), email: textField })

/** For one domain or several; `emails` are those that prove all of them (seed 004 L7565-7649). */
export function offerEmails(call: AccountCall): Answer {
  const { domains: names } = readBody(call, bulkSchema)
  const domains = names ? names.map((name) => domainByName(call, name)) : [domainOfBody(call)]
  const dcvEmails = domains.map((domain) => emailsOf(validatable(domain, call)))
  return json({ emails: commonEmails(domains), dcvEmails }, { headers: VALIDATION_HEADERS })
}

function commonEmails(domains: readonly Domain[]): string[] {
  const lists = domains.map((domain) => {
    const { whoisEmails, adminEmails, dnsTxtEmails } = emailsOf(domain)
    return [...dnsTxtEmails, ...whoisEmails, ...adminEmails]
  })
  return (lists[0] ?? []).filter((email) => lists.every((list) => list.includes(email)))
}

/**
 * One backend order for all, and no status in the answer (seed 004 L7700-7742).
 * @throws ScmError -1601 for an address that does not prove all domains; the code is not stated.
 */
export function submitEmailBulk(call: AccountCall): Answer {
  const { domains: names, email } = readBody(call, bulkSchema)
  checkConstraints([notEmpty('domains', names), ...emailConstraints(email)])
  const domains = (names ?? []).map((name) => orderable(domainByName(call, name), call))
  if (!commonEmails(domains).includes(email ?? '')) throw refuse('fieldValue', 'email')
  const dcvOrderId = call.context.nextId()
  for (const domain of domains) {
    submit(call, domain, { ...prepared(call, domain, 'EMAIL'), dcvEmail: email ?? '', dcvOrderId })
  }
  const orderStatus = domainWord(flavourOf(call), 'SUBMITTED')
  const answer = { orderStatus, message: SUBMITTED, orderBackendId: orderBackendId({ id: dcvOrderId, dcvOrderId }) }
  return json(answer, { headers: VALIDATION_HEADERS })
}

function emailConstraints(email: string | null | undefined): Constraint[] {
  return [notEmpty('email', email), wellFormedEmail('email', email)]
}
