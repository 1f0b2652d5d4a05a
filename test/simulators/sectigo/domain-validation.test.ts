// The validation status of the tenant's domains, as it is read.
import { beforeEach, describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { DRAO, NOBODY } from './test-client.ts'

const START = Date.UTC(2026, 11, 4, 10, 0, 0)
let now = START

beforeEach(() => {
  now = START
})
const { simulator, client } = await sharedSimulator({ now: () => now })

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
    expect((await status('elsewhere.example', DRAO)).json).toMatchObject({ code: -727 })
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
    expect((await client.call('GET', '/dcv/v1/validation?expiresIn=0')).json).toMatchObject({ code: -1601 })
  })

  it('is for who may validate, where domains are validated at all', async () => {
    const refused = { code: -3, description: 'You are not authorized to perform DCV validation.' }
    expect((await status('example.com', NOBODY)).json).toEqual(refused)
    expect((await client.call('GET', '/dcv/v1/validation', { headers: NOBODY })).json).toEqual(refused)
    await simulator.control.patchSettings({ dcvEnabled: false })
    expect((await status('example.com')).json).toEqual({
      code: -1608,
      description: 'DCV is not enabled for this customer.',
    })
  })

  it('of a subdomain that is an entry of its own is that of the domain above it', async () => {
    const { domains } = await simulator.control.catalogue()
    const below = domains.map((one) => ({ ...one, id: one.id + 100, name: `www.${one.name}` }))
    const entries = below.map((one) => ({ ...one, dcvStatus: 'NOT_VALIDATED' as const, expires: undefined }))
    await simulator.control.patchCatalogue({ domains: [...entries, ...domains] })
    expect((await status('www.example.com')).json).toMatchObject({ status: 'VALIDATED', expirationDate: '2099-12-31' })
    expect((await status('www.expired.example')).json).toMatchObject({ status: 'EXPIRED' })
  })

  it('is over with its last day', async () => {
    const { domains } = await simulator.control.catalogue()
    await simulator.control.patchCatalogue({ domains: domains.map((one) => ({ ...one, expires: '2026-12-05' })) })
    expect((await status('example.com')).json).toMatchObject({ status: 'VALIDATED' })
    now = Date.UTC(2026, 11, 5)
    expect((await status('example.com')).json).toMatchObject({ status: 'EXPIRED', expirationDate: '2026-12-05' })
  })
})
