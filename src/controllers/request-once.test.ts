// One request, one order: whatever is lost on the way, answers, records or both.
import { beforeEach, describe, expect, it } from 'vitest'
import { refusal } from '../../test/support/memory-kube.ts'
import { type CertificateOrder, certificateOrders } from '../api/certificate-order.ts'
import { certificateRequests } from '../api/certificate-request.ts'
import { at, RequestWorld, requestSamples } from './testing/request-world.ts'

const samples = await requestSamples()
let world: RequestWorld
beforeEach(() => {
  world = new RequestWorld(samples)
})

const found = (id: string) => ({ remote: { id, attributes: {} }, match: 'marker', requestedOn: undefined }) as const

describe('rule 1: exactly once', () => {
  it.each([
    ['lost', refusal(0, 'Timeout')],
    ['a 504', refusal(504, 'Timeout')],
  ])('although the answer to the record’s creation is %s', async (_, lost) => {
    world.kube.after = (verb) => {
      if (verb === 'create') throw lost
    }
    await world.reconcile()
    expect(world.submissions).toEqual([1])
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
  })

  it('although another process makes the record at the same moment, and may be sending the order', async () => {
    world.kube.after = (verb) => {
      if (verb !== 'create') return
      rewrite(({ spec, ...made }) => ({ ...made, spec: { ...spec, nonce: 'theirs' } }))
      throw refusal(409, 'AlreadyExists')
    }
    await world.reconcile()
    expect(world.submissions).toEqual([])
    expect(world.turnsHeldWhileSearching).toHaveLength(1)
  })
})

describe('rule 2: exactly once', () => {
  it('although the record is taken away while the order is placed', async () => {
    world.outcome = () => {
      if (world.submissions.length === 1) {
        world.loseRecord()
        world.candidates = [{ remote: { id: '812', attributes: {} }, match: 'marker', requestedOn: undefined }]
      }
      return { outcome: 'accepted', remote: { id: String(811 + world.submissions.length), attributes: {} } }
    }
    await expect(world.reconcile()).rejects.toMatchObject({ status: 404 })
    await world.settle()
    expect(world.submissions).toEqual([1])
    expect(world.recorded()).toMatchObject({
      spec: { firstAttempt: 'AfterSearch' },
      status: { phase: 'Issued', remote: { id: '812' } },
    })
  })
})

describe('rule 3: exactly once', () => {
  it.each([
    ['a record', 0],
    ['an attempt', 1],
  ])('since nothing is sent when the API server took too long to take %s', async (_, refusals) => {
    const busy = { cause: 'busy', code: 'RateLimited', message: 'slow down' } as const
    world.outcome = () => ({ outcome: 'refused', refusal: busy })
    if (refusals > 0) await world.reconcile()
    expect(world.submissions).toHaveLength(refusals)
    await world.clock.advance(10_000)
    world.kube.after = () => world.clock.jump(10_001)
    await world.reconcile()
    expect(world.submissions).toHaveLength(refusals)
    expect(world.recorded()?.status?.attempts).toMatchObject([{ number: 1, outcome: 'Refused', code: 'NotSent' }])
  })

  it('although the id cannot be put on record for a while', async () => {
    let times = 0
    world.kube.before = (verb, plural) => {
      if (verb === 'patch' && plural === 'certificateorders' && times++ < 3) throw refusal(500, 'InternalError')
    }
    let over = false
    const done = world.reconcile().finally(() => {
      over = true
    })
    while (!over) await world.clock.advance(500)
    await done
    expect(world.submissions).toEqual([1])
    expect(world.recorded()?.status?.remote?.id).toBe('812')
  })
})

describe('rule 5: exactly once', () => {
  it('again after the search found nothing, or only last year’s order with the same CSR', async () => {
    world.candidates = [
      { remote: { id: '700', attributes: {} }, match: 'csr', requestedOn: world.clock.now() - 365 * 86_400_000 },
    ]
    world.outcome = () =>
      world.submissions.length === 1
        ? { outcome: 'unknown', code: 'Reset', message: 'lost' }
        : { outcome: 'accepted', remote: { id: '813', attributes: {} } }
    const began = world.clock.monotonic()
    await world.settle()
    expect(world.submissions).toEqual([1, 2])
    expect(world.clock.monotonic() - began).toBeGreaterThanOrEqual(30 * 60_000)
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
  })
})

describe('rule 5: each attempt', () => {
  it('of which nobody knows is searched for as long as the first one', async () => {
    world.outcome = () =>
      world.submissions.length < 3
        ? { outcome: 'unknown', code: 'Reset', message: 'lost' }
        : { outcome: 'accepted', remote: { id: '814', attributes: {} } }
    const began = world.clock.monotonic()
    await world.settle()
    expect(world.submissions).toEqual([1, 2, 3])
    expect(world.clock.monotonic() - began).toBeGreaterThanOrEqual(2 * 30 * 60_000)
  })
})

describe('rule 6: exactly once', () => {
  it('although etcd is restored from a backup in which the request is untouched and has no record', async () => {
    const untouched = world.requests.list()
    await world.reconcile()
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
    world.loseRecord()
    for (const request of untouched) world.requests.upsert(world.kube.put(certificateRequests, request))
    world.candidates = [found('812')]
    await world.settle()
    expect(world.submissions).toEqual([1])
    expect(world.recorded()).toMatchObject({ spec: { firstAttempt: 'AfterSearch' }, status: { remote: { id: '812' } } })
  })

  it('although the record is taken away while its order is searched for: the search begins anew', async () => {
    world.outcome = () => ({ outcome: 'unknown', code: 'TimedOut', message: 'no answer' })
    await world.settle(3)
    world.loseRecord()
    world.candidates = [found('812')]
    await world.settle()
    expect(world.submissions).toEqual([1])
    expect(world.recorded()).toMatchObject({ status: { phase: 'Issued', remote: { id: '812' } } })
  })

  it('and never while an order with the same CSR, made since the request, is claimed by nobody', async () => {
    // This id is another order's, at another SCM.
    world.orders.upsert(otherOrder('https://other.example/api'))
    world.outcome = () => ({ outcome: 'unknown', code: 'Reset', message: 'lost' })
    world.candidates = [
      { remote: { id: '812', attributes: {} }, match: 'csr', requestedOn: world.clock.now() - 3_600_000 },
    ]
    await world.settle(12)
    expect(world.submissions).toEqual([1])
    expect(world.readyOf()).toMatchObject({
      reason: 'Pending',
      message: expect.stringContaining('order 812 at the CA has the same CSR'),
    })
  })

  it('and never while an order in the same days says nothing but its names', async () => {
    world.outcome = () => ({ outcome: 'unknown', code: 'Reset', message: 'lost' })
    world.candidates = [
      { remote: { id: '700', attributes: {} }, match: 'names', requestedOn: world.clock.now() - 3_600_000 },
    ]
    await world.settle(12)
    expect(world.submissions).toEqual([1])
    expect(world.readyOf()).toMatchObject({
      message: expect.stringContaining('order 700 at the CA has the same names'),
    })
  })

  it.each([
    ['of another day that says nothing but its names', 'names', 3 * 86_400_000],
    ['of no day that says nothing but its names', 'names', undefined],
    ['with the same CSR that is on the record of another request', 'csr', 0],
  ] as const)('again beside an order %s', async (_, match, later) => {
    const requestedOn = later === undefined ? undefined : world.clock.now() + later
    world.candidates = [{ remote: { id: '812', attributes: {} }, match, requestedOn }]
    if (match === 'csr') world.orders.upsert(otherOrder('https://scm.example/api'))
    world.outcome = () =>
      world.submissions.length === 1
        ? { outcome: 'unknown', code: 'Reset', message: 'lost' }
        : { outcome: 'accepted', remote: { id: '813', attributes: {} } }
    await world.settle()
    expect(world.submissions).toEqual([1, 2])
  })

  it('and never because another account than the one that sent it finds nothing', async () => {
    world.outcome = () => {
      world.account = 'new-user'
      return { outcome: 'unknown', code: 'Reset', message: 'lost' }
    }
    await world.settle(20)
    expect(world.submissions).toEqual([1])
    expect(world.recorded()?.spec.account).toBe(`api-user ${world.recorded()?.spec.nonce}`)
    expect(world.readyOf()).toMatchObject({
      message: expect.stringMatching(/^OrderUnknown: .* cannot be searched for: blind/),
    })
    world.account = 'api-user'
    world.outcome = () => ({ outcome: 'accepted', remote: { id: '813', attributes: {} } })
    await world.settle()
    expect(world.submissions).toEqual([1, 2])
  })

  it('and never with another account than is on record', async () => {
    let accounts = 0
    world.kube.after = (verb) => {
      if (verb === 'create') world.account = 'new-user'
    }
    world.outcome = () => {
      accounts++
      return { outcome: 'accepted', remote: { id: '812', attributes: {} } }
    }
    await world.reconcile()
    expect(accounts).toBe(0)
    expect(world.recorded()?.status?.attempts).toMatchObject([{ number: 1, outcome: 'Refused', code: 'NotSent' }])
    await world.settle()
    expect(accounts).toBe(1)
    expect(world.recorded()?.status?.attempts).toMatchObject([
      { number: 1, outcome: 'Accepted', account: `new-user ${world.recorded()?.spec.nonce}` },
    ])
  })
})

describe('rule 12: exactly once', () => {
  it('although another process found the order meanwhile, and no watch has told so', async () => {
    world.outcome = () => ({ outcome: 'unknown', code: 'Reset', message: 'lost' })
    await world.reconcile()
    const searches = world.turnsHeldWhileSearching.length
    const open = { phase: 'Open', remote: { id: '812', attributes: {} } } as const
    rewrite((order) => ({ ...order, status: { ...order.status, ...open } }))
    await world.settle()
    expect(world.turnsHeldWhileSearching).toHaveLength(searches)
    expect(world.submissions).toEqual([1])
    expect(world.readyOf()).toMatchObject({ reason: 'Issued' })
  })
})

/** What another process does to the record, behind the back of the cache. */
function rewrite(change: (order: CertificateOrder) => CertificateOrder): void {
  const order = world.recorded()
  if (order !== undefined) world.kube.put(certificateOrders, change(order))
}

function otherOrder(endpoint: string): CertificateOrder {
  return {
    apiVersion: 'certwright.dev/v1alpha1',
    kind: 'CertificateOrder',
    metadata: {
      namespace: 'elsewhere',
      name: 'cr-other',
      uid: 'other',
      resourceVersion: '3',
      creationTimestamp: at(0),
    },
    spec: {
      requestRef: { kind: 'CertificateRequest', name: 'other', uid: 'other' },
      issuerRef: { kind: 'SectigoIssuer', name: 'other', uid: 'other', generation: 1 },
      backend: 'Sectigo',
      target: {
        endpoint,
        tenant: 'acme',
        product: 'ssl',
        organization: '1',
        profile: '5',
        names: [],
      },
      csrSha256: 'A'.repeat(64),
      spkiSha256: 'a'.repeat(64),
      requester: 'x',
      marker: 'certwright:1:other',
      nonce: 'n',
      firstAttempt: 'AtCreation',
    },
    status: { phase: 'Open', remote: { id: '812', attributes: {} } },
  }
}
