// How orders move: by time, by approvers through the API, by a test through control.
import { describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import { idOf, REQUESTER } from './test-client.ts'

let now = Date.now()
const { simulator, client } = await sharedSimulator({ now: () => now })

async function statusOf(id: number): Promise<string> {
  return (await simulator.control.order(id)).status
}

describe('time', () => {
  it('moves an approved order through Approved and Applied to Issued', async () => {
    await simulator.control.patchSettings({ issueDelayMs: 1000 })
    const id = idOf(await client.enrollSsl())
    expect(await statusOf(id)).toBe('Approved')
    now += 250
    expect(await statusOf(id)).toBe('Applied')
    now += 749
    expect(await statusOf(id)).toBe('Applied')
    const issuedAt = new Date(now + 1).toISOString()
    now += 60_000
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Issued', issuedAt })
  })

  it('gives every reader the same certificate', async () => {
    const id = idOf(await client.enrollSsl())
    const path = `/ssl/v1/collect/${id}?format=x509CO`
    const replies = await Promise.all([1, 2, 3, 4].map(() => client.call('GET', path)))
    expect(new Set(replies.map((reply) => reply.text)).size).toBe(1)
  })

  it('keeps the delay that held when the order was approved', async () => {
    const id = idOf(await client.enrollSsl())
    await simulator.control.patchSettings({ issueDelayMs: 60_000 })
    expect(await statusOf(id)).toBe('Issued')
    expect(await statusOf(idOf(await client.enrollSsl()))).toBe('Approved')
  })
})

describe('approval', () => {
  it('is needed when an account may not approve its own orders', async () => {
    const id = idOf(await client.enrollSsl({}, REQUESTER))
    now += 3_600_000
    expect(await statusOf(id)).toBe('Requested')
  })

  it.each(['ssl', 'device'] as const)('approves and declines %s orders', async (product) => {
    await simulator.control.patchSettings({ approval: 'manual' })
    const enroll = product === 'ssl' ? client.enrollSsl : client.enrollDevice
    const [first, second] = [idOf(await enroll()), idOf(await enroll())]
    const body = { message: 'seen' }
    const approved = await client.call('POST', `/${product}/v1/approve/${first}`, { body })
    expect([approved.status, approved.text]).toEqual([204, ''])
    expect(await statusOf(first)).toBe('Issued')
    expect((await client.call('GET', `/${product}/v1/${first}`)).json).toMatchObject({ owner: 'api-user' })
    expect((await client.call('POST', `/${product}/v1/decline/${second}`, { body })).status).toBe(204)
    expect((await client.call('GET', `/${product}/v1/${second}`)).json).toMatchObject({ status: 'Declined' })
    const again = await client.call('POST', `/${product}/v1/approve/${second}`, { body })
    expect(again.json).toEqual({
      code: -1112,
      description: "Certificate can't be approved cause it has state = Declined",
    })
  })

  it('needs a message of 1 to 512 characters, the privilege and a known id', async () => {
    const id = idOf(await client.enrollSsl({}, REQUESTER))
    const approve = `/ssl/v1/approve/${id}`
    expect((await client.call('POST', approve, { body: {} })).json).toMatchObject({ code: -1001 })
    expect((await client.call('POST', approve, { body: { message: 'x'.repeat(513) } })).json).toMatchObject({
      code: -1001,
    })
    const body = { message: 'ok' }
    expect((await client.call('POST', approve, { body, headers: REQUESTER })).json).toMatchObject({ code: -25 })
    expect((await client.call('POST', '/ssl/v1/approve/1', { body })).json).toMatchObject({ code: -124 })
    expect((await client.call('POST', approve, { body })).status).toBe(204)
  })
})

describe('control', () => {
  it('approves, declines, rejects and issues', async () => {
    await simulator.control.patchSettings({ approval: 'manual', issueDelayMs: 60_000 })
    const ids: number[] = []
    for (let i = 0; i < 4; i++) ids.push(idOf(await client.enrollSsl()))
    const [a = 0, b = 0, c = 0, d = 0] = ids
    expect((await simulator.control.approve(a)).status).toBe('Approved')
    expect((await simulator.control.decline(b)).status).toBe('Declined')
    expect((await simulator.control.reject(c)).status).toBe('Rejected')
    expect(await simulator.control.issue(d)).toMatchObject({
      status: 'Issued',
      certificate: expect.stringContaining('BEGIN'),
    })
    expect((await client.call('GET', `/ssl/v1/${b}`)).json).toMatchObject({ declined: expect.any(String) })
    await expect(simulator.control.approve(1)).rejects.toThrow('no order 1')
  })

  it('sets any status word, which then stays', async () => {
    await simulator.control.patchSettings({ issueDelayMs: 1000 })
    const id = idOf(await client.enrollSsl())
    await simulator.control.setStatus(id, 'SA Approved')
    now += 60_000
    expect((await client.call('GET', `/ssl/v1/${id}`)).json).toMatchObject({ status: 'SA Approved' })
    expect((await client.call('GET', '/ssl/v1?status=SAApproved')).json).toMatchObject([{ sslId: id }])
    await simulator.control.setStatus(id, 'Applied')
    now += 60_000
    expect(await statusOf(id)).toBe('Applied')
  })
})
