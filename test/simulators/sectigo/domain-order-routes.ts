// Validation of a domain: start, submit, take back and hurry (seed 004 L7072-7742). By mail: domain-order-emails.ts.
import { z } from 'zod'
import { readBody, textField } from './body.ts'
import { NO_VALIDATION, NO_VALIDATION_ORDER } from './domain.ts'
import { changeDomain } from './domain-access.ts'
import { offerEmails, submitEmail, submitEmailBulk } from './domain-order-emails.ts'
import { orderable, prepared, submit, submitted } from './domain-orders.ts'
import { proofOf } from './domain-proof.ts'
import {
  domainByName,
  domainOfBody,
  requireDcv,
  showStatus,
  VALIDATION_HEADERS,
  VALIDATION_PATHS,
} from './domain-validation.ts'
import { refuse } from './errors.ts'
import { domainWord, flavourOf } from './flavour.ts'
import type { DcvMode } from './orders.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'

type Handler = (call: AccountCall) => Answer

export const domainOrderRoutes: readonly Route[] = VALIDATION_PATHS.flatMap((base) => {
  const route = (path: string, handle: Handler): Route => ({
    method: 'POST',
    path: `${base}/${path}`,
    access: 'account',
    handle(call) {
      requireDcv(call)
      return handle(call)
    },
  })
  // No start for TXT: "not supported by the API. Use submit directly" (L7512).
  return [
    route('start/domain/http', (call) => start(call, 'HTTP')),
    route('start/domain/https', (call) => start(call, 'HTTPS')),
    route('start/domain/cname', (call) => start(call, 'CNAME')),
    route('start/domain/email', offerEmails),
    route('submit/domain/http', (call) => submitStarted(call, 'HTTP')),
    route('submit/domain/https', (call) => submitStarted(call, 'HTTPS')),
    route('submit/domain/cname', submitCname),
    route('submit/domain/txt', submitTxt),
    route('submit/domain/email', submitEmail),
    route('submit-bulk/domain/email', submitEmailBulk),
    route('clear', clear),
    route('delete', remove),
    route('sync', synchronize),
  ]
})

/** What to publish (seed 004 L7217-7294, L7382-7414). */
function start(call: AccountCall, mode: 'HTTP' | 'HTTPS' | 'CNAME'): Answer {
  const domain = orderable(domainOfBody(call), call)
  const changes = { ...prepared(call, domain, mode), dcvOrderStatus: 'AWAITING_SUBMISSION' } as const
  changeDomain(call.context, domain, changes)
  return json(proofOf({ ...domain, ...changes }), { headers: VALIDATION_HEADERS })
}

/** @throws ScmError -724 unless that method was started; the code is not stated. */
function submitStarted(call: AccountCall, mode: DcvMode): Answer {
  const domain = orderable(domainOfBody(call), call)
  if (domain.dcvOrderStatus !== 'AWAITING_SUBMISSION' || domain.dcvOrderMethod !== mode) {
    throw refuse('domainOrder', domain.name, domain.dcvOrderStatus)
  }
  return submitted(call, domain, submit(call, domain, {}))
}

const connectorSchema = z.object({ dnsAgentUUID: textField, dnsProviderName: textField })

/** With a DNS connector SCM publishes the record itself, so nothing was started (seed 004 L7458-7510). */
function submitCname(call: AccountCall): Answer {
  const { dnsAgentUUID } = readBody(call, connectorSchema)
  if (!dnsAgentUUID) return submitStarted(call, 'CNAME')
  const { settings, now } = call.context
  const domain = orderable(domainOfBody(call), call)
  const published = settings.dnsConnector === 'publishes' ? new Date(now()).toISOString() : undefined
  return submitted(call, domain, submit(call, domain, { ...prepared(call, domain, 'CNAME'), published }))
}

/** What to publish comes with the answer: submit first, publish after (seed 004 L7513-7563). */
function submitTxt(call: AccountCall): Answer {
  const domain = orderable(domainOfBody(call), call)
  const order = submit(call, domain, prepared(call, domain, 'TXT'))
  return submitted(call, domain, order, proofOf({ ...domain, ...order }))
}

/**
 * Seed 004 L7155-7193: the sentence drops the validation with the order, the example keeps it; `dcvClear` chooses. The record
 * goes with the order: who clears it is done with it.
 */
function clear(call: AccountCall): Answer {
  const domain = domainOfBody(call)
  const dropped = call.context.settings.dcvClear === 'all'
  changeDomain(call.context, domain, { ...NO_VALIDATION_ORDER, ...(dropped ? NO_VALIDATION : {}) })
  const flavour = flavourOf(call)
  const status = domainWord(flavour, dropped ? NO_VALIDATION.dcvStatus : domain.dcvStatus)
  const orderStatus = domainWord(flavour, NO_VALIDATION_ORDER.dcvOrderStatus)
  const message = `DCV status: ${status}; DCV order status: ${orderStatus}`
  return json({ status, orderStatus, message }, { headers: VALIDATION_HEADERS })
}

/** 200 without a body (seed 004 L7194-7214): neither validation nor order is left. */
function remove(call: AccountCall): Answer {
  changeDomain(call.context, domainOfBody(call), { ...NO_VALIDATION_ORDER, ...NO_VALIDATION })
  return { status: 200 }
}

/**
 * The status after a look of the backend out of turn (seed 004 L7072-7154). What `force` adds is not stated: nothing here.
 */
function synchronize(call: AccountCall): Answer {
  const domain = domainOfBody(call)
  const { now } = call.context
  if (domain.dcvOrderStatus === 'SUBMITTED') {
    changeDomain(call.context, domain, { checked: new Date(now()).toISOString() })
  }
  return showStatus(call, domainByName(call, domain.name))
}
