// One request of one issuer, with an API server in memory and a CA that a test scripts: for tests of what the controller
// of requests does, step by step, and of what is left when a step goes wrong.
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { uncheckedIssuer } from '../../../test/support/issuer.ts'
import { MemoryKube } from '../../../test/support/memory-kube.ts'
import { createCsr, createTestPki, type TestPki } from '../../../test/support/pki.ts'
import { type CertificateOrder, certificateOrders } from '../../api/certificate-order.ts'
import { type CertificateRequest, certificateRequests } from '../../api/certificate-request.ts'
import type { SectigoIssuer } from '../../api/sectigo-issuer.ts'
import type {
  CancelOutcome,
  Candidate,
  CertificateBackend,
  Look,
  RemoteOrder,
  Submission,
  SubmitOutcome,
} from '../../backends/backend.ts'
import type { Hindrance } from '../../backends/sectigo/credential-state.ts'
import { keyOf } from '../../kube/resource.ts'
import type { ReconcileOptions, Result } from '../../runtime/controller.ts'
import type { EventNote } from '../../runtime/events.ts'
import { createLogger } from '../../runtime/log.ts'
import { Store } from '../../runtime/store.ts'
import { ORDER_INDEXES, REQUEST_INDEXES } from '../caches.ts'
import { OrderReconciler, type OrderReconcilerOptions } from '../order-controller.ts'
import { RequestReconciler, type RequestReconcilerOptions } from '../request-controller.ts'

export const REQUEST = { namespace: 'shop', name: 'shop-1' }
export const ORDER = { namespace: 'shop', name: 'cr-req-1' }

/** Turns of the event loop within which the longest errand of these tests ends. */
const ERRAND_TURNS = 200
/** How long records are kept here. */
export const RETENTION_MS = 720 * 3_600_000
/** More looks at one request than any test needs. */
const MOST_ROUNDS = 40

/** What takes long to make, once for all tests of a file. */
interface Samples {
  readonly pki: TestPki
  readonly csrPem: string
  readonly leaf: string
}

export async function requestSamples(): Promise<Samples> {
  const pki = await createTestPki()
  const csrPem = (await createCsr({ commonName: 'shop.example.com', dns: ['shop.example.com'] })).pem
  return { pki, csrPem, leaf: await pki.intermediate.sign(csrPem) }
}

export class RequestWorld {
  readonly kube = new MemoryKube()
  readonly clock = new FakeClock({ now: Date.now() })
  readonly #log = createLogger({ level: 'error', format: 'text', destination: { write: () => true } })
  readonly requests = new Store<CertificateRequest>({ log: this.#log, indexes: REQUEST_INDEXES })
  readonly orders = new Store<CertificateOrder>({ log: this.#log, indexes: ORDER_INDEXES })
  /** Numbers of the attempts that reached the CA. */
  readonly submissions: number[] = []
  outcome: (submission: Submission) => SubmitOutcome | Promise<SubmitOutcome> = () => ({
    outcome: 'accepted',
    remote: { id: '812', attributes: {} },
  })
  /** What a search finds. */
  candidates: readonly Candidate[] = []
  /** Called when the issuer's Secret would be read. */
  connects: () => void = () => {}
  draining = false
  leads = true
  /** The CA's account that the issuer logs in with now. */
  account = 'api-user'
  /** Resolves when it is the request's turn. */
  turnComes: () => Promise<void> = async () => {}
  /** What keeps orders of its login from being sent. */
  hindrance: Hindrance | undefined
  /** Since when this process may act, wall clock. */
  leadingSince = this.clock.now() - 3_600_000
  /** How often the issuer's Ready condition was doubted. */
  rechecks = 0
  /** Slots of the login that somebody has. */
  turnsHeld = 0
  readonly turnsHeldWhileSearching: number[] = []
  /** What an order without a request is looked at as, and what becomes of it when it is declined. */
  look: Look = { phase: 'issued', word: 'Issued', ours: 'yes' }
  cancel: (remote: RemoteOrder) => CancelOutcome | Promise<CancelOutcome> = () => ({ outcome: 'cancelled' })
  /** What the CA shows of the domains that a refusal named. */
  domains: string | undefined
  /** Questions to the CA about orders and domains. */
  asked = 0
  /** Events about records, by their reason. */
  readonly told: string[] = []
  /** The same about requests. */
  readonly toldRequests: string[] = []
  /** Events `OrderedTwice`: `Kind: note`. */
  readonly toldTwice: string[] = []
  /** Orders that were counted as doubled. */
  doubled = 0
  /** Searches at the CA. */
  searches = 0
  /** Called with each key that is to be reconciled again. */
  wakes: (key: string) => void = () => {}
  readonly reconciler: RequestReconciler
  readonly orderReconciler: OrderReconciler
  readonly #issuers = new Store<SectigoIssuer>({ log: this.#log })
  readonly #signal = new AbortController().signal
  #woken = false
  readonly #csrPem: string

  /** An approved request for `samples.csrPem`, made now, and an issuer that is Ready. */
  constructor(samples: Samples) {
    const log = this.#log
    const issuers = this.#issuers
    const world = this
    const backend = this.#backend(samples)
    const options: RequestReconcilerOptions & OrderReconcilerOptions = {
      client: this.kube.client as never,
      requests: this.requests,
      orders: this.orders,
      issuers,
      clusterIssuers: new Store({ log }),
      namespaces: new Store({ log }),
      events: {
        emit: ({ regarding, reason, note }: EventNote) => {
          if (reason === 'OrderedTwice') this.toldTwice.push(`${regarding.kind}: ${note}`)
          else (regarding.kind === 'CertificateOrder' ? this.told : this.toldRequests).push(reason)
        },
      },
      clock: this.clock,
      realClock: this.clock,
      operatorClass: '',
      clusterName: 'prod',
      lifecycle: {
        runCritical: <T>(_: string, section: () => Promise<T>) => section(),
        get draining() {
          return world.draining
        },
      },
      isLeader: () => this.leads,
      leadingSince: () => this.leadingSince,
      connections: {
        connect: async () => {
          this.connects()
          return { backend, tenant: 'acme', secretVersion: '1', secret: 'Secret "shop/scm"', version: '1' }
        },
        hindrance: () => this.hindrance,
      },
      recheckIssuer: () => {
        this.rechecks++
      },
      retentionMs: RETENTION_MS,
      countDoubled: (orders) => {
        this.doubled += orders
      },
      wake: (key) => {
        this.#woken = true
        this.wakes(key)
      },
    }
    this.reconciler = new RequestReconciler(options)
    this.orderReconciler = new OrderReconciler(options)
    this.#csrPem = samples.csrPem
    this.ask()
    issuers.upsert(readyIssuer())
  }

  /** One more approved request for the same CSR, made now; `REQUEST` without a number. */
  ask(number = 1): void {
    this.requests.upsert(this.kube.put(certificateRequests, requestFor(this.#csrPem, this.clock.now(), number)))
  }

  /** Somebody deletes a request, and the watch tells. */
  deleteRequest(number = 1): void {
    const ref = { ...REQUEST, name: `shop-${number}` }
    this.kube.delete(certificateRequests, ref)
    this.requests.remove(keyOf(ref))
  }

  /** The issuer's owner changes it. */
  setIssuer(change: Partial<SectigoIssuer['spec']>): void {
    const [issuer] = this.#issuers.list()
    if (issuer !== undefined) this.#issuers.upsert({ ...issuer, spec: { ...issuer.spec, ...change } })
  }

  /** Reconciles as the queue would, again and again as long as an errand towards the CA brings news. */
  reconcile(number = 1): Promise<Result> {
    return this.#run((options) => this.reconciler.reconcile(`shop/shop-${number}`, options))
  }

  /** The same for the record of a request. */
  reconcileOrder(number = 1): Promise<Result> {
    return this.#run((options) => this.orderReconciler.reconcile(`shop/cr-req-${number}`, options))
  }

  async #run(reconcile: (options: ReconcileOptions) => Promise<Result>): Promise<Result> {
    for (;;) {
      this.#woken = false
      const result = await reconcile({ signal: this.#signal, log: this.#log })
      for (let turns = 0; turns < ERRAND_TURNS && !this.#woken; turns++) await macrotask()
      if (!this.#woken) return result
    }
  }

  /** Lets time pass as the queue would: reconciles, waits as long as it was told, until nothing is asked for. */
  async settle(rounds = MOST_ROUNDS): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const { requeueAfterMs } = await this.reconcile()
      if (requeueAfterMs === undefined || this.readyOf() === undefined) return
      await this.clock.advance(requeueAfterMs)
    }
  }

  /** Somebody deletes the record, or a backup is restored that has none. */
  loseRecord(): void {
    this.kube.delete(certificateOrders, ORDER)
    this.orders.remove(`${ORDER.namespace}/${ORDER.name}`)
    this.reconciler.recordGone('req-1')
  }

  recorded(number = 1): CertificateOrder | undefined {
    return this.kube.peek(certificateOrders, { ...ORDER, name: `cr-req-${number}` })
  }

  readyOf(number = 1): object | undefined {
    return this.kube
      .peek(certificateRequests, { ...REQUEST, name: `shop-${number}` })
      ?.status?.conditions?.find(({ type }) => type === 'Ready')
  }

  #backend({ leaf, pki }: Samples): CertificateBackend {
    const backend: Partial<CertificateBackend> = {
      account: (salt) => `${this.account} ${salt}`,
      turn: async () => {
        await this.turnComes()
        this.turnsHeld++
        let back = false
        const release = (): void => {
          if (!back) this.turnsHeld--
          back = true
        }
        return { release }
      },
      submit: async (submission) => {
        this.submissions.push(submission.attempt)
        return this.outcome(submission)
      },
      look: async () => this.#answer(this.look),
      lookAtDomains: async () => this.#answer(this.domains),
      cancel: async ({ remote }) => this.cancel(remote),
      fetch: async () => ({ outcome: 'ready', bytes: Buffer.from(leaf + pki.intermediate.pem + pki.root.pem) }),
      find: async ({ mustSee }) => {
        this.searches++
        this.turnsHeldWhileSearching.push(this.turnsHeld)
        if (mustSee) return { outcome: 'notSearchable', reason: 'blind' }
        return { outcome: 'searched', candidates: this.candidates }
      },
    }
    return backend as CertificateBackend
  }

  #answer<T>(said: T): T {
    this.asked++
    return said
  }
}

/** As Kubernetes writes times. */
export function at(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

function requestFor(csrPem: string, now: number, number: number): CertificateRequest {
  const names = { ...REQUEST, name: `shop-${number}`, uid: `req-${number}` }
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { ...names, resourceVersion: '1', creationTimestamp: at(now) },
    spec: {
      request: Buffer.from(csrPem).toString('base64'),
      issuerRef: { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'scm' },
    },
    status: {
      conditions: [{ type: 'Approved', status: 'True', reason: 'a', message: '', lastTransitionTime: at(now) }],
    },
  }
}

function readyIssuer(): SectigoIssuer {
  const ready = { type: 'Ready', status: 'True', reason: 'Checked', message: '', observedGeneration: 1 } as const
  return {
    ...uncheckedIssuer({ namespace: 'shop', name: 'scm', spec: { url: 'https://scm.example/api' } }),
    status: {
      observedGeneration: 1,
      conditions: [{ ...ready, lastTransitionTime: at(0) }],
      profile: { id: '5', name: 'OV', terms: [90, 199], keyTypes: {} },
      organization: { id: '1', name: 'Acme' },
    },
  }
}

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
