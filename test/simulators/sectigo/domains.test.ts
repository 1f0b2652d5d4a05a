// The tenant's domains and their delegations: made, found, handed on, taken away.
import { describe, expect, it } from 'vitest'
import type { Privilege } from './catalogue.ts'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { API_USER, csrPem, DRAO, idOf, NOBODY, ORGANIZATION, REQUESTER } from './test-client.ts'

const START = Date.UTC(2026, 11, 4, 10, 0, 0)
const WITHOUT_API = 8950
const SHOP = 8930

const { simulator, client } = await sharedSimulator({ now: () => START })

const delegation = (orgId: number, certTypes = ['SSL']): object => ({
  orgId,
  certTypes,
  domainCertificateRequestPrivileges: ['SUBDOMAIN', 'DOMAIN'],
})
const send = (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object, headers = {}): Promise<Reply> =>
  client.call(method, `/domain/v1${path}`, { ...(body && { body }), headers })
const create = (fields = {}, headers = {}): Promise<Reply> =>
  send('POST', '', { name: 'new.example', delegations: [delegation(ORGANIZATION)], ...fields }, headers)
const created = async (fields = {}, headers = {}): Promise<number> =>
  Number(/\/api\/domain\/v1\/(\d+)$/.exec(String((await create(fields, headers)).headers['location']))?.[1])
const details = async (id: number, headers = {}): Promise<unknown> =>
  (await client.call('GET', `/domain/v1/${id}`, { headers })).json
const list = async (query = '', headers = {}): Promise<string[]> => {
  const { json } = await client.call('GET', `/domain/v1${query}`, { headers })
  return (json as { name: string }[]).map(({ name }) => name)
}

/** Takes privileges away from an account. */
async function without(login: string, ...privileges: Privilege[]): Promise<void> {
  const { accounts } = await simulator.control.catalogue()
  await simulator.control.patchCatalogue({
    accounts: accounts.map((one) =>
      one.login === login ? { ...one, privileges: one.privileges.filter((name) => !privileges.includes(name)) } : one,
    ),
  })
}

describe('a new domain', () => {
  it('is answered by its address, and starts without validation', async () => {
    const ctLogMonitoring = { bucketId: '4ea7a8f7-819b-499d-b9a8-599bf88cfa38', enabled: true, includeSubdomains: true }
    const reply = await create({ name: 'New.Example', description: 'a new one', active: true, ctLogMonitoring })
    expect([reply.status, reply.text]).toEqual([201, ''])
    const id = Number(String(reply.headers['location']).split('/').pop())
    expect(reply.headers['location']).toBe(`${simulator.url}/domain/v1/${id}`)
    expect(await details(id)).toEqual({
      id,
      name: 'new.example',
      delegationStatus: 'ACTIVE',
      state: 'ACTIVE',
      validationStatus: 'NOT_VALIDATED',
      delegations: [{ ...delegation(ORGANIZATION), status: 'ACTIVE' }],
      ctLogMonitoring,
    })
    const { json } = await client.call('POST', '/report/v1/domains')
    expect((json as { reports: object[] }).reports).toContainEqual({
      id,
      name: 'new.example',
      status: 'Active',
      requested: new Date(START).toISOString(),
      dcvStatus: 'Not Initiated',
    })
  })

  it('makes an order possible that was not allowed, once it is validated', async () => {
    await simulator.control.patchSettings({ domainChecks: true })
    const enroll = async (): Promise<Reply> =>
      await client.enrollSsl({ csr: await csrPem({ subject: 'CN=shop.new.example' }), subjAltNames: '' })
    expect((await enroll()).json).toMatchObject({ code: -1010 })
    await create()
    expect((await enroll()).json).toMatchObject({ code: -107 })
    const body = { domain: 'new.example' }
    await client.call('POST', '/dcv/v1/validation/submit/domain/txt', { body })
    await simulator.control.publishDomain('new.example')
    expect((await enroll()).status).toBe(200)
  })

  it('can be suspended from the start, and be another with a star', async () => {
    expect(await details(await created({ active: false }))).toMatchObject({ state: 'SUSPENDED' })
    expect((await create({ name: '*.new.example' })).status).toBe(201)
  })

  it.each([
    ['no name', { name: undefined }, -1001],
    ['a short name', { name: 'a.b' }, -1001],
    ['a name without a dot', { name: 'localhost' }, -714],
    ['a name that is none', { name: 'no name.example' }, -732],
    ['the name of another one', { name: 'EXAMPLE.com' }, -700],
    ['no delegation', { delegations: [] }, -1001],
    ['a delegation to nobody', { delegations: [delegation(1)] }, -1023],
    ['a delegation for devices', { delegations: [delegation(ORGANIZATION, ['Device'])] }, -1002],
    ['monitoring without a bucket', { ctLogMonitoring: { enabled: true } }, -7],
    ['a long description', { description: 'x'.repeat(256) }, -1001],
  ])('is refused with %s', async (_, fields, code) => {
    expect((await create(fields)).json).toMatchObject({ code })
    expect(await list('?name=new')).toEqual([])
  })

  it('needs the privilege, and a place of the account', async () => {
    expect((await create({}, REQUESTER)).json).toMatchObject({ code: -25 })
    expect((await create({}, DRAO)).json).toMatchObject({ code: -1023 })
    expect((await create({ delegations: [delegation(SHOP)] }, DRAO)).status).toBe(201)
  })
})

describe('domains', () => {
  it('are listed, filtered, paged and counted', async () => {
    expect(await list('?size=2&position=1')).toEqual(['unvalidated.example', 'expired.example'])
    expect(await list('?name=EXPIRED')).toEqual(['expired.example'])
    expect(await list('?state=inactive')).toEqual(['suspended.example'])
    expect(await list(`?orgId=${WITHOUT_API}`)).toEqual(['elsewhere.example'])
    expect(await list('?status=requested')).toEqual([])
    expect(await list('', NOBODY)).toEqual([])
    expect((await client.call('GET', '/domain/v1?size=1')).headers['x-total-count']).toBe('5')
    expect((await client.call('GET', '/domain/v1/count?size=1&state=active')).json).toEqual({ count: 4 })
    expect((await client.call('GET', '/domain/v1?state=ACTIV')).json).toMatchObject({ code: -1601 })
    await simulator.control.patchSettings({ listMatch: 'exact' })
    expect(await list('?name=expired')).toEqual([])
  })

  it('show their validation only where domains are validated', async () => {
    expect(await details(2022)).toMatchObject({ validationStatus: 'VALIDATED', validationMethod: 'CNAME_CSR_HASH' })
    await simulator.control.patchSettings({ dcvEnabled: false })
    expect(Object.keys((await details(2022)) as object)).toEqual([
      'id',
      'name',
      'delegationStatus',
      'state',
      'delegations',
    ])
  })

  it('are unknown to who does not see them', async () => {
    expect(await details(2026, DRAO)).toEqual({ code: -727, description: "The domain '2026' does not exist." })
    expect((await client.call('GET', '/domain/v1/1')).status).toBe(404)
    expect(await details(2022, DRAO)).toMatchObject({ delegations: [] })
  })

  it('are suspended and activated', async () => {
    await simulator.control.patchSettings({ domainChecks: true })
    const reply = await send('PUT', '/2022/suspend')
    expect([reply.status, reply.text]).toEqual([200, ''])
    expect((await client.enrollSsl()).json).toMatchObject({ code: -715 })
    expect((await send('PUT', '/2022/activate')).status).toBe(200)
    expect((await client.enrollSsl()).status).toBe(200)
    expect((await send('PUT', '/2022/suspend', undefined, REQUESTER)).json).toMatchObject({ code: -25 })
  })

  it('are monitored', async () => {
    const body = { enabled: true, includeSubdomains: true, bucketId: '88a9795b-b3cf-411b-8e72-f365a0ab5e71' }
    expect((await send('PUT', '/2022/monitoring', body)).status).toBe(200)
    expect(await details(2022)).toMatchObject({ ctLogMonitoring: body })
    expect((await send('PUT', '/2022/monitoring', { enabled: true })).json).toMatchObject({ code: -7 })
  })

  it('are deleted, unless certificates have their names or they are of others too', async () => {
    const id = idOf(await client.enrollSsl())
    expect((await send('DELETE', '/2022')).json).toMatchObject({ code: -740 })
    await simulator.control.setStatus(id, 'Revoked')
    expect((await send('DELETE', '/2022')).status).toBe(204)
    expect(await details(2022)).toMatchObject({ code: -727 })
    expect((await send('DELETE', '/2023', undefined, DRAO)).json).toEqual({
      code: -738,
      description: 'Access denied. You are not allowed to perform the delete operation on this domain.',
    })
    const own = await created({ delegations: [delegation(SHOP)] })
    expect((await send('DELETE', `/${own}`, undefined, DRAO)).status).toBe(204)
  })
})

describe('delegations', () => {
  it('add to each other, and go one kind after the other', async () => {
    const id = await created()
    expect((await send('POST', `/${id}/delegation`, delegation(WITHOUT_API, ['SSL', 'SMIME']))).status).toBe(200)
    await send('POST', `/${id}/delegation`, delegation(WITHOUT_API, ['CodeSign']))
    const at = (): Promise<unknown> => details(id)
    expect(await at()).toMatchObject({ delegations: [{}, { certTypes: ['SSL', 'SMIME', 'CodeSign'] }] })
    const withdraw = (orgId: number, certTypes?: string[]): Promise<Reply> =>
      send('DELETE', `/${id}/delegation`, { orgId, certTypes })
    const reply = await withdraw(WITHOUT_API, ['SSL'])
    expect([reply.status, reply.text]).toEqual([200, ''])
    expect(await at()).toMatchObject({ delegations: [{}, { certTypes: ['SMIME', 'CodeSign'] }] })
    expect((await withdraw(WITHOUT_API)).status).toBe(200)
    expect(await at()).toMatchObject({ delegations: [{ orgId: ORGANIZATION }] })
    expect((await withdraw(WITHOUT_API)).json).toMatchObject({ code: -707 })
    expect((await withdraw(ORGANIZATION)).json).toMatchObject({ code: -709 })
  })

  it('are made for many domains at once, or for none', async () => {
    const many = (domainIds: number[]): Promise<Reply> =>
      send('POST', '/delegation', { ...delegation(WITHOUT_API), domainIds })
    expect((await many([2022, 1])).json).toMatchObject({ code: -727 })
    expect((await many([])).json).toMatchObject({ code: -1001 })
    expect(await list(`?orgId=${WITHOUT_API}`)).toEqual(['elsewhere.example'])
    expect((await many([2022, 2023])).status).toBe(200)
    expect(await list(`?orgId=${WITHOUT_API}`)).toHaveLength(3)
  })

  it('wait for approval when their maker may not approve', async () => {
    await simulator.control.patchSettings({ domainChecks: true })
    await without('drao', 'approveDomainDelegation')
    const id = await created({ delegations: [delegation(SHOP)] }, DRAO)
    expect(await details(id)).toMatchObject({ delegationStatus: 'REQUESTED', delegations: [{ status: 'REQUESTED' }] })
    expect(await list('?status=requested')).toEqual(['new.example'])
    const order = { subjAltNames: 'new.example', orgId: SHOP }
    expect((await client.enrollSsl(order)).json).toMatchObject({ code: -1010 })
    const approve = (headers = API_USER): Promise<Reply> =>
      send('POST', `/${id}/delegation/approve`, { orgId: SHOP }, headers)
    expect((await approve(DRAO)).json).toMatchObject({ code: -25 })
    const reply = await approve()
    expect([reply.status, reply.text]).toEqual([200, ''])
    expect(await details(id)).toMatchObject({ delegationStatus: 'ACTIVE' })
    expect((await client.enrollSsl(order)).json).toMatchObject({ code: -107 })
    expect((await approve()).json).toMatchObject({ code: -705 })
  })

  it('are rejected, and gone', async () => {
    await without('api-user', 'approveDomainDelegation')
    const id = await created()
    await simulator.control.patchCatalogue({ accounts: (await simulator.control.catalogue()).accounts })
    expect((await send('POST', `/${id}/delegation/reject`, { orgId: ORGANIZATION })).json).toMatchObject({ code: -25 })
    const reject = (orgId: number | null): Promise<Reply> =>
      send('POST', `/${id}/delegation/reject`, { orgId }, { login: 'other-realm', password: 'Simulated-Password-7!' })
    expect((await reject(null)).json).toMatchObject({ code: -1001 })
    expect((await reject(ORGANIZATION)).status).toBe(200)
    expect((await reject(ORGANIZATION)).json).toMatchObject({ code: -707 })
    expect(await details(id)).toMatchObject({ delegations: [] })
  })
})
