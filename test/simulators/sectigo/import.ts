// Import of certificates as a list (seed 004 L2484-2605, L3832-3950, L4981-5107): HTTP 200, success or failure per entry.
import { z } from 'zod'
import type { x509 } from './asn1.ts'
import { numberField, readBody, textField } from './body.ts'
import type { Place, Privilege, Product } from './catalogue.ts'
import type { Constraint } from './constraints.ts'
import { atLeast, atMost, checkConstraints, notEmpty, notNull } from './constraints.ts'
import { parseCsr, withoutCsr } from './csr.ts'
import { checkCustomFields } from './custom-fields.ts'
import { commentsConstraint, namedValues, namedValuesField, placeFor } from './enroll.ts'
import { shownId } from './flavour.ts'
import {
  describeCertificate,
  importedProfile,
  importedSubject,
  importRefusal,
  readCertificate,
} from './imported-certificate.ts'
import { plainSerial } from './listing.ts'
import { serialsOf } from './lookup.ts'
import type { Order } from './orders.ts'
import { requirePrivilege } from './privileges.ts'
import type { AccountCall, Answer, Route } from './router.ts'
import { json } from './router.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Seed 004 L2489. */
const BATCH_LIMIT = 128
const BACKEND_ID_MAX_LENGTH = 255
const OWNER_MAX_LENGTH = 128

const PRIVILEGES: Readonly<Record<Product, Privilege>> = {
  ssl: 'sslImport',
  device: 'deviceImport',
  client: 'clientCertImport',
}

// `orgID` with a capital D; `owner` and `externalRequester` are not for every product, and ignored where they are not.
const entrySchema = z.object({
  orgID: numberField,
  customFields: namedValuesField,
  owner: textField,
  externalRequester: textField,
  backendCertId: textField,
  cert: textField,
  csr: textField,
  comments: textField,
  force: z.boolean().nullish(),
})
export type ImportEntry = z.output<typeof entrySchema>

export interface Imported {
  readonly order: Order
  /** `false`: it was there already. */
  readonly created: boolean
}

export const importRoutes: readonly Route[] = [
  importRoute('/api/ssl/v2/import', 'ssl'),
  importRoute('/api/smime/v2/import', 'client'),
  importRoute('/api/device/v1/import', 'device'),
]

function importRoute(path: string, product: Product): Route {
  return {
    method: 'POST',
    path,
    access: 'account',
    async handle(call) {
      const entries = readBody(call, z.array(entrySchema))
      checkConstraints([
        { field: '[]', holds: entries.length > 0, text: 'should not be empty' },
        { field: '[]', holds: entries.length <= BATCH_LIMIT, text: `maximum size is ${BATCH_LIMIT}` },
        ...entries.flatMap(entryConstraints),
      ])
      requirePrivilege(call, PRIVILEGES[product])
      const rows: object[] = []
      // One after the other: an entry may repeat the one before it.
      for (const entry of entries) rows.push(await importRow(call, product, entry))
      return answerRows(rows)
    },
  }
}

/** The content type names no charset here (seed 004 L2573). */
function answerRows(rows: readonly object[]): Answer {
  return json(rows, { headers: { 'content-type': 'application/json' } })
}

async function importRow(call: AccountCall, product: Product, entry: ImportEntry): Promise<object> {
  const place = placeFor(call.context.catalogue, call.account, Number(entry.orgID))
  const id = entry.backendCertId ? { backendCertId: entry.backendCertId } : {}
  let certificate: x509.X509Certificate
  try {
    certificate = readCertificate(entry.cert ?? '')
  } catch {
    return { successful: false, ...id, errorMessage: 'Failed to parse certificate' }
  }
  const cert = importedSubject(certificate)
  const errorMessage = importRefusal(certificate, product)
  if (errorMessage !== undefined) return { successful: false, ...id, cert, errorMessage }
  const { order, created } = await takeOver(call, { product, place, entry, certificate })
  const backendCertId = order.backendCertId
  return {
    successful: true,
    ...(backendCertId ? { backendCertId } : {}),
    cert: { id: shownId(call, order.id), ...cert },
    created,
  }
}

/** Stores the certificate, or finds it; `force` then overwrites what an update may change. */
export async function takeOver(
  call: AccountCall,
  given: { product: Product; place: Place; entry: ImportEntry; certificate: x509.X509Certificate },
): Promise<Imported> {
  const { context, account } = call
  const { product, place, entry, certificate } = given
  const comments = entry.comments ?? ''
  const externalRequester = entry.externalRequester ?? ''
  const customFields = entry.customFields
    ? checkCustomFields(context.catalogue, product, namedValues(entry.customFields))
    : []
  const serial = plainSerial(certificate.serialNumber)
  const known = (await context.orders.all()).find((order) => serialsOf(order).includes(serial))
  if (known) {
    if (entry.force) Object.assign(known, { comments, externalRequester, customFields })
    return { order: known, created: false }
  }
  const issued = describeCertificate(certificate)
  const csr = entry.csr ? await parseCsr(entry.csr, context.settings) : withoutCsr(certificate)
  const order = context.orders.import(
    {
      product,
      account,
      orgId: place.department?.id ?? place.organization.id,
      organization: place.organization,
      profile: importedProfile(product, issued),
      term: Math.round((issued.notAfter - issued.notBefore) / DAY_MS),
      csr,
      commonName: withoutCsr(certificate).commonName,
      names: withoutCsr(certificate).names,
      comments,
      externalRequester,
      customFields,
    },
    issued,
    entry.backendCertId ?? '',
  )
  if (entry.owner) order.requester = entry.owner
  return { order, created: true }
}

function entryConstraints(entry: ImportEntry): Constraint[] {
  return [
    notNull('orgID', entry.orgID),
    atLeast('orgID', entry.orgID, 1),
    notEmpty('cert', entry.cert),
    commentsConstraint(entry.comments),
    atMost('backendCertId', entry.backendCertId, BACKEND_ID_MAX_LENGTH),
    atMost('owner', entry.owner, OWNER_MAX_LENGTH),
  ]
}
