// Renewal and replacement: what is new, what stays, and what no answer tells.
import { describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { certificatesIn, csrPem, idOf, REQUESTER } from './test-client.ts'

/** 2026-12-04 10:11:12 UTC */
const START = Date.UTC(2026, 11, 4, 10, 11, 12)

const { simulator, client } = await sharedSimulator({ now: () => START })

async function issuedSsl(fields: Readonly<Record<string, unknown>> = {}): Promise<{ id: number; renewId: string }> {
  const reply = await client.enrollSsl(fields)
  await simulator.control.issue(idOf(reply))
  return { id: idOf(reply), renewId: (reply.json as { renewId: string }).renewId }
}

async function issuedDevice(fields: Readonly<Record<string, unknown>> = {}): Promise<number> {
  const id = idOf(await client.enrollDevice(fields))
  await simulator.control.issue(id)
  return id
}

async function publicKeyOf(path: string): Promise<string> {
  const { text } = await client.call('GET', `${path}?format=x509CO`)
  return certificatesIn(text)[0]?.publicKey.toString('base64') ?? text
}

describe('renewal of SSL by id', () => {
  const renew = (id: number, body?: unknown, headers = {}): Promise<Reply> =>
    client.call('POST', `/ssl/v1/renewById/${id}`, { body, headers })

  it('answers the new id alone; the mark in the comments is lost', async () => {
    const { id } = await issuedSsl({ comments: 'marker', subjAltNames: 'b.example.com', orgId: 8929 })
    const reply = await renew(id, {})
    expect(reply.json).toEqual({ sslId: expect.any(Number) })
    const old = await simulator.control.order(id)
    const renewed = await simulator.control.order(idOf(reply))
    expect(renewed.id).not.toBe(id)
    expect(renewed).toMatchObject({
      status: 'Issued',
      comments: 'Renewed: Fri Dec 04 10:11:12 UTC 2026',
      names: ['a.example.com', 'b.example.com'],
      orgId: 8929,
      csrSha256: old.csrSha256,
    })
    expect(old).toMatchObject({ status: 'Issued', renewed: true, comments: 'marker' })
    expect((await client.call('GET', `/ssl/v1/${id}`)).json).toMatchObject({ renewed: true, renewedDate: '12/04/2026' })
  })

  it('takes a new CSR, or no body at all', async () => {
    const { id } = await issuedSsl()
    const csr = await csrPem({})
    const other = await simulator.control.order(idOf(await renew(id, { csr })))
    expect(other.csrSha256).not.toBe((await simulator.control.order(id)).csrSha256)
    expect((await renew(id)).status).toBe(200)
  })

  it.each([
    ['a CSR outside the pattern', { csr: 'Bag Attributes: x' }, -1001],
    ['a CSR that is none', { csr: 'AAAAAAAA' }, -10],
    ['an unknown dcvMode', { dcvMode: 'PIGEON' }, -1002],
    ['a malformed dcvEmail', { dcvEmail: 'somebody' }, -1001],
  ])('refuses %s', async (_, body, code) => {
    expect((await renew((await issuedSsl()).id, body)).json).toMatchObject({ code })
  })

  it('refuses what is not issued, an unknown id, a missing privilege, and a profile that forbids it', async () => {
    await simulator.control.patchSettings({ approval: 'manual' })
    const waiting = idOf(await client.enrollSsl())
    expect((await renew(waiting)).json).toEqual({
      code: -105,
      description: 'Error was occurred while renewing cert. Status = Requested',
    })
    expect((await renew(1)).json).toMatchObject({ code: -124 })
    const { profiles } = await simulator.control.catalogue()
    await simulator.control.patchCatalogue({ profiles: profiles.map((one) => ({ ...one, allowsRenew: false })) })
    const { id } = await issuedSsl()
    expect((await renew(id, {}, REQUESTER)).json).toMatchObject({ code: -25 })
    expect((await renew(id)).json).toMatchObject({ code: -180 })
  })
})

describe('renewal of SSL by renewId', () => {
  it('answers nothing: the new order has to be found', async () => {
    const { id, renewId } = await issuedSsl()
    const reply = await client.call('POST', `/ssl/v1/renew/${renewId}`, { body: { csr: await csrPem({}) } })
    expect([reply.status, reply.text]).toEqual([204, ''])
    const orders = await simulator.control.orders()
    expect(orders.map((order) => order.renewed)).toEqual([true, false])
    expect(orders[0]?.id).toBe(id)
  })

  it('does not know ids', async () => {
    const { id } = await issuedSsl()
    expect((await client.call('POST', `/ssl/v1/renew/${id}`)).json).toEqual({
      code: -123,
      description: 'SSL Certificate to renew is invalid (null)',
    })
  })
})

describe('marking as renewed', () => {
  const mark = (id: number, body?: unknown): Promise<Reply> =>
    client.call('POST', `/ssl/v1/renew/manual/${id}`, { body })

  it('links to a new order by id, by order number, or not at all', async () => {
    const [old, other] = [(await issuedSsl()).id, (await issuedSsl()).id]
    const { orderNumber } = (await client.call('GET', `/ssl/v1/${other}`)).json as { orderNumber: number }
    for (const body of [{ id: other }, { orderNumber: String(orderNumber) }, undefined]) {
      const reply = await mark(old, body)
      expect([reply.status, reply.text]).toEqual([204, ''])
    }
    expect((await client.call('GET', `/ssl/v1/${old}`)).json).toMatchObject({ renewed: true })
    expect(await simulator.control.orders()).toHaveLength(2)
  })

  it('refuses unknown ones', async () => {
    const { id } = await issuedSsl()
    expect((await mark(1)).json).toMatchObject({ code: -124 })
    expect((await mark(id, { id: 1 })).json).toMatchObject({ code: -124 })
    expect((await mark(id, { orderNumber: '1' })).json).toMatchObject({ code: -1601 })
    expect((await client.call('GET', `/ssl/v1/${id}`)).json).toMatchObject({ renewed: false })
  })
})

describe('renewal of devices', () => {
  it.each(['order', 'serial'])('by %s answers as enrol does, with the same key', async (by) => {
    const id = await issuedDevice({ comments: 'marker' })
    const { serialNumber = '' } = await simulator.control.order(id)
    const name = by === 'order' ? id : (serialNumber.toUpperCase().match(/../g) ?? []).join(':')
    const reply = await client.call('POST', `/device/v1/renew/${by}/${name}`)
    const renewed = idOf(reply)
    expect(reply.json).toEqual({
      deviceCertId: renewed,
      status: 'APPROVED',
      backendCertId: expect.any(String),
      orderNumber: renewed,
    })
    expect(renewed).not.toBe(id)
    expect(await publicKeyOf(`/device/v1/collect/${renewed}`)).toBe(await publicKeyOf(`/device/v1/collect/${id}`))
  })

  it('refuses unknown ones, what is not issued, and a missing privilege', async () => {
    expect((await client.call('POST', '/device/v1/renew/order/1')).json).toMatchObject({ code: -5101 })
    expect((await client.call('POST', '/device/v1/renew/serial/A9:3E')).json).toMatchObject({ code: -5101 })
    await simulator.control.patchSettings({ approval: 'manual' })
    const path = `/device/v1/renew/order/${idOf(await client.enrollDevice())}`
    expect((await client.call('POST', path)).json).toMatchObject({ code: -105 })
    expect((await client.call('POST', path, { headers: REQUESTER })).json).toMatchObject({ code: -25 })
  })
})

describe('replacement of SSL', () => {
  const replace = async (id: number, fields: object = {}, headers = {}): Promise<Reply> => {
    const body = { csr: await csrPem({}), reason: 'test', ...fields }
    return await client.call('POST', `/ssl/v1/replace/${id}`, { body, headers })
  }

  it('keeps the id and changes the certificate', async () => {
    const { id } = await issuedSsl()
    const before = await simulator.control.order(id)
    const key = await publicKeyOf(`/ssl/v1/collect/${id}`)
    const reply = await replace(id, { subjectAlternativeNames: ['c.example.com'] })
    expect([reply.status, reply.text]).toEqual([204, ''])
    const after = await simulator.control.order(id)
    expect(after).toMatchObject({ status: 'Issued', names: ['a.example.com', 'c.example.com'], revokedSerials: [] })
    expect(after.serialNumber).not.toBe(before.serialNumber)
    expect(after.csrSha256).not.toBe(before.csrSha256)
    expect(await publicKeyOf(`/ssl/v1/collect/${id}`)).not.toBe(key)
    expect((await client.call('GET', `/ssl/v1/${id}`)).json).toMatchObject({ replaced: '12/04/2026' })
    expect(await simulator.control.orders()).toHaveLength(1)
  })

  it('has nothing to collect until the new certificate is there', async () => {
    const { id } = await issuedSsl()
    await simulator.control.patchSettings({ issueDelayMs: 1000 })
    await replace(id)
    expect((await client.call('GET', `/ssl/v1/collect/${id}?format=x509`)).json).toMatchObject({ code: 0 })
    expect((await client.call('GET', `/ssl/v1/${id}`)).json).toMatchObject({ status: 'Approved' })
  })

  it('lets the replaced certificate be revoked by its serial number', async () => {
    const { id } = await issuedSsl()
    const { serialNumber = '' } = await simulator.control.order(id)
    await replace(id)
    const body = { reasonCode: 4, reason: 'replaced' }
    const path = `/ssl/v1/revoke/serial/${serialNumber}`
    expect((await client.call('POST', path, { body })).status).toBe(204)
    expect((await client.call('POST', path, { body })).json).toMatchObject({ code: -102 })
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Issued', revokedSerials: [serialNumber] })
  })

  it('can make a new order beside the replaced one', async () => {
    await simulator.control.patchSettings({ replacement: 'newId' })
    const { id } = await issuedSsl()
    expect((await replace(id)).status).toBe(204)
    expect((await simulator.control.orders()).map((order) => order.status)).toEqual(['Replaced', 'Issued'])
    expect((await client.call('GET', '/ssl/v1?status=Replaced')).json).toMatchObject([{ sslId: id }])
  })

  it.each([
    ['no CSR', { csr: '' }, -7],
    ['no reason', { reason: '' }, -1001],
    ['a reason over 512 characters', { reason: 'x'.repeat(513) }, -1001],
    ['a common name over 64 characters', { commonName: 'x'.repeat(65) }, -1001],
    ['names as a string', { subjectAlternativeNames: 'a.example.com' }, -1002],
    ['a malformed name', { subjectAlternativeNames: ['not a name'] }, -732],
    ['a malformed dcvEmail', { dcvEmail: 'x' }, -1001],
  ])('refuses %s', async (_, fields, code) => {
    expect((await replace((await issuedSsl()).id, fields)).json).toMatchObject({ code })
  })

  it('refuses what is not issued, and a missing privilege', async () => {
    await simulator.control.patchSettings({ approval: 'manual' })
    const id = idOf(await client.enrollSsl())
    expect((await replace(id)).json).toEqual({ code: -130, description: "SSL state is not 'ISSUED': Requested" })
    expect((await replace(id, {}, REQUESTER)).json).toMatchObject({ code: -25 })
  })
})

describe('replacement of devices', () => {
  const replace = async (id: number, fields: object = {}, headers = {}): Promise<Reply> => {
    const body = { csr: await csrPem({}), reason: 'Test', revoke: false, ...fields }
    return await client.call('POST', `/device/v1/replace/order/${id}`, { body, headers })
  }

  it.each([false, true])('keeps the id; the old certificate is revoked as told: %s', async (revoke) => {
    const id = await issuedDevice()
    const { serialNumber } = await simulator.control.order(id)
    const reply = await replace(id, { revoke })
    expect([reply.status, reply.text]).toEqual([204, ''])
    const after = await simulator.control.order(id)
    expect(after).toMatchObject({ status: 'Issued', revokedSerials: revoke ? [serialNumber] : [] })
    expect(after.serialNumber).not.toBe(serialNumber)
  })

  it.each([
    [false, 'Issued'],
    [true, 'Revoked'],
  ])('can make a new order; revoke %s leaves the old one %s', async (revoke, status) => {
    await simulator.control.patchSettings({ replacement: 'newId' })
    const id = await issuedDevice()
    expect((await replace(id, { revoke })).status).toBe(204)
    expect(await simulator.control.order(id)).toMatchObject({ status })
    expect(await simulator.control.orders()).toHaveLength(2)
  })

  it('refuses a missing flag, CSR or reason, what is not issued, and a missing privilege', async () => {
    const id = await issuedDevice()
    expect((await replace(id, { revoke: null })).json).toMatchObject({ code: -1001 })
    expect((await replace(id, { csr: null })).json).toMatchObject({ code: -7 })
    expect((await replace(id, { reason: null })).json).toMatchObject({ code: -1001 })
    expect((await replace(id, {}, REQUESTER)).json).toMatchObject({ code: -25 })
    await simulator.control.setStatus(id, 'Applied')
    expect((await replace(id)).json).toMatchObject({ code: -105 })
  })
})
