import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { MemoryKube, refusal } from '../../test/support/memory-kube.ts'
import { createCsr, createTestPki, type TestPki } from '../../test/support/pki.ts'
import { type CertificateOrder, certificateOrders } from '../api/certificate-order.ts'
import { type CertificateRequest, certificateRequests } from '../api/certificate-request.ts'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import type { Candidate, CertificateBackend, Submission, SubmitOutcome } from '../backends/backend.ts'
import type { Result } from '../runtime/controller.ts'
import { createLogger } from '../runtime/log.ts'
import { Store } from '../runtime/store.ts'
import { ORDER_INDEXES } from './caches.ts'
import { IssuerProblem } from './issuer-problem.ts'
import { RequestReconciler } from './request-controller.ts'
import { slimRequest } from './requests.ts'

const log = createLogger({ level: 'error', format: 'text', destination: { write: () => true } })
const signal = new AbortController().signal
const REQUEST = { namespace: 'shop', name: 'shop-1' }
const ORDER = { namespace: 'shop', name: 'cr-req-1' }

let pki: TestPki
let csrPem: string
let leaf: string
beforeAll(async () => {
  pki = await createTestPki()
  csrPem = (await createCsr({ commonName: 'shop.example.com', dns: ['shop.example.com'] })).pem
  leaf = await pki.intermediate.sign(csrPem)
})

let kube: MemoryKube
let clock: FakeClock
let requests: Store<CertificateRequest>
let orders: Store<CertificateOrder>
let issuers: Store<SectigoIssuer>
let submissions: number[]
let outcome: (submission: Submission) => SubmitOutcome | Promise<SubmitOutcome>
let candidates: readonly Candidate[]
let connects: () => void
let draining: boolean
/** The CA's account that the issuer logs in with now. */
let account: string
let reconciler: RequestReconciler
let woken: boolean
/** Slots of the login that somebody has. */
let turnsHeld: number
let turnsHeldWhileSearching: number[]
/** Turns of the event loop within which the longest errand of these tests ends. */
const ERRAND_TURNS = 200

beforeEach(() => {
  kube = new MemoryKube()
  clock = new FakeClock({ now: Date.now() })
  requests = new Store({ log })
  orders = new Store({ log, indexes: ORDER_INDEXES })
  issuers = new Store({ log })
  submissions = []
  outcome = () => ({ outcome: 'accepted', remote: { id: '812', attributes: {} } })
  candidates = []
  connects = () => {}
  draining = false
  account = 'api-user'
  turnsHeld = 0
  turnsHeldWhileSearching = []
  const backend: Partial<CertificateBackend> = {
    account: (salt) => `${account} ${salt}`,
    async turn() {
      turnsHeld++
      let back = false
      const release = (): void => {
        if (!back) turnsHeld--
        back = true
      }
      return { release }
    },
    async submit(submission) {
      submissions.push(submission.attempt)
      return outcome(submission)
    },
    look: async () => ({ phase: 'issued', word: 'Issued', ours: 'yes' }),
    fetch: async () => ({ outcome: 'ready', bytes: Buffer.from(leaf + pki.intermediate.pem + pki.root.pem) }),
    async find({ mustSee }) {
      turnsHeldWhileSearching.push(turnsHeld)
      if (mustSee) return { outcome: 'notSearchable', reason: 'blind' }
      return { outcome: 'searched', candidates }
    },
  }
  reconciler = new RequestReconciler({
    client: kube.client as never,
    requests,
    orders,
    issuers,
    clusterIssuers: new Store({ log }),
    events: { emit: () => {} },
    clock,
    realClock: clock,
    operatorClass: '',
    clusterName: 'prod',
    lifecycle: {
      runCritical: (_, section) => section(),
      get draining() {
        return draining
      },
    },
    isLeader: () => true,
    leadingSince: () => clock.now() - 3_600_000,
    connections: {
      async connect() {
        connects()
        return { backend: backend as CertificateBackend, tenant: 'acme', secretVersion: '1', version: '1' }
      },
    },
    recheckIssuer: () => {},
    wake: () => {
      woken = true
    },
  })
  requests.upsert(kube.put(certificateRequests, request()))
  issuers.upsert(issuer())
})

function at(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

function request(): CertificateRequest {
  const now = at(clock.now())
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { ...REQUEST, uid: 'req-1', resourceVersion: '1', creationTimestamp: now },
    spec: {
      request: Buffer.from(csrPem).toString('base64'),
      issuerRef: { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'scm' },
    },
    status: { conditions: [{ type: 'Approved', status: 'True', reason: 'a', message: '', lastTransitionTime: now }] },
  }
}

function issuer(): SectigoIssuer {
  const ready = { type: 'Ready', status: 'True', reason: 'Checked', message: '', observedGeneration: 1 } as const
  return {
    apiVersion: 'certwright.dev/v1alpha1',
    kind: 'SectigoIssuer',
    metadata: {
      namespace: 'shop',
      name: 'scm',
      uid: 'iss-1',
      resourceVersion: '2',
      generation: 1,
      creationTimestamp: at(0),
    },
    spec: {
      url: 'https://scm.example/api',
      auth: {
        password: {
          customerUri: 'acme',
          login: 'x',
          secretRef: { name: 's', passwordKey: 'password', loginKey: 'login' },
        },
      },
      orgId: 1,
      ssl: { profile: { id: 5 }, term: { policy: 'Nearest' }, subjectAltNames: 'ExcludeCommonName' },
      limits: { requestsPerSecond: 5, concurrentRequests: 4 },
      budget: { ordersPerDay: 500, perNamespacePerDay: 500, openOrders: 500 },
      deadlines: { processing: '168h', approval: '168h' },
      onRequestDeleted: 'Keep',
      includeCA: true,
    },
    status: {
      observedGeneration: 1,
      conditions: [{ ...ready, lastTransitionTime: at(0) }],
      profile: { id: '5', name: 'OV', terms: [90, 199], keyTypes: {} },
      organization: { id: '1', name: 'Acme' },
    },
  }
}

/** Reconciles as the queue would, again and again as long as an errand towards the CA brings news. */
async function reconcile(): Promise<Result> {
  for (;;) {
    woken = false
    const result = await reconciler.reconcile('shop/shop-1', { signal, log })
    for (let turns = 0; turns < ERRAND_TURNS && !woken; turns++) await new Promise((resolve) => setImmediate(resolve))
    if (!woken) return result
  }
}

const recorded = (): CertificateOrder | undefined => kube.peek(certificateOrders, ORDER)
const readyOf = (): object | undefined =>
  kube.peek(certificateRequests, REQUEST)?.status?.conditions?.find(({ type }) => type === 'Ready')

/** Lets time pass as the queue would: reconciles, waits as long as it was told, and so on, until nothing is asked for. */
async function settle(rounds = 40): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const { requeueAfterMs } = await reconcile()
    if (requeueAfterMs === undefined || readyOf() === undefined) return
    await clock.advance(requeueAfterMs)
  }
}

describe('an instantly issued request', () => {
  it('costs one order, and writes the record, its id, its end, and the request', async () => {
    await expect(reconcile()).resolves.toEqual({})
    expect(submissions).toEqual([1])
    expect(kube.calls).toEqual([
      'create certificateorders',
      'patch certificateorders',
      'patch certificateorders',
      'patch certificaterequests',
    ])
    expect(readyOf()).toMatchObject({ status: 'True', reason: 'Issued' })
    expect(recorded()?.status).toMatchObject({ phase: 'Issued', remote: { id: '812', state: 'Issued' } })
  })

  it('is kept small afterwards', async () => {
    await reconcile()
    const kept = requests.get('shop/shop-1')
    expect(kept).toEqual(slimRequest(kept as CertificateRequest))
    expect(JSON.stringify(kept)).not.toContain('BEGIN')
  })
})

describe('exactly once', () => {
  it.each([
    ['lost', refusal(0, 'Timeout')],
    ['a 504', refusal(504, 'Timeout')],
  ])('although the answer to the record’s creation is %s', async (_, lost) => {
    kube.after = (verb) => {
      if (verb === 'create') throw lost
    }
    await reconcile()
    expect(submissions).toEqual([1])
    expect(readyOf()).toMatchObject({ reason: 'Issued' })
  })

  it('although the id cannot be put on record for a while', async () => {
    let times = 0
    kube.before = (verb, plural) => {
      if (verb === 'patch' && plural === 'certificateorders' && times++ < 3) throw refusal(500, 'InternalError')
    }
    let over = false
    const done = reconcile().finally(() => {
      over = true
    })
    while (!over) await clock.advance(500)
    await done
    expect(submissions).toEqual([1])
    expect(recorded()?.status?.remote?.id).toBe('812')
  })

  it('although the record is taken away while the order is placed', async () => {
    outcome = () => {
      if (submissions.length === 1) {
        kube.delete(certificateOrders, ORDER)
        orders.remove('shop/cr-req-1')
        candidates = [{ remote: { id: '812', attributes: {} }, match: 'marker', requestedOn: undefined }]
      }
      return { outcome: 'accepted', remote: { id: String(811 + submissions.length), attributes: {} } }
    }
    await expect(reconcile()).rejects.toMatchObject({ status: 404 })
    await settle()
    expect(submissions).toEqual([1])
    expect(recorded()).toMatchObject({
      spec: { firstAttempt: 'AfterSearch' },
      status: { phase: 'Issued', remote: { id: '812' } },
    })
  })

  it('although an order of another SCM instance has the same id', async () => {
    outcome = () => ({ outcome: 'unknown', code: 'Reset', message: 'lost' })
    candidates = [{ remote: { id: '812', attributes: {} }, match: 'marker', requestedOn: undefined }]
    const foreign = { ...(await otherOrder()), metadata: { ...(await otherOrder()).metadata, resourceVersion: '3' } }
    orders.upsert(foreign)
    await settle()
    expect(submissions).toEqual([1])
    expect(recorded()?.status).toMatchObject({ phase: 'Issued', remote: { id: '812' } })
  })

  it('and never while an order with the same CSR, made since the request, is claimed by nobody', async () => {
    outcome = () => ({ outcome: 'unknown', code: 'Reset', message: 'lost' })
    candidates = [{ remote: { id: '700', attributes: {} }, match: 'csr', requestedOn: clock.now() - 3_600_000 }]
    await settle(12)
    expect(submissions).toEqual([1])
    expect(readyOf()).toMatchObject({
      reason: 'Pending',
      message: expect.stringContaining('order 700 at the CA has the same CSR'),
    })
  })

  it('and never while an order in the same days says nothing but its names', async () => {
    outcome = () => ({ outcome: 'unknown', code: 'Reset', message: 'lost' })
    candidates = [{ remote: { id: '700', attributes: {} }, match: 'names', requestedOn: clock.now() - 3_600_000 }]
    await settle(12)
    expect(submissions).toEqual([1])
    expect(readyOf()).toMatchObject({ message: expect.stringContaining('order 700 at the CA has the same names') })
  })

  it.each([
    ['another day', 3 * 86_400_000],
    ['no day', undefined],
  ])('again beside an order of %s that says nothing but its names', async (_, later) => {
    const requestedOn = later === undefined ? undefined : clock.now() + later
    candidates = [{ remote: { id: '700', attributes: {} }, match: 'names', requestedOn }]
    outcome = () =>
      submissions.length === 1
        ? { outcome: 'unknown', code: 'Reset', message: 'lost' }
        : { outcome: 'accepted', remote: { id: '813', attributes: {} } }
    await settle()
    expect(submissions).toEqual([1, 2])
  })

  it('and never because another account than the one that sent it finds nothing', async () => {
    outcome = () => {
      account = 'new-user'
      return { outcome: 'unknown', code: 'Reset', message: 'lost' }
    }
    await settle(20)
    expect(submissions).toEqual([1])
    expect(recorded()?.spec.account).toBe(`api-user ${recorded()?.spec.nonce}`)
    expect(readyOf()).toMatchObject({
      message: expect.stringMatching(/^OrderUnknown: .* cannot be searched for: blind/),
    })
    account = 'api-user'
    outcome = () => ({ outcome: 'accepted', remote: { id: '813', attributes: {} } })
    await settle()
    expect(submissions).toEqual([1, 2])
  })

  it('and never with another account than is on record', async () => {
    let accounts = 0
    kube.after = (verb) => {
      if (verb === 'create') account = 'new-user'
    }
    outcome = () => {
      accounts++
      return { outcome: 'accepted', remote: { id: '812', attributes: {} } }
    }
    await reconcile()
    expect(accounts).toBe(0)
    expect(recorded()?.status?.attempts).toMatchObject([{ number: 1, outcome: 'Refused', code: 'NotSent' }])
    await settle()
    expect(accounts).toBe(1)
    expect(recorded()?.status?.attempts).toMatchObject([
      { number: 1, outcome: 'Accepted', account: `new-user ${recorded()?.spec.nonce}` },
    ])
  })

  it('again after the search found nothing, or only last year’s order with the same CSR', async () => {
    candidates = [{ remote: { id: '700', attributes: {} }, match: 'csr', requestedOn: clock.now() - 365 * 86_400_000 }]
    outcome = () =>
      submissions.length === 1
        ? { outcome: 'unknown', code: 'Reset', message: 'lost' }
        : { outcome: 'accepted', remote: { id: '813', attributes: {} } }
    const began = clock.monotonic()
    await settle()
    expect(submissions).toEqual([1, 2])
    expect(clock.monotonic() - began).toBeGreaterThanOrEqual(30 * 60_000)
    expect(readyOf()).toMatchObject({ reason: 'Issued' })
  })

  async function otherOrder(): Promise<CertificateOrder> {
    return {
      apiVersion: 'certwright.dev/v1alpha1',
      kind: 'CertificateOrder',
      metadata: {
        namespace: 'elsewhere',
        name: 'cr-other',
        uid: 'other',
        resourceVersion: '1',
        creationTimestamp: at(0),
      },
      spec: {
        requestRef: { kind: 'CertificateRequest', name: 'other', uid: 'other' },
        issuerRef: { kind: 'SectigoIssuer', name: 'other', uid: 'other', generation: 1 },
        backend: 'Sectigo',
        target: {
          endpoint: 'https://other.example/api',
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
})

describe('never stuck', () => {
  it('by a Secret that went away a moment ago: the request says so and is looked at again', async () => {
    connects = () => {
      throw new IssuerProblem('SecretNotFound', 'Secret "shop/s" does not exist')
    }
    await expect(reconcile()).resolves.toEqual({ requeueAfterMs: 300_000 })
    expect(readyOf()).toMatchObject({
      reason: 'Pending',
      message: expect.stringContaining('SecretNotFound: Secret "shop/s"'),
    })
    connects = () => {}
    await settle()
    expect(readyOf()).toMatchObject({ reason: 'Issued' })
    expect(submissions).toEqual([1])
  })

  it('by a request that is deleted while it is worked on', async () => {
    kube.delete(certificateRequests, REQUEST)
    await expect(reconcile()).resolves.toEqual({})
    expect(kube.calls.filter((call) => call === 'patch certificaterequests')).toHaveLength(1)
  })

  it('by a shutdown between record and submission: it is put on record that nothing was sent', async () => {
    kube.after = (verb) => {
      if (verb === 'create') draining = true
    }
    outcome = ({ mayBegin }) => {
      if (mayBegin()) throw new Error('sent while draining')
      return { outcome: 'refused', refusal: { cause: 'busy', code: 'NotSent', message: 'not sent' } }
    }
    await reconcile()
    expect(recorded()?.status?.attempts).toMatchObject([{ number: 1, outcome: 'Refused', code: 'NotSent' }])
  })

  it('by a CA that is busy: it is asked again after a pause, under the same attempt', async () => {
    outcome = () =>
      submissions.length < 3
        ? { outcome: 'refused', refusal: { cause: 'busy', code: 'RateLimited', message: 'slow down', retryAfterMs: 0 } }
        : { outcome: 'accepted', remote: { id: '812', attributes: {} } }
    const { requeueAfterMs } = await reconcile()
    expect(requeueAfterMs).toBeGreaterThan(4_000)
    expect(submissions).toEqual([1])
    await settle()
    expect(submissions).toEqual([1, 1, 1])
    expect(readyOf()).toMatchObject({ reason: 'Issued' })
  })
})

describe('a slot of the login', () => {
  it('is given back when the request goes while it is looked at', async () => {
    connects = () => requests.remove('shop/shop-1')
    await reconcile()
    await reconcile()
    expect(turnsHeld).toBe(0)
    expect(submissions).toEqual([])
  })

  it('is not held while an order is searched for', async () => {
    // The record's creation took effect, its answer and the look for it are lost, and the cache does not know it yet.
    kube.after = (verb) => {
      if (verb === 'create') throw refusal(0, 'Timeout')
    }
    kube.before = (verb) => {
      if (verb === 'get') throw refusal(0, 'Timeout')
    }
    await expect(reconcile()).rejects.toMatchObject({ reason: 'Timeout' })
    kube.before = () => {}
    kube.after = () => {}
    await reconcile()
    expect(turnsHeldWhileSearching).toEqual([0])
    expect(submissions).toEqual([])
  })
})
