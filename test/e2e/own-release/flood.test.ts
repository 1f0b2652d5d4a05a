// Tenants who send requests by the thousand: whoever else asks for one certificate gets it in a small number of SCM's slots, and
// so in seconds, at the default limits. In a cluster of its own: cert-manager's approver serves whoever came first.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CertificateRequest, certificateRequests } from '../../../src/api/certificate-request.ts'
import { KubeClient } from '../../../src/kube/client.ts'
import { loadKubeConnection } from '../../../src/kube/config.ts'
import type { KubeConnection } from '../../../src/kube/connection.ts'
import type { Draft } from '../../../src/kube/write.ts'
import type { Operator } from '../../cluster/operator.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { DEFAULT_CATALOGUE } from '../../simulators/sectigo/catalogue-defaults.ts'
import { useCluster } from '../../support/cluster.ts'
import { createCsr } from '../../support/pki.ts'
import { issuer, isTrue, LOGIN, secret } from '../world.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'
import { installOwnRelease, LEADS, type OwnRelease, showLogsOnFailure } from './own-release.ts'

/** Requests of the flood that is made at a time; more only fills the API server's own line. */
const AT_A_TIME = 32
/** SCM's calls a second of one login, by default. */
const SLOTS_A_SECOND = 5
/**
 * An enrolment, the first look and the fetching, with two namespaces beside one's own in line: the first and the last wait for one
 * call of each, the look, before which enrolments of others go, for one in every eighth of each. And what was granted before.
 */
const SLOTS_IN_LINE = 3 + 8 * 3 + 3 + 8
/**
 * While it is in no line the others go on: two seconds before the first look, and writes to Kubernetes, which take a loaded
 * machine seconds each. Whoever waited for all who were there before would let a thousand go ahead, and more.
 */
const OUT_OF_LINE_SECONDS = 20
const MOST_SLOTS = SLOTS_IN_LINE + OUT_OF_LINE_SECONDS * SLOTS_A_SECOND
/** Of the operator, for one's own and all others meanwhile. Not time by the clock, which other programs take as well. */
const MOST_CPU_SECONDS = 45
/** A loaded machine is given minutes: what is waited for is judged by slots and work. */
const PATIENCE_MS = 240_000
const TEST_MS = 300_000
/** The chart's memory limit, of which the heap takes 60 % (Dockerfile). */
const MEMORY_LIMIT_BYTES = 384 * 1_048_576
const HEAP_MIB = 230
/** Has nothing to do with the other ones at SCM. */
const OWN_LOGIN = { ...LOGIN, login: 'of-its-own' }

let own: OwnCluster
let release: OwnRelease
let operator: Operator
let connection: KubeConnection
let client: KubeClient
beforeAll(async () => {
  own = await startOwnCluster(useCluster())
  // Without a class, as most are: it speaks also for issuers that are not there.
  release = await installOwnRelease('flood', { cluster: own.cluster, values: ['operatorClass='] })
  operator = await release.operator({ env: { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` } })
  connection = await loadKubeConnection({ kubeconfig: own.cluster.kubeconfig })
  client = new KubeClient({ connection, userAgent: 'certwright-flood' })
})
afterAll(async () => {
  await connection.close()
  await release.uninstall()
  await own[Symbol.asyncDispose]()
})

/** Nobody's budget stops it: all of it gets in line. */
const GENEROUS = { budget: { ordersPerDay: 100_000, perNamespacePerDay: 100_000, openOrders: 100_000 } }

interface Flood {
  readonly name: string
  readonly count: number
  /** Default: the issuer that all share. */
  readonly issuerRef?: { readonly kind: string; readonly name: string }
  /** Default: the same for all. */
  readonly request?: string
  /** Each is taken away as soon as it is there. */
  readonly fleeting?: true
}

const SHARED = { kind: 'SectigoClusterIssuer', name: 'shared' }

const OTHERS: readonly Flood[] = [
  { name: 'over-its-budget', count: 200, issuerRef: { kind: 'SectigoClusterIssuer', name: 'thrifty' } },
  { name: 'at-nobody', count: 200, issuerRef: { kind: 'SectigoClusterIssuer', name: 'nobody' } },
  { name: 'at-its-own', count: 200, issuerRef: { kind: 'SectigoIssuer', name: 'own' } },
  { name: 'no-csr', count: 200, request: 'no CSR' },
  { name: 'fleeting', count: 200, fleeting: true },
]

let pem: string
beforeAll(async () => {
  pem = (await createCsr({ dns: ['flood.acme.example'] })).pem
  const { world, simulator } = release
  const [account] = DEFAULT_CATALOGUE.accounts
  if (account === undefined) throw new Error('the simulator has no account')
  const { oauth2: _, ...more } = account
  await simulator.control.patchCatalogue({ accounts: [...DEFAULT_CATALOGUE.accounts, { ...more, ...OWN_LOGIN }] })
  await world.apply(
    secret(release.namespace, 'scm', { password: LOGIN.password }),
    issuer(world, { name: 'shared' }, GENEROUS),
    issuer(world, { name: 'thrifty' }),
  )
  for (const name of ['shared', 'thrifty']) await world.ready('sectigoclusterissuer', name, undefined, isTrue)
})

function draft(name: string, namespace: string, { issuerRef = SHARED, request = pem }: Partial<Flood> = {}) {
  return {
    metadata: { name, namespace },
    spec: { request: Buffer.from(request).toString('base64'), issuerRef: { group: 'certwright.dev', ...issuerRef } },
  } satisfies Draft<CertificateRequest>
}

/** Sends it, many at a time; tells of each that was made. */
async function send(flood: Flood, namespace: string, made: (count: number) => void = () => {}): Promise<void> {
  let next = 0
  let count = 0
  const sender = async (): Promise<void> => {
    for (let n = next++; n < flood.count; n = next++) {
      const one = draft(`flood-${n}`, namespace, flood)
      await client.create(certificateRequests, one, { fieldManager: 'flood' })
      made(++count)
      if (flood.fleeting) await client.delete(certificateRequests, one.metadata)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, sender))
}

async function slotsUsed(): Promise<number> {
  const { calls } = await release.simulator.control.counters()
  return Object.values(calls)
    .flatMap((answers) => Object.values(answers))
    .reduce((sum, times) => sum + times, 0)
}

/** A metric without labels. */
async function metric(name: string): Promise<number> {
  const metrics = await (await fetch(`${operator.metricsUrl}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1])
}

const cpuSeconds = (): Promise<number> => metric('process_cpu_seconds_total')

interface Served {
  readonly when: string
  readonly ms: number
  readonly slots: number
  readonly cpu: number
}

/** One certificate for a namespace of its own; what it took from its approval to the certificate. */
async function oneOther(when: string): Promise<Served> {
  const namespace = await release.world.namespace('modest')
  const { pem: request } = await createCsr({ dns: [`${namespace}.acme.example`] })
  const one = draft('one', namespace, { request })
  await client.create(certificateRequests, one, { fieldManager: 'modest' })
  const says = async (type: string): Promise<void> => {
    const said = async (): Promise<boolean> => {
      const { status } = await client.get<CertificateRequest>(certificateRequests, one.metadata)
      return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
    }
    await waitUntil(said, { what: `the one request ${when} to be ${type}`, timeoutMs: PATIENCE_MS, everyMs: 50 })
  }
  await says('Approved')
  const [begun, slots, cpu] = [performance.now(), await slotsUsed(), await cpuSeconds()]
  await says('Ready')
  const ms = Math.round(performance.now() - begun)
  return { when, ms, slots: (await slotsUsed()) - slots, cpu: (await cpuSeconds()) - cpu }
}

/** `logins`: so many are served side by side. */
async function expectServed(served: readonly Served[], { logins = 1 } = {}): Promise<void> {
  const told = served.map(
    ({ when, ms, slots, cpu }) => `${when}: ${ms} ms, ${slots} slots, ${cpu.toFixed(1)} s of the processor`,
  )
  process.stdout.write(`\n${told.join('\n')}\n`)
  for (const { when, slots, cpu } of served) {
    expect(slots, when).toBeLessThanOrEqual(logins * MOST_SLOTS)
    expect(cpu, when).toBeLessThan(MOST_CPU_SECONDS)
  }
  // Nor did it cost the operator its place, or more memory than the chart gives it.
  expect(operator.logs().filter((line) => line.includes(LEADS))).toHaveLength(1)
  const resident = await metric('process_resident_memory_bytes')
  process.stdout.write(`memory: ${Math.round(resident / 1_048_576)} MiB\n`)
  expect(resident).toBeLessThan(MEMORY_LIMIT_BYTES)
}

it('of 2,000 requests through an issuer that is shared keep nobody else waiting', { timeout: TEST_MS }, async () => {
  showLogsOnFailure(operator)
  const flood: Flood = { name: 'shared', count: 2_000 }
  const namespace = await release.world.namespace(flood.name)
  const served: Promise<Served>[] = []
  const begun = performance.now()
  await send(flood, namespace, (made) => {
    if (made === flood.count / 2) served.push(oneOther('in the middle of the flood'))
  })
  const sentMs = performance.now() - begun
  served.push(oneOther('after its last request'))
  process.stdout.write(`\n2,000 requests sent in ${Math.round(sentMs)} ms\n`)
  await expectServed(await Promise.all(served))
})

it('of requests that wait for a budget, for nobody or for an issuer of their own, that are none or are gone at once, neither', {
  timeout: TEST_MS,
}, async () => {
  showLogsOnFailure(operator)
  const { world } = release
  const { password, ...login } = OWN_LOGIN
  const all = OTHERS.map(async (flood) => {
    const namespace = await world.namespace(flood.name)
    await world.cluster.kubectl(['label', 'namespace', namespace, 'cert-manager.io/disable-validation=true'])
    if (flood.issuerRef?.kind === 'SectigoIssuer') {
      const auth = { password: { ...login, secretRef: { name: 'scm' } } }
      const own = issuer(world, { name: flood.issuerRef.name, namespace }, { auth, ...GENEROUS })
      await world.apply(secret(namespace, 'scm', { password }), own)
    }
    await send(flood, namespace)
  })
  const served = [oneOther('in the middle of all others')]
  await Promise.all(all)
  served.push(oneOther('after all others'))
  await expectServed(await Promise.all(served), { logins: 2 })
})
