// Client certificates ("smime" in paths): their operations, in the document's mix of v1 and v2 (seed 004 L2606-3950).
import { z } from 'zod'
import { readBody, textField } from './body.ts'
import { collect } from './collect.ts'
import { deletionRoute } from './deletion.ts'
import { refuse, refuseWith } from './errors.ts'
import { flavourOf } from './flavour.ts'
import { findOrder, isVisible } from './listing.ts'
import { locationRoutes } from './locations.ts'
import { findBySerial } from './lookup.ts'
import type { Order } from './orders.ts'
import { requirePrivilege } from './privileges.ts'
import { revoke, revokeManually } from './revoke.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { NO_CONTENT } from './router.ts'
import { smimeDetails, updateSmime } from './smime-details.ts'
import { enrollSmime, renewSmime, smimeHandle } from './smime-enroll.ts'
import { isFor, smimeListRoutes, smimeState } from './smime-list.ts'
import { listFields, listTypes } from './types.ts'

type Handler = (call: AccountCall) => Answer | Promise<Answer>

const route = (method: Route['method'], path: string, handle: Handler): Route => ({
  method,
  path: `/api/smime${path}`,
  access: 'account',
  handle,
})

const documented: readonly Route[] = [
  route('GET', '/v1/types', (call) => listTypes(call, 'client')),
  route('GET', '/v1/customFields', (call) => listFields(call, 'client')),
  ...locationRoutes('/api/smime/v2', 'client'),
  ...smimeListRoutes,
  route('GET', '/v1/:id', smimeDetails),
  route('PUT', '/v1/:id', updateSmime),
  deletionRoute('/api/smime/v1', 'client'),
  route('POST', '/v1/enroll', enrollSmime),
  route('GET', '/v2/collect/:id', (call) => collect(call, 'client', call.query.get('format'), findByHandle)),
  route('GET', '/v2/collect/order/:backendCertId', (call) =>
    collect(call, 'client', call.query.get('format'), findByBackendId),
  ),
  // Of edition 25.5; whether a tenant of the later edition still has it is not stated.
  route('GET', '/v1/collect/:backendCertId', (call) =>
    collect(call, 'client', call.query.get('format'), findByBackendId),
  ),
  route('POST', '/v1/renew/:id', (call) => renewSmime(call, byId)),
  route('POST', '/v2/renew/order/:backendCertId', (call) => renewSmime(call, findByBackendId)),
  route('POST', '/v2/renew/serial/:serial', (call) => renewSmime(call, (given) => findBySerial(given, 'client'))),
  route('POST', '/v1/revoke', revokeByEmail),
  route('POST', '/v1/revoke/:id', (call) => revoke(call, 'client', findOrder)),
  route('POST', '/v1/revoke/order/:backendCertId', (call) => revoke(call, 'client', findByBackendId)),
  route('POST', '/v1/revoke/serial/:serial', (call) => revoke(call, 'client', findBySerial)),
  route('POST', '/v1/revoke/manual', (call) => revokeManually(call, 'client')),
]

/** The OAuth2 API has everything under v2 (OpenAPI 25.9.2). */
export const smimeRoutes: readonly Route[] = [
  ...documented,
  ...documented.flatMap((one) => (one.path.startsWith('/api/smime/v1') ? [adminOnly(one)] : [])),
]

function adminOnly(documentedRoute: Route): Route {
  if (documentedRoute.access !== 'account') return documentedRoute
  const { method, path, handle } = documentedRoute
  return route(method, path.replace('/api/smime/v1', '/v2'), (call) => {
    if (flavourOf(call) !== 'admin') throw refuse('unknownPath')
    return handle(call)
  })
}

function byId(call: AccountCall): Promise<Order> {
  return findOrder(call, 'client')
}

/** observed: backend ids hold `=` and `/`, so they come percent-encoded. @throws ScmError -1104; the code is not stated. */
async function findByBackendId(call: AccountCall): Promise<Order> {
  const wanted = call.params['backendCertId'] ?? ''
  const orders = await call.context.orders.all()
  const order = orders.find((one) => isVisible(call, one, 'client') && one.backendCertId === wanted)
  if (order) return order
  throw refuseWith('orderNumberInvalid', { status: call.context.settings.unknownIdStatus }, wanted)
}

function findByHandle(call: AccountCall): Promise<Order> {
  if (smimeHandle(call) === 'id') return byId(call)
  return findByBackendId({ ...call, params: { backendCertId: call.params['id'] ?? '' } })
}

/**
 * All valid certificates of a person (seed 004 L3761-3787).
 * @throws ScmError -7 no address, -518 nobody has it, -1108 nothing to revoke; which code fits is not stated.
 */
async function revokeByEmail(call: AccountCall): Promise<Answer> {
  const { email } = readBody(call, z.object({ email: textField }))
  if (!email) throw refuse('missing', 'email')
  requirePrivilege(call, 'clientCertRevoke')
  if (!call.context.persons.find(email)) throw refuse('emailUnknown')
  const orders = (await call.context.orders.all()).filter(
    (order) => isVisible(call, order, 'client') && isFor(order, email) && smimeState(order) === 'issued',
  )
  if (orders.length === 0) throw refuse('smimeNothingValid', email)
  for (const order of orders) await revoke(call, 'client', async () => order)
  return NO_CONTENT
}
