// Every refusal of enrolment, with SCM's code, over both products.
import { describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import { csrPem, DEVICE_OV, DRAO, DV_PROFILE, NOBODY, OV_PROFILE, openssl, PRIVATE_CA } from './test-client.ts'

const { simulator, client } = await sharedSimulator()

async function ed25519Csr(): Promise<string> {
  return await openssl(
    ['req', '-new', '-newkey', 'ed25519', '-nodes', '-subj', '/CN=a.example.com', '-keyout', 'key.pem'],
    {},
  )
}

/** A CSR whose signed content was changed afterwards. */
async function forgedCsr(): Promise<string> {
  const lines = (await csrPem({})).trim().split('\n')
  const der = Buffer.from(lines.slice(1, -1).join(''), 'base64')
  const at = der.indexOf('a.example.com')
  der.write('b', at)
  return der.toString('base64')
}

describe('refusals of both products', () => {
  it.each([
    ['no orgId', { orgId: null }, -1001, "Value of 'orgId' must not be null."],
    ['orgId below 1', { orgId: 0 }, -1001, "Value of 'orgId' must be at least 1."],
    ['no certType', { certType: undefined }, -1001, "Value of 'certType' must not be null."],
    ['term below 1', { term: 0 }, -1001, "Value of 'term' must be at least 1."],
    ['no csr', { csr: '' }, -7, 'csr is required but missing.'],
    ['characters outside the pattern', { csr: 'Bag Attributes: x' }, -1001, /^Value of 'csr' must match/],
    ['a csr that is too long', { csr: 'A'.repeat(32_768) }, -1001, /32767/],
    ['comments over 1024 characters', { comments: 'x'.repeat(1025) }, -1001, /comments.*1024/],
    ['unknown organization', { orgId: 1 }, -639, 'Supplied orgid invalid..'],
    ['a term outside the profile', { term: 91 }, -36, /validity period \(term\) is invalid/],
    ['a csr that is not base64', { csr: 'AAA=AAAA' }, -9, 'The CSR is not valid Base-64 data!'],
    ['base64 that is no csr', { csr: 'AAAAAAAA' }, -10, 'Error while decoding CSR.'],
    ['an unknown custom field', { customFields: [{ name: 'x', value: 'y' }] }, -135, 'Custom field cannot be found.'],
    ['a list instead of a string', { csr: ['x'] }, -1002, 'Cannot parse message body'],
  ])('%s', async (_, fields, code, description) => {
    for (const reply of [await client.enrollSsl(fields), await client.enrollDevice(fields)]) {
      expect(reply.status).toBe(400)
      expect(reply.json).toEqual({ code, description: expect.stringMatching(description) })
    }
    expect(await simulator.control.orders()).toEqual([])
  })

  it('a csr with a wrong signature is -138', async () => {
    const csr = await forgedCsr()
    expect((await client.enrollSsl({ csr })).json).toEqual({ code: -138, description: 'Invalid CSR.' })
    expect((await client.enrollDevice({ csr })).json).toMatchObject({ code: -138 })
  })

  it('a body that is no JSON is -1002', async () => {
    expect((await client.call('POST', '/ssl/v1/enroll', { body: '{' })).json).toMatchObject({ code: -1002 })
  })

  it('an organization without the API is -1021', async () => {
    expect((await client.enrollSsl({ orgId: 8950 })).json).toMatchObject({ code: -1021 })
    expect((await client.enrollDevice({ orgId: 8950 })).json).toMatchObject({ code: -1021 })
  })

  it('a DRAO must use its department', async () => {
    expect((await client.enrollSsl({ orgId: 8928 }, DRAO)).json).toMatchObject({ code: -639 })
    expect((await client.enrollSsl({ orgId: 8930 }, DRAO)).status).toBe(200)
  })

  it('an account that sees nothing has no organization to order for', async () => {
    expect((await client.enrollSsl({}, NOBODY)).json).toMatchObject({ code: -639 })
  })

  it('a missing privilege is -25', async () => {
    const { accounts } = await simulator.control.catalogue()
    await simulator.control.patchCatalogue({ accounts: accounts.map((one) => ({ ...one, privileges: [] })) })
    expect((await client.enrollSsl()).json).toEqual({
      code: -25,
      description: 'You are not authorized to execute sslRequest',
    })
  })

  it('a missing mandatory custom field is -62', async () => {
    const { customFields } = await simulator.control.catalogue()
    await simulator.control.patchCatalogue({
      customFields: customFields.map((one) => ({ ...one, mandatories: ['REST_API'] })),
    })
    expect((await client.enrollSsl()).json).toEqual({ code: -62, description: 'Missing mandatory custom field!' })
    const given = { customFields: [{ name: 'cost-centre', value: '4711' }] }
    expect((await client.enrollSsl(given)).status).toBe(200)
    expect((await client.enrollDevice(given)).status).toBe(200)
  })
})

describe('keys', () => {
  it.each([
    ['an algorithm of its own kind', ed25519Csr, OV_PROFILE, -11],
    ['EC on an RSA profile', () => csrPem({}), DV_PROFILE, -170],
    ['RSA below the smallest size', () => csrPem({ rsaBits: 1024 }), OV_PROFILE, -141],
    ['RSA between the sizes', () => csrPem({ rsaBits: 2056 }), OV_PROFILE, -13],
    ['a curve outside the profile', () => csrPem({ curve: 'P-521' }), OV_PROFILE, -13],
  ])('%s', async (_, csr, certType, code) => {
    const reply = await client.enrollSsl({ csr: await csr(), certType })
    expect(reply.json).toMatchObject({ code })
  })

  it('states the smallest size', async () => {
    const reply = await client.enrollSsl({ csr: await csrPem({ rsaBits: 1024 }) })
    expect(reply.json).toMatchObject({ description: 'The public key size in the CSR should be 2048 bits minimum.' })
  })
})

describe('refusals of SSL', () => {
  it.each([
    ['SANs as a list', { subjAltNames: ['a.example.com'] }, -1002],
    ['unknown profile', { certType: 4711 }, -111],
    ['a device profile', { certType: PRIVATE_CA }, -39],
    ['no term', { term: null }, -7],
    ['a malformed IP address', { subjAltNames: '10.0.0.256' }, -62],
    ['a name that is no domain', { subjAltNames: 'not a domain' }, -732],
    ['an unknown dcvMode', { dcvMode: 'PIGEON' }, -1002],
    ['dcvMode EMAIL without dcvEmail', { dcvMode: 'EMAIL' }, -7],
    ['an externalRequester that is no address', { externalRequester: 'somebody' }, -1001],
    ['an externalRequester over 512 characters', { externalRequester: `${'x'.repeat(512)}@a.example` }, -1001],
  ])('%s', async (_, fields, code) => {
    const reply = await client.enrollSsl(fields)
    expect(reply.status).toBe(400)
    expect(reply.json).toMatchObject({ code })
  })

  it('nothing to name the certificate by is -951', async () => {
    const csr = await csrPem({ subject: 'O=Acme', dnsNames: ['a.example.com'] })
    expect((await client.enrollSsl({ csr, subjAltNames: '' })).json).toMatchObject({ code: -951 })
  })

  it('a CSR with a newline at its end is refused where the tenant does so', async () => {
    const csr = `${await csrPem({})}\n`
    expect((await client.enrollSsl({ csr })).status).toBe(200)
    await simulator.control.patchSettings({ csrTrailingBlanks: 'refuse' })
    expect((await client.enrollSsl({ csr })).json).toMatchObject({ code: -138 })
  })
})

describe('refusals of devices', () => {
  it('unknown profile is -5109', async () => {
    expect((await client.enrollDevice({ certType: 1 })).json).toMatchObject({ code: -5109 })
  })

  it('an SSL profile is -39', async () => {
    expect((await client.enrollDevice({ certType: OV_PROFILE })).json).toMatchObject({ code: -39 })
  })

  it('an unknown optional field is -1001', async () => {
    const reply = await client.enrollDevice({ optionalFields: [{ name: 'shoeSize', value: '43' }] })
    expect(reply.json).toMatchObject({ code: -1001 })
  })

  it('EC on an RSA profile is -170', async () => {
    expect((await client.enrollDevice({ certType: DEVICE_OV, term: 365 })).json).toMatchObject({ code: -170 })
  })
})

describe('leniency', () => {
  it('takes ids as strings, null fields, unknown fields, CRLF and bare base64', async () => {
    const pem = await csrPem({})
    const bare = pem.split('\n').slice(1, -1).join('')
    const old = { numberServers: 0, serverType: -1, externalRequester: null, comments: null }
    const forms = [
      { csr: pem.replaceAll('\n', '\r\n') },
      { csr: bare },
      { csr: pem.replaceAll('CERTIFICATE', 'NEW CERTIFICATE') },
    ]
    for (const form of forms) {
      const reply = await client.enrollSsl({ ...old, ...form, orgId: '8928', certType: '5170', term: '90' })
      expect(reply.status, reply.text).toBe(200)
    }
    const hashes = (await simulator.control.orders()).map((order) => order.csrSha256)
    expect(new Set(hashes).size).toBe(1)
  })
})
