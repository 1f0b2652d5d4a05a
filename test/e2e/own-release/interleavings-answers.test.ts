// What becomes of an order whose answer is lost, in the ways in which SCM makes it hard to find: one order, or where that cannot be
// had, the second one is named.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KubeObject, Resource } from '../../../src/kube/resource.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { setStage } from '../../matrix/stage.ts'
import { createTestClient } from '../../simulators/sectigo/test-client.ts'
import type { Call } from '../../support/intercepting-proxy.ts'
import { createCsr } from '../../support/pki.ts'
import { LOGIN } from '../world.ts'
import { fieldManager, PATIENCE_MS, type Place, type Scene, setScene, TIME_SCALE } from './scene.ts'
import { createTable } from './told.ts'

const table = createTable()
let scene: Scene
beforeAll(async () => {
  scene = await setScene(await setStage(), { tenants: 12 })
})
afterAll(async () => {
  table.print()
  await scene[Symbol.asyncDispose]()
  await scene.stage[Symbol.asyncDispose]()
})

const isEnrolment = ({ method, path }: Call): boolean => method === 'POST' && path.endsWith('/enroll')
const enrolment = { method: 'POST', path: '/api/*/v1/enroll' }
const LOST = { match: enrolment, times: 1, cut: 'afterStoring' } as const
const ISSUED = { orders: 1, end: 'Issued' }

const MINUTE_MS = 60_000
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS

/** The event of an order that is one too many names both. */
async function namesBoth(place: Place): Promise<void> {
  const [first, second, ...more] = await place.orders()
  expect(more).toEqual([])
  const note = await waitUntil(async () => (await place.events('OrderedTwice'))[0], {
    what: `an event about order ${first?.id}`,
    timeoutMs: PATIENCE_MS,
  })
  expect(note).toContain(String(first?.id))
  expect(note).toContain(String(second?.id))
}

describe.concurrent('an order whose POST outlives its time-out', () => {
  it('is adopted when SCM stores it while it is searched for', async () => {
    // 48 s: far longer than it takes until the order is stored, and then soon over.
    await using place = await scene.place('late', { spec: { submission: { unknownOutcomeWait: '4h' } } })
    const post = place.tenant.scm.hold(isEnrolment)
    await place.ask()
    const held = await post
    held.reset()
    await place.pends('OrderUnknown')
    expect(await place.orders()).toEqual([])
    expect(await held.release()).toBe(200)
    await place.ends()
    await table.tell('late POST: stored while it is searched for', place, ISSUED)
  })

  it('and comes after it was placed again, is the second one, and is named an hour later', async () => {
    await using place = await scene.place('too-late', { spec: { submission: { unknownOutcomeWait: '5m' } } })
    const post = place.tenant.scm.hold(isEnrolment)
    await place.ask()
    const held = await post
    held.reset()
    await place.ends()
    await table.tell('late POST: placed again before it is stored', place, ISSUED)
    expect(await held.release()).toBe(200)
    await namesBoth(place)
    await table.tell('late POST: stored after that (named an hour later)', place, { orders: 2, end: 'Issued' })
  })
})

describe.concurrent('lists and reports that lag behind', () => {
  const lagging = (lag: number) => ({ listVisibilityLagMs: lag, reportVisibilityLagMs: lag })

  it.each([
    ['an SSL order', {}],
    [
      'a device order, when its issuer waits for it',
      { product: 'device', spec: { submission: { unknownOutcomeWait: '30m' } } },
    ],
  ] as const)('by ten minutes show %s in time: adopted', async (what, options) => {
    await using place = await scene.place('lag', options)
    await place.tenant.control.patchSettings(lagging((10 * MINUTE_MS) / TIME_SCALE))
    await place.tenant.control.addFault(LOST)
    await place.ask()
    await place.ends()
    await table.tell(`ten minutes of lag: ${what}`, place, ISSUED)
  })

  it('show a device order later than it is waited for by default: the second one is named', async () => {
    await using place = await scene.place('lag-device', { product: 'device' })
    const { control } = place.tenant
    await control.patchSettings(lagging(60 * MINUTE_MS))
    await control.addFault(LOST)
    await place.ask()
    await place.ends()
    await control.patchSettings(lagging(0))
    await namesBoth(place)
    await table.tell('more lag than the 5 min of a device order (named)', place, { orders: 2, end: 'Issued' })
  })
})

describe.concurrent('an account that may not ask for reports', () => {
  const REFUSED = { match: { path: '/api/report/*' }, status: 403, body: { code: -25, description: 'Not authorized' } }

  it.each([
    ['ssl', 'stored', LOST],
    ['device', 'stored', LOST],
    ['ssl', 'never came', { match: enrolment, times: 1, cut: 'before' }],
    ['device', 'never came', { match: enrolment, times: 1, cut: 'before' }],
  ] as const)('orders once, by lists and details: %s, %s', async (product, what, fault) => {
    await using place = await scene.place(`report-${product}`, { product })
    await place.tenant.control.addFault(REFUSED)
    await place.tenant.control.addFault(fault)
    await place.ask()
    await place.ends()
    await table.tell(`no reports (${product}): an order that ${what}`, place, ISSUED)
  })
})

describe.concurrent('a credential that is rotated while the answer is lost', () => {
  const NOBODY = { login: 'nobody', password: 'Simulated-Password-4!' }
  const BLIND = { login: 'blind', password: 'Simulated-Password-8!' }
  /** SCM filters what it shows by the role, and says nothing of that. */
  const NOTHING = [
    { match: { method: 'GET', path: '/api/ssl/v1' }, status: 200, body: '[]', headers: { 'x-total-count': '0' } },
    { match: { path: '/api/report/*' }, status: 200, body: { statusCode: 0, reports: [] } },
  ]

  it('to an account that sees nothing: nothing is placed until one that sees orders has looked', async () => {
    await using place = await scene.place('rotated', { spec: { submission: { unknownOutcomeWait: '10m' } } })
    const { control, scm } = place.tenant
    const { accounts } = await control.catalogue()
    const [full] = accounts
    if (full === undefined) throw new Error('the tenant has no account')
    const { oauth2: _, ...blind } = { ...full, ...BLIND }
    await control.patchCatalogue({ accounts: [...accounts, blind] })

    const post = scm.hold(isEnrolment)
    await place.ask()
    const held = await post
    await place.secret(NOBODY)
    await place.issuerIs('False')
    held.reset()
    await held.release()
    await place.pends('to become Ready')
    await table.tell('rotated to an account without organizations', place, {
      orders: 1,
      end: 'Pending Waiting for SectigoIssuer "scm" to become Ready',
    })

    for (const fault of NOTHING) await control.addFault(fault)
    await place.secret(BLIND)
    await place.pends('cannot be searched for')
    // More often than it takes until an order that was not found is placed again.
    const lists = async (): Promise<number> => (await control.counters()).calls['GET /api/ssl/v1']?.['200'] ?? 0
    const before = await lists()
    await waitUntil(async () => (await lists()) >= before + 6, { what: 'more searches', timeoutMs: PATIENCE_MS })
    await table.tell('rotated to an account that sees no orders', place, { orders: 1, end: 'Pending OrderUnknown' })

    await control.clearFaults()
    await place.secret(LOGIN)
    await place.ends()
    await table.tell('rotated to an account that sees no orders, and back', place, ISSUED)
  })
})

describe.concurrent('one private key for several certificates', () => {
  const certificates: Resource<
    KubeObject & { readonly spec: object; readonly status?: { readonly revision?: number } }
  > = {
    group: 'cert-manager.io',
    version: 'v1',
    plural: 'certificates',
    kind: 'Certificate',
    namespaced: true,
  }

  it('rotationPolicy Never: a renewal has the same CSR, and an order and a certificate of its own', async () => {
    await using place = await scene.place('never')
    const { namespace, dnsName, client, tenant } = place
    const shop = { name: 'shop', namespace }
    const spec = {
      secretName: 'shop-tls',
      dnsNames: [dnsName],
      revisionHistoryLimit: 2,
      privateKey: { algorithm: 'RSA', size: 2048, rotationPolicy: 'Never' },
      issuerRef: { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'scm' },
    }
    /** The next one. cert-manager may go on to another by itself: it asks again when it sees its own Secret too late. */
    const revision = ({ after }: { readonly after: number }): Promise<number> => {
      const next = async (): Promise<number | false> => {
        const { revision = 0 } = (await client.get(certificates, shop)).status ?? {}
        return revision > after && revision
      }
      return waitUntil(next, { what: `a revision of the Certificate after ${after}`, timeoutMs: PATIENCE_MS })
    }
    await client.create(certificates, { metadata: shop, spec }, { fieldManager })
    const first = await revision({ after: 0 })
    // What `cmctl renew` writes.
    await tenant.control.addFault(LOST)
    const renew = { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message: 'renewed by a test' }
    const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
    const change = { status: { conditions: [{ ...renew, lastTransitionTime }] } }
    await client.mergePatch(certificates, shop, change as object, { fieldManager, subresource: 'status' })
    await revision({ after: first })
    const orders = await place.orders()
    expect(new Set(orders.map(({ csrSha256 }) => csrSha256)).size).toBe(1)
    const serials = (await place.records()).map(({ status }) => status?.serial?.toLowerCase())
    expect(serials.toSorted()).toEqual(orders.map(({ serialNumber }) => serialNumber).toSorted())
    expect(new Set(serials).size).toBe(orders.length)
    expect(await tenant.control.faults()).toMatchObject([{ applied: 1 }])
    const { length: requests } = await place.records()
    expect(requests).toBeGreaterThanOrEqual(2)
    await table.tell('rotationPolicy Never: a renewal by the same CSR', place, {
      orders: requests,
      end: 'Issued, Issued',
    })
  })

  it("with last year's certificate for the same CSR at SCM: neither taken for the new one nor in its way", async () => {
    await using place = await scene.place('last-year')
    const { dnsName, tenant } = place
    const { pem } = await createCsr({ commonName: dnsName, dns: [dnsName] })
    await using somebody = createTestClient(tenant.simulator)
    tenant.travel(-YEAR_MS)
    await somebody.enrollSsl({ csr: pem.trim(), subjAltNames: dnsName, comments: 'ordered by hand' })
    const old = await place.stored()
    tenant.travel(0)
    await tenant.control.addFault({ match: enrolment, times: 1, cut: 'before' })
    await place.ask({ csr: pem })
    await place.ends()
    await table.tell("last year's certificate by the same CSR", place, { orders: 2, end: 'Issued' })
    const { serial } = (await place.record())?.status ?? {}
    const placed = await place.stored(2)
    expect([serial?.toLowerCase(), placed.csrSha256]).toEqual([placed.serialNumber, old.csrSha256])
  })
})
