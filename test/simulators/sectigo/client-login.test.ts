// Logins with a TLS client certificate under `/private/api`: over real TLS, with the certificate the simulator hands out.
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ClientCertificate } from './client-ca.ts'
import { createClientCa } from './client-ca.ts'
import { createControlClient } from './control-client.ts'
import { sharedSimulator } from './shared-simulator.ts'
import type { CallOptions, Reply } from './test-client.ts'
import { API_USER, createTestClient } from './test-client.ts'

const TYPES = '/private/api/ssl/v1/types'
const { login, customerUri } = API_USER
const HEADERS = { login, customerUri }
const REFUSED = { status: 401, text: '{"code":-16,"description":"Unknown user"}' }

const { simulator } = await sharedSimulator()
let certificate: ClientCertificate

beforeEach(async () => {
  certificate = await simulator.control.issueClientCertificate(login)
})

/** One call over a connection of its own. */
async function get(path: string, options: CallOptions, clientCertificate?: ClientCertificate): Promise<Reply> {
  await using client = createTestClient(simulator, clientCertificate ? { clientCertificate } : {})
  return await client.raw('GET', path, options)
}

/** The same over Node's own client, which resumes TLS sessions and tells so. */
async function statusOf(agent: Agent): Promise<{ status: number | undefined; resumed: boolean }> {
  const call = request(`${simulator.origin}${TYPES}`, { agent, headers: HEADERS }).end()
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  const resumed = (response.socket as TLSSocket).isSessionReused()
  response.resume()
  await once(response, 'end')
  return { status: response.statusCode, resumed }
}

describe('a client certificate', () => {
  it('logs in with login and customerUri and no password', async () => {
    const reply = await get(TYPES, { headers: HEADERS }, certificate)
    expect(reply.status).toBe(200)
    expect(simulator.privateUrl).toBe(`${simulator.origin}/private/api`)
    expect((await simulator.control.counters()).calls).toEqual({ 'GET /private/api/ssl/v1/types': { '200': 1 } })
  })

  it('stays known on the connections that follow the first', async () => {
    await using client = createTestClient(simulator, { clientCertificate: certificate })
    const replies = await Promise.all(Array.from({ length: 6 }, () => client.raw('GET', TYPES, { headers: HEADERS })))
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200, 200, 200, 200])
  })

  it('stays known in a resumed TLS session, and none stays none', async () => {
    const { certificatePem: cert, keyPem: key } = certificate
    const known = new Agent({ ca: simulator.caPem, cert, key })
    expect(await statusOf(known)).toEqual({ status: 200, resumed: false })
    expect(await statusOf(known)).toEqual({ status: 200, resumed: true })
    const unknown = new Agent({ ca: simulator.caPem })
    expect(await statusOf(unknown)).toEqual({ status: 401, resumed: false })
    expect(await statusOf(unknown)).toEqual({ status: 401, resumed: true })
  })

  it('is for its own account only', async () => {
    const reply = await get(TYPES, { headers: { ...HEADERS, login: 'requester' } }, certificate)
    expect(reply).toMatchObject(REFUSED)
    expect((await simulator.control.counters()).loginFailures).toEqual({ requester: 1 })
  })

  it('is not enough without the header login, or with another customerUri', async () => {
    const anonymous = await get(TYPES, { headers: { customerUri } }, certificate)
    expect(anonymous).toMatchObject(REFUSED)
    const elsewhere = await get(TYPES, { headers: { login, customerUri: 'other' } }, certificate)
    expect(elsewhere).toMatchObject(REFUSED)
  })

  it('does not log in without `/private`', async () => {
    expect(await get('/api/ssl/v1/types', { headers: HEADERS }, certificate)).toMatchObject(REFUSED)
  })
})

describe('no good certificate under /private', () => {
  it('none at all is 401, even with the right password', async () => {
    expect(await get(TYPES, { headers: HEADERS })).toMatchObject(REFUSED)
    expect(await get(TYPES, { headers: API_USER })).toMatchObject(REFUSED)
  })

  it('one of another authority is 401, whatever its serial number', async () => {
    const stranger = await (await createClientCa()).issue({ login, email: 'x@acme.example', days: 1 })
    const { accounts } = await simulator.control.catalogue()
    await simulator.control.patchCatalogue({
      accounts: accounts.map((one) => ({ ...one, certificateSerialNumber: stranger.serialNumber })),
    })
    expect(await get(TYPES, { headers: HEADERS }, stranger)).toMatchObject(REFUSED)
  })

  it('one that is over is 401', async () => {
    const old = await simulator.control.issueClientCertificate(login, { days: 0 })
    expect(await get(TYPES, { headers: HEADERS }, old)).toMatchObject(REFUSED)
  })

  it('one that a newer one took the place of is 401', async () => {
    const newer = await simulator.control.issueClientCertificate(login)
    expect(await get(TYPES, { headers: HEADERS }, certificate)).toMatchObject(REFUSED)
    expect((await get(TYPES, { headers: HEADERS }, newer)).status).toBe(200)
  })
})

describe('the account', () => {
  it('may have its serial number in any spelling', async () => {
    const colons = certificate.serialNumber.toLowerCase().replace(/..(?=.)/g, '$&:')
    const { accounts } = await simulator.control.catalogue()
    for (const certificateSerialNumber of [colons, `0x00${certificate.serialNumber}`]) {
      await simulator.control.patchCatalogue({
        accounts: accounts.map((one) => (one.login === login ? { ...one, certificateSerialNumber } : one)),
      })
      expect((await get(TYPES, { headers: HEADERS }, certificate)).status).toBe(200)
    }
  })

  it('can have its certificate from another process', async () => {
    const { origin, controlToken: token, caPem } = simulator
    await using control = createControlClient({ origin, token, caPem })
    const issued = await control.issueClientCertificate(login)
    expect((await get(TYPES, { headers: HEADERS }, issued)).status).toBe(200)
    const { subject, serialNumber } = new X509Certificate(issued.certificatePem)
    expect({ subject, serialNumber }).toEqual({ subject: 'CN=api-user', serialNumber: issued.serialNumber })
    await expect(control.issueClientCertificate('stranger')).rejects.toThrow(/no account stranger/)
  })

  it('may use a token under /private too', async () => {
    await using client = createTestClient(simulator)
    const form = 'grant_type=client_credentials&client_id=api-client&client_secret=simulated-client-secret-1'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const granted = await client.raw('POST', new URL(simulator.tokenUrl).pathname, { headers, body: form })
    const { access_token: token } = granted.json as { access_token: string }
    expect((await client.raw('GET', TYPES, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
  })
})
