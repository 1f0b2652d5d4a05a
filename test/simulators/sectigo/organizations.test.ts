// Organizations, profiles, custom fields and the password state, as different accounts see them.
import { describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import { DRAO, NOBODY, REQUESTER } from './test-client.ts'

const { client } = await sharedSimulator()

describe('organizations', () => {
  it('lists organizations with their departments', async () => {
    const reply = await client.call('GET', '/organization/v1')
    expect(reply.json).toEqual([
      {
        id: 8928,
        name: 'Acme Ltd',
        departments: [
          { id: 8929, parentName: 'Acme Ltd', name: 'Platform' },
          { id: 8930, parentName: 'Acme Ltd', name: 'Shop' },
        ],
      },
      { id: 8950, name: 'Acme without API', departments: [] },
    ])
  })

  it('are listed by kind of certificate and by role', async () => {
    const list = async (path: string): Promise<unknown> => (await client.call('GET', `/organization/v1/${path}`)).json
    expect(await list('report-type/SSL')).toMatchObject([{ id: 8928 }, { id: 8950, departments: [] }])
    expect(await list('report-type/Device')).toMatchObject([{ id: 8928, departments: [{ id: 8929 }, { id: 8930 }] }])
    expect(await list('report-type/Toaster')).toMatchObject({ code: -1601 })
    expect(await list('managedBy/RAO_SSL')).toEqual([
      { id: 8928, name: 'Acme Ltd' },
      { id: 8950, name: 'Acme without API' },
    ])
    const departments = [
      { id: 8929, parentName: 'Acme Ltd', name: 'Platform' },
      { id: 8930, parentName: 'Acme Ltd', name: 'Shop' },
    ]
    expect(await list('managedBy/DRAO_SMIME')).toEqual(departments)
    expect(await list('managed-by/DRAO_SMIME')).toEqual(departments)
    expect(await list('managedBy/NOBODY')).toMatchObject({ code: -1601 })
    expect((await client.call('GET', '/organization/v1/managedBy/RAO_SSL', { headers: DRAO })).json).toEqual([])
  })

  it('shows a DRAO only its department', async () => {
    const reply = await client.call('GET', '/organization/v1', { headers: DRAO })
    expect(reply.json).toMatchObject([{ id: 8928, departments: [{ id: 8930 }] }])
    expect((await client.call('GET', '/organization/v1/8929', { headers: DRAO })).status).toBe(404)
  })

  it('shows nothing to an account without organizations', async () => {
    expect((await client.call('GET', '/organization/v1', { headers: NOBODY })).json).toEqual([])
    const reply = await client.call('GET', '/organization/v1/8928', { headers: NOBODY })
    expect(reply.json).toEqual({ code: -1023, description: "Organization '8928' not found." })
  })

  it('tells whether the API is enabled', async () => {
    const enabled = await client.call('GET', '/organization/v1/8928')
    expect(enabled.json).toMatchObject({ id: 8928, certTypes: ['SSL', 'Client', 'Device'], sslCertsApiEnabled: true })
    expect((await client.call('GET', '/organization/v1/8950')).json).toMatchObject({ sslCertsApiEnabled: false })
    expect((await client.call('GET', '/organization/v1/8930')).json).toMatchObject({ id: 8930, name: 'Shop' })
  })
})

describe('profiles', () => {
  it('lists SSL profiles with terms and key types, with and without a trailing slash', async () => {
    const reply = await client.call('GET', '/ssl/v1/types?organizationId=8928')
    expect(reply.json).toMatchObject([
      {
        id: 5170,
        name: 'OV SSL 199',
        terms: [90, 199],
        keyTypes: { RSA: ['2048', '3072', '4096'] },
        useSecondaryOrgName: false,
      },
      { id: 5171, name: 'DV SSL 90', terms: [90] },
    ])
    expect((await client.call('GET', '/ssl/v1/types/')).json).toEqual(reply.json)
  })

  it('lists device profiles with first term and usages', async () => {
    const reply = await client.call('GET', '/device/v1/types')
    expect(reply.json).toMatchObject([
      { id: 5984, name: 'Private CA', term: 30, ku: ['Digital Signature', 'Key encipherment'] },
      { id: 5985, name: 'Device OV', eku: ['1.3.6.1.5.5.7.3.2'] },
    ])
  })

  it('filters by organization', async () => {
    expect((await client.call('GET', '/device/v1/types?organizationId=8950')).json).toMatchObject([{ id: 5984 }])
    expect((await client.call('GET', '/device/v1/types?organizationId=1')).json).toEqual([])
    expect((await client.call('GET', '/ssl/v1/types', { headers: NOBODY })).json).toEqual([])
    const malformed = await client.call('GET', '/ssl/v1/types?organizationId=x')
    expect(malformed.json).toEqual({ code: -1601, description: "Field 'organizationId' has invalid value." })
  })

  it('lists custom fields', async () => {
    const reply = await client.call('GET', '/ssl/v1/customFields')
    expect(reply.json).toEqual([{ id: 354, name: 'cost-centre', mandatory: false }])
    expect((await client.call('GET', '/device/v1/customFields')).json).toMatchObject([{ id: 436 }])
  })
})

describe('password state', () => {
  it.each([
    ['ALIVE', {}, { expirationDate: '2099-12-31', state: 'ALIVE' }],
    ['EXPIRED', NOBODY, { expirationDate: '2020-01-01', state: 'EXPIRED' }],
    ['NEVER_EXPIRE', REQUESTER, { state: 'NEVER_EXPIRE' }],
  ])('can be %s', async (_, headers, expected) => {
    expect((await client.call('GET', '/admin/v1/password', { headers })).json).toEqual(expected)
  })
})

it('answers 404 with an error object to anything else', async () => {
  const reply = await client.call('GET', '/no/such/thing')
  expect(reply.status).toBe(404)
  expect(reply.json).toMatchObject({ code: expect.any(Number), description: expect.any(String) })
})
