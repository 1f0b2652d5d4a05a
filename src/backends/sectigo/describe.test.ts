import { describe, expect, it } from 'vitest'
import type { Call } from './call.ts'
import { clientProduct } from './client.ts'
import { describeIssuer } from './describe.ts'
import { deviceProduct } from './device.ts'
import { sslProduct } from './ssl.ts'
import { type Reply, scriptedCaller } from './testing/scripted-caller.ts'

const ssl = sslProduct({ product: 'ssl' })
const device = deviceProduct({ product: 'device' })
const client = clientProduct({ product: 'client', person: { firstName: 'A', lastName: 'B' } }, 'v1')

const organizations = [
  { id: 8928, name: 'Acme', departments: [{ id: 8930, parentName: 'Acme', name: 'Shop' }] },
  { id: 9000, name: 'Other', departments: null },
]
const types = [
  {
    id: 5170,
    name: 'OV SSL',
    description: 'x',
    terms: [90, 199],
    keyTypes: { RSA: ['2048'] },
    useSecondaryOrgName: false,
  },
  { id: 5171, name: 'Twin', terms: [365] },
  { id: 5172, name: 'Twin', terms: [365] },
  { id: 5173, name: 'Empty', terms: [] },
]

const healthy: Readonly<Record<string, Reply>> = {
  'organization/v1': { json: organizations },
  'organization/v1/{id}': { json: { id: 8928, sslCertsApiEnabled: true } },
  'ssl/v1/types': { json: types },
  'device/v1/types': { json: [{ id: 6, name: 'Mesh', term: 30, keyTypes: null }] },
  'smime/v1/types': { json: [{ id: 9, name: 'Mail', terms: [365] }] },
  'ssl/v1/customFields': { json: [] },
  'device/v1/customFields': { json: [] },
  'admin/v1/password': { json: { expirationDate: '2026-03-04', state: 'ALIVE' } },
}

function check(replies: Record<string, Reply> = {}, options: Partial<Parameters<typeof describeIssuer>[1]> = {}) {
  const caller = scriptedCaller((call: Call) => ({ ...healthy, ...replies })[call.endpoint] ?? { status: 404 })
  const facts = describeIssuer(caller, {
    product: ssl,
    organization: { id: '8928' },
    profile: { name: 'OV SSL' },
    credentialsExpire: 'ask',
    signal: new AbortController().signal,
    ...options,
  })
  return { caller, facts }
}

describe('describeIssuer', () => {
  it('tells profile, organization and the end of the password', async () => {
    const { caller, facts } = check()
    expect(await facts).toEqual({
      profile: { id: '5170', name: 'OV SSL', terms: [90, 199], keyTypes: { RSA: ['2048'] } },
      organization: { id: '8928', name: 'Acme' },
      credentialsExpire: '2026-03-04',
    })
    expect(caller.calls.every(({ method }) => method === 'GET')).toBe(true)
    expect(caller.calls.find(({ endpoint }) => endpoint === 'ssl/v1/types')?.query).toEqual({ organizationId: '8928' })
  })

  it('takes a department, and a profile by its id', async () => {
    const { facts } = check({}, { organization: { id: '8930' }, profile: { id: '5172' } })
    expect(await facts).toMatchObject({ organization: { id: '8930', name: 'Shop' }, profile: { id: '5172' } })
  })

  it('knows device profiles, which may list no terms but one', async () => {
    const { caller, facts } = check({}, { product: device, profile: { name: 'Mesh' } })
    expect((await facts).profile).toEqual({ id: '6', name: 'Mesh', terms: [30], keyTypes: {} })
    expect(caller.calls.map(({ endpoint }) => endpoint)).not.toContain('organization/v1/{id}')
  })

  it('takes an organization by its name, and a department within it', async () => {
    expect(await check({}, { organization: { name: 'Other' } }).facts).toMatchObject({ organization: { id: '9000' } })
    const organization = { name: 'Acme', department: 'Shop' }
    expect(await check({}, { organization }).facts).toMatchObject({ organization: { id: '8930', name: 'Shop' } })
  })

  it('asks client certificates for their own checkbox', async () => {
    const options = { product: client, profile: { name: 'Mail' } }
    const flags = (clientCertsApiEnabled: boolean): Record<string, Reply> => ({
      'organization/v1/{id}': { json: { id: 8928, sslCertsApiEnabled: !clientCertsApiEnabled, clientCertsApiEnabled } },
    })
    expect(await check(flags(true), options).facts).toMatchObject({ profile: { id: '9' } })
    await expect(check(flags(false), options).facts).rejects.toMatchObject({
      kind: 'AccessDenied',
      message: '"Enable Web/REST API" is not ticked in the client certificate settings of Acme (8928) in SCM',
    })
  })

  it('knows when a client certificate ends without asking', async () => {
    const { caller, facts } = check({}, { credentialsExpire: '2027-01-02' })
    expect(await facts).toMatchObject({ credentialsExpire: '2027-01-02' })
    expect(caller.calls.map(({ endpoint }) => endpoint)).not.toContain('admin/v1/password')
  })

  const fields = {
    'ssl/v1/customFields': {
      json: [
        { id: 354, name: 'cost centre', mandatory: true },
        { id: 355, name: 'note', mandatory: false },
      ],
    },
  }
  it.each([
    [[{ name: 'cost centre', value: '4711' }], undefined],
    [[], /^spec.customFields: SCM demands a value for "cost centre" with every ssl order$/],
    [[{ name: 'cost centre', value: '' }], /demands a value for "cost centre"/],
    [[{ name: 'Cost Centre', value: '4711' }], /demands a value for "cost centre"/],
    [
      [
        { name: 'cost centre', value: '4711' },
        { name: 'Note', value: 'x' },
      ],
      /^spec.customFields: SCM has no field "Note" for ssl orders; it has "cost centre", "note"$/,
    ],
  ])('checks custom fields %j', async (customFields, message) => {
    const { facts } = check(fields, { customFields })
    if (message === undefined) await expect(facts).resolves.toMatchObject({ profile: { id: '5170' } })
    else
      await expect(facts).rejects.toMatchObject({
        kind: 'CustomFieldsInvalid',
        message: expect.stringMatching(message),
      })
  })

  it('does not ask for a password where there is none', async () => {
    const { caller, facts } = check({}, { credentialsExpire: undefined })
    expect(await facts).not.toHaveProperty('credentialsExpire')
    expect(caller.calls.map(({ endpoint }) => endpoint)).not.toContain('admin/v1/password')
  })

  it.each<Record<string, Reply>>([
    { 'admin/v1/password': { status: 404 } },
    { 'admin/v1/password': { status: 403, json: { code: -37 } } },
    { 'admin/v1/password': { json: { expirationDate: '2026-03-04', state: 'NEVER_EXPIRE' } } },
    { 'admin/v1/password': { json: { state: 'ALIVE' } } },
    { 'ssl/v1/customFields': { status: 403 } },
    { 'admin/v1/password': { json: { expirationDate: '2026-03-04T10:00:00.000Z', state: 'ALIVE' } } },
    { 'organization/v1/{id}': { status: 403 } },
    { 'organization/v1/{id}': { json: { id: 8928 } } },
  ])('does without what is only nice to know: %j', async (replies) => {
    await expect(check(replies).facts).resolves.toMatchObject({ profile: { id: '5170' } })
  })

  it.each<[Record<string, Reply>, Partial<Parameters<typeof describeIssuer>[1]>, string, RegExp]>([
    [
      {},
      { organization: { id: '1' } },
      'OrganizationNotFound',
      /^orgId 1 .* it sees 8928 \(Acme\), 8930 \(Shop\), 9000 \(Other\)$/,
    ],
    [{}, { organization: { name: 'acme' } }, 'OrganizationNotFound', /^organization "acme" is no organization/],
    [
      {},
      { organization: { name: 'Other', department: 'Shop' } },
      'OrganizationNotFound',
      /^department "Shop" of organization "Other" is no/,
    ],
    [
      { 'organization/v1': { json: [...organizations, { id: 9001, name: 'Other' }] } },
      { organization: { name: 'Other' } },
      'OrganizationAmbiguous',
      /^organization "Other" is the name of 2; give one of the ids 9000, 9001 as orgId$/,
    ],
    [{ 'organization/v1': { json: [] } }, {}, 'OrganizationNotFound', /it sees none, so its role in SCM lacks one$/],
    [{}, { profile: { name: 'OV' } }, 'ProfileNotFound', /^profile "OV" .* offered are "OV SSL" \(5170\), "Twin"/],
    [{}, { profile: { id: '1' } }, 'ProfileNotFound', /^profile 1 is not offered to organization 8928/],
    [{ 'ssl/v1/types': { json: [] } }, {}, 'ProfileNotFound', /no profile is$/],
    [{}, { profile: { name: 'Twin' } }, 'ProfileAmbiguous', /2 profiles; give one of the ids 5171, 5172$/],
    [{}, { profile: { name: 'Empty' } }, 'ProfileNotFound', /offers no term/],
    [
      { 'organization/v1/{id}': { json: { sslCertsApiEnabled: false } } },
      {},
      'AccessDenied',
      /"Enable Web\/REST API".*Acme \(8928\)/,
    ],
    [
      { 'admin/v1/password': { json: { state: 'EXPIRED', expirationDate: '01/02/2026' } } },
      {},
      'CredentialsRefused',
      /expired on 2026-01-02/,
    ],
    [{ 'organization/v1': { status: 403 } }, {}, 'AccessDenied', /^organization\/v1: SCM answered HTTP 403$/],
    [
      { 'organization/v1': { status: 400, json: { code: -410, description: 'Customer x cannot be found.' } } },
      {},
      'CredentialsRefused',
      /code -410/,
    ],
    [{ 'organization/v1': { status: 404 } }, {}, 'UnexpectedAnswer', /HTTP 404$/],
    [{ 'organization/v1': { status: 302 } }, {}, 'UnexpectedAnswer', /redirect/],
    [{ 'organization/v1': { text: '<html>' } }, {}, 'UnexpectedAnswer', /something else than is documented/],
    [
      { 'ssl/v1/types': { json: [{ id: 1, name: 'OV SSL' }, { name: 'x' }] } },
      {},
      'UnexpectedAnswer',
      /an unusable 1\.id$/,
    ],
    [{ 'ssl/v1/types': { status: 503 } }, {}, 'Unavailable', /HTTP 503/],
    [{ 'ssl/v1/types': { fails: 'TimedOut', result: 'unknown' } }, {}, 'Unreachable', /timed out/],
  ])('%j %j: %s', async (replies, options, kind, message) => {
    await expect(check(replies, options).facts).rejects.toMatchObject({ kind, message: expect.stringMatching(message) })
  })

  it.each([
    ['organization/v1', { organization: { name: 'Twin' } }, 'OrganizationAmbiguous'],
    ['ssl/v1/types', { profile: { name: 'Twin' } }, 'ProfileAmbiguous'],
  ] as const)('lists some of many twins, as a condition has room for them: %s', async (endpoint, options, kind) => {
    const json = Array.from({ length: 1_000 }, (_, n) => ({ id: 10_000 + n, name: 'Twin', terms: [90] }))
    const { facts } = check({ [endpoint]: { json } }, options)
    await expect(facts).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(/the name of 1000.*ids 10000, .*, 10007 and 992 more.{0,10}$/),
    })
  })

  it('ends with its signal', async () => {
    const signal = AbortSignal.abort(new Error('shutting down'))
    const { facts } = check({ 'organization/v1': { fails: 'Aborted', result: 'noEffect' } }, { signal })
    await expect(facts).rejects.toThrow('shutting down')
  })
})
