import { describe, expect, it } from 'vitest'
import type { Call } from './call.ts'
import { findOrders, MAX_ROWS_EXAMINED } from './find.ts'
import { sslProduct } from './ssl.ts'
import { csrWith, identity, type Reply, scriptedCaller, target } from './testing/scripted-caller.ts'

const product = sslProduct({ product: 'ssl' })
const made = { after: Date.UTC(2025, 11, 4, 23), before: Date.UTC(2025, 11, 5, 1) }

interface Order {
  readonly commonName?: string
  readonly comments?: string
  readonly hash?: string
  readonly requested?: string
}

/** An SCM with these orders by id; `page` is how many rows it gives at most. */
function scm(orders: Readonly<Record<string, Order>>, { page = 200, total = true } = {}) {
  return (call: Call): Reply => {
    if (call.endpoint.startsWith('report/')) return { status: 403, json: { code: -37 } }
    if (call.endpoint === 'ssl/v1/{id}') {
      const order = orders[call.path.slice('ssl/v1/'.length)]
      if (order === undefined) return { status: 404, json: { code: -124 } }
      const { hash, ...said } = order
      return { json: { status: 'Issued', ...said, csrDetails: { sha256Hash: hash } } }
    }
    const ids = Object.keys(orders)
    const position = Number(call.query?.['position'])
    const rows = ids.slice(position, position + Math.min(page, Number(call.query?.['size'])))
    return {
      json: rows.map((id) => ({ sslId: Number(id), commonName: 'cn' })),
      ...(total ? { totalCount: ids.length } : {}),
    }
  }
}

function find(reply: (call: Call) => Reply, csr = csrWith({ commonName: 'cn' })) {
  const caller = scriptedCaller(reply)
  const signal = new AbortController().signal
  return { caller, found: findOrders(caller, { target, identity, csr, made, mustSee: false, product, signal }) }
}

const many = (count: number): Record<string, Order> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [1000 + n, { comments: 'somebody' }]))

describe('findOrders without the CSR', () => {
  const without = (reply: (call: Call) => Reply) => {
    const caller = scriptedCaller(reply)
    const query = {
      target,
      identity,
      csr: undefined,
      made,
      mustSee: false,
      product,
      signal: AbortSignal.timeout(5_000),
    }
    return { caller, found: findOrders(caller, query) }
  }
  const rows = [
    { id: 812, status: 'Issued', comments: 'certwright:1:4b1c:1' },
    { id: 813, comments: null },
  ]

  it.each([
    [rows, ['812']],
    [rows.slice(1), []],
  ])('finds in the report, for all names, what has the marker, and asks for nothing else', async (reports, ids) => {
    const { caller, found } = without(() => ({ json: { statusCode: 0, reports } }))
    const outcome = await found
    expect(outcome.outcome === 'searched' && outcome.candidates.map(({ remote }) => remote.id)).toEqual(ids)
    expect(caller.calls).toHaveLength(1)
    expect(caller.calls[0]?.body).not.toHaveProperty('commonName')
  })

  it.each<Reply>([{ status: 403, json: { code: -37 } }, { json: { statusCode: 1, message: 'no' } }])(
    'says that it cannot search where there is no report: %j',
    async (reply) => {
      const { caller, found } = without(() => reply)
      expect(await found).toMatchObject({ outcome: 'notSearchable' })
      expect(caller.calls).toHaveLength(1)
    },
  )
})

describe('rule 6: findOrders', () => {
  it('finds our orders by marker and by CSR, newest first, with their day', async () => {
    const { caller, found } = find(
      scm({
        99: { comments: 'certwright:1:4b1c:1', requested: '12/04/2025' },
        100: { comments: 'somebody else' },
        101: { hash: identity.csrSha256, requested: '2025-12-05T10:00:00.000Z' },
        102: { comments: 'certwright:1:another:1', hash: identity.csrSha256 },
        103: { comments: 'certwright:1:4b1c:2' },
      }),
    )
    const phase = 'issued'
    expect(await found).toEqual({
      outcome: 'searched',
      candidates: [
        { remote: { id: '103', attributes: {} }, match: 'marker', phase, requestedOn: undefined },
        { remote: { id: '101', attributes: {} }, match: 'csr', phase, requestedOn: Date.UTC(2025, 11, 5) },
        { remote: { id: '99', attributes: {} }, match: 'marker', phase, requestedOn: Date.UTC(2025, 11, 4) },
      ],
    })
    expect(caller.calls[1]).toMatchObject({
      path: 'ssl/v1',
      query: { orgId: '8928', sslTypeId: '5170', commonName: 'cn', size: '200', position: '0' },
    })
  })

  it.each([
    { page: 200, total: true },
    { page: 200, total: false },
    { page: 3, total: true },
  ])('reads every page of %j', async (options) => {
    const orders = { ...many(199), 9999: { comments: 'certwright:1:4b1c:1' } }
    expect(await find(scm(orders, options)).found).toMatchObject({
      outcome: 'searched',
      candidates: [{ remote: { id: '9999' } }],
    })
  })

  it('says none when there is none', async () => {
    expect(await find(scm({})).found).toEqual({ outcome: 'searched', candidates: [] })
  })

  it.each([true, false])('does not search without end (total given: %s)', async (total) => {
    const { caller, found } = find(scm(many(MAX_ROWS_EXAMINED + 1), { total }))
    expect(await found).toEqual({ outcome: 'notSearchable', reason: 'more than 200 orders have the common name cn' })
    expect(caller.calls.filter(({ endpoint }) => endpoint === 'ssl/v1/{id}')).toHaveLength(0)
  })

  it('ends when SCM gives the same page for ever', async () => {
    const rows = Array.from({ length: 200 }, (_, n) => ({ sslId: n }))
    const { found } = find((call) => {
      if (call.endpoint.startsWith('report/')) return { status: 404 }
      return call.endpoint === 'ssl/v1' ? { json: rows } : { json: { status: 'Issued' } }
    })
    expect(await found).toMatchObject({ outcome: 'notSearchable' })
  })

  it.each([
    [{ names: [{ type: 'dns', value: 'a.example' }] }, [{ subjectAlternativeName: 'a.example' }]],
    // Nothing to filter by: every order of the profile may be it.
    [{ names: [{ type: 'ip', value: '192.0.2.1' }] }, [{}]],
    [{ names: [], commonName: '' }, [{}]],
    // Whether filters obey case, and in which case names are kept, is not stated.
    [{ commonName: 'Shop.Example' }, [{ commonName: 'Shop.Example' }, { commonName: 'shop.example' }]],
  ] as const)('lists by every way SCM may keep the name: %j', async (parts, filters) => {
    const { caller, found } = find(scm({}), csrWith(parts))
    expect(await found).toEqual({ outcome: 'searched', candidates: [] })
    const lists = caller.calls.filter(({ endpoint }) => endpoint === 'ssl/v1')
    const within = { orgId: '8928', sslTypeId: '5170', size: '200', position: '0' }
    expect(lists.map(({ query }) => query)).toEqual(filters.map((filter) => ({ ...within, ...filter })))
  })

  it('finds an order that says nothing but its names, with how far it is', async () => {
    const orders = { 5: { commonName: 'cn', requested: '12/05/2025' }, 6: { commonName: 'sub.cn' } }
    const { found } = find(scm(orders))
    expect(await found).toEqual({
      outcome: 'searched',
      candidates: [
        {
          remote: { id: '5', attributes: {} },
          match: 'names',
          phase: 'issued',
          requestedOn: Date.UTC(2025, 11, 5),
        },
      ],
    })
  })

  it('skips an order that was deleted meanwhile', async () => {
    const { found } = find((call) =>
      call.endpoint === 'ssl/v1' ? { json: [{ sslId: 7 }] } : { status: 400, json: { code: -124 } },
    )
    expect(await found).toEqual({ outcome: 'searched', candidates: [] })
  })

  it.each<[string, Reply]>([
    ['the list', { status: 500 }],
    ['the list', { json: { sslId: 1 } }],
    ['the list', { json: [{ id: 1 }] }],
    ['an order', { status: 500 }],
    ['an order', { status: 404, text: '<html>' }],
  ])('has not searched when %s cannot be read: %j', async (what, reply) => {
    const { found } = find((call) => {
      if (what === 'the list') return reply
      return call.endpoint === 'ssl/v1' ? { json: [{ sslId: 7 }] } : reply
    })
    await expect(found).rejects.toThrow(/^ssl\/v1/)
  })
})

describe('rule 6: the report', () => {
  const row = (id: number, comments: string, more: object = {}) => ({ id, comments, commonName: 'cn', ...more })
  const reported = (rows: readonly object[], rest: (call: Call) => Reply = scm({})) => {
    return (call: Call): Reply =>
      call.endpoint.startsWith('report/') ? { json: { statusCode: 0, reports: rows } } : rest(call)
  }

  it('is asked first, for the days in question and one around them, and a marker in it is enough', async () => {
    const { caller, found } = find(
      reported([
        row(9, 'certwright:1:4b1c:1', { requested: '2025-12-04T23:30:00.000Z', status: 'Declined' }),
        row(10, 'certwright:1:other:1'),
      ]),
    )
    expect(await found).toEqual({
      outcome: 'searched',
      candidates: [
        { remote: { id: '9', attributes: {} }, match: 'marker', phase: 'failed', requestedOn: Date.UTC(2025, 11, 4) },
      ],
    })
    expect(caller.calls).toHaveLength(1)
    expect(caller.calls[0]).toMatchObject({
      method: 'POST',
      path: 'report/v1/ssl-certificates',
      query: { output_type: 'buffered' },
      body: {
        organizationIds: [8928],
        commonName: 'cn',
        certificateStatus: 0,
        certificateDateAttribute: 4,
        from: '2025-12-03',
        to: '2025-12-07',
      },
    })
  })

  it.each(['*.cn', 'Shop.cn'])(
    'is not told a name that could be a pattern, or in other case: %s',
    async (commonName) => {
      const { caller, found } = find(reported([row(9, 'certwright:1:4b1c:1')]), csrWith({ commonName }))
      await found
      expect(caller.calls[0]?.body).not.toHaveProperty('commonName')
    },
  )

  it('saves reading the details of orders whose comments it shows', async () => {
    const orders = { 1: { comments: 'certwright:1:other:1' }, 2: { hash: identity.csrSha256 }, 3: { comments: 'Bob' } }
    const { caller, found } = find(reported([row(1, 'certwright:1:other:1'), row(3, 'Bob')], scm(orders)))
    expect(await found).toMatchObject({ candidates: [{ remote: { id: '2' }, match: 'csr' }] })
    const read = caller.calls.filter(({ endpoint }) => endpoint === 'ssl/v1/{id}').map(({ path }) => path)
    expect(read).toEqual(['ssl/v1/3', 'ssl/v1/2'])
  })

  it('answers alone where lists are too long, if it sees the organization', async () => {
    const twin = { ...many(MAX_ROWS_EXAMINED + 1), 7: { hash: identity.csrSha256 } }
    const rows = [row(7, ''), row(8, '', { commonName: 'another' })]
    expect(await find(reported(rows, scm(twin))).found).toMatchObject({ candidates: [{ remote: { id: '7' } }] })
    expect(await find(reported([], scm(twin))).found).toMatchObject({ outcome: 'notSearchable' })
    const ours = Array.from({ length: MAX_ROWS_EXAMINED + 1 }, (_, n) => row(n, 'certwright:1:other:1'))
    expect(await find(reported(ours, scm(twin))).found).toEqual({ outcome: 'searched', candidates: [] })
    const busy = Array.from({ length: MAX_ROWS_EXAMINED + 1 }, (_, n) => row(n, ''))
    expect(await find(reported(busy, scm(twin))).found).toMatchObject({ outcome: 'notSearchable' })
  })

  it.each<Reply>([
    { json: { statusCode: 1, message: 'no' } },
    { json: { statusCode: 0, reports: [{ comments: 'certwright:1:4b1c:1' }] } },
    { text: '<html>' },
    { status: 400, json: { code: -25 } },
    { status: 500 },
    { fails: 'AnswerTooLarge', result: 'unknown' },
  ])('that cannot be had leaves it to the list: %j', async (reply) => {
    const orders = scm({ 5: { comments: 'certwright:1:4b1c:1' } })
    const { found } = find((call) => (call.endpoint.startsWith('report/') ? reply : orders(call)))
    expect(await found).toMatchObject({ candidates: [{ remote: { id: '5' } }] })
  })

  it.each<[Reply, string]>([
    [{ status: 429 }, 'RateLimited'],
    [{ fails: 'ConnectionRefused', result: 'noEffect' }, 'Unreachable'],
  ])('that SCM is too busy for is no reason to ask for more: %j', async (reply, kind) => {
    const { caller, found } = find(() => reply)
    await expect(found).rejects.toMatchObject({ kind })
    expect(caller.calls).toHaveLength(1)
  })
})
