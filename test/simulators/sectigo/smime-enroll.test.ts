// Client certificates: what may be ordered, how an order is checked, what the certificate is like.
import { describe, expect, it } from 'vitest'
import { x509 } from './asn1.ts'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import {
  certificatesIn,
  csrPem,
  DRAO,
  idOf,
  NOBODY,
  OV_PROFILE,
  openssl,
  PRIVATE_SMIME,
  RAO_SSL,
  SMIME_OV,
} from './test-client.ts'

const { simulator, client } = await sharedSimulator()

const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4'

function collect(id: number | string, format = 'x509CO'): Promise<Reply> {
  return client.call('GET', `/smime/v2/collect/${id}?format=${format}`)
}

describe('helpers', () => {
  it('list profiles by organization', async () => {
    const all = await client.call('GET', '/smime/v1/types')
    expect(all.json).toMatchObject([{ id: PRIVATE_SMIME }, { id: SMIME_OV }])
    const narrow = await client.call('GET', '/smime/v1/types?organizationId=8950')
    expect(narrow.json).toEqual([
      {
        id: PRIVATE_SMIME,
        name: 'Private S/MIME',
        description: expect.any(String),
        terms: [90, 365, 730],
        keyTypes: { RSA: ['2048', '3072', '4096'], EC: ['P-256', 'P-384'] },
        useSecondaryOrgName: false,
      },
    ])
  })

  it('list custom fields', async () => {
    const reply = await client.call('GET', '/smime/v1/customFields')
    expect(reply.json).toMatchObject([{ id: 357, name: 'cost-centre', mandatory: false }])
  })
})

describe('enrol', () => {
  it('answers three ids, of which two are one number', async () => {
    const reply = await client.enrollSmime()
    expect(reply.status).toBe(200)
    const { id, orderNumber } = reply.json as { id: number; orderNumber: number }
    expect(reply.json).toEqual({ id, orderNumber, backendCertId: String(orderNumber) })
  })

  it('answers no id on an older tenant, whose collect takes the backend id', async () => {
    await simulator.control.patchSettings({ smimeHandle: 'backendCertId' })
    const reply = await client.enrollSmime()
    const { orderNumber } = reply.json as { orderNumber: number }
    expect(reply.json).toEqual({ orderNumber, backendCertId: String(orderNumber) })
    expect((await collect(orderNumber)).status).toBe(200)
    expect((await client.call('GET', `/smime/v1/collect/${orderNumber}?format=x509CO`)).status).toBe(200)
  })

  it('puts the person, not the CSR, into the certificate', async () => {
    const csr = await csrPem({
      subject: 'CN=somebody else, O=Elsewhere',
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'email', value: 'else@example.com' }])],
    })
    const reply = await client.enrollSmime({ csr, middleName: 'King', secondaryEmails: ['a.lovelace@example.com'] })
    const [leaf] = certificatesIn((await collect(idOf(reply))).text)
    expect(leaf?.subject).toBe('CN=Ada King Lovelace')
    expect(leaf?.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON()).toEqual([
      { type: 'email', value: 'a.lovelace@example.com' },
      { type: 'email', value: 'ada@example.com' },
    ])
    expect(leaf?.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toContain(EMAIL_PROTECTION)
  })

  it('stamps the organization on the public profile, and takes the common name as given', async () => {
    const csr = await csrPem({ rsaBits: 2048 })
    const reply = await client.enrollSmime({ csr, certType: SMIME_OV, commonName: 'A. Lovelace' })
    const [leaf] = certificatesIn((await collect(idOf(reply))).text)
    expect(leaf?.subject).toBe('C=GB, ST=Greater Manchester, O=Acme Ltd, CN=A. Lovelace')
  })

  it('gives a certificate that openssl accepts for mail', async () => {
    const id = idOf(await client.enrollSmime())
    const files = {
      'leaf.pem': (await collect(id)).text,
      'root.pem': simulator.rootPem,
      'middle.pem': simulator.intermediatePem,
    }
    const verify = ['verify', '-purpose', 'smimesign', '-CAfile', 'root.pem', '-untrusted', 'middle.pem', 'leaf.pem']
    expect(await openssl(verify, files)).toContain('leaf.pem: OK')
  })

  it.each([
    ['no email', { email: '' }, -1001, "Value of 'email' must not be empty."],
    ['a malformed email', { email: 'ada' }, -1001, "Value of 'email' must be a well-formed email address."],
    ['no first name', { firstName: '' }, -1001, "Value of 'firstName' must not be empty."],
    ['no last name', { lastName: null }, -1001, "Value of 'lastName' must not be empty."],
    ['letters in the phone number', { phone: 'call me' }, -1001, undefined],
    ['a full name over 64 characters', { firstName: 'A'.repeat(40), lastName: 'B'.repeat(24) }, -1001, undefined],
    ['a common name over 64 characters', { commonName: 'A'.repeat(65) }, -1001, undefined],
    ['a secondary address that is none', { secondaryEmails: ['x'] }, -1001, undefined],
    ['comments over 1024 characters', { comments: 'x'.repeat(1025) }, -1001, undefined],
    ['no CSR', { csr: '' }, -7, 'csr is required but missing.'],
    ['a term the profile has not', { term: 30 }, -36, undefined],
    ['no term', { term: null }, -7, 'term is required but missing.'],
    ['an unknown profile', { certType: 1 }, -172, 'The Client Certificate Profile is invalid!'],
    ['a profile of another product', { certType: OV_PROFILE }, -172, undefined],
    ['an organization without the API', { orgId: 8950 }, -1021, undefined],
    ['an unknown organization', { orgId: 1 }, -639, undefined],
    ['an unknown custom field', { customFields: [{ name: 'x', value: 'y' }] }, -135, undefined],
  ])('refuses %s', async (_, fields, code, description) => {
    const reply = await client.enrollSmime(fields)
    expect(reply.status).toBe(400)
    expect(reply.json).toEqual({ code, description: description ?? expect.any(String) })
    expect(await simulator.control.orders()).toEqual([])
  })

  it('refuses an EC key where the profile has none', async () => {
    expect((await client.enrollSmime({ certType: SMIME_OV })).json).toMatchObject({ code: -170 })
  })

  it('follows the switch of client certificates, not that of SSL', async () => {
    const { organizations } = await simulator.control.catalogue()
    await simulator.control.patchCatalogue({
      organizations: organizations.map((one) => ({ ...one, clientCertsApiEnabled: false })),
    })
    expect((await client.enrollSmime()).json).toMatchObject({ code: -1021 })
    expect((await client.enrollSsl()).status).toBe(200)
  })

  it('wants a privilege, a role and the right department', async () => {
    expect((await client.enrollSmime({}, RAO_SSL)).json).toMatchObject({ code: -172 })
    expect((await client.enrollSmime({}, NOBODY)).json).toMatchObject({ code: -639 })
    expect((await client.enrollSmime({}, DRAO)).json).toMatchObject({ code: -639 })
    expect((await client.enrollSmime({ orgId: 8930 }, DRAO)).status).toBe(200)
  })

  it('limits the valid certificates of a person when told to', async () => {
    await simulator.control.patchSettings({ smimeQuota: 1 })
    const id = idOf(await client.enrollSmime())
    expect((await collect(id)).status).toBe(200)
    expect((await client.enrollSmime({ email: 'ADA@example.com' })).json).toMatchObject({ code: -188 })
    expect((await client.enrollSmime({ email: 'grace@example.com' })).status).toBe(200)
  })
})
