// The two flavours of the API: same operations, other spellings. And every way an order can go.
import { describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { csrPem, idOf } from './test-client.ts'

const { simulator, client } = await sharedSimulator()

/** Headers of a call by OAuth2. */
async function bearer(): Promise<Record<string, string>> {
  const path = simulator.tokenUrl.slice(simulator.origin.length)
  const body = 'grant_type=client_credentials&client_id=api-client&client_secret=simulated-client-secret-1'
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const { json } = await client.raw('POST', path, { body, headers })
  return { authorization: `Bearer ${(json as { access_token: string }).access_token}` }
}

const byToken = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<Reply> =>
  await client.raw(method, `/api${path}`, {
    headers: await bearer(),
    ...(body === undefined ? {} : { body }),
  })

describe('the OAuth2 flavour', () => {
  it('answers id and status of a device alone, in title case', async () => {
    const body = { orgId: 8928, certType: 5984, term: 90, csr: await csrPem({}) }
    const reply = await byToken('POST', '/device/v1/enroll', body)
    expect(reply.json).toEqual({ deviceCertId: expect.any(Number), status: 'Approved' })
    const renewed = await byToken('POST', `/device/v1/renew/order/${idOf(reply)}`)
    expect(renewed.json).toEqual({ deviceCertId: expect.any(Number), status: 'Approved' })
    const issued = { status: 'Issued' }
    expect((await byToken('GET', '/device/v1?status=Issued')).json).toMatchObject([issued, issued])
  })

  it('writes dates as date-time, and reason codes as strings', async () => {
    const id = idOf(await client.enrollSsl())
    await byToken('POST', `/ssl/v1/revoke/${id}`, { reasonCode: '4', reason: 'test' })
    const dateTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect((await byToken('GET', `/ssl/v1/${id}`)).json).toMatchObject({ requested: dateTime, reasonCode: '4' })
    const asked = await byToken('GET', `/ssl/v1/${id}?dateFormat=eu`)
    expect(asked.json).toMatchObject({ requested: expect.stringMatching(/^\d\d\.\d\d\.\d{4}$/) })
    expect((await client.call('GET', `/ssl/v1/${id}`)).json).toMatchObject({ reasonCode: 4 })
  })

  it('filters by display words, as the other one does by its own', async () => {
    const id = idOf(await client.enrollSsl())
    await simulator.control.setStatus(id, 'SA Approved')
    const words = ['status=SA%20Approved', 'status=SAApproved', 'requestedVia=Web%20API', 'installStatus=None']
    for (const query of [...words, 'renewalStatus=Not%20scheduled', 'requestedVia=API']) {
      expect((await byToken('GET', `/ssl/v1?${query}`)).json, query).toMatchObject([{ sslId: id }])
    }
  })

  it('has the per-order validation as an array and spells domains its own way', async () => {
    const id = idOf(await client.enrollSsl())
    expect((await byToken('GET', `/ssl/v1/${id}/dcv`)).json).toEqual([expect.objectContaining({ instructions: [] })])
    const { json } = await byToken('POST', '/dcv/v2/validation/status', { domain: 'unvalidated.example' })
    expect(json).toMatchObject({ status: 'Not validated', orderStatus: 'Not initiated' })
    expect((await byToken('GET', '/dcv/v2/validation?dcvStatus=Not%20validated')).json).toMatchObject([
      { domain: 'unvalidated.example', dcvStatus: 'Not validated' },
    ])
  })

  it('has the domains of an order validated through the DNS connector (AUTO), which the other has not', async () => {
    await simulator.control.patchSettings({ dcv: 'perOrder' })
    const body = { orgId: 8928, certType: 5170, term: 90, csr: await csrPem({}), dcvMode: 'AUTO' }
    expect((await client.call('POST', '/ssl/v1/enroll', { body })).json).toMatchObject({ code: -1002 })
    await simulator.control.patchSettings({ dnsConnector: 'fails' })
    const waiting = idOf(await byToken('POST', '/ssl/v1/enroll', body))
    await byToken('POST', `/ssl/v1/${waiting}/dcv/recheck`)
    expect((await byToken('GET', `/ssl/v1/${waiting}`)).json).toMatchObject({ status: 'Applied' })
    await simulator.control.patchSettings({ dnsConnector: 'publishes' })
    const id = idOf(await byToken('POST', '/ssl/v1/enroll', body))
    await byToken('POST', `/ssl/v1/${id}/dcv/recheck`)
    expect((await byToken('GET', `/ssl/v1/${id}`)).json).toMatchObject({ status: 'Issued' })
    const renewal = { body: { dcvMode: 'AUTO' } }
    expect((await client.call('POST', `/ssl/v1/renewById/${id}`, renewal)).json).toMatchObject({ code: -1002 })
    const replacement = { body: { csr: body.csr, reason: 'test', dcvMode: 'AUTO' } }
    expect((await client.call('POST', `/ssl/v1/replace/${id}`, replacement)).json).toMatchObject({ code: -1002 })
  })

  it('can be switched to the other spelling, and the other to this one', async () => {
    const id = idOf(await client.enrollSsl())
    const usDate = expect.stringMatching(/^\d\d\/\d\d\/\d{4}$/)
    await simulator.control.patchSettings({ flavour: 'password' })
    expect((await byToken('GET', `/ssl/v1/${id}`)).json).toMatchObject({ requested: usDate })
    await simulator.control.patchSettings({ flavour: 'admin' })
    const { json } = await client.call('GET', `/ssl/v1/${id}`)
    expect(json).toMatchObject({ requested: expect.stringContaining('T') })
  })
})

describe('/api/ssl/v2', () => {
  it('has the same operations', async () => {
    const body = { orgId: 8928, certType: 5170, term: 90, csr: await csrPem({}), subjAltNames: '' }
    const id = idOf(await byToken('POST', '/ssl/v2/enroll', body))
    expect((await byToken('GET', `/ssl/v2/${id}`)).json).toMatchObject({ id, status: 'Issued' })
    expect((await byToken('GET', `/ssl/v2/collect/${id}?format=x509`)).text).toContain('BEGIN CERTIFICATE')
    expect((await byToken('GET', '/ssl/v2/types')).status).toBe(200)
    expect((await client.call('GET', `/ssl/v2/${id}`)).status).toBe(200)
  })

  it('can be missing for password logins', async () => {
    await simulator.control.patchSettings({ sslV2WithPassword: false })
    expect((await client.call('GET', '/ssl/v2/types')).status).toBe(404)
    expect((await byToken('GET', '/ssl/v2/types')).status).toBe(200)
  })
})

describe('ids as strings', () => {
  it('are in every answer that has one', async () => {
    await simulator.control.patchSettings({ idsAsStrings: true })
    const ssl = (await client.enrollSsl()).json as { sslId: string }
    expect(ssl.sslId).toMatch(/^\d+$/)
    const device = (await client.enrollDevice()).json as { deviceCertId: string; orderNumber: string }
    expect(device).toMatchObject({ deviceCertId: expect.stringMatching(/^\d+$/), orderNumber: device.deviceCertId })
    expect((await client.call('GET', '/ssl/v1')).json).toMatchObject([{ sslId: ssl.sslId }])
    expect((await client.call('GET', '/device/v1')).json).toMatchObject([{ id: device.deviceCertId }])
  })
})
