// Many issuers with real connections to simulated tenants, Secrets in a map, and a clock that moves only when told to.

import type { Simulator } from '../../../test/simulators/sectigo/simulator.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { uncheckedIssuer } from '../../../test/support/issuer.ts'
import { refusal } from '../../../test/support/memory-kube.ts'
import { createCsr } from '../../../test/support/pki.ts'
import type { SectigoIssuer } from '../../api/sectigo-issuer.ts'
import type { CertificateBackend, OrderTarget, SubmitOutcome } from '../../backends/backend.ts'
import type { CallObserved } from '../../backends/sectigo/transport.ts'
import type { ObjectRef } from '../../kube/resource.ts'
import { createLogger } from '../../runtime/log.ts'
import type { Limits } from '../../runtime/scheduler.ts'
import { type CertificateSigningRequest, parseCsr } from '../../x509/csr.ts'
import { Connections } from '../connections.ts'

export const PASSWORD = 'Simulated-Password-1!'

/** So that nobody ever waits for the clock but where a test wants it. */
const UNHURRIED: Limits = { requestsPerSecond: 100_000, concurrentRequests: 4 }

const log = createLogger({ level: 'error', format: 'text' })
const signal = new AbortController().signal

export class LoginsWorld implements AsyncDisposable {
  readonly clock = new FakeClock()
  readonly connections: Connections
  /** What became of each call, in order. */
  readonly calls: CallObserved[] = []
  readonly #secrets = new Map<string, { readonly resourceVersion: string; readonly password: string }>()
  readonly #csr: CertificateSigningRequest
  #version = 0
  #placed = 0

  private constructor(csr: CertificateSigningRequest, simulators: readonly Simulator[]) {
    this.#csr = csr
    this.connections = new Connections({
      client: { get: async (_, ref) => this.#read(ref) as never },
      clusterResourceNamespace: 'certwright',
      allowedHosts: simulators.map(({ origin }) => new URL(origin).host),
      allowedProxies: [],
      clock: this.clock,
      log,
      observe: (call) => this.calls.push(call),
    })
  }

  static async towards(...simulators: readonly Simulator[]): Promise<LoginsWorld> {
    const { pem } = await createCsr({ commonName: 'shop.example.com' })
    return new LoginsWorld(await parseCsr(pem), simulators)
  }

  /** So many issuers, each in a namespace of its own and with a Secret of its own there. */
  issuers(count: number, simulator: Simulator, limits: Partial<Limits> = {}): SectigoIssuer[] {
    const { url, caPem: caBundle } = simulator
    const auth: SectigoIssuer['spec']['auth'] = {
      password: {
        customerUri: 'acme',
        login: 'api-user',
        secretRef: { name: 'scm', passwordKey: 'password', loginKey: 'login' },
      },
    }
    return Array.from({ length: count }, (_, index) =>
      uncheckedIssuer({
        name: 'scm',
        namespace: `${new URL(url).port}-${index}`,
        spec: {
          url,
          auth,
          tls: { caBundle },
          limits: { ...UNHURRIED, ...limits },
          ssl: { profile: { id: 5170 }, term: { policy: 'Nearest' }, subjectAltNames: 'ExcludeCommonName' },
        },
      }),
    )
  }

  /** Every one of their Secrets is written, with a new version also where the value stays. */
  put(password: string, issuers: readonly SectigoIssuer[]): void {
    for (const { metadata } of issuers) {
      const resourceVersion = String(++this.#version)
      this.#secrets.set(`${metadata.namespace}/scm`, { resourceVersion, password })
    }
  }

  async backendOf(issuer: SectigoIssuer, { fresh = false } = {}): Promise<CertificateBackend> {
    return (await this.connections.connect(issuer, { fresh, signal })).backend
  }

  /** Each is checked as the issuer controller would, all at once: `Ready`, or why not. */
  async check(issuers: readonly SectigoIssuer[]): Promise<string[]> {
    return Promise.all(
      issuers.map(async (issuer) => {
        const backend = await this.backendOf(issuer, { fresh: true })
        return backend.describe({ signal }).then(
          () => 'Ready',
          ({ kind }: { kind: string }) => kind,
        )
      }),
    )
  }

  /** Places one order in its turn. */
  async place(issuer: SectigoIssuer, namespace = issuer.metadata.namespace ?? ''): Promise<SubmitOutcome> {
    const backend = await this.backendOf(issuer)
    const turn = await backend.turn({ signal, namespace })
    const identity = { marker: `certwright:1:${++this.#placed}`, csrSha256: this.#csr.sha256 }
    const target = targetOf(issuer)
    const note = `${issuer.metadata.namespace} ${namespace}`
    try {
      return await backend.submit({ target, csr: this.#csr, identity, attempt: 1, note, turn, mayBegin: () => true })
    } finally {
      turn.release()
    }
  }

  /** Looks at an order that SCM does not know; ends when it was told so. */
  async look(issuer: SectigoIssuer, namespace: string): Promise<void> {
    const backend = await this.backendOf(issuer)
    const query = {
      target: targetOf(issuer),
      remote: { id: '999999', attributes: {} },
      identity: { marker: '', csrSha256: '' },
    }
    await backend.look(query, { signal, namespace }).catch(() => {})
  }

  /** Lets so much time pass, a little at a time, so that real calls have a chance to end. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) await this.clock.advance(STEP_MS)
  }

  /** Lets time pass until this has come to its end. */
  async during<Value>(work: Promise<Value>): Promise<Value> {
    let over = false
    const end = (): void => {
      over = true
    }
    work.then(end, end)
    while (!over) await this.clock.advance(STEP_MS)
    return work
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.connections.close()
  }

  #read({ namespace, name }: ObjectRef): object {
    const found = this.#secrets.get(`${namespace}/${name}`)
    if (found === undefined) throw refusal(404, 'NotFound')
    const { resourceVersion, password } = found
    return { metadata: { resourceVersion }, data: { password: Buffer.from(password).toString('base64') } }
  }
}

const STEP_MS = 50

function targetOf({ spec }: SectigoIssuer): OrderTarget {
  const ids = { organization: '8928', profile: '5170' }
  return { endpoint: spec.url, tenant: 'acme', product: 'ssl', term: 90, ...ids }
}
