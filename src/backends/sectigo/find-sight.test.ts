import { describe, expect, it } from 'vitest'
import type { Call } from './call.ts'
import { findOrders } from './find.ts'
import { sslProduct } from './ssl.ts'
import { csrWith, identity, type Reply, scriptedCaller, target } from './testing/scripted-caller.ts'

const made = { after: Date.UTC(2025, 11, 4, 23), before: Date.UTC(2025, 11, 5, 1) }

/** A search by another account than the one that sent the order. */
function find(reply: (call: Call) => Reply) {
  const caller = scriptedCaller(reply)
  const csr = csrWith({ commonName: 'cn' })
  const product = sslProduct({ product: 'ssl' })
  const signal = new AbortController().signal
  return { caller, found: findOrders(caller, { target, identity, csr, made, mustSee: true, product, signal }) }
}

describe('rule 6: an account that did not send the order', () => {
  const lists = (rows: (call: Call) => readonly object[], report: Reply = { status: 403, json: { code: -37 } }) => {
    return (call: Call): Reply => {
      if (call.endpoint.startsWith('report/')) return report
      return call.endpoint === 'ssl/v1' ? { json: rows(call) } : { json: { status: 'Issued', comments: 'Bob' } }
    }
  }
  const blind = { outcome: 'notSearchable', reason: expect.stringMatching(/sees no order of organization 8928 .*5170/) }
  const none = { outcome: 'searched', candidates: [] }

  it('that sees no order of organization and profile has not found anything out', async () => {
    const { caller, found } = find(lists(() => []))
    expect(await found).toEqual(blind)
    expect(caller.calls.at(-1)?.query).toEqual({ orgId: '8928', sslTypeId: '5170', size: '1', position: '0' })
  })

  it('is believed when it sees any order of them', async () => {
    const another = lists(({ query }) => (query?.['commonName'] === undefined ? [{ sslId: 1 }] : []))
    expect(await find(another).found).toEqual(none)
    const sameName = find(lists(() => [{ sslId: 1 }]))
    expect(await sameName.found).toEqual(none)
    expect(sameName.caller.calls).toHaveLength(3)
  })

  it.each([
    [{ orgId: 8928, typeId: 5170 }, none, 2],
    [{ orgId: 8928, typeId: 1 }, blind, 3],
    [{ orgId: 1, typeId: 5170 }, blind, 3],
    [{}, blind, 3],
  ])('may see it in the report: %j', async (row, outcome, calls) => {
    const reports = [{ id: 1, commonName: 'other', ...row }]
    const reply = lists(() => [], { json: { statusCode: 0, reports } })
    const { caller, found } = find(reply)
    expect(await found).toEqual(outcome)
    expect(caller.calls).toHaveLength(calls)
  })
})
