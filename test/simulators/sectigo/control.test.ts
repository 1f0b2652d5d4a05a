// The control interface over HTTP, and the counters.
import { afterAll, describe, expect, it } from 'vitest'
import { createControlClient } from './control-client.ts'
import { DEFAULT_SETTINGS } from './settings.ts'
import { sharedSimulator } from './shared-simulator.ts'
import { startSimulator } from './simulator.ts'
import { createTestClient, idOf } from './test-client.ts'

const { simulator, client } = await sharedSimulator()
const { origin, controlToken: token, caPem } = simulator
const control = createControlClient({ origin, token, caPem })
afterAll(() => control.close())

describe('the control client', () => {
  it('reads and changes settings', async () => {
    expect(await control.settings()).toEqual(DEFAULT_SETTINGS)
    expect(await control.patchSettings({ issueDelayMs: 5 })).toEqual({ ...DEFAULT_SETTINGS, issueDelayMs: 5 })
    expect(await simulator.control.settings()).toMatchObject({ issueDelayMs: 5 })
    await expect(control.patchSettings({ issueDelayMs: -1 })).rejects.toThrow(/issueDelayMs/)
  })

  it('replaces lists of the catalogue', async () => {
    const { profiles } = await control.catalogue()
    await control.patchCatalogue({ profiles: profiles.map((profile) => ({ ...profile, terms: [47] })) })
    expect((await client.call('GET', '/ssl/v1/types')).json).toMatchObject([{ terms: [47] }, { terms: [47] }])
    expect((await client.enrollSsl()).json).toMatchObject({ code: -36 })
  })

  it('makes a certificate deletable and follows instructions of domain control validation', async () => {
    await control.patchSettings({ dcv: 'perOrder' })
    const id = idOf(await client.enrollSsl({ dcvMode: 'CNAME' }))
    expect(await control.publishDcv(id)).toMatchObject({ status: 'Applied', origin: 'enrolled' })
    await client.call('POST', `/ssl/v1/${id}/dcv/recheck`)
    expect(await control.setOrigin(id, 'imported')).toMatchObject({ status: 'Issued', origin: 'imported' })
    await expect(control.publishDcv(1)).rejects.toThrow('no order 1')
  })

  it('plays the owner of a domain', async () => {
    const body = { domain: 'unvalidated.example' }
    await client.call('POST', '/dcv/v1/validation/submit/domain/txt', { body })
    expect(await control.publishDomain('unvalidated.example', false)).toMatchObject({ dcvOrderStatus: 'SUBMITTED' })
    await control.publishDomain('unvalidated.example')
    await client.call('POST', '/dcv/v1/validation/sync', { body })
    const { domains } = await control.catalogue()
    expect(domains.find(({ name }) => name === 'unvalidated.example')).toMatchObject({ dcvStatus: 'VALIDATED' })
    await expect(control.publishDomain('unknown.example')).rejects.toThrow('no domain unknown.example')
  })

  it('sees and moves orders', async () => {
    await control.patchSettings({ approval: 'manual' })
    const id = idOf(await client.enrollSsl({ comments: 'marker' }))
    expect(await control.orders()).toEqual([await simulator.control.order(id)])
    expect(await control.approve(id)).toMatchObject({ id, status: 'Issued', comments: 'marker' })
    const ids = [idOf(await client.enrollSsl()), idOf(await client.enrollSsl()), idOf(await client.enrollSsl())]
    const [a = 0, b = 0, c = 0] = ids
    expect((await control.decline(a)).status).toBe('Declined')
    expect((await control.reject(b)).status).toBe('Rejected')
    expect((await control.issue(c)).status).toBe('Issued')
    expect((await control.setStatus(c, 'Revoked')).status).toBe('Revoked')
    await expect(control.order(1)).rejects.toThrow('no order 1')
  })

  it('places and clears faults, which never hit control itself', async () => {
    const fault = await control.addFault({ match: {}, status: 500 })
    expect(await control.faults()).toEqual([fault])
    expect((await client.call('GET', '/ssl/v1/types')).status).toBe(500)
    await control.clearFaults()
    await control.revokeTokens()
    expect((await client.call('GET', '/ssl/v1/types')).status).toBe(200)
  })

  it('resets everything', async () => {
    await control.patchSettings({ approval: 'manual' })
    await client.enrollSsl()
    await control.addFault({ match: {}, status: 500 })
    await control.reset()
    expect(await control.settings()).toEqual(DEFAULT_SETTINGS)
    expect(await control.orders()).toEqual([])
    expect(await control.faults()).toEqual([])
    expect((await control.counters()).calls).toEqual({})
  })

  it('needs the token', async () => {
    const caPem = simulator.caPem
    await using stranger = createControlClient({ origin: simulator.origin, token: 'wrong', caPem })
    await expect(stranger.orders()).rejects.toThrow('401')
  })
})

describe('counters', () => {
  it('count calls by endpoint and status, and nothing of control', async () => {
    const id = idOf(await client.enrollSsl())
    await client.enrollSsl({ term: 1 })
    await client.call('GET', `/ssl/v1/${id}`)
    await client.call('GET', `/ssl/v1/${id}`)
    await client.call('GET', '/nothing')
    expect((await control.counters()).calls).toEqual({
      'POST /api/ssl/v1/enroll': { 200: 1, 400: 1 },
      'GET /api/ssl/v1/:id': { 200: 2 },
      'GET (unknown)': { 404: 1 },
    })
  })

  it('count connections and the most calls at a time', async () => {
    await using own = await startSimulator()
    await using pair = createTestClient(own, { connections: 2 })
    await own.control.addFault({ match: {}, delayMs: 50 })
    await Promise.all([1, 2, 3, 4].map(() => pair.call('GET', '/ssl/v1/types')))
    const { connections, requests } = await own.control.counters()
    expect(connections).toEqual({ accepted: 2, open: 2, peak: 2 })
    expect(requests).toEqual({ inFlight: 0, peak: 2 })
  })
})
