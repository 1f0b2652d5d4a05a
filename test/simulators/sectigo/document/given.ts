// What the examples presuppose: orders in the right state, locations, imported certificates. Made through the API itself.
import type { Product } from '../catalogue.ts'
import { ACCESS_METHODS } from '../catalogue.ts'
import type { Subject } from './example.ts'
import type { World } from './world.ts'
import { API_EMAIL, COMMON_NAME, CUSTOM_FIELD, foreignCertificate, TERM_DAYS } from './world.ts'

export type Given = (world: World) => Promise<Subject>

export const CUSTOM_FIELDS = [{ name: CUSTOM_FIELD, value: 'shop' }]
const DAY_MS = 24 * 60 * 60 * 1000

/** Settings under which orders stay where the example has them. */
export const WAITING_FOR_APPROVAL = { approval: 'manual' } as const
export const WAITING_FOR_THE_CA = { issueDelayMs: DAY_MS }
/** Pre-validation of domains is disabled, so that the order itself waits for it (seed 004 L1299). */
export const WAITING_FOR_ITS_DOMAINS = { dcv: 'perOrder' } as const

/** Path words: locations of client certificates are under v2, everything else that is prepared here under v1. */
const BASE: Readonly<Record<Product, string>> = { ssl: '/ssl/v1', client: '/smime/v1', device: '/device/v1' }
const LOCATION_BASE = { ...BASE, client: '/smime/v2' }
const EMAIL = 'name@example.com'
const FOREIGN_SERVER = `CN=${COMMON_NAME}, O=Acme Ltd, C=GB`
const FOREIGN_PERSON = `CN=Name Last, O=Acme Ltd, C=GB, E=${EMAIL}`
const PERSON = { firstName: 'Name', middleName: '', lastName: 'Last', email: EMAIL, phone: '+44 161 496 0000' }

/** Fields of an enrolment that are the same in the three products' examples. */
export function enrollment(product: Product, { orgId, profiles, csr }: World): Record<string, unknown> {
  const common = { orgId, csr, certType: profiles[product], term: TERM_DAYS, customFields: CUSTOM_FIELDS }
  if (product === 'ssl') return { ...common, subjAltNames: COMMON_NAME, comments: 'test', externalRequester: '' }
  if (product === 'device') return { ...common, comments: 'a device' }
  return { ...common, ...PERSON, secondaryEmails: [], commonName: 'Name Last', upn: null, eppn: null, comments: 'mail' }
}

/** An order, in the state that the settings give it. */
export function order(product: Product, fields: Readonly<Record<string, unknown>> = {}): Given {
  return async (world) => {
    const body = { ...enrollment(product, world), ...fields }
    const answer = parse((await world.make('POST', `${BASE[product]}/enroll`, body)).text)
    const id = Number(answer['sslId'] ?? answer['deviceCertId'] ?? answer['id'])
    const details = parse((await world.make('GET', `${BASE[product]}/${id}`)).text)
    return {
      id,
      backendCertId: String(details['backendCertId']),
      commonName: String(details['commonName']),
      ...(product === 'client' ? { email: EMAIL } : {}),
      ...('renewId' in answer ? { renewId: String(answer['renewId']) } : {}),
    }
  }
}

/** An issued order with its serial number. */
export function issued(product: Product): Given {
  return async (world) => {
    const subject = await order(product)(world)
    const { serialNumber } = await world.simulator.control.issue(Number(subject.id))
    if (serialNumber === undefined) throw new Error('cannot prepare: the order has no certificate')
    const plainSerial = serialNumber.toUpperCase()
    return { ...subject, plainSerial, serial: (plainSerial.match(/../g) ?? []).join(':') }
  }
}

/** Two issued orders: the older one and the one that took its place. */
export function issuedTwice(product: Product): Given {
  return async (world) => {
    const { id, ...older } = await issued(product)(world)
    const newer = await issued(product)(world)
    return { ...older, ...(id === undefined ? {} : { id }), ...(newer.id === undefined ? {} : { other: newer.id }) }
  }
}

/** An issued order with two locations; `location` is the second. */
export function located(product: Product): Given {
  return async (world) => {
    const subject = await issued(product)(world)
    const path = `${LOCATION_BASE[product]}/${subject.id}/location`
    await world.make('POST', path, { details: { IP: '192.0.2.1' } })
    const { headers } = await world.make('POST', path, { details: { alias: 'value' } })
    return { ...subject, location: Number(String(headers['location']).split('/').pop()) }
  }
}

/** A certificate of a web server or a person that the tenant has never seen. */
export function toImport(product: Product): Given {
  return async () => {
    const { certificate, csr } = await foreignCertificate(product === 'client' ? FOREIGN_PERSON : FOREIGN_SERVER)
    return { certificate, csr }
  }
}

/** A certificate that cannot be imported as this product: a server's as a person's (seed 004 L3950), or the reverse. */
export function toRefuse(product: Product): Given {
  return toImport(product === 'client' ? 'ssl' : 'client')
}

/** The fields of an import that all products have (seed 004 L2487-2534, L3840-3879, L4992-5036). */
export function importEntry({ certificate, csr }: Subject, { orgId }: World): Record<string, unknown> {
  return {
    orgID: orgId,
    customFields: CUSTOM_FIELDS,
    backendCertId: '1234567890ABc',
    cert: certificate,
    csr,
    comments: 'imported',
    force: true,
  }
}

/** A certificate that was not ordered here: the only kind that may be deleted (seed 004 L2432). */
export function imported(product: Product): Given {
  return async (world) => {
    const subject = await issued(product)(world)
    await world.simulator.control.setOrigin(Number(subject.id), 'imported')
    return subject
  }
}

function parse(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>
}

/** Seed 004 L2274, L3817, L4873: by id; the other way to name a certificate is sent as null. */
export function markRevoked(id: number | undefined): object {
  return { certId: id, serialNumber: null, issuer: null, revokeDate: '2026-01-31T00:00:00Z', reasonCode: 4 }
}

/** Optional fields of L4490: SCM keeps this common name beside that of the CSR. */
export const OPTIONAL_FIELDS = [{ name: 'commonName', value: 'scanner.example.com' }]

/** A device that is found by its own common name and its requester. */
export const deviceByName: Given = async (world) => ({
  ...(await order('device', { optionalFields: OPTIONAL_FIELDS })(world)),
  email: API_EMAIL,
})

/** An issued client certificate and the id of its person. */
export const person: Given = async (world) => {
  const subject = await issued('client')(world)
  const { text } = await world.make('GET', `/person/v1/id/byEmail/${subject.email}`)
  return { ...subject, personId: Number(parse(text)['personId']) }
}

/** A revoked client certificate that was collected before (seed 004 L16850: revoked ones by the date of downloading). */
export const downloadedAndRevoked: Given = async (world) => {
  const subject = await issued('client')(world)
  await world.make('GET', `/smime/v2/collect/${subject.id}?format=x509`)
  await world.make('POST', `/smime/v1/revoke/${subject.id}`, { reasonCode: 0, reason: 'no longer used' })
  return subject
}

/** `from` and `to` of a report that finds what was made just now; the form of L16850. */
export function today(): { from: string; to: string } {
  const now = Date.now()
  return { from: new Date(now - DAY_MS).toISOString(), to: new Date(now + DAY_MS).toISOString() }
}

/** A custom field, the only one, with the given input. */
export function customField(input: { readonly type: string; readonly options?: readonly string[] }): Given {
  return async (world) => {
    await world.simulator.control.patchCatalogue({ customFields: [] })
    const body = { name: 'Test field', certType: 'ssl', state: 'ACTIVE', input, mandatories: [...ACCESS_METHODS] }
    const reply = await world.make('POST', '/customField/v2', body)
    return { id: Number(String(reply.headers['location']).split('/').pop()) }
  }
}
