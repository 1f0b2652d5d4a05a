// States: what time, approvers and the CA make of an order, and what the rest of the API says meanwhile.
import { beforeEach, describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { csrPem, DRAO, idOf } from './test-client.ts'

const START = Date.UTC(2026, 11, 4, 10, 0, 0)
const DAY_MS = 24 * 60 * 60 * 1000
let now = START

beforeEach(() => {
  now = START
})
const { simulator, client } = await sharedSimulator({ now: () => now })

async function statusOf(id: number): Promise<string> {
  return (await simulator.control.order(id)).status
}

describe('Init', () => {
  it('comes before Requested', async () => {
    await simulator.control.patchSettings({ initDelayMs: 1000, approval: 'manual' })
    const id = idOf(await client.enrollSsl())
    expect(await statusOf(id)).toBe('Init')
    expect((await client.call('GET', '/ssl/v1?status=Init')).json).toMatchObject([{ sslId: id }])
    const early = await client.call('POST', `/ssl/v1/approve/${id}`, { body: { message: 'ok' } })
    expect(early.json).toMatchObject({ code: -1112 })
    now += 1000
    expect(await statusOf(id)).toBe('Requested')
  })

  it('delays an automatic approval and all that follows', async () => {
    await simulator.control.patchSettings({ initDelayMs: 1000, issueDelayMs: 1000 })
    const id = idOf(await client.enrollDevice())
    expect(await statusOf(id)).toBe('Init')
    now += 1999
    expect(await statusOf(id)).toBe('Applied')
    now += 1
    expect(await statusOf(id)).toBe('Issued')
  })
})

describe('approval', () => {
  it('in two steps goes through SA Approved', async () => {
    await simulator.control.patchSettings({ approvals: 2, approval: 'manual' })
    const id = idOf(await client.enrollSsl())
    const approve = (): Promise<Reply> => client.call('POST', `/ssl/v1/approve/${id}`, { body: { message: 'ok' } })
    expect((await approve()).status).toBe(204)
    expect(await statusOf(id)).toBe('SA Approved')
    expect((await client.call('GET', `/ssl/v1/${id}`)).json).not.toHaveProperty('approved')
    expect((await approve()).status).toBe(204)
    expect(await statusOf(id)).toBe('Issued')
    expect((await approve()).json).toMatchObject({ code: -1112, description: expect.stringContaining('Issued') })
  })

  it('of EV takes two persons', async () => {
    const { profiles } = await simulator.control.catalogue()
    const validationType = 'Extended Validation (EV)'
    await simulator.control.patchCatalogue({ profiles: profiles.map((one) => ({ ...one, validationType })) })
    const id = idOf(await client.enrollSsl({ orgId: 8930 }))
    expect(await statusOf(id)).toBe('Requested')
    const body = { message: 'ok' }
    expect((await client.call('POST', `/ssl/v1/approve/${id}`, { body })).json).toMatchObject({ code: -1140 })
    expect((await client.call('POST', `/ssl/v1/approve/${id}`, { body, headers: DRAO })).status).toBe(204)
    expect((await client.call('GET', `/ssl/v1/${id}`)).json).toMatchObject({ owner: 'drao', status: 'Issued' })
  })
})

describe('the CA', () => {
  it.each([
    ['reject', 'Rejected'],
    ['invalid', 'Invalid'],
  ] as const)('can %s when the time has come', async (caVerdict, status) => {
    await simulator.control.patchSettings({ caVerdict, issueDelayMs: 1000 })
    const id = idOf(await client.enrollSsl())
    await simulator.control.patchSettings({ caVerdict: 'issue' })
    now += 999
    expect(await statusOf(id)).toBe('Applied')
    now += 1
    expect(await statusOf(id)).toBe(status)
    expect((await client.call('GET', `/ssl/v1/collect/${id}?format=x509`)).json).toMatchObject({ code: -183 })
    expect((await client.call('GET', `/ssl/v1?status=${status}`)).json).toMatchObject([{ sslId: id }])
  })
})

describe('an order that polls move', () => {
  const poll = async (id: number): Promise<string> =>
    ((await client.call('GET', `/ssl/v1/${id}`)).json as { status: string }).status

  it('is issued after so many, of details and of collect', async () => {
    await simulator.control.patchSettings({ issuePolls: 3 })
    const id = idOf(await client.enrollSsl())
    await simulator.control.patchSettings({ issuePolls: 0 })
    expect([await poll(id), await poll(id)]).toEqual(['Applied', 'Applied'])
    expect((await client.call('GET', `/ssl/v1/collect/${id}`)).json).toMatchObject({ code: 0 })
    expect(await poll(id)).toBe('Issued')
  })

  it.each([
    ['device', '/device/v1', 'Applied', 'Issued'],
    ['client', '/smime/v1', 'requested', 'issued'],
  ])('may be one of %s', async (product, path, before, after) => {
    await simulator.control.patchSettings({ issuePolls: 1 })
    const id = idOf(await (product === 'device' ? client.enrollDevice() : client.enrollSmime()))
    const look = async (): Promise<unknown> => (await client.call('GET', `${path}/${id}`)).json
    expect(await look()).toMatchObject({ status: before })
    expect(await look()).toMatchObject({ status: after })
  })

  it('is moved by nothing else', async () => {
    await simulator.control.patchSettings({ issuePolls: 1 })
    const id = idOf(await client.enrollSsl())
    now += DAY_MS
    for (let count = 0; count < 3; count++) {
      await client.call('GET', '/ssl/v1')
      await client.call('POST', '/report/v1/ssl-certificates', { body: {} })
      expect(await statusOf(id)).toBe('Applied')
    }
    expect(await poll(id)).toBe('Applied')
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Issued', issuedAt: new Date(now).toISOString() })
  })

  it('waits for the delay too, and for both again after a replacement', async () => {
    await simulator.control.patchSettings({ issuePolls: 1, issueDelayMs: 1000 })
    const id = idOf(await client.enrollSsl())
    expect([await poll(id), await poll(id)]).toEqual(['Approved', 'Approved'])
    now += 1000
    expect(await poll(id)).toBe('Issued')
    const body = { csr: await csrPem({}), reason: 'test' }
    expect((await client.call('POST', `/ssl/v1/replace/${id}`, { body })).status).toBe(204)
    now += 1000
    expect([await poll(id), await poll(id)]).toEqual(['Applied', 'Issued'])
  })

  it('can stay Applied for ever, unless control issues it', async () => {
    await simulator.control.patchSettings({ issuePolls: 'never' })
    const id = idOf(await client.enrollSsl())
    now += 400 * DAY_MS
    expect([await poll(id), await poll(id)]).toEqual(['Applied', 'Applied'])
    expect(await simulator.control.issue(id)).toMatchObject({ status: 'Issued' })
  })
})

describe('an issued certificate', () => {
  it.each(['ssl', 'device'] as const)('of %s expires', async (product) => {
    const id = idOf(await (product === 'ssl' ? client.enrollSsl() : client.enrollDevice()))
    expect(await statusOf(id)).toBe('Issued')
    now += 91 * DAY_MS
    expect(await statusOf(id)).toBe('Expired')
    const { json } = await client.call('GET', `/${product}/v1?status=EXPIRED`)
    expect(json).toHaveLength(1)
    const body = { reasonCode: 0, reason: 'late' }
    const path = product === 'ssl' ? `revoke/${id}` : `revoke/order/${id}`
    expect((await client.call('POST', `/${product}/v1/${path}`, { body })).json).toMatchObject({ code: -102 })
  })
})

describe('a status that a test has set', () => {
  it.each(['Init', 'Requested', 'SA Approved', 'Approved', 'Applied', 'Issued', 'Declined', 'Replaced', 'Unmanaged'])(
    '%s stays and shows in details',
    async (status) => {
      const id = idOf(await client.enrollSsl())
      await simulator.control.setStatus(id, status)
      now += 400 * DAY_MS
      expect((await client.call('GET', `/ssl/v1/${id}`)).json).toMatchObject({ status })
    },
  )

  it('ends with an approval or an issue', async () => {
    const id = idOf(await client.enrollSsl())
    await simulator.control.setStatus(id, 'Requested')
    await client.call('POST', `/ssl/v1/approve/${id}`, { body: { message: 'ok' } })
    expect(await statusOf(id)).toBe('Issued')
    await simulator.control.setStatus(id, 'Applied')
    expect(await simulator.control.issue(id)).toMatchObject({ status: 'Issued' })
  })
})
