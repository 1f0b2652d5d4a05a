// Password headers and OAuth2: who gets in, what a refusal looks like, what is counted.
import { describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import { API_USER } from './test-client.ts'

let now = Date.now()
const { simulator, client } = await sharedSimulator({ now: () => now })

const TYPES = '/api/ssl/v1/types'
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const CLIENT = 'client_id=api-client&client_secret=simulated-client-secret-1'

async function token(): Promise<string> {
  const body = `grant_type=client_credentials&${CLIENT}`
  const reply = await client.raw('POST', new URL(simulator.tokenUrl).pathname, { headers: FORM, body })
  return (reply.json as { access_token: string }).access_token
}

describe('password headers', () => {
  it('lets the right ones in', async () => {
    expect((await client.raw('GET', TYPES, { headers: API_USER })).status).toBe(200)
  })

  it.each([
    ['password', { ...API_USER, password: 'wrong' }],
    ['password of another length or none', { login: 'api-user', customerUri: 'acme' }],
    ['login', { ...API_USER, login: 'stranger' }],
    ['customerUri', { ...API_USER, customerUri: 'other' }],
  ])('answers 401 code -16 to a wrong %s and counts it', async (_, headers) => {
    const reply = await client.raw('GET', TYPES, { headers })
    expect(reply.status).toBe(401)
    expect(reply.text).toBe('{"code":-16,"description":"Unknown user"}')
    expect((await simulator.control.counters()).loginFailures).toEqual({ [headers.login]: 1 })
  })

  it('names the authorization server when no credential is sent at all', async () => {
    const reply = await client.raw('GET', TYPES)
    expect(reply.status).toBe(401)
    expect(reply.headers['www-authenticate']).toContain(`authorization_uri="${simulator.tokenUrl}"`)
  })

  it('follows a changed password', async () => {
    const { accounts } = await simulator.control.catalogue()
    await simulator.control.patchCatalogue({ accounts: accounts.map((one) => ({ ...one, password: 'rotated' })) })
    expect((await client.call('GET', '/ssl/v1/types')).status).toBe(401)
    expect((await client.call('GET', '/ssl/v1/types', { headers: { password: 'rotated' } })).status).toBe(200)
  })
})

describe('OAuth2', () => {
  it('grants a token that works as Bearer on the same API', async () => {
    const body = `grant_type=client_credentials&${CLIENT}`
    const reply = await client.raw('POST', new URL(simulator.tokenUrl).pathname, { headers: FORM, body })
    expect(reply.json).toEqual({ access_token: expect.any(String), expires_in: 300, token_type: 'Bearer' })
    const { access_token: access } = reply.json as { access_token: string }
    const types = await client.raw('GET', TYPES, { headers: { authorization: `Bearer ${access}` } })
    expect(types.status).toBe(200)
  })

  it('takes the client from HTTP Basic too', async () => {
    const basic = Buffer.from('api-client:simulated-client-secret-1').toString('base64')
    const headers = { ...FORM, authorization: `Basic ${basic}` }
    const path = new URL(simulator.tokenUrl).pathname
    expect((await client.raw('POST', path, { headers, body: 'grant_type=client_credentials' })).status).toBe(200)
  })

  it('answers invalid_client to a wrong secret and counts it', async () => {
    const body = 'grant_type=client_credentials&client_id=api-client&client_secret=wrong'
    const reply = await client.raw('POST', new URL(simulator.tokenUrl).pathname, { headers: FORM, body })
    expect(reply.status).toBe(401)
    expect(reply.json).toMatchObject({ error: 'invalid_client' })
    expect((await simulator.control.counters()).loginFailures).toEqual({ 'api-client': 1 })
  })

  it('refuses other grants', async () => {
    const reply = await client.raw('POST', new URL(simulator.tokenUrl).pathname, {
      headers: FORM,
      body: `grant_type=password&${CLIENT}`,
    })
    expect(reply.status).toBe(400)
    expect(reply.json).toEqual({ error: 'unsupported_grant_type' })
  })

  it('refuses a token after its lifetime, with WWW-Authenticate', async () => {
    await simulator.control.patchSettings({ tokenLifetimeSeconds: 5 })
    const headers = { authorization: `Bearer ${await token()}` }
    expect((await client.raw('GET', TYPES, { headers })).status).toBe(200)
    now += 5000
    const reply = await client.raw('GET', TYPES, { headers })
    expect(reply.status).toBe(401)
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer /)
    expect(await simulator.control.counters()).toMatchObject({ refusedTokens: 1, loginFailures: {} })
  })

  it('knows a client in its own realm only, and names that realm when its token is over', async () => {
    const acme = new URL(simulator.tokenUrl).pathname.replace('apiclients', 'acme')
    const body = 'grant_type=client_credentials&client_id=acme-client&client_secret=simulated-client-secret-7'
    const elsewhere = await client.raw('POST', new URL(simulator.tokenUrl).pathname, { headers: FORM, body })
    expect(elsewhere).toMatchObject({ status: 401, json: { error: 'invalid_client' } })
    const granted = await client.raw('POST', acme, { headers: FORM, body })
    const headers = { authorization: `Bearer ${(granted.json as { access_token: string }).access_token}` }
    expect((await client.raw('GET', TYPES, { headers })).status).toBe(200)
    now += 300_000
    const reply = await client.raw('GET', TYPES, { headers })
    expect(reply.headers['www-authenticate']).toBe(
      `Bearer realm="acme", authorization_uri="${simulator.tokenUrl.replace('apiclients', 'acme')}"`,
    )
    const nowhere = await client.raw('POST', acme.replace('acme', 'nowhere'), { headers: FORM, body })
    expect(nowhere).toMatchObject({ status: 404, json: { error: 'Realm does not exist' } })
  })

  it('refuses every token once they are revoked', async () => {
    const headers = { authorization: `Bearer ${await token()}` }
    await simulator.control.revokeTokens()
    expect((await client.raw('GET', TYPES, { headers })).status).toBe(401)
  })
})
