// Domains: what an order is refused for, the proof of one order, and the validation status of the tenant's domains.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Simulator } from './simulator.ts'
import { startSimulator } from './simulator.ts'
import type { Reply, TestClient } from './test-client.ts'
import { createTestClient, csrPem, DRAO, idOf, NOBODY } from './test-client.ts'

const START = Date.UTC(2026, 11, 4, 10, 0, 0)
const HOUR_MS = 60 * 60 * 1000
let now = START

let simulator: Simulator
let client: TestClient

beforeAll(async () => {
  simulator = await startSimulator({ now: () => now })
  client = createTestClient(simulator)
})
afterAll(async () => {
  await client[Symbol.asyncDispose]()
  await simulator.close()
})
beforeEach(async () => {
  now = START
  await simulator.control.reset()
})

const named = async (name: string, fields = {}): Promise<Reply> =>
  await client.enrollSsl({ csr: await csrPem({ subject: `CN=${name}` }), subjAltNames: '', ...fields })

describe('domain checks', () => {
  it('are off unless a test wants them', async () => {
    expect((await named('unvalidated.example')).status).toBe(200)
  })

  it.each([
    ['unknown.example', -1010, "Domain 'unknown.example' is not allowed."],
    ['www.elsewhere.example', -1010, "Domain 'www.elsewhere.example' is not allowed."],
    ['badexample.com', -1010, "Domain 'badexample.com' is not allowed."],
    ['a.suspended.example', -715, "The domain 'suspended.example' is inactive."],
    ['a.unvalidated.example', -107, /either incomplete or expired for unvalidated\.example\. Please/],
    ['expired.example', -107, /expired\.example/],
  ])('refuse %s', async (name, code, description) => {
    await simulator.control.patchSettings({ domainChecks: true })
    const reply = await named(name)
    expect([reply.status, reply.json]).toEqual([400, { code, description: expect.stringMatching(description) }])
    expect(await simulator.control.orders()).toEqual([])
  })

  it.each([
    ['domainsNotValidated', -737],
    ['domainsWithoutDcv', -1137],
  ] as const)('can say %s', async (dcvRefusal, code) => {
    await simulator.control.patchSettings({ domainChecks: true, dcvRefusal })
    const names = 'a.expired.example, b.unvalidated.example, c.expired.example'
    const reply = await named('a.example.com', { subjAltNames: names })
    expect(reply.json).toMatchObject({
      code,
      description: expect.stringContaining('expired.example, unvalidated.example'),
    })
  })

  it('let subdomains, wildcards and addresses of a validated domain pass, and departments of its organization', async () => {
    await simulator.control.patchSettings({ domainChecks: true })
    const names = '*.a.example.com, example.com, 203.0.113.1'
    expect((await named('a.example.com', { subjAltNames: names })).status).toBe(200)
    expect((await named('a.example.com', { orgId: 8930 })).status).toBe(200)
  })

  it('follow what the catalogue says now', async () => {
    await simulator.control.patchSettings({ domainChecks: true })
    const { domains } = await simulator.control.catalogue()
    await simulator.control.patchCatalogue({ domains: domains.map((one) => ({ ...one, dcvStatus: 'VALIDATED' })) })
    expect((await named('a.unvalidated.example')).status).toBe(200)
  })

  it('ask nothing of devices', async () => {
    await simulator.control.patchSettings({ domainChecks: true })
    expect((await client.enrollDevice({ csr: await csrPem({ subject: 'CN=unknown.example' }) })).status).toBe(200)
  })

  it('hold for renewals and replacements too', async () => {
    const id = idOf(await named('a.unvalidated.example'))
    await simulator.control.issue(id)
    await simulator.control.patchSettings({ domainChecks: true })
    expect((await client.call('POST', `/ssl/v1/renewById/${id}`)).json).toMatchObject({ code: -107 })
    const body = { csr: await csrPem({}), reason: 'test' }
    expect((await client.call('POST', `/ssl/v1/replace/${id}`, { body })).json).toMatchObject({ code: -107 })
  })
})

describe('local names and private addresses', () => {
  it.each(['server', 'a.local', 'db.internal', '10.1.2.3', '192.168.0.1', 'fd00::1'])(
    '%s: short terms only',
    async (name) => {
      await simulator.control.patchSettings({ localNameTermDays: 90 })
      const reply = await client.enrollSsl({ subjAltNames: name, term: 199 })
      expect(reply.json).toEqual({
        code: -164,
        description:
          'Certificate cannot be enrolled for a Local Domain and/or Private IP for a validity period exceeding 90 days.',
      })
      expect((await client.enrollSsl({ subjAltNames: name, term: 90 })).status).toBe(200)
    },
  )

  it('does not hold for public names', async () => {
    await simulator.control.patchSettings({ localNameTermDays: 90 })
    expect((await client.enrollSsl({ subjAltNames: '203.0.113.1, b.example.com', term: 199 })).status).toBe(200)
  })
})

describe('the proof of one order', () => {
  beforeEach(() => simulator.control.patchSettings({ dcv: 'perOrder' }))

  const dcv = async (id: number): Promise<unknown> => (await client.call('GET', `/ssl/v1/${id}/dcv`)).json

  it('needs a dcvMode at enrolment', async () => {
    expect((await client.enrollSsl()).json).toEqual({ code: -7, description: 'dcvMode is required but missing.' })
  })

  it('is told by host and point from the hashes of the CSR', async () => {
    const csr = await csrPem({})
    const id = idOf(await client.enrollSsl({ csr, dcvMode: 'CNAME' }))
    const der = Buffer.from(csr.replace(/-----[^-]+-----/g, ''), 'base64')
    const hash = (algorithm: string): string => createHash(algorithm).update(der).digest('hex').toUpperCase()
    const sha256 = hash('sha256')
    expect(await dcv(id)).toEqual({
      dcvLog: {
        error: { code: 0, description: null },
        log: [
          {
            domainName: 'a.example.com',
            dcvStatus: 'Awaiting Validation',
            dcvMethod: 'CNAME_CSR_HASH',
            lastCheck: '2026-12-04 10:00:00',
            nextCheck: '2026-12-04 11:00:00',
            dcvEmailRefNumber: expect.any(Number),
          },
        ],
      },
      instructions: [
        {
          domainName: 'a.example.com',
          dcvMode: 'CNAME',
          host: `_${hash('md5')}.a.example.com.`,
          point: `${sha256.slice(0, 32)}.${sha256.slice(32)}.sectigo.com.`,
        },
      ],
    })
  })

  it.each([
    [
      'HTTP',
      { url: expect.stringMatching(/^http:.*\.txt$/), file: expect.stringMatching(/^[0-9A-F]{64}\nsectigo\.com$/) },
    ],
    ['HTTPS', { url: expect.stringMatching(/^https:/) }],
    ['TXT', { host: '_pki-validation.a.example.com.', point: expect.stringMatching(/^.{32}$/) }],
    ['EMAIL', { dcvEmail: 'admin@example.com' }],
  ])('is told for %s', async (dcvMode, instruction) => {
    const id = idOf(await client.enrollSsl({ dcvMode, dcvEmail: 'admin@example.com' }))
    expect(await dcv(id)).toMatchObject({ instructions: [instruction] })
  })

  it('holds the order in Applied until the hourly check finds it', async () => {
    const id = idOf(await client.enrollSsl({ dcvMode: 'CNAME' }))
    now += 3 * HOUR_MS
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Applied' })
    await simulator.control.publishDcv(id)
    now += HOUR_MS - 1
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Applied' })
    now += 1
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Issued', issuedAt: new Date(now).toISOString() })
    expect(await dcv(id)).toMatchObject({
      dcvLog: { log: [{ dcvStatus: 'Validated', dcvDate: '2026-12-04 14:00:00' }] },
    })
  })

  it('is found at once by a recheck', async () => {
    const id = idOf(await client.enrollSsl({ dcvMode: 'CNAME' }))
    const recheck = (): Promise<Reply> => client.call('POST', `/ssl/v1/${id}/dcv/recheck`)
    now += 60_000
    const early = await recheck()
    expect([early.status, early.text]).toEqual([202, ''])
    expect(await dcv(id)).toMatchObject({ dcvLog: { log: [{ lastCheck: '2026-12-04 10:01:00' }] } })
    await simulator.control.publishDcv(id)
    await recheck()
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Issued' })
  })

  it('is not needed where domains are validated beforehand', async () => {
    await simulator.control.patchSettings({ dcv: 'prevalidated' })
    const id = idOf(await client.enrollSsl({ dcvMode: 'CNAME' }))
    expect(await simulator.control.order(id)).toMatchObject({ status: 'Issued' })
    expect(await dcv(id)).toEqual({ dcvLog: { error: { code: 0, description: null }, log: [] }, instructions: [] })
    await expect(simulator.control.publishDcv(id)).rejects.toThrow(/no domain control validation/)
  })

  it('of an unknown order is -124', async () => {
    expect(await dcv(1)).toMatchObject({ code: -124 })
    expect((await client.call('POST', '/ssl/v1/1/dcv/recheck')).json).toMatchObject({ code: -124 })
  })
})

describe('validation status', () => {
  const status = (domain: unknown, headers = {}): Promise<Reply> =>
    client.call('POST', '/dcv/v2/validation/status', { body: { domain }, headers })

  it('of a validated and of an expired domain', async () => {
    expect((await status('example.com')).json).toEqual({
      status: 'VALIDATED',
      validationDate: '2026-06-01',
      expirationDate: '2099-12-31',
      orderStatus: 'NOT_INITIATED',
    })
    expect((await status('EXPIRED.example')).json).toMatchObject({ status: 'EXPIRED', orderStatus: 'NOT_INITIATED' })
  })

  it.each([
    ['CNAME', { host: expect.stringMatching(/^_[0-9a-f]{32}\.example\.com\.$/), point: expect.any(String) }],
    ['HTTPS', { url: expect.stringMatching(/^https:/), firstLine: expect.any(String), secondLine: 'sectigo.com' }],
    ['TXT', { host: '_pki-validation.example.com.' }],
    ['EMAIL', { validationEmail: 'admin@example.com', emailValidationReferenceNumber: expect.any(String) }],
    ['AUTO', { orderBackendId: expect.any(String) }],
  ] as const)('of one with a submitted order by %s', async (dcvOrderMethod, shown) => {
    const { domains } = await simulator.control.catalogue()
    const submitted = { dcvOrderStatus: 'SUBMITTED', dcvOrderMethod, submitted: '2026-12-04T08:30:00Z' } as const
    await simulator.control.patchCatalogue({ domains: domains.map((one) => ({ ...one, ...submitted })) })
    expect((await status('example.com')).json).toMatchObject({
      ...shown,
      orderStatus: 'SUBMITTED',
      orderMode: dcvOrderMethod,
      submittedDate: '2026-12-04',
      orderExpiration: '2027-01-03T08:30:00.000Z',
      lastCheck: '2026-12-04T09:30:00.000Z',
      nextCheck: '2026-12-04T10:30:00.000Z',
    })
  })

  it('refuses unknown, foreign and malformed domains', async () => {
    expect((await status('unknown.example')).json).toMatchObject({ code: -727 })
    expect((await status('example.com', NOBODY)).json).toMatchObject({ code: -727 })
    expect((await status('ab')).json).toMatchObject({ code: -1001 })
    expect((await status(null)).json).toMatchObject({ code: -1001 })
  })

  it('is listed, filtered and paged', async () => {
    const list = async (query: string, headers = {}): Promise<{ names: string[]; total: string }> => {
      const reply = await client.call('GET', `/dcv/v1/validation${query}`, { headers })
      const names = (reply.json as { domain: string }[]).map((row) => row.domain)
      return { names, total: String(reply.headers['x-total-count']) }
    }
    expect((await list('?size=2&position=1')).names).toEqual(['unvalidated.example', 'expired.example'])
    expect(await list('?org=&department=&domain=example.com&dcvStatus=&orderStatus=&expiresIn=')).toEqual({
      names: ['example.com'],
      total: '1',
    })
    expect((await list('?dcvStatus=EXPIRED')).names).toEqual(['expired.example'])
    expect((await list('?orderStatus=SUBMITTED')).names).toEqual([])
    expect((await list('?expiresIn=1')).names).toEqual(['expired.example'])
    expect((await list('?org=8950')).names).toEqual(['elsewhere.example'])
    expect((await list('?department=8930')).total).toBe('4')
    expect((await list('', DRAO)).total).toBe('4')
    expect((await list('', NOBODY)).names).toEqual([])
    expect((await client.call('GET', '/dcv/v1/validation?expiresIn=0')).json).toMatchObject({ code: -1601 })
  })
})
