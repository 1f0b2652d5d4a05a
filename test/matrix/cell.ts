// One cell: a request is asked for, the process that serves it is caught at the cell's effect and ends in the cell's way, another
// one goes on. Then: one order at SCM, and the request has its certificate.
import { setTimeout as sleep } from 'node:timers/promises'
import { certificateOrders } from '../../src/api/certificate-order.ts'
import { type CertificateRequest, certificateRequests } from '../../src/api/certificate-request.ts'
import { type SectigoIssuer, sectigoIssuers } from '../../src/api/sectigo-issuer.ts'
import type { Condition, KubeObject, Resource } from '../../src/kube/resource.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { DEVICE_PROFILE, LOGIN, ORGANIZATION, SSL_PROFILE } from '../e2e/world.ts'
import { type Simulator, startSimulator } from '../simulators/sectigo/simulator.ts'
import { type InterceptingProxy, startInterceptingProxy } from '../support/intercepting-proxy.ts'
import { keyFits } from '../support/key-fits.ts'
import { createCsr } from '../support/pki.ts'
import type { Cell } from './cells.ts'
import { EFFECTS } from './effects.ts'
import type { Actor, Stage } from './stage.ts'

/** What a cell came to. The matrix wants one order, Issued, the right key, an ended record, and an old leader that gave up. */
export interface Outcome {
  readonly orders: number
  readonly request: string
  readonly key: 'right' | 'wrong' | 'none'
  readonly record: string
  readonly seconds: number
}

/** The machine was too busy for the process to keep its lease, before anything was done to it: the cell says nothing. */
export class Starved extends Error {
  override readonly name = 'Starved'
}

const fieldManager = 'certwright-matrix'
export const secrets: Resource<KubeObject & { readonly data: Readonly<Record<string, string>> }> = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
}
/** As people write them: without defaults. */
const { group, version, plural, kind, namespaced } = sectigoIssuers
export const issuersAsWritten: Resource<KubeObject & { readonly spec: object }> = {
  group,
  version,
  plural,
  kind,
  namespaced,
}
export const namespaces: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
}

/** The exit code of an operator that lost its lease. */
const LEASE_LOST = 1
/** Characters of log that are shown of a cell that fails. */
const LAST_WORDS = 8_000
/** How long a slow CA works on an order (real time). */
const SLOW_MS = 1_500
/** A process that is continued finds out at once; the rest is for a loaded machine. */
const GIVES_UP_MS = 60_000
/** A cell takes some ten seconds; the rest is for a loaded machine, or for scale 1, where an unknown outcome takes 30 minutes. */
const PATIENCE_MS = 120_000
const PATIENCE_AT_SCALE_1_MS = 45 * 60_000

export async function runCell(
  stage: Stage,
  cell: Cell,
  { name, timeScale }: { name: string; timeScale: number },
): Promise<Outcome> {
  const started = performance.now()
  const timeoutMs = timeScale === 1 ? PATIENCE_AT_SCALE_1_MS : PATIENCE_MS
  const { client } = stage
  const { trouble, side, matches } = EFFECTS[cell.effect]
  await using simulator = await startSimulator({
    settings: {
      issueDelayMs: cell.speed === 'slow' ? SLOW_MS : 0,
      approval: trouble === 'unapproved' ? 'manual' : 'auto',
    },
  })
  await using scm = await startInterceptingProxy(simulator)
  await using actors = new AsyncDisposableStack()
  const operatorClass = name
  const settings = { operatorClass, allowedHost: new URL(scm.origin).host, timeScale }
  const enter = async (): Promise<Actor> => actors.use(await stage.operator(settings))

  const first = await enter()
  await client.create(namespaces, { metadata: { name } }, { fieldManager })
  await readyIssuer(stage, cell, { name, operatorClass, scm, simulator }, timeoutMs)
  const standby = cell.end === 'killed, restarted' ? undefined : await enter()
  await makeTrouble(cell, simulator)

  const { pid } = first.operator
  const caught = Promise.withResolvers<void>()
  const signal = cell.end === 'stopped, another leads, continued' ? 'SIGSTOP' : 'SIGKILL'
  const proxy = side === 'scm' ? scm : first.apiServer
  proxy.catchNext(matches, cell.cut, () => {
    process.kill(pid, signal)
    caught.resolve()
  })
  const dnsName = `${name}.acme.example`
  const { pem } = await createCsr({ commonName: dnsName, dns: [dnsName] })
  await client.create(certificateRequests, requestFor(name, pem), { fieldManager })
  const late = sleep(timeoutMs, undefined, { ref: false }).then(() => {
    throw new Error(`${cell.effect} did not come about\n${first.operator.logs().slice(-30).join('\n')}`)
  })
  const starved = first.operator.exitCode.then((code) => {
    if (code === LEASE_LOST) throw new Starved(first.operator.logs().slice(-30).join('\n'))
  })
  await Promise.race([caught.promise, late, starved.then(() => caught.promise)])

  using survivors = keepOneAlive(standby ?? (await enter()), enter)
  await waitUntil(async () => survivors.log().includes('this process leads'), {
    what: 'the other one to lead',
    timeoutMs,
  })
  const ready = await issued(stage, name, timeoutMs).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${survivors.log().slice(-LAST_WORDS)}`)
  })
  if (signal === 'SIGSTOP') await comeBack(first, [first.apiServer, scm])
  const record = (await client.list(certificateOrders, { namespace: name })).items
  const orders = (await simulator.control.orders()).filter(({ names }) => names.includes(dnsName))
  await client.delete(namespaces, { name })
  return {
    orders: orders.length,
    request: ready.reason ?? '',
    key: keyOf(ready.certificate, pem),
    record: record.map(({ status }) => status?.phase ?? 'none').join(),
    seconds: Math.round((performance.now() - started) / 1_000),
  }
}

/** Does what kubelet does with a process that ends: one on a loaded machine may lose its lease. */
function keepOneAlive(first: Actor, enter: () => Promise<Actor>) {
  const actors = [first]
  let over = false
  const watch = async ({ operator }: Actor): Promise<void> => {
    await operator.exitCode
    if (over) return
    const next = await enter()
    actors.push(next)
    await watch(next)
  }
  watch(first).catch(() => undefined)
  return {
    log: () => actors.flatMap(({ operator }) => operator.logs()).join('\n'),
    [Symbol.dispose]() {
      over = true
    },
  }
}

/** The one that was stopped goes on where it was, finds its connections broken, and must find out that it leads no more. */
async function comeBack({ operator }: Actor, proxies: readonly InterceptingProxy[]): Promise<void> {
  process.kill(operator.pid, 'SIGCONT')
  for (const proxy of proxies) proxy.drop()
  const exitCode = await Promise.race([operator.exitCode, sleep(GIVES_UP_MS, 'still runs' as const, { ref: false })])
  if (exitCode === 'still runs') throw new Error(`the former leader runs on\n${operator.logs().slice(-30).join('\n')}`)
  if (exitCode === 0) throw new Error('the former leader ended as if nothing had happened')
}

async function makeTrouble({ effect, product }: Cell, { control }: Simulator): Promise<void> {
  const match = { method: 'POST', path: `/api/${product}/v1/enroll` }
  switch (EFFECTS[effect].trouble) {
    case 'lostAnswer':
      await control.addFault({ match, times: 1, cut: 'afterStoring' })
      break
    case 'busy':
      await control.addFault({ match, times: 1, status: 503, headers: { 'retry-after': '1' }, body: 'busy' })
  }
}

interface Place {
  readonly name: string
  readonly operatorClass: string
  readonly scm: InterceptingProxy
  readonly simulator: Simulator
}

async function readyIssuer(
  { client }: Stage,
  { effect, product }: Cell,
  place: Place,
  timeoutMs: number,
): Promise<void> {
  const { name, operatorClass, scm, simulator } = place
  const { trouble } = EFFECTS[effect]
  const metadata = { name: 'scm', namespace: name }
  const data = { password: Buffer.from(LOGIN.password).toString('base64') }
  await client.create(secrets, { metadata, data }, { fieldManager })
  const { customerUri, login } = LOGIN
  const spec = {
    url: simulator.url.replace(simulator.origin, scm.origin),
    auth: { password: { customerUri, login, secretRef: { name: 'scm' } } },
    orgId: ORGANIZATION,
    ...(product === 'ssl'
      ? { ssl: { profile: { name: SSL_PROFILE } } }
      : { device: { profile: { name: DEVICE_PROFILE } } }),
    tls: { caBundle: scm.caPem },
    operatorClass,
    ...(trouble === 'unapproved' ? { deadlines: { approval: '1m' } } : {}),
  }
  await client.create(issuersAsWritten, { metadata, spec }, { fieldManager })
  const ready = async (): Promise<boolean> => {
    const { status } = await client.get<SectigoIssuer>(sectigoIssuers, metadata)
    return readyOf(status)?.status === 'True'
  }
  await waitUntil(ready, { what: 'the issuer to be Ready', timeoutMs })
}

export const readyOf = (status: { readonly conditions?: readonly Condition[] } | undefined): Condition | undefined =>
  status?.conditions?.find(({ type }) => type === 'Ready')

const requestFor = (name: string, pem: string) =>
  ({
    metadata: { name: 'asked', namespace: name },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      issuerRef: { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'scm' },
    },
  }) as const

async function issued({ client }: Stage, name: string, timeoutMs: number) {
  const done = async (): Promise<{ reason?: string; certificate: string } | undefined> => {
    const { status } = await client.get<CertificateRequest>(certificateRequests, { name: 'asked', namespace: name })
    const ready = readyOf(status as { conditions?: Condition[] })
    if (ready?.reason !== 'Issued' && ready?.reason !== 'Failed') return undefined
    return { reason: ready.reason, certificate: status?.certificate ?? '' }
  }
  return waitUntil(done, { what: 'the request to be Issued', timeoutMs })
}

export function keyOf(certificate: string, csrPem: string): Outcome['key'] {
  if (certificate === '') return 'none'
  return keyFits(certificate, csrPem) ? 'right' : 'wrong'
}
