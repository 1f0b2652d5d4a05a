import { describe, expect, it } from 'vitest'
import type { Call } from './call.ts'
import { deviceProduct } from './device.ts'
import { findOrders } from './find.ts'
import { csrWith, identity, type Reply, scriptedCaller, target } from './testing/scripted-caller.ts'

const made = { after: Date.UTC(2025, 11, 4, 23), before: Date.UTC(2025, 11, 5, 1) }

describe('device orders', () => {
  const product = deviceProduct({ product: 'device', optionalFields: [{ name: 'commonName', value: 'Meter 7' }] })
  const csr = csrWith({ commonName: 'cn' })
  const find = (reply: (call: Call) => Reply, wanted = csr) => {
    const caller = scriptedCaller(reply)
    const signal = new AbortController().signal
    const query = { target, identity, csr: wanted, made, mustSee: false, product, signal }
    return { caller, found: findOrders(caller, query) }
  }
  const kept = (name: string, report: Reply) => (call: Call) => {
    if (call.endpoint.startsWith('report/')) return report
    if (call.endpoint === 'device/v1/{id}') return { json: { status: 'Issued', comments: `${identity.marker}:1` } }
    if (call.query?.['commonName'] === undefined) return { json: [], totalCount: 1_000 }
    return { json: call.query['commonName'] === name ? [{ id: 322 }] : [] }
  }

  // Which of the two SCM keeps is not stated (seed 004 L4169-4296).
  it.each(['cn', 'Meter 7'])('are found though their common name may come from optional fields: %s', async (name) => {
    const { found } = find(kept(name, { status: 403, json: { code: -37 } }))
    expect(await found).toMatchObject({ candidates: [{ remote: { id: '322' }, match: 'marker' }] })
  })

  it('are looked for in the whole profile when the CSR has no common name', async () => {
    const { caller, found } = find(kept('', { status: 403 }), csrWith())
    expect(await found).toEqual({ outcome: 'notSearchable', reason: 'more than 200 orders have the profile 5170' })
    expect(caller.calls[1]?.query).toEqual({ orgId: '8928', certTypeId: '5170', size: '200', position: '0' })
  })

  it('are found in the report under either name where lists are too long', async () => {
    const reports = [{ id: 322, commonName: 'METER 7', comments: null, deviceCertStatus: 'Applied' }]
    const reply = (call: Call): Reply => {
      if (call.endpoint.startsWith('report/')) return { json: { statusCode: 0, reports } }
      if (call.endpoint === 'device/v1/{id}') return { json: { status: 'x', csrDetails: { sha256Hash: 'ab12' } } }
      return { json: [], totalCount: 1_000 }
    }
    expect(await find(reply).found).toMatchObject({ candidates: [{ match: 'csr' }] })
  })
})
