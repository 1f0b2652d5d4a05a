// Reports v1: filters, rows, and failures with HTTP 200.
import { beforeEach, describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { csrPem, DRAO, idOf, NOBODY } from './test-client.ts'

const START = Date.UTC(2026, 11, 4, 10, 11, 12, 345)
const DAY_MS = 24 * 60 * 60 * 1000
let now = START

beforeEach(() => {
  now = START
})
const { simulator, client } = await sharedSimulator({ now: () => now })

type Kind = 'ssl' | 'device'

const report = (kind: Kind, body: object = {}, headers = {}): Promise<Reply> =>
  client.call('POST', `/report/v1/${kind}-certificates?output_type=buffered`, { body, headers })

async function ids(kind: Kind, body: object = {}, headers = {}): Promise<number[]> {
  const reply = await report(kind, body, headers)
  expect(reply.status, reply.text).toBe(200)
  return (reply.json as { reports: { id: number }[] }).reports.map((row) => row.id)
}

const FIELDS = { comments: 'marker', customFields: [{ name: 'cost-centre', value: '4711' }] }

describe('rows', () => {
  it('of SSL have comments and custom fields', async () => {
    const id = idOf(
      await client.enrollSsl({ ...FIELDS, externalRequester: 'r@x.example', subjAltNames: 'b.example.com' }),
    )
    const { serialNumber, ...order } = await simulator.control.order(id)
    const reply = await report('ssl')
    expect(reply.headers['content-disposition']).toBe('attachment; filename="rest_api_ssl-certificates.json"')
    expect(order.status).toBe('Issued')
    expect(reply.json).toEqual({
      statusCode: 0,
      reports: [
        {
          id,
          type: 'OV SSL 199',
          typeId: 5170,
          orgId: 8928,
          organizationName: 'Acme Ltd',
          commonName: 'a.example.com',
          subjAltNames: 'a.example.com, b.example.com',
          status: 'Issued',
          requester: 'api-user@acme.example',
          approver: 'api-user',
          externalRequester: 'r@x.example',
          orderNumber: expect.any(Number),
          backendCertId: expect.any(String),
          servers: 1,
          serverType: 'OTHER',
          requestedVia: 'Web API',
          term: 90,
          ...FIELDS,
          requested: '2026-12-04T10:11:12.345Z',
          approved: '2026-12-04T10:11:12.345Z',
          issued: '2026-12-04T10:11:12.345Z',
          expires: '2027-03-03T23:59:59.000Z',
          issuer: expect.stringContaining('Simulated Issuing CA'),
          serialNumber: serialNumber?.toUpperCase(),
          city: 'Salford',
          state: 'Greater Manchester',
          country: 'GB',
          publicKeyType: 'EC - P-256',
          sha1: expect.stringMatching(/^[0-9a-f]{40}$/),
          md5: expect.stringMatching(/^[0-9a-f]{32}$/),
        },
      ],
    })
  })

  it('of waiting orders have an empty serial number and no dates to come', async () => {
    await simulator.control.patchSettings({ approval: 'manual' })
    await client.enrollSsl()
    const { reports } = (await report('ssl')).json as { reports: object[] }
    expect(reports).toMatchObject([{ status: 'Requested', serialNumber: '' }])
    for (const absent of ['issued', 'expires', 'comments', 'approver']) expect(reports[0]).not.toHaveProperty(absent)
  })

  it('of devices have the organization as an object with a string id', async () => {
    const id = idOf(await client.enrollDevice({ ...FIELDS, orgId: 8929 }))
    const { reports } = (await report('device')).json as { reports: object[] }
    expect(reports).toMatchObject([
      {
        id,
        commonName: 'a.example.com',
        organization: { id: '8929', name: 'Platform' },
        deviceCertStatus: 'Issued',
        subject: 'CN=a.example.com',
        email: 'api-user@acme.example',
        certTypeName: 'Private CA',
        enrollType: 'API',
        expire: expect.stringMatching(/Z$/),
        ...FIELDS,
      },
    ])
  })

  it('of domains have their own words', async () => {
    const reply = await client.call('POST', '/report/v1/domains')
    expect(reply.json).toMatchObject({
      statusCode: 0,
      reports: expect.arrayContaining([
        expect.objectContaining({ name: 'example.com', status: 'Active', dcvStatus: 'Validated' }),
        expect.objectContaining({ name: 'suspended.example', status: 'Suspended' }),
        expect.objectContaining({ name: 'unvalidated.example', dcvStatus: 'Not Initiated' }),
      ]),
    })
    const { json } = await client.call('POST', '/report/v1/domains', { headers: NOBODY })
    expect(json).toEqual({ statusCode: 0, reports: [] })
  })
})

describe('filters', () => {
  it('by name, requester and organization', async () => {
    const a = idOf(await client.enrollSsl({ externalRequester: 'R@x.example' }))
    const csr = await csrPem({ subject: 'CN=aa.example.com' })
    const b = idOf(await client.enrollSsl({ csr, orgId: 8930 }))
    expect(await ids('ssl', { commonName: 'A.EXAMPLE.com' })).toEqual([a, b])
    expect(await ids('ssl', { commonName: 'a.example.%' })).toEqual([a])
    expect(await ids('ssl', { externalRequester: 'R@x' })).toEqual([a])
    expect(await ids('ssl', { externalRequester: 'r@x' })).toEqual([])
    expect(await ids('ssl', { organizationIds: [8930] })).toEqual([b])
    expect(await ids('ssl', { organizationIds: [8928] })).toEqual([a, b])
    expect(await ids('ssl', { organizationIds: [] })).toEqual([a, b])
    expect(await ids('ssl', { certificateRequestSource: 2 })).toEqual([a, b])
    expect(await ids('ssl', { certificateRequestSource: 12 })).toEqual([])
    await simulator.control.patchSettings({ listMatch: 'exact', requestedVia: 'REST' })
    expect(await ids('ssl', { commonName: 'a.example.com' })).toEqual([a])
    expect(await ids('ssl', { certificateRequestSource: 12 })).toEqual([a, b])
    expect(await ids('ssl', {}, DRAO)).toEqual([b])
    expect(await ids('ssl', {}, NOBODY)).toEqual([])
  })

  it('by status', async () => {
    const issued = idOf(await client.enrollDevice())
    await simulator.control.issue(issued)
    const approved = idOf(await client.enrollDevice())
    await simulator.control.setStatus(approved, 'Approved')
    const applied = idOf(await client.enrollDevice())
    await simulator.control.setStatus(applied, 'Applied')
    const requested = idOf(await client.enrollDevice())
    await simulator.control.setStatus(requested, 'Requested')
    expect(await ids('device', { certificateStatus: 0 })).toEqual([issued, approved, applied, requested])
    const byCode: [number, number][] = [
      [1, requested],
      [7, requested],
      [2, issued],
      [10, issued],
      [8, approved],
      [9, applied],
    ]
    for (const [certificateStatus, id] of byCode) expect(await ids('device', { certificateStatus })).toEqual([id])
    expect((await report('ssl', { certificateStatus: 8 })).json).toMatchObject({ code: -1601 })
    expect(await ids('ssl', { certificateStatus: 11 })).toEqual([])
  })

  it('by dates', async () => {
    const first = idOf(await client.enrollSsl())
    now += 2 * DAY_MS
    const second = idOf(await client.enrollSsl())
    await client.call('GET', `/ssl/v1/collect/${second}?format=x509`)
    await client.call('POST', `/ssl/v1/revoke/${second}`, { body: { reasonCode: 0, reason: 'x' } })
    const between = (certificateDateAttribute: number, from: string, to: string): Promise<number[]> =>
      ids('ssl', { certificateDateAttribute, from, to })
    expect(await between(4, '2026-12-03', '2026-12-04')).toEqual([first])
    expect(await between(4, '2026-12-04T10:11:12.346Z', '2026-12-07T00:00:00.000Z')).toEqual([second])
    expect(await between(5, '2026-12-03', '2026-12-07')).toEqual([first, second])
    expect(await between(2, '2026-12-03', '2026-12-07')).toEqual([second])
    expect(await between(1, '2026-12-03', '2026-12-07')).toEqual([second])
    expect(await between(3, '2027-03-03', '2027-03-04')).toEqual([first])
  })

  it.each([
    ['from after to', { from: '2026-12-05', to: '2026-12-04' }, -1001],
    ['a date that is none', { from: 'yesterday' }, -1001],
    ['an unknown status', { certificateStatus: 99 }, -1601],
    ['an unknown date attribute', { certificateDateAttribute: 0 }, -1601],
    ['an unknown source', { certificateRequestSource: 6 }, -1601],
    ['a name with signs', { commonName: '<a>' }, -1001],
    ['ids that are no list', { organizationIds: 8928 }, -1002],
  ])('refuse %s', async (_, body, code) => {
    expect((await report('ssl', body)).json).toMatchObject({ code })
  })
})

describe('a report', () => {
  it('can fail with HTTP 200', async () => {
    await client.enrollSsl()
    await simulator.control.patchSettings({ reportStatusCode: 3 })
    const reply = await report('ssl')
    expect(reply.status).toBe(200)
    expect(reply.json).toEqual({ statusCode: 3, message: expect.any(String) })
  })

  it('can lag behind, apart from lists', async () => {
    await simulator.control.patchSettings({ reportVisibilityLagMs: 10_000 })
    const id = idOf(await client.enrollSsl())
    expect(await ids('ssl')).toEqual([])
    expect((await client.call('GET', '/ssl/v1')).json).toMatchObject([{ sslId: id }])
    now += 10_000
    expect(await ids('ssl')).toEqual([id])
  })
})
