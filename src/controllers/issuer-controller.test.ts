// When an issuer is checked, and when a look at what it names is enough.
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { issuerSpec, type SectigoIssuer, sectigoIssuers } from '../api/sectigo-issuer.ts'
import { SMALLEST_ISSUER } from '../api/testing/issuer-samples.ts'
import type { CertificateBackend, IssuerFacts } from '../backends/backend.ts'
import { BackendError } from '../backends/backend-error.ts'
import { KubeError } from '../kube/errors.ts'
import { createLogger } from '../runtime/log.ts'
import { Store } from '../runtime/store.ts'
import { IssuerReconciler } from './issuer-controller.ts'
import { IssuerProblem } from './issuer-problem.ts'

const MINUTE = 60_000
const log = createLogger({ level: 'error', format: 'text' })
const facts: IssuerFacts = {
  profile: { id: '5170', name: 'OV SSL', terms: [199], keyTypes: {} },
  organization: { id: '8928', name: 'Acme' },
}

let clock: FakeClock
let store: Store<SectigoIssuer>
/** What the CA was asked, and how it answers. */
let checks: number
/** How much older than the last check an answer may be that serves it. */
let toldRecentlyMs: number
let answer: () => Promise<IssuerFacts>
let secretVersion: string | IssuerProblem
let writes: number
let refuseWrite: KubeError | undefined

beforeEach(() => {
  clock = new FakeClock()
  store = new Store({ log })
  checks = 0
  answer = async () => facts
  secretVersion = '1'
  writes = 0
  refuseWrite = undefined
})

function reconcilerFor(spec: object = {}, { namespace = 'shop' } = {}) {
  const issuer: SectigoIssuer = {
    apiVersion: 'certwright.dev/v1alpha1',
    kind: 'SectigoIssuer',
    metadata: {
      name: 'a',
      namespace,
      uid: 'u',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: issuerSpec.parse({ ...SMALLEST_ISSUER, ...spec }),
  }
  store.replace([issuer], { resourceVersion: '1' })
  const describe: CertificateBackend['describe'] = async ({ since = Number.NaN }) => {
    checks++
    toldRecentlyMs = clock.monotonic() - since
    return answer()
  }
  const key = `${namespace}/a`
  const reconciler = new IssuerReconciler({
    resource: sectigoIssuers,
    store,
    client: {
      async mergePatch(_resource, _ref, patch) {
        if (refuseWrite !== undefined) throw refuseWrite
        writes++
        const before = store.get(key) ?? issuer
        const { metadata: decidedOn, status } = patch as Pick<SectigoIssuer, 'metadata' | 'status'>
        expect(decidedOn.resourceVersion).toBe(before.metadata.resourceVersion)
        const metadata = { ...before.metadata, resourceVersion: String(writes + 1) }
        return { ...before, metadata, status: { ...before.status, ...status } } as never
      },
    },
    connections: {
      async connect() {
        if (secretVersion instanceof IssuerProblem) throw secretVersion
        const backend = { describe } as Partial<CertificateBackend> as CertificateBackend
        return { backend, secretVersion, secret: 'Secret "shop/scm"', version: secretVersion, tenant: 'acme' }
      },
      forget: () => {},
    },
    clock,
    operatorClass: '',
    clusterResourceNamespace: 'certwright',
    random: () => 0.5,
  })
  const { signal } = new AbortController()
  return { key, reconciler, reconcile: () => reconciler.reconcile(key, { signal, log }) }
}

const readyOf = (key: string) => store.get(key)?.status?.conditions?.[0]

describe('an issuer that is Ready', () => {
  it('is looked at every minute where no watch tells of its Secret, and asked for every ten', async () => {
    const { reconcile } = reconcilerFor()
    for (let minute = 0; minute < 10; minute++) {
      expect(await reconcile()).toEqual({ requeueAfterMs: MINUTE })
      expect(checks).toBe(1)
      await clock.advance(MINUTE)
    }
    await reconcile()
    expect(checks).toBe(2)
    expect(writes).toBe(1)
  })

  it('is asked for at once when its Secret has changed, and says so when the Secret is gone', async () => {
    const { key, reconcile } = reconcilerFor()
    await reconcile()
    secretVersion = '2'
    await clock.advance(MINUTE)
    await reconcile()
    expect(checks).toBe(2)
    secretVersion = new IssuerProblem('SecretNotFound', 'it is gone')
    await clock.advance(MINUTE)
    expect(await reconcile()).toEqual({ requeueAfterMs: MINUTE })
    expect(readyOf(key)).toMatchObject({ status: 'False', reason: 'SecretNotFound' })
    secretVersion = '2'
    await reconcile()
    expect(readyOf(key)).toMatchObject({ status: 'True' })
    expect(checks).toBe(3)
  })

  it('waits for its ten minutes where a watch tells', async () => {
    const { reconcile } = reconcilerFor({}, { namespace: 'certwright' })
    expect(await reconcile()).toEqual({ requeueAfterMs: 10 * MINUTE })
  })

  it('is looked at every minute for a ConfigMap, which nothing watches', async () => {
    const tls = { caBundleRef: { kind: 'ConfigMap', name: 'corp-ca' } }
    const { reconcile } = reconcilerFor({ tls }, { namespace: 'certwright' })
    expect(await reconcile()).toEqual({ requeueAfterMs: MINUTE })
  })

  it('is asked for when somebody wants it, also while it is being asked for', async () => {
    const { key, reconcile, reconciler } = reconcilerFor()
    await reconcile()
    answer = async () => {
      reconciler.want(key)
      answer = async () => facts
      return facts
    }
    reconciler.want(key)
    await reconcile()
    await reconcile()
    expect(checks).toBe(3)
    await reconcile()
    expect(checks).toBe(3)
  })

  it('takes what another issuer was told within half a minute, but not what was told before somebody wanted it', async () => {
    const { key, reconcile, reconciler } = reconcilerFor()
    await reconcile()
    expect(toldRecentlyMs).toBe(MINUTE / 2)
    reconciler.want(key)
    await clock.advance(1_000)
    await reconcile()
    expect(toldRecentlyMs).toBe(1_000)
  })

  it('is asked for again when its status could not be written', async () => {
    const { key, reconcile } = reconcilerFor()
    refuseWrite = new KubeError({ status: 409, reason: 'Conflict', message: 'changed meanwhile', answered: true })
    await expect(reconcile()).rejects.toThrow('changed meanwhile')
    refuseWrite = undefined
    await reconcile()
    expect(checks).toBe(2)
    expect(readyOf(key)).toMatchObject({ status: 'True' })
  })
})

describe('an issuer that is not Ready', () => {
  it('is asked for again soon, and later and later, while the cause may pass', async () => {
    const { reconcile } = reconcilerFor()
    answer = () => Promise.reject(new BackendError('Unreachable', 'connection refused'))
    const pauses = []
    for (let times = 0; times < 8; times++) pauses.push((await reconcile()).requeueAfterMs)
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
  })

  it('is looked at every minute while somebody must act', async () => {
    const { reconcile } = reconcilerFor({}, { namespace: 'certwright' })
    answer = () => Promise.reject(new BackendError('ProfileNotFound', 'no such profile'))
    expect(await reconcile()).toEqual({ requeueAfterMs: MINUTE })
    await reconcile()
    expect(checks).toBe(2)
    expect(writes).toBe(1)
  })
})
