// What people and their programs do, at SCM and in the cluster, to an order that is open: none of it makes a second order, and
// nothing is delivered that was not asked for.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificateOrders } from '../../../src/api/certificate-order.ts'
import { certificateRequests } from '../../../src/api/certificate-request.ts'
import { isNotFound } from '../../../src/kube/errors.ts'
import type { KubeObject, Resource } from '../../../src/kube/resource.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { namespaces } from '../../matrix/cell.ts'
import { setStage } from '../../matrix/stage.ts'
import { createTestClient } from '../../simulators/sectigo/test-client.ts'
import { createCsr } from '../../support/pki.ts'
import { fieldManager, PATIENCE_MS, type Place, type PlaceOptions, type Scene, setScene } from './scene.ts'
import { towards } from './tenant.ts'
import { createTable } from './told.ts'

const table = createTable()
let scene: Scene
beforeAll(async () => {
  const stage = await setStage()
  // The class whose records the release's admission policy protects.
  scene = await setScene(stage, { tenants: 14, operatorClass: stage.release })
})
afterAll(async () => {
  table.print()
  await scene[Symbol.asyncDispose]()
  await scene.stage[Symbol.asyncDispose]()
})

const HOUR_MS = 3_600_000
const ISSUED = { orders: 1, end: 'Issued' }
const APPROVAL = 'waiting for approval'

/** A request whose order waits for somebody to approve it. */
async function awaitingApproval(name: string, options: Partial<PlaceOptions> = {}, names: readonly string[] = []) {
  const place = await scene.place(name, options)
  await place.tenant.control.patchSettings({ approval: 'manual' })
  const { dnsName } = place
  const { pem } = await createCsr({ commonName: dnsName, dns: [dnsName, ...names.map((part) => `${part}.${dnsName}`)] })
  await place.ask({ csr: pem })
  await place.pends(APPROVAL)
  return place
}

const deleteRecord = async (place: Place): Promise<void> => {
  const record = await place.record()
  if (record === undefined) throw new Error('there is no record')
  await scene.client.delete(certificateOrders, record.metadata)
}

describe('an order record', () => {
  const bindings: Resource = {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'validatingadmissionpolicybindings',
    kind: 'ValidatingAdmissionPolicyBinding',
    namespaced: false,
  }

  it('cannot be deleted by a user; when the policy is taken away, its order is found again', async () => {
    await using place = await awaitingApproval('deleted')
    const order = await place.stored()
    await expect(deleteRecord(place)).rejects.toThrow(/the operator deletes them when they are of no further use/)
    await table.tell('record deleted by a user: refused', place, {
      orders: 1,
      end: `Pending Order ${order.id} is "Requested"`,
    })

    await scene.client.delete(bindings, { name: `${scene.stage.release}-certwright-orders` })
    // The API server takes a moment to forget a policy.
    const done = (): Promise<boolean> => deleteRecord(place).then(() => true)
    await waitUntil(done, { what: 'the record to be deleted', timeoutMs: PATIENCE_MS })
    const adopted = async () => {
      const record = await place.record()
      return record?.status?.remote?.id === String(order.id) ? record : undefined
    }
    const record = await waitUntil(adopted, { what: 'a new record of the order', timeoutMs: PATIENCE_MS })
    expect(record.spec.firstAttempt).toBe('AfterSearch')
    await place.tenant.control.approve(order.id)
    await place.ends()
    await table.tell('record deleted by breaking the glass', place, ISSUED)
  })
})

describe.concurrent('an order whose record is deleted by breaking the glass', () => {
  it('while its answer is lost and SCM does not list it yet is placed again: the second one is named', async () => {
    await using place = await scene.place('deleted-blind', { spec: { submission: { unknownOutcomeWait: '24h' } } })
    const { control } = place.tenant
    await control.patchSettings({ listVisibilityLagMs: HOUR_MS, reportVisibilityLagMs: HOUR_MS })
    await control.addFault({ match: { method: 'POST', path: '/api/ssl/v1/enroll' }, times: 1, cut: 'afterStoring' })
    await place.ask()
    await place.pends('OrderUnknown')
    await deleteRecord(place)
    await place.ends()
    await control.patchSettings({ listVisibilityLagMs: 0, reportVisibilityLagMs: 0 })
    const [first] = await place.orders()
    const note = await waitUntil(async () => (await place.events('OrderedTwice'))[0], {
      what: 'an event about the first order',
      timeoutMs: PATIENCE_MS,
    })
    expect(note).toContain(String(first?.id))
    await table.tell('record deleted while the answer is lost and lists lag (named)', place, {
      orders: 2,
      end: 'Issued',
    })
  })
})

describe.concurrent('an open order that somebody edits in SCM', () => {
  const edit = async (place: Place, id: number, change: object): Promise<void> => {
    await using somebody = createTestClient(place.tenant.simulator)
    expect((await somebody.call('PUT', '/ssl/v1', { body: { sslId: id, ...change } })).status).toBe(200)
  }

  it('in its comments, is known by its CSR', async () => {
    await using place = await awaitingApproval('comments')
    const order = await place.stored()
    await edit(place, order.id, { comments: 'cost centre 4711' })
    await place.tenant.control.approve(order.id)
    await place.ends()
    await table.tell('comments replaced', place, ISSUED)
  })

  it('in its comments, where SCM shows no CSR, is delivered only when it shows whose it is again', async () => {
    await using place = await awaitingApproval('no-hash')
    const order = await place.stored()
    await place.tenant.control.patchSettings({ csrDetails: false })
    await edit(place, order.id, { comments: 'cost centre 4711' })
    await place.tenant.control.approve(order.id)
    await place.pends('without our marker and without our CSR')
    await table.tell('comments replaced, older SCM without CSR hashes', place, {
      orders: 1,
      end: 'Pending OrderUnknown',
    })
    await edit(place, order.id, { comments: `cost centre 4711 ${order.comments}` })
    await place.ends()
    await table.tell('comments replaced, older SCM without CSR hashes, and put right', place, ISSUED)
  })

  it('in its CSR, is not delivered', async () => {
    await using place = await awaitingApproval('csr')
    const order = await place.stored()
    const { pem } = await createCsr({ commonName: place.dnsName, dns: [place.dnsName] })
    await edit(place, order.id, { csr: pem.trim() })
    await place.tenant.control.approve(order.id)
    await place.ends('Failed')
    await table.tell('CSR replaced', place, { orders: 1, end: 'Failed' })
  })

  it('in its names, is not delivered before they are there', async () => {
    await using place = await awaitingApproval('names', {}, ['shop'])
    const order = await place.stored()
    await edit(place, order.id, { subjectAlternativeNames: [place.dnsName] })
    await place.tenant.control.approve(order.id)
    await place.pends('lacks')
    await table.tell('a name removed', place, { orders: 1, end: 'Pending Stalled' })
  })

  it('in its profile, is delivered', async () => {
    await using place = await awaitingApproval('profile')
    const order = await place.stored()
    const { profiles } = await place.tenant.control.catalogue()
    const [ov] = profiles
    if (ov === undefined) throw new Error('the tenant has no profile')
    await place.tenant.control.patchCatalogue({ profiles: [...profiles, { ...ov, id: 5199, name: 'OV SSL other' }] })
    await edit(place, order.id, { certTypeId: 5199 })
    await place.tenant.control.approve(order.id)
    await place.ends()
    await table.tell('profile replaced', place, ISSUED)
    expect(await place.stored()).toMatchObject({ profileId: 5199 })
  })
})

describe.concurrent('an order that nobody approved in time', () => {
  const spec = { deadlines: { approval: '1m' } }
  const REQUESTER = { login: 'requester', password: 'Simulated-Password-2!' }

  it('is given up, and stays so when somebody approves it after all', async () => {
    await using place = await scene.place('given-up', { spec, login: REQUESTER })
    await place.ask()
    const order = await place.stored()
    const { message } = await place.ends('Failed')
    expect(message).toMatch(/still open at the CA, decline it there: the account may not/)
    await place.tenant.control.approve(order.id)
    await place.tenant.control.issue(order.id)
    await table.tell('approved after we gave it up', place, { orders: 1, end: 'Failed' })
    expect((await place.record())?.status).toMatchObject({ phase: 'Failed', remote: { id: String(order.id) } })
    const { calls } = await place.tenant.control.counters()
    expect(Object.keys(calls).filter((endpoint) => endpoint.includes('collect'))).toEqual([])
  })

  it('and that somebody approves while we decline it, is delivered', async () => {
    await using place = await scene.place('just-approved', { spec })
    await place.tenant.control.patchSettings({ approval: 'manual' })
    const declining = place.tenant.scm.hold(({ path }) => path.includes('/decline/'))
    await place.ask()
    const held = await declining
    await place.tenant.control.approve((await place.stored()).id)
    expect(await held.release()).toBe(400)
    await place.ends()
    await table.tell('approved while we decline it', place, ISSUED)
  })
})

describe.concurrent('an issuer that is pointed at another tenant', () => {
  it('in which the same id exists: nobody is asked about it, until it points back', async () => {
    await using place = await awaitingApproval('moved')
    const order = await place.stored()
    const other = scene.tenant()
    await using somebody = createTestClient(other.simulator)
    await somebody.enrollSsl({ subjAltNames: 'elsewhere.example.com' })
    expect((await other.control.orders()).map(({ id }) => id)).toEqual([order.id])
    await place.editIssuer(towards(other))
    await place.pends('IssuerMoved')
    await place.tenant.control.approve(order.id)
    await table.tell('issuer edited to another tenant with the same id', place, {
      orders: 1,
      end: 'Pending IssuerMoved',
    })
    const { calls } = await other.control.counters()
    expect(Object.keys(calls).filter((endpoint) => /ssl.v1.(:|collect|decline)/.test(endpoint))).toEqual([])
    await place.editIssuer(towards(place.tenant))
    await place.ends()
    await table.tell('issuer edited to another tenant with the same id, and back', place, ISSUED)
  })
})

describe.concurrent('a namespace that is deleted', () => {
  it('takes record and request with it: nothing is placed meanwhile, and nothing declined', async () => {
    await using place = await awaitingApproval('going')
    const order = await place.stored()
    const { client } = scene
    const ref = { name: place.namespace }
    // So the request outlives its record, for as long as the test likes.
    const request = { name: 'asked', namespace: place.namespace }
    const finalizers = (list: readonly string[]) =>
      client.mergePatch(certificateRequests, request, { metadata: { finalizers: list } } as object, { fieldManager })
    await finalizers(['acme.example/hold'])
    await client.delete(namespaces, ref)
    const recordGone = async (): Promise<boolean> => (await place.records()).length === 0
    await waitUntil(recordGone, { what: 'the record to go with its namespace', timeoutMs: PATIENCE_MS })
    await place.tenant.control.approve(order.id)
    expect((await place.orders()).length).toBe(1)
    await finalizers([])
    const gone = (): Promise<boolean> => client.get(namespaces, ref).then(() => false, isNotFound)
    await waitUntil(gone, { what: 'the namespace to go', timeoutMs: PATIENCE_MS })
    expect(await place.stored()).toMatchObject({ id: order.id, status: 'Issued' })

    // The same names again are another request.
    await place.found()
    await place.issuerIs('True')
    await place.ask()
    const second = await place.stored(2)
    await place.tenant.control.approve(second.id)
    await place.ends()
    await table.tell('namespace deleted, made and asked in again', place, { orders: 2, end: 'Issued' })
  })
})

describe.concurrent('a writer that never rests', () => {
  it('touches request and record all the time: one order, and it is delivered', async () => {
    await using place = await scene.place('storm')
    const { client } = scene
    await place.tenant.control.patchSettings({ issueDelayMs: 1_500 })
    await place.ask()
    let ended = false
    let written = 0
    const touch = async <T extends KubeObject>(resource: Resource<T>): Promise<void> => {
      const { namespace } = place
      const [object] = (await client.list(resource, { namespace })).items
      if (object === undefined) return
      const patch = { metadata: { labels: { touched: String(written++) } } } as object
      await client.mergePatch(resource, object.metadata, patch, { fieldManager })
    }
    const touchOn = async <T extends KubeObject>(resource: Resource<T>): Promise<void> => {
      while (!ended) await touch(resource)
    }
    const storm = Promise.all([touchOn(certificateRequests), touchOn(certificateOrders)])
    try {
      await place.ends()
    } finally {
      ended = true
      await storm
    }
    await table.tell(`409 storm (${written} writes)`, place, ISSUED)
    const { calls } = await place.tenant.control.counters()
    expect(calls['POST /api/ssl/v1/enroll']).toEqual({ 200: 1 })
  })
})
