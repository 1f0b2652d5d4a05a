// What clusters do to orders: two at one tenant, and one whose etcd is restored from a backup that is older than its orders.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isNotFound } from '../../../src/kube/errors.ts'
import type { Resource } from '../../../src/kube/resource.ts'
import { namespaces } from '../../matrix/cell.ts'
import { type Actor, type Stage, setStage } from '../../matrix/stage.ts'
import { useCluster } from '../../support/cluster.ts'
import { createCsr } from '../../support/pki.ts'
import { LOGIN } from '../world.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'
import { LEADS, logged, showLogsOnFailure } from './own-release.ts'
import { fieldManager, LONG_LEASE_SECONDS, type Place, placeOf, type Scene, setScene, TIME_SCALE } from './scene.ts'
import type { Tenant } from './tenant.ts'
import { createTable } from './told.ts'

const table = createTable()
/** The shared cluster, and the tenants of both. */
let here: Scene
let own: OwnCluster
let stage: Stage
const actors = new AsyncDisposableStack()
/** In the other cluster, from beginning to end. */
let stays: Actor

/** One more operator in the other cluster. */
async function operator(operatorClass: string): Promise<Actor> {
  const { allowedHost } = here
  return stage.operator({ operatorClass, allowedHost, timeScale: TIME_SCALE, leaseSeconds: LONG_LEASE_SECONDS })
}

beforeAll(async () => {
  ;[own, here] = await Promise.all([
    startOwnCluster(useCluster()),
    setStage().then((one) => setScene(one, { tenants: 6 })),
  ])
  stage = await setStage(own.cluster)
  stays = actors.use(await operator(here.operatorClass))
})
afterAll(async () => {
  table.print()
  await actors.disposeAsync()
  await stage[Symbol.asyncDispose]()
  await own[Symbol.asyncDispose]()
  await here[Symbol.asyncDispose]()
  await here.stage[Symbol.asyncDispose]()
})

const ISSUED = { orders: 1, end: 'Issued' }

describe('two clusters', () => {
  it('with the same names and CSRs at one tenant find their own orders', async () => {
    const tenant = here.tenant()
    const namespace = 'one-tenant'
    const dnsName = `${namespace}.acme.example`
    const { operatorClass } = here
    const places = await Promise.all(
      [here.client, stage.client].map(async (client) => {
        const place = placeOf(namespace, { client, tenant, operatorClass, namespace, dnsName })
        await place.found()
        await place.issuerIs('True')
        return place
      }),
    )
    await tenant.control.addFault({ match: { path: '/api/ssl/v1/enroll' }, times: 2, cut: 'afterStoring' })
    const csr = (await createCsr({ commonName: dnsName, dns: [dnsName] })).pem
    for (const place of places) await place.ask({ csr })
    for (const place of places) await place.ends()
    for (const place of places)
      await table.tell('two clusters at one tenant, same CSR', place, { orders: 2, end: 'Issued' })
    const ids = await Promise.all(places.map(async (place) => (await place.record())?.status?.remote?.id))
    expect(new Set(ids).size).toBe(2)
  })
})

describe('etcd that is restored from a backup', () => {
  /** What a request can be at when the backup is made; afterwards all are Issued. */
  const STATES = ['pending', 'open', 'unknown', 'refused'] as const
  type State = (typeof STATES)[number] | 'untouched'
  const enrolment = { method: 'POST', path: '/api/ssl/v1/enroll' }
  const NOT_VALIDATED = { status: 400, body: { code: -107, description: 'DCV is not completed' } }
  const leases: Resource = {
    group: 'coordination.k8s.io',
    version: 'v1',
    plural: 'leases',
    kind: 'Lease',
    namespaced: true,
  }

  const tenants = new Map<State, Tenant>()
  const tenantFor = (state: State): Tenant => {
    const tenant = tenants.get(state) ?? here.tenant()
    tenants.set(state, tenant)
    return tenant
  }
  const place = (operatorClass: string, state: State): Place =>
    placeOf(`${operatorClass}-${state}`, {
      client: stage.client,
      tenant: tenantFor(state),
      operatorClass,
      spec: { submission: { unknownOutcomeWait: '90m' } },
    })

  it('finds every order that was made since', { timeout: 300_000 }, async () => {
    // Served by an operator that runs all the time, and by one that is started again when etcd is back.
    const operators = [here.operatorClass, 'restarted']
    const places = operators.flatMap((name) => STATES.map((state) => [state, place(name, state)] as const))
    const of = (wanted: State): readonly Place[] => places.flatMap(([state, one]) => (state === wanted ? [one] : []))
    const untouched = place('late', 'untouched')
    const all = [...places.map(([, one]) => one), untouched]

    let restarted = await operator('restarted')
    const late = await operator('late')
    await tenantFor('open').control.patchSettings({ approval: 'manual' })
    await tenantFor('unknown').control.addFault({ match: enrolment, times: operators.length, cut: 'before' })
    await tenantFor('refused').control.addFault({ match: enrolment, ...NOT_VALIDATED })
    showLogsOnFailure(stays.operator, restarted.operator)
    await Promise.all(all.map((one) => one.found()))
    await Promise.all(of('pending').map((one) => one.secret({ login: '', password: '' })))
    await untouched.issuerIs('True')
    await late.operator.stop()
    // The last, since time runs for them: 90 min are 18 s.
    const unknown = of('unknown')
    const others = all.filter((one) => !unknown.includes(one))
    const words = {
      pending: 'to become Ready',
      open: 'waiting for approval',
      unknown: 'OrderUnknown',
      refused: 'validation',
    }
    for (const asked of [others, unknown]) {
      await Promise.all(asked.map((one) => one.ask()))
      const said = places.filter(([, one]) => asked.includes(one))
      await Promise.all(said.map(([state, one]) => one.pends(words[state])))
    }
    await untouched.approved()
    await own.backUp()

    showLogsOnFailure(actors.use(await operator('late')).operator)
    const restoreSecrets = () => Promise.all(of('pending').map((one) => one.secret(LOGIN)))
    await restoreSecrets()
    await Promise.all(of('open').map(async (one) => tenantFor('open').control.approve((await one.stored()).id)))
    await tenantFor('refused').control.clearFaults()
    await Promise.all(all.map((one) => one.ends()))
    const since = { name: 'since-the-backup' }
    await stage.client.create(namespaces, { metadata: since }, { fieldManager })

    await restarted[Symbol.asyncDispose]()
    await own.restore()
    expect(await stage.client.get(namespaces, since).catch(isNotFound)).toBe(true)
    // It still says that the one leads who was ended: nobody wants to wait for its end here.
    await stage.client.delete(leases, { name: 'certwright-restarted', namespace: stage.release })
    restarted = actors.use(await operator('restarted'))
    await logged(restarted.operator, LEADS)
    await restoreSecrets()
    await Promise.all(all.map((one) => one.ends()))
    for (const [n, [state, one]] of places.entries()) {
      const who = n < STATES.length ? 'operator runs on' : 'operator restarted'
      await table.tell(`etcd restored (${who}): ${state} at the backup`, one, ISSUED)
    }
    await table.tell('etcd restored (operator runs on): untouched at the backup', untouched, ISSUED)
  })
})
