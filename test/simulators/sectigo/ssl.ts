// SSL certificates: enrol, list, count (seed 004 L698-853, L1252-1342), and the table of everything SSL.
import { z } from 'zod'
import { readBody, textField } from './body.ts'
import { collectRoutes } from './collect.ts'
import type { Constraint } from './constraints.ts'
import { atMost, EMAIL, wellFormedEmail } from './constraints.ts'
import { decisionRoutes } from './decisions.ts'
import { deletionRoute } from './deletion.ts'
import { checkNames } from './domain-checks.ts'
import { checkEnrollment, enrollFields, placeOrder } from './enroll.ts'
import { refuse } from './errors.ts'
import { requireDcvMode, shownId } from './flavour.ts'
import { importArchiveRoute } from './import-archive.ts'
import { generateKey, keystoreLink } from './keygen.ts'
import { findPolled, listOrders } from './listing.ts'
import { locationRoutes } from './locations.ts'
import { readNameList, sslNames } from './names.ts'
import { orderDcvRoutes } from './order-dcv.ts'
import type { OrderRequest } from './orders.ts'
import { DCV_MODES } from './orders.ts'
import { colonHex } from './pem.ts'
import { sslRenewRoutes } from './renew.ts'
import { sslReplaceRoutes } from './replace.ts'
import { sslRevokeRoutes } from './revoke.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'
import { sslDetails } from './ssl-details.ts'
import { LIST_ONLY_FILTERS, sslFilters } from './ssl-filters.ts'
import { sslUpdateRoutes } from './update-ssl.ts'

export const sslRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/ssl/v1/enroll', access: 'account', handle: enroll },
  { method: 'POST', path: '/api/ssl/v1/enroll-keygen', access: 'account', handle: enrollKeygen },
  { method: 'POST', path: '/api/ssl/v1/keystore/:id/:format', access: 'account', handle: keystoreLink },
  { method: 'GET', path: '/api/ssl/v1', access: 'account', handle: list },
  { method: 'HEAD', path: '/api/ssl/v1', access: 'account', handle: count },
  { method: 'GET', path: '/api/ssl/v1/:id', access: 'account', handle: details },
  deletionRoute('/api/ssl/v1', 'ssl'),
  ...collectRoutes('ssl'),
  ...decisionRoutes('ssl'),
  ...sslUpdateRoutes,
  ...sslRevokeRoutes,
  ...sslRenewRoutes,
  ...sslReplaceRoutes,
  ...locationRoutes('/api/ssl/v1', 'ssl'),
  ...orderDcvRoutes,
  importArchiveRoute,
]

/** Seed 004 L1296. */
const EXTERNAL_REQUESTER_MAX_LENGTH = 512

// A string in `subjAltNames`, never a list; `numberServers` and `serverType` of older clients are ignored.
const enrollSchema = z.object({
  ...enrollFields,
  subjAltNames: textField,
  externalRequester: textField,
  dcvMode: z.enum(DCV_MODES).nullish(),
  dcvEmail: textField,
})

/** Seed 004 L1252-1342: 200 with `sslId` and `renewId`, whatever state the order is in. */
async function enroll(call: AccountCall): Promise<Answer> {
  return await place(call, readBody(call, enrollSchema))
}

/** The same with a key of SCM's own (seed 004 L1343-1590). */
async function enrollKeygen(call: AccountCall): Promise<Answer> {
  const body = readBody(call, enrollSchema)
  const { csr, keyAgent } = await generateKey(call)
  return await place(call, { ...body, csr }, keyAgent)
}

async function place(call: AccountCall, body: z.output<typeof enrollSchema>, keyAgent = false): Promise<Answer> {
  const { settings } = call.context
  const { dcvMode, dcvEmail } = body
  requireDcvMode(call, dcvMode)
  const externalRequester = body.externalRequester ?? ''
  const checked = await checkEnrollment(call, 'ssl', body, requesterConstraints(externalRequester, dcvEmail))
  // "Required in case of disabled DCV pre-validation" (seed 004 L1299).
  if (settings.dcv === 'perOrder' && !checked.profile.echoSubject && !dcvMode) throw refuse('missing', 'dcvMode')
  if (dcvMode === 'EMAIL' && !dcvEmail) throw refuse('missing', 'dcvEmail')
  const names = sslNames({
    csr: checked.csr,
    requested: readNameList(body.subjAltNames ?? ''),
    profile: checked.profile,
    settings,
  })
  const commonName = checked.csr.commonName ?? names[0]?.value
  const { account } = call
  const request: OrderRequest = { ...checked, account, product: 'ssl', names, commonName, externalRequester }
  if (dcvMode) request.dcvMode = dcvMode
  if (dcvEmail) request.dcvEmail = dcvEmail
  if (keyAgent) request.keyAgent = keyAgent
  checkNames(call.context, request)
  const order = placeOrder(call, request)
  return json({ sslId: shownId(call, order.id), renewId: order.renewId })
}

function requesterConstraints(externalRequester: string, dcvEmail: string | null | undefined): Constraint[] {
  const addresses = externalRequester.split(',').map((address) => address.trim())
  return [
    atMost('externalRequester', externalRequester, EXTERNAL_REQUESTER_MAX_LENGTH),
    {
      field: 'externalRequester',
      holds: externalRequester === '' || addresses.every((address) => EMAIL.test(address)),
      text: 'must be well-formed email addresses',
    },
    wellFormedEmail('dcvEmail', dcvEmail),
  ]
}

/** Thin rows (seed 004 L785-789): no status, no dates, no comments. */
async function list(call: AccountCall): Promise<Answer> {
  const filters = { ...sslFilters(call.context.settings), ...LIST_ONLY_FILTERS }
  const page = await listOrders(call, { product: 'ssl', filters })
  const rows = page.orders.map(({ id, commonName, names, certificate }) => ({
    sslId: shownId(call, id),
    commonName,
    subjectAlternativeNames: names.length > 0 ? names.map((name) => name.value) : undefined,
    serialNumber: certificate && colonHex(certificate.serialNumber),
  }))
  return json(rows, { headers: { 'x-total-count': String(page.total) } })
}

/** The number alone, in a header (seed 004 L791-853). */
async function count(call: AccountCall): Promise<Answer> {
  const page = await listOrders(call, { product: 'ssl', filters: sslFilters(call.context.settings) })
  return { status: 200, headers: { 'x-total-count': String(page.total) } }
}

/** Seed 004 L854-1131. */
async function details(call: AccountCall): Promise<Answer> {
  return sslDetails(call, await findPolled(call, 'ssl'))
}
