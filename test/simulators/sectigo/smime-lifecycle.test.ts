// Client certificates once they are ordered: collecting, renewing, revoking, deleting, and the paths of the OAuth2 API.
import { describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { certificatesIn, idOf, openssl, REQUESTER } from './test-client.ts'

const { simulator, client } = await sharedSimulator()

interface Enrolled {
  readonly id: number
  readonly backendCertId: string
  readonly serial: string
}

/** An issued certificate. */
async function enrolled(fields: Readonly<Record<string, unknown>> = {}): Promise<Enrolled> {
  const reply = await client.enrollSmime(fields)
  const id = idOf(reply)
  const { serialNumber = '' } = await simulator.control.issue(id)
  const { backendCertId } = reply.json as { backendCertId: string }
  return { id, backendCertId, serial: (serialNumber.toUpperCase().match(/../g) ?? []).join(':') }
}

async function stateOf(id: number): Promise<unknown> {
  return ((await client.call('GET', `/smime/v1/${id}`)).json as { status: unknown }).status
}

async function bearer(): Promise<{ authorization: string }> {
  const body = 'grant_type=client_credentials&client_id=api-client&client_secret=simulated-client-secret-1'
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const reply = await client.raw('POST', new URL(simulator.tokenUrl).pathname, { headers, body })
  return { authorization: `Bearer ${(reply.json as { access_token: string }).access_token}` }
}

describe('collect', () => {
  it('by id and by backend id, PKCS#7 unless told otherwise', async () => {
    const { id, backendCertId } = await enrolled()
    const reply = await client.call('GET', `/smime/v2/collect/${id}`)
    expect(reply.headers['content-type']).toMatch(/^application\/octet-stream/)
    expect(reply.headers['content-disposition']).toBe('attachment; filename="Ada_Lovelace.p7b"')
    const printed = await openssl(['pkcs7', '-in', 'x.p7b', '-print_certs'], { 'x.p7b': reply.text })
    expect(printed.match(/^subject=/gm)).toHaveLength(3)
    const other = await client.call('GET', `/smime/v2/collect/order/${backendCertId}?format=x509R`)
    expect(certificatesIn(other.text)).toHaveLength(3)
  })

  it('of a backend id that is base64, when it is percent-encoded', async () => {
    const { profiles } = await simulator.control.catalogue()
    await simulator.control.patchCatalogue({
      profiles: profiles.map((one) => (one.product === 'client' ? { ...one, echoSubject: true } : one)),
    })
    const { backendCertId } = await enrolled()
    expect(backendCertId).toMatch(/==$/)
    const path = `/smime/v2/collect/order/${encodeURIComponent(backendCertId)}?format=x509CO`
    expect((await client.call('GET', path)).status).toBe(200)
  })

  it('refuses a revoked one with -192, an unknown one, an unknown format', async () => {
    const { id } = await enrolled()
    await simulator.control.setStatus(id, 'Revoked')
    expect((await client.call('GET', `/smime/v2/collect/${id}`)).json).toEqual({
      code: -192,
      description: 'The Certificate has been revoked!',
    })
    expect((await client.call('GET', '/smime/v2/collect/1')).status).toBe(404)
    expect((await client.call('GET', '/smime/v2/collect/order/1')).json).toMatchObject({ code: -1104 })
    expect((await client.call('GET', `/smime/v2/collect/${id}?format=der`)).json).toMatchObject({ code: -1450 })
  })
})

describe('renew', () => {
  it.each([
    ['id', ({ id }: Enrolled) => `/smime/v1/renew/${id}`],
    ['backend id', ({ backendCertId }: Enrolled) => `/smime/v2/renew/order/${backendCertId}`],
    ['serial number', ({ serial }: Enrolled) => `/smime/v2/renew/serial/${serial}`],
  ])('by %s: a new certificate for the same key and person', async (_, path) => {
    const old = await enrolled({ comments: 'marker' })
    const reply = await client.call('POST', path(old))
    expect(reply.status).toBe(200)
    const id = idOf(reply)
    expect(id).not.toBe(old.id)
    expect(reply.json).toEqual({ id, orderNumber: expect.any(Number), backendCertId: expect.any(String) })
    const [before, after] = [await simulator.control.order(old.id), await simulator.control.issue(id)]
    expect(after).toMatchObject({ csrSha256: before.csrSha256, comments: 'marker', term: before.term })
    expect((await client.call('GET', '/smime/v2?email=ada%40example.com')).json).toMatchObject([{ id: old.id }, { id }])
  })

  it('is refused for one that is not issued', async () => {
    const { id } = await enrolled()
    await simulator.control.setStatus(id, 'Revoked')
    expect((await client.call('POST', `/smime/v1/renew/${id}`)).json).toEqual({
      code: -105,
      description: 'Error was occurred while renewing cert. Status = revoked',
    })
  })
})

describe('revoke', () => {
  const body = { reasonCode: 4, reason: '' }

  it.each([
    ['id', ({ id }: Enrolled) => `/smime/v1/revoke/${id}`],
    ['backend id', ({ backendCertId }: Enrolled) => `/smime/v1/revoke/order/${backendCertId}`],
    ['serial number', ({ serial }: Enrolled) => `/smime/v1/revoke/serial/${serial}`],
    ['serial number without colons', ({ serial }: Enrolled) => `/smime/v1/revoke/serial/${serial.replaceAll(':', '')}`],
  ])('by %s, with an empty reason', async (_, path) => {
    const certificate = await enrolled()
    expect(await client.call('POST', path(certificate), { body })).toMatchObject({ status: 204, text: '' })
    const details = await client.call('GET', `/smime/v1/${certificate.id}`)
    expect(details.json).toMatchObject({
      status: 'revoked',
      reasonCode: 4,
      revoked: expect.stringMatching(/^\d\d\/\d\d\/\d{4}$/),
    })
    expect((await client.call('POST', path(certificate), { body })).json).toMatchObject({ code: -102 })
  })

  it('all of a person by address', async () => {
    const [first, second] = [await enrolled(), await enrolled()]
    const other = await enrolled({ email: 'grace@example.com' })
    const revokeAll = (email?: string): Promise<Reply> =>
      client.call('POST', '/smime/v1/revoke', { body: { ...body, email } })
    expect((await revokeAll('ada@example.com')).status).toBe(204)
    expect(await Promise.all([first, second, other].map(({ id }) => stateOf(id)))).toEqual([
      'revoked',
      'revoked',
      'issued',
    ])
    expect((await revokeAll('ada@example.com')).json).toMatchObject({ code: -1108 })
    expect((await revokeAll('nobody@example.com')).json).toMatchObject({ code: -518 })
    expect((await revokeAll()).json).toMatchObject({ code: -7 })
  })

  it('refuses other reason codes and accounts without the privilege', async () => {
    const { id } = await enrolled()
    const path = `/smime/v1/revoke/${id}`
    expect((await client.call('POST', path, { body: { ...body, reasonCode: 2 } })).json).toMatchObject({ code: -1001 })
    expect((await client.call('POST', path, { body, headers: REQUESTER })).json).toMatchObject({ code: -25 })
    expect(await stateOf(id)).toBe('issued')
  })

  it('by mark only', async () => {
    const { id } = await enrolled()
    const mark = { certId: id, serialNumber: null, issuer: null, revokeDate: '2025-06-10T00:00:00Z', reasonCode: 4 }
    expect((await client.call('POST', '/smime/v1/revoke/manual', { body: mark })).status).toBe(204)
    expect((await client.call('GET', `/smime/v1/${id}`)).json).toMatchObject({
      status: 'revoked',
      revoked: '06/10/2025',
    })
  })
})

describe('delete', () => {
  it('refuses what was enrolled here', async () => {
    const { id } = await enrolled()
    expect((await client.call('DELETE', `/smime/v1/${id}`)).status).toBe(400)
    expect(await stateOf(id)).toBe('issued')
  })
})

describe('locations', () => {
  it('are under v2', async () => {
    const { id } = await enrolled()
    const made = await client.call('POST', `/smime/v2/${id}/location`, { body: { details: { location: 'Tablet' } } })
    expect(made.status).toBe(201)
    expect((await client.call('GET', `/smime/v2/${id}/location`)).json).toMatchObject([
      { locationType: 'CUSTOM', details: { location: 'Tablet' } },
    ])
  })
})

describe('the OAuth2 API', () => {
  it('has everything under v2, and the backend id as handle', async () => {
    const { id } = await enrolled()
    const headers = await bearer()
    const types = await client.raw('GET', '/api/smime/v2/types', { headers })
    expect(types.status).toBe(200)
    expect((await client.raw('GET', `/api/smime/v2/${id}`, { headers })).json).toMatchObject({ id, status: 'issued' })
    const { json } = await client.raw('POST', `/api/smime/v2/renew/${id}`, { headers })
    const { backendCertId } = json as { backendCertId: string }
    expect(json).toEqual({ orderNumber: Number(backendCertId), backendCertId })
    const collected = await client.raw('GET', `/api/smime/v2/collect/${backendCertId}?format=x509CO`, { headers })
    expect(collected.status).toBe(200)
  })

  it('has paths that a password does not open', async () => {
    expect((await client.call('GET', '/smime/v2/types')).status).toBe(404)
  })
})
