// Client (S/MIME) orders: enrol (seed 004 L3245-3333), list (L2815-2956), details (L3090-3243), collect (L3334-3375),
// revoke (L3677-3819). They belong to a person, whom the issuer names. Nothing can be approved or declined.
import { z } from 'zod'
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import type { Problem, RemoteOrder } from '../backend.ts'
import { fixed, withId } from './call.ts'
import { distinctNames, sharedBody } from './enrol-body.ts'
import { attributesOf, type Product, spellings } from './product.ts'
import { listed, oneLine } from './quote.ts'
import { optional, remoteId } from './schemas.ts'
import type { ClientSettings, Person } from './settings.ts'

/** Where the order's id is the CA's own, because the server gave no other (before edition 25.9 and on the admin hosts). */
const BACKEND_ID = 'backendCertId'

/**
 * `version`: of the paths that exist twice. The headers' API has v1 for most of them (L2609-3950), the OAuth2 API v2 for
 * all.
 */
export function clientProduct({ person }: ClientSettings, version: 'v1' | 'v2'): Product {
  return {
    name: 'client',
    carries: ['email'],
    problemsOf: (csr) => emailProblems(csr, person),
    apiFlag: { field: 'clientCertsApiEnabled', tab: 'client certificate settings' },
    types: fixed(`smime/${version}/types`),
    customFields: fixed(`smime/${version}/customFields`),
    enrol: fixed(`smime/${version}/enroll`),
    enrolBody(input) {
      const { email, secondaryEmails } = emailsOf(input.csr, person)
      const { firstName, middleName, lastName, phone, commonName, eppn, upn } = person
      const given = { middleName, phone, commonName, eppn, upn }
      return {
        ...sharedBody(input),
        email,
        firstName,
        lastName,
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
        ...(secondaryEmails.length === 0 ? {} : { secondaryEmails }),
      }
    },
    enrolAnswer: z
      .object({ id: optional(remoteId), backendCertId: optional(remoteId), orderNumber: optional(remoteId) })
      .transform(({ id, backendCertId, orderNumber }, { addIssue }) => {
        const handle = handleOf({ id, backendCertId: backendCertId ?? orderNumber }, version)
        if (handle !== undefined) return handle
        addIssue('no id')
        return z.NEVER
      }),
    details: (remote) =>
      known(remote)
        ? withId('smime/v1', remote.id)
        : { ...fixed('smime/v2'), query: { backendCertId: remote.id, size: '1', position: '0' } },
    detailsInList: (remote) => !known(remote),
    // v2 takes its own id; a server that gave none takes the CA's, at v1 in older editions and at v2 on the admin hosts.
    collect: (remote) => withId(`smime/${known(remote) ? 'v2' : version}/collect`, remote.id),
    revoke: (remote) => withId(`smime/${version}/revoke${known(remote) ? '' : '/order'}`, remote.id),
    list: fixed('smime/v2'),
    listRow: z
      .object({
        id: optional(remoteId),
        backendCertId: optional(remoteId),
        comments: optional(z.string()),
        commonName: optional(z.string()),
      })
      .transform(({ id, backendCertId, ...row }, { addIssue }) => {
        const handle = handleOf({ id, backendCertId }, version)
        if (handle !== undefined) return { ...handle, ...row }
        addIssue('no id')
        return z.NEVER
      }),
    // The list has no filter by organization.
    search({ profile }, csr) {
      const { email } = emailsOf(csr, person)
      const within = { certTypeId: profile }
      if (email === '') return { within, names: [], by: `profile ${profile}`, commonNames: [] }
      return { within, names: spellings('email', email), by: `mail address ${email}`, commonNames: [] }
    },
  }
}

/** An order has one name here, or it could be taken for two: SCM's id, and where not every answer has it, the CA's. */
function handleOf(
  { id, backendCertId }: { readonly id: string | null | undefined; readonly backendCertId: string | null | undefined },
  version: 'v1' | 'v2',
): RemoteOrder | undefined {
  if (backendCertId && (version === 'v2' || !id)) return { id: backendCertId, attributes: { idIs: BACKEND_ID } }
  return id ? { id, attributes: attributesOf({ backendCertId }) } : undefined
}

function known({ attributes }: RemoteOrder): boolean {
  return attributes['idIs'] !== BACKEND_ID
}

/** The issuer's address decides; an issuer without one serves whatever address an approved CSR names first. */
function emailsOf(csr: CertificateSigningRequest, person: Person): { email: string; secondaryEmails: string[] } {
  const asked = emailsIn(csr)
  const email = person.email ?? asked[0] ?? ''
  return { email, secondaryEmails: distinctNames([...asked, ...(person.secondaryEmails ?? [])], email) }
}

function emailsIn({ names }: CertificateSigningRequest): string[] {
  return names.filter(({ type }) => type === 'email').map(({ value }) => value)
}

/** SCM's bound for an address (seed 004 L3268). */
const LONGEST_EMAIL_CHARS = 128

/** Where the issuer names the person's address, a CSR may not add somebody else's. */
function emailProblems(csr: CertificateSigningRequest, person: Person): Problem[] {
  const field = 'spec.request (SAN)'
  const asked = emailsIn(csr)
  if (person.email === undefined && asked.length === 0) {
    const message = 'a client certificate needs a mail address: add emailAddresses, or have the issuer name one'
    return [{ field, message }]
  }
  const long = asked.filter((one) => one.length > LONGEST_EMAIL_CHARS)
  if (long.length > 0) {
    const message = `a mail address may have ${LONGEST_EMAIL_CHARS} characters; shorten ${listed(long, oneLine)}`
    return [{ field, message }]
  }
  if (person.email === undefined) return []
  const own = [person.email, ...(person.secondaryEmails ?? [])].map((one) => one.toLowerCase())
  const foreign = asked.filter((one) => !own.includes(one.toLowerCase()))
  if (foreign.length === 0) return []
  return [{ field, message: `the issuer orders for ${person.email} only; remove ${listed(foreign, oneLine)}` }]
}
