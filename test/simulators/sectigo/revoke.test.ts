// Revocation, deletion and locations, for SSL and devices alike.
import { describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { certificatesIn, idOf, NOBODY, REQUESTER } from './test-client.ts'

const { simulator, client } = await sharedSimulator()

const REASON = { reasonCode: 4, reason: 'test' }
const NOT_ISSUED = { code: -102, description: 'Only issued certificates could be revoked.' }

type Product = 'ssl' | 'device'
const PRODUCTS: readonly Product[] = ['ssl', 'device']
const revokePath = (product: Product, id: number): string =>
  product === 'ssl' ? `/ssl/v1/revoke/${id}` : `/device/v1/revoke/order/${id}`
const enroll = (product: Product, headers = {}): Promise<Reply> =>
  product === 'ssl' ? client.enrollSsl({}, headers) : client.enrollDevice({}, headers)

async function serialOf(id: number): Promise<string> {
  return (await simulator.control.order(id)).serialNumber ?? ''
}

describe.each(PRODUCTS)('revocation of %s', (product) => {
  const issue = async (): Promise<number> => {
    const id = idOf(await enroll(product))
    await simulator.control.issue(id)
    return id
  }

  it('by id answers 204 and shows', async () => {
    const id = await issue()
    const reply = await client.call('POST', revokePath(product, id), { body: REASON })
    expect([reply.status, reply.text]).toEqual([204, ''])
    expect(await simulator.control.order(id)).toMatchObject({
      status: 'Revoked',
      reasonCode: 4,
      revocationReason: 'test',
      revokedSerials: [await serialOf(id)],
    })
    expect((await client.call('GET', `/${product}/v1/${id}`)).json).toMatchObject({ status: 'Revoked' })
    const collected = await client.call('GET', `/${product}/v1/collect/${id}?format=x509`)
    expect(collected.json).toMatchObject({ code: -110 })
  })

  it.each(['colons', 'plain lower case'])('by serial number in %s', async (form) => {
    const id = await issue()
    const plain = await serialOf(id)
    const serial = form === 'colons' ? (plain.toUpperCase().match(/../g) ?? []).join(':') : plain
    expect((await client.call('POST', `/${product}/v1/revoke/serial/${serial}`, { body: REASON })).status).toBe(204)
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Revoked' })
  })

  it('by an unknown id or serial number is refused', async () => {
    const code = product === 'ssl' ? -124 : -5101
    expect((await client.call('POST', revokePath(product, 1), { body: REASON })).json).toMatchObject({ code })
    const serial = await client.call('POST', `/${product}/v1/revoke/serial/A9:3E`, { body: REASON })
    expect([serial.status, serial.json]).toMatchObject([404, { code }])
  })

  it('twice is -102 or, on other tenants, -159', async () => {
    const path = revokePath(product, await issue())
    await client.call('POST', path, { body: REASON })
    expect((await client.call('POST', path, { body: REASON })).json).toEqual(NOT_ISSUED)
    await simulator.control.patchSettings({ revokedTwice: 'alreadyRevoked' })
    expect((await client.call('POST', path, { body: REASON })).json).toEqual({
      code: -159,
      description: 'Your certificate already revoked',
    })
  })

  it('of what is not issued is -102, whatever the tenant says to revoking twice', async () => {
    await simulator.control.patchSettings({ approval: 'manual', revokedTwice: 'alreadyRevoked' })
    const path = revokePath(product, idOf(await enroll(product)))
    expect((await client.call('POST', path, { body: REASON })).json).toEqual(NOT_ISSUED)
  })

  it('needs a reason code of the list, as number or string', async () => {
    const path = revokePath(product, await issue())
    for (const reasonCode of [null, 2, 6, 9, 10]) {
      const reply = await client.call('POST', path, { body: { ...REASON, reasonCode } })
      expect(reply.json, String(reasonCode)).toMatchObject({
        code: -1001,
        description: expect.stringContaining('reasonCode'),
      })
    }
    expect((await client.call('POST', path, { body: { ...REASON, reasonCode: '1' } })).status).toBe(204)
  })

  it('does without a reason code on older tenants', async () => {
    await simulator.control.patchSettings({ revokeReasonCode: 'optional' })
    const id = await issue()
    expect((await client.call('POST', revokePath(product, id), { body: { reason: 'smoke' } })).status).toBe(204)
    expect(await simulator.control.order(id)).toMatchObject({ reasonCode: 0 })
  })

  it('needs the privilege', async () => {
    const path = revokePath(product, await issue())
    expect((await client.call('POST', path, { body: REASON, headers: REQUESTER })).json).toMatchObject({ code: -25 })
  })

  it('by hand marks the record and tells the CA nothing', async () => {
    const body = { serialNumber: null, issuer: null, revokeDate: '2025-06-10T00:00:00Z', reasonCode: 1 }
    const id = await issue()
    const reply = await client.call('POST', `/${product}/v1/revoke/manual`, { body: { ...body, certId: id } })
    expect(reply.status).toBe(204)
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Revoked', reasonCode: 1, revokedSerials: [] })
  })

  it('by hand takes serial number and issuer too, and nothing less', async () => {
    const id = await issue()
    const { text } = await client.call('GET', `/${product}/v1/collect/${id}?format=x509CO`)
    const [leaf] = certificatesIn(text)
    const manual = (body: object): Promise<Reply> => client.call('POST', `/${product}/v1/revoke/manual`, { body })
    const serialNumber = await serialOf(id)
    expect((await manual({ serialNumber, reasonCode: 0 })).json).toMatchObject({ code: -951 })
    expect((await manual({ serialNumber, issuer: 'CN=Somebody else', reasonCode: 0 })).status).toBe(404)
    expect((await manual({ certId: id, revokeDate: 'soon', reasonCode: 0 })).json).toMatchObject({ code: -1001 })
    expect((await manual({ serialNumber, issuer: leaf?.issuer.replaceAll(', ', ','), reasonCode: 0 })).status).toBe(204)
  })

  it('cannot be undone by deleting: only certificates of elsewhere can be deleted', async () => {
    const id = await issue()
    const path = `/${product}/v1/${id}`
    expect((await client.call('DELETE', path)).json).toMatchObject({ code: -37 })
    expect((await client.call('DELETE', path, { headers: REQUESTER })).json).toMatchObject({ code: -25 })
    await simulator.control.setOrigin(id, 'imported')
    expect((await client.call('DELETE', path)).status).toBe(204)
    expect((await client.call('GET', path)).status).toBe(404)
    expect((await client.call('DELETE', path)).status).toBe(404)
  })
})

describe('reasons', () => {
  it('are wanted for SSL, and may be empty for devices', async () => {
    const [ssl, device] = [idOf(await client.enrollSsl()), idOf(await client.enrollDevice())]
    await simulator.control.issue(device)
    for (const reason of [undefined, '', 'x'.repeat(513)]) {
      const reply = await client.call('POST', revokePath('ssl', ssl), { body: { reasonCode: 0, reason } })
      expect(reply.json).toMatchObject({ code: -1001 })
    }
    const long = { reasonCode: 0, reason: 'x'.repeat(513) }
    expect((await client.call('POST', revokePath('device', device), { body: long })).json).toMatchObject({
      code: -1001,
    })
    expect((await client.call('POST', revokePath('device', device), { body: { reasonCode: 0 } })).status).toBe(204)
  })

  it('and the date show in SSL details', async () => {
    const id = idOf(await client.enrollSsl())
    await simulator.control.issue(id)
    await client.call('POST', revokePath('ssl', id), { body: REASON })
    const { json } = await client.call('GET', `/ssl/v1/${id}`)
    expect(json).toMatchObject({ reasonCode: 4, revoked: expect.stringMatching(/^\d\d\/\d\d\/\d{4}$/) })
  })
})

describe('devices', () => {
  it('can be named by the id of the backend where a path says "order"', async () => {
    const reply = await client.enrollDevice()
    const { backendCertId } = reply.json as { backendCertId: string }
    await simulator.control.issue(idOf(reply))
    const path = `/device/v1/revoke/order/${encodeURIComponent(backendCertId)}`
    expect((await client.call('POST', path, { body: REASON })).status).toBe(204)
    expect(await simulator.control.order(idOf(reply))).toMatchObject({ status: 'Revoked' })
  })
})

describe.each(PRODUCTS)('locations of %s', (product) => {
  it('are made, listed, read, changed and removed', async () => {
    const base = `/${product}/v1/${idOf(await enroll(product))}/location`
    expect((await client.call('GET', base)).json).toEqual([])
    const created = await client.call('POST', base, { body: { details: { Server: 'Apache' } } })
    expect([created.status, created.text]).toEqual([201, ''])
    const address = String(created.headers['location'])
    expect(address).toMatch(new RegExp(`^${simulator.url}${base}/\\d+$`))
    const path = address.slice(simulator.url.length)
    const id = Number(path.split('/').at(-1))
    const first = { id, locationType: 'CUSTOM', name: '', details: { Server: 'Apache' } }
    expect((await client.call('GET', base)).json).toEqual([first])
    const changed = await client.call('PUT', path, { body: { details: { Server: 'nginx' } } })
    expect([changed.status, changed.text]).toEqual([200, ''])
    expect((await client.call('GET', path)).json).toEqual({ ...first, details: { Server: 'nginx' } })
    expect((await client.call('DELETE', path)).status).toBe(204)
    expect((await client.call('GET', path)).status).toBe(404)
    expect((await client.call('DELETE', path)).status).toBe(404)
  })

  it('need details, the privilege to change, and a certificate that is seen', async () => {
    const base = `/${product}/v1/${idOf(await enroll(product))}/location`
    const body = { details: { a: 'b' } }
    expect((await client.call('POST', base, { body: {} })).json).toMatchObject({ code: -1001 })
    expect((await client.call('POST', base, { body: { details: 'text' } })).json).toMatchObject({ code: -1002 })
    expect((await client.call('POST', base, { body, headers: REQUESTER })).json).toMatchObject({ code: -25 })
    expect((await client.call('GET', base, { headers: NOBODY })).status).toBe(404)
  })
})
