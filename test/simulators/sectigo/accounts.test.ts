// What keeps an account out although its password is right, and what it may do once it is in.
import { describe, expect, it } from 'vitest'
import type { Account } from './catalogue.ts'
import { createControlClient } from './control-client.ts'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { API_USER, createTestClient, idOf, NEWCOMER, NOBODY, PRIVATE_CA, RAO_SSL } from './test-client.ts'

const { simulator, client } = await sharedSimulator()

const UNKNOWN_USER = { code: -16, description: 'Unknown user' }

async function login(password: string): Promise<Reply> {
  return await client.call('GET', '/ssl/v1/types', { headers: { password } })
}

async function fail(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) expect((await login('wrong')).status).toBe(401)
}

async function change(wanted: string, changes: Partial<Account>): Promise<void> {
  const { accounts } = await simulator.control.catalogue()
  await simulator.control.patchCatalogue({
    accounts: accounts.map((one) => (one.login === wanted ? { ...one, ...changes } : one)),
  })
}

describe('lock-out', () => {
  it('closes the account to the right password too, until control unlocks it', async () => {
    await fail(5)
    const reply = await login(API_USER.password)
    expect(reply.status).toBe(401)
    expect(reply.json).toEqual(UNKNOWN_USER)
    expect(await simulator.control.lockedLogins()).toEqual(['api-user'])
    await simulator.control.unlock('api-user')
    expect((await login(API_USER.password)).status).toBe(200)
    expect(await simulator.control.lockedLogins()).toEqual([])
  })

  it('counts failures in a row only', async () => {
    await fail(4)
    expect((await login(API_USER.password)).status).toBe(200)
    await fail(4)
    expect((await login(API_USER.password)).status).toBe(200)
  })

  it('follows its setting; 0 never locks', async () => {
    await simulator.control.patchSettings({ lockAfterFailures: 1 })
    await fail(1)
    expect((await login(API_USER.password)).status).toBe(401)
    await simulator.control.reset()
    await simulator.control.patchSettings({ lockAfterFailures: 0 })
    await fail(8)
    expect((await login(API_USER.password)).status).toBe(200)
  })

  it('locks one account, not its neighbour, and not by a stranger name', async () => {
    await fail(5)
    await client.call('GET', '/ssl/v1/types', { headers: { login: 'stranger' } })
    expect(await simulator.control.lockedLogins()).toEqual(['api-user'])
    expect((await client.call('GET', '/ssl/v1/types', { headers: RAO_SSL })).status).toBe(200)
  })

  it('closes the client certificate too', async () => {
    const clientCertificate = await simulator.control.issueClientCertificate('api-user')
    await fail(5)
    await using other = createTestClient(simulator, { clientCertificate })
    const headers = { login: API_USER.login, customerUri: API_USER.customerUri }
    expect((await other.raw('GET', '/private/api/ssl/v1/types', { headers })).status).toBe(401)
  })

  it('is lifted from another process', async () => {
    const { origin, controlToken: token, caPem } = simulator
    await using control = createControlClient({ origin, token, caPem })
    await fail(5)
    expect(await control.lockedLogins()).toEqual(['api-user'])
    await control.unlock('api-user')
    expect((await login(API_USER.password)).status).toBe(200)
  })
})

describe('the password', () => {
  it('must have been changed once, for a Standard account', async () => {
    const reply = await client.call('GET', '/organization/v1', { headers: NEWCOMER })
    expect(reply.status).toBe(401)
    expect(reply.json).toEqual(UNKNOWN_USER)
    expect(await simulator.control.lockedLogins()).toEqual([])
    await change('newcomer', { initialPassword: false })
    expect((await client.call('GET', '/organization/v1', { headers: NEWCOMER })).status).toBe(200)
  })

  it('need not have been changed for an API account', async () => {
    await change('newcomer', { type: 'API' })
    expect((await client.call('GET', '/organization/v1', { headers: NEWCOMER })).status).toBe(200)
  })

  it('logs in when expired, unless the tenant refuses that', async () => {
    expect((await client.call('GET', '/organization/v1', { headers: NOBODY })).status).toBe(200)
    await simulator.control.patchSettings({ expiredPassword: 'refuse' })
    expect((await client.call('GET', '/organization/v1', { headers: NOBODY })).json).toEqual(UNKNOWN_USER)
    expect((await login(API_USER.password)).status).toBe(200)
  })

  it('can be changed by its owner, and holds at once and for ninety days', async () => {
    const newPassword = 'Another-Password-1'
    const changed = await client.call('POST', '/admin/v1/changepassword', { body: { newPassword } })
    expect(changed).toMatchObject({ status: 204, text: '' })
    expect((await login(API_USER.password)).status).toBe(401)
    const state = await client.call('GET', '/admin/v1/password', { headers: { password: newPassword } })
    const { expirationDate } = state.json as { expirationDate: string }
    const days = (Date.parse(expirationDate) - Date.now()) / (24 * 60 * 60 * 1000)
    expect(days).toBeGreaterThan(88)
    expect(days).toBeLessThanOrEqual(90)
  })

  it.each([
    [
      'new',
      -7306,
      'Password policy violated: Password must contain 1 or more uppercase characters. Password must contain 1 or more digit characters. Password must be 8 or more characters in length.',
    ],
    [API_USER.password, -220, "Password can't be the same."],
  ])('refuses the new password %s', async (newPassword, code, description) => {
    const reply = await client.call('POST', '/admin/v1/changepassword', { body: { newPassword } })
    expect(reply.status).toBe(400)
    expect(reply.json).toEqual({ code, description })
  })
})

describe('rights', () => {
  it.each([
    ['notAuthorized', -25, 'You are not authorized to execute sslRequest'],
    ['notPermitted', -3, 'You are not authorized to perform sslRequest.'],
    ['accessDenied', -37, 'Access denied.'],
  ] as const)('without the privilege: %s', async (privilegeAnswer, code, description) => {
    await simulator.control.patchSettings({ privilegeAnswer })
    await change('api-user', { privileges: [] })
    const reply = await client.enrollSsl()
    expect(reply.status).toBe(400)
    expect(reply.json).toEqual({ code, description })
  })

  it('a role sees its own kind of certificate and nothing of another', async () => {
    const ssl = idOf(await client.enrollSsl({}, RAO_SSL))
    const device = idOf(await client.enrollDevice())
    const get = async (path: string): Promise<Reply> => await client.call('GET', path, { headers: RAO_SSL })
    expect((await get(`/ssl/v1/${ssl}`)).status).toBe(200)
    expect((await get(`/device/v1/${device}`)).status).toBe(404)
    for (const path of ['/device/v1', '/device/v1/types', '/smime/v2', '/smime/v1/types']) {
      expect((await get(path)).json).toEqual([])
    }
    const reply = await client.enrollDevice({ certType: PRIVATE_CA }, RAO_SSL)
    expect(reply.json).toMatchObject({ code: -39 })
  })

  it('a department has its own API switches', async () => {
    const { organizations } = await simulator.control.catalogue()
    await simulator.control.patchCatalogue({
      organizations: organizations.map((one) => ({
        ...one,
        departments: one.departments.map((department) => ({
          ...department,
          sslCertsApiEnabled: department.id === 8929,
        })),
      })),
    })
    expect((await client.enrollSsl({ orgId: 8930 })).json).toMatchObject({ code: -1021 })
    expect((await client.enrollSsl({ orgId: 8929 })).status).toBe(200)
    expect((await client.call('GET', '/organization/v1/8930')).json).toMatchObject({
      sslCertsApiEnabled: false,
      clientCertsApiEnabled: true,
    })
  })
})
