// Report v1 of client certificates: the search that shows comments, custom fields and the person in one call.
import { beforeEach, describe, expect, it } from 'vitest'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { idOf, RAO_SSL } from './test-client.ts'

let now = Date.now()
beforeEach(() => {
  now = Date.now()
})
const { simulator, client } = await sharedSimulator({ now: () => now })

const PATH = '/report/v1/client-certificates?output_type=buffered'

function ask(body: object, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
  return client.call('POST', PATH, { body, headers })
}

async function ids(body: object): Promise<number[]> {
  const { reports } = (await ask(body)).json as { reports: { id: number }[] }
  return reports.map(({ id }) => id)
}

describe('the report', () => {
  it('has a row per certificate with person, comments and custom fields', async () => {
    const customFields = [{ name: 'cost-centre', value: '42' }]
    const id = idOf(await client.enrollSmime({ comments: 'marker', customFields }))
    await simulator.control.issue(id)
    const reply = await ask({ organizationIds: [8928], certificateStatus: 2 })
    expect(reply.status).toBe(200)
    expect(reply.headers['content-disposition']).toBe('attachment; filename="rest_api_client-certificates.json"')
    expect(reply.json).toEqual({
      statusCode: 0,
      reports: [
        {
          id,
          person: { name: 'Ada Lovelace', email: 'ada@example.com', guid: expect.stringMatching(/^[0-9a-f-]{36}$/) },
          organization: { id: '8928', name: 'Acme Ltd' },
          subject: 'CN=Ada Lovelace',
          email: 'ada@example.com',
          orderNumber: expect.any(Number),
          backendCertId: expect.any(String),
          enrolled: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          expire: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          enrollType: 'API Enroll',
          customFields,
          comments: 'marker',
        },
      ],
    })
  })

  it('selects by status, organization and date', async () => {
    await simulator.control.patchSettings({ issueDelayMs: 60_000 })
    const issued = idOf(await client.enrollSmime())
    await simulator.control.issue(issued)
    const waiting = idOf(await client.enrollSmime({ orgId: 8930 }))
    expect(await ids({})).toEqual([issued, waiting])
    expect(await ids({ certificateStatus: 5 })).toEqual([issued])
    expect(await ids({ certificateStatus: 6 })).toEqual([waiting])
    expect(await ids({ certificateStatus: 3 })).toEqual([])
    expect(await ids({ organizationIds: [8930] })).toEqual([waiting])
    const today = new Date(now).toISOString().slice(0, 10)
    const yesterday = new Date(now - 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
    expect(await ids({ certificateDateAttribute: 0, from: yesterday, to: today })).toEqual([issued])
    expect(await ids({ certificateDateAttribute: 0, from: '2019-01-01', to: '2019-01-31' })).toEqual([])
  })

  it('is empty for a role of another kind, and late when the tenant is', async () => {
    await client.enrollSmime()
    expect((await ask({}, RAO_SSL)).json).toEqual({ statusCode: 0, reports: [] })
    await simulator.control.patchSettings({ reportVisibilityLagMs: 1000 })
    expect(await ids({})).toEqual([])
    now += 1000
    expect(await ids({})).toHaveLength(1)
  })

  it.each([
    [{ certificateStatus: 1 }, -1601],
    [{ certificateDateAttribute: 5 }, -1601],
    [{ from: 'x' }, -1001],
    [{ from: '2025-02-01', to: '2025-01-01' }, -1001],
  ])('refuses %j', async (body, code) => {
    expect((await ask(body)).json).toMatchObject({ code })
  })
})
