// cert-manager's contract for external issuers, line by line (1): which requests are served, and which are never touched.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CertificateRequest, certificateRequests } from '../../src/api/certificate-request.ts'
import { createKeys } from '../support/pki.ts'
import {
  type Asked,
  type ContractWorld,
  contractWorld,
  REF,
  type RequestOptions,
  type Tenant,
} from './contract-world.ts'
import { operatorCalls } from './evidence.ts'
import { readyOf } from './request-history.ts'

let contract: ContractWorld
beforeAll(async () => {
  contract = await contractWorld('requests')
})
afterAll(() => contract.close())

type Status = NonNullable<CertificateRequest['status']>
const now = (): string => new Date().toISOString().replace(/\.\d+/, '')
const condition = (type: string, status: 'True' | 'False', reason: string) =>
  ({ type, status, reason, message: 'written by a test', lastTransitionTime: now() }) as const
const APPROVED = condition('Approved', 'True', 'ByTest')
const DENIED = condition('Denied', 'True', 'ByTest')
const PENDING = condition('Ready', 'False', 'Pending')

/** The operator has met all requests that were made before this one, which ends without an order. */
async function operatorCaughtUp(tenant: Tenant): Promise<void> {
  await contract.ended(await contract.ask(tenant.namespace, 'afterwards', { isCA: true }), 'Failed')
}

describe.concurrent('a request of others, though it is approved', () => {
  const { group, kind, name } = REF
  const others: readonly [string, RequestOptions['issuerRef'] & object][] = [
    ['contract 1: of another group', { group: 'example.com', kind, name }],
    ['contract 2: of no group, which is cert-manager’s own', { kind, name }],
    ['contract 2: of an empty group', { group: '', kind, name }],
    ['contract 3: of no kind', { group, name }],
    ['contract 3: of an empty kind', { group, kind: '', name }],
    ['contract 4: of an unknown kind', { group, kind: 'SectigoVault', name }],
    ['contract 4: of our kind in other letters', { group, kind: 'sectigoissuer', name }],
  ]
  let tenant: Tenant
  let asked: readonly Asked[]
  beforeAll(async () => {
    tenant = await contract.tenant('others', { unvalidated: true })
    asked = await Promise.all(
      others.map(([, issuerRef], n) => contract.ask(tenant.namespace, `other-${n}`, { issuerRef })),
    )
    for (const ref of asked) await contract.writeStatus(ref, { conditions: [APPROVED] })
    await operatorCaughtUp(tenant)
  })

  it.each(others.map(([title], n) => [title, n] as const))('%s is not touched', async (_title, n) => {
    const ref = asked[n]
    if (ref === undefined) throw new Error('nothing was asked')
    const versions = await contract.upToNow(ref)
    expect(versions.flatMap((version) => readyOf(version) ?? [])).toEqual([])
    expect(await operatorCalls(contract.world, ref)).toEqual([])
    expect(await contract.recordOf(ref)).toBeUndefined()
    expect(await contract.orders(ref)).toEqual([])
    expect(await contract.told(ref)).toEqual([])
  })
})

describe.concurrent('a request that has ended', () => {
  const certificate = Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64')
  const ended: readonly [string, Status][] = [
    ['Failed', { conditions: [APPROVED, condition('Ready', 'False', 'Failed')], failureTime: now() }],
    ['Failed without failureTime', { conditions: [APPROVED, condition('Ready', 'False', 'Failed')] }],
    ['Issued', { conditions: [APPROVED, condition('Ready', 'True', 'Issued')], certificate }],
    ['Denied', { conditions: [DENIED, condition('Ready', 'False', 'Denied')], failureTime: now() }],
    ['invalid', { conditions: [APPROVED, PENDING, condition('InvalidRequest', 'True', 'ByTest')] }],
    ['given a certificate', { conditions: [APPROVED, PENDING], certificate }],
    ['Issued, and denied afterwards', { conditions: [APPROVED, DENIED, condition('Ready', 'True', 'Issued')] }],
  ]
  let asked: readonly { readonly ref: Asked; readonly version: string }[]
  beforeAll(async () => {
    const tenant = await contract.tenant('ended', { without: 'issuer', unvalidated: true })
    asked = await Promise.all(
      ended.map(async ([, status], n) => {
        const ref = await contract.ask(tenant.namespace, `ended-${n}`)
        // Nothing more is written before its issuer is there.
        await contract.pending(ref, 'does not exist')
        const { metadata } = await contract.writeStatus(ref, status)
        return { ref, version: metadata.resourceVersion }
      }),
    )
    await tenant.issuer()
    await operatorCaughtUp(tenant)
  })

  it.each(ended.map(([title], n) => [title, n] as const))('contract 7: as %s is not touched', async (_title, n) => {
    const { ref, version } = asked[n] ?? {}
    if (ref === undefined) throw new Error('nothing was asked')
    expect((await contract.upToNow(ref)).at(-1)?.metadata.resourceVersion).toBe(version)
    expect(await contract.recordOf(ref)).toBeUndefined()
    expect(await contract.orders(ref)).toEqual([])
  })
})

describe.concurrent('a request that is denied', () => {
  it.each<[string, Status['conditions'] & object]>([
    ['after it was Pending', [PENDING, DENIED]],
    ['though it is approved too', [APPROVED, PENDING, DENIED]],
  ])('contract 6: %s is Denied, in one write with failureTime', async (_title, conditions) => {
    const tenant = await contract.tenant('denied', { without: 'issuer', unvalidated: true })
    const ref = await contract.ask(tenant.namespace, 'denied')
    await contract.pending(ref, 'does not exist')
    await contract.writeStatus(ref, { conditions })
    const denied = await contract.ended(ref, 'Denied')
    expect(denied.status?.failureTime).toBeDefined()
    expect(readyOf(denied)).toMatchObject({ status: 'False', lastTransitionTime: PENDING.lastTransitionTime })
    await tenant.issuer()
    await operatorCaughtUp(tenant)
    expect((await contract.upToNow(ref)).at(-1)).toEqual(denied)
    expect(await contract.recordOf(ref)).toBeUndefined()
    expect(await contract.orders(ref)).toEqual([])
  })

  it('contract 6: while its order waits leaves an order that nobody asks for any more', async () => {
    const { namespace } = await contract.tenant('denied-late', { unvalidated: true })
    const ref = await contract.ask(namespace, 'denied')
    const order = await contract.ordered(ref)
    const { status } = (await contract.upToNow(ref)).at(-1) ?? {}
    await contract.writeStatus(ref, { conditions: [...(status?.conditions ?? []), DENIED] })
    await contract.ended(ref, 'Denied')
    await contract.until('its record to say so', async () => {
      const { conditions = [] } = (await contract.recordOf(ref))?.status ?? {}
      return conditions.some(({ reason }) => reason === 'RequestDeleted')
    })
    expect(await contract.orders(ref)).toMatchObject([{ id: order, status: 'Requested' }])
  })
})

describe.concurrent('a request', () => {
  it('contract 23: with another order’s id and marker in its annotations gets an order of its own', async () => {
    const { namespace } = await contract.tenant('seeded')
    const victim = await contract.ask(namespace, 'victim')
    const id = await contract.ordered(victim)
    const marker = (await contract.recordOf(victim))?.spec.marker ?? ''
    const order = String(id)
    const seeds = { order, 'order-id': order, id: order, 'ssl-id': order, 'remote-id': order, marker, uid: victim.uid }
    const annotations = Object.fromEntries(
      Object.entries(seeds).map(([key, value]) => [`certwright.dev/${key}`, value]),
    )
    const thief = await contract.ask(namespace, 'thief', { annotations })
    const own = await contract.ordered(thief)
    expect(own).not.toBe(id)
    expect(await contract.orders(thief)).toMatchObject([{ id: own, comments: expect.stringContaining(thief.uid) }])
    await contract.scm.approve(own)
    const { status } = await contract.ended(thief, 'Issued')
    expect(Buffer.from(status?.certificate ?? '', 'base64').toString()).toContain('BEGIN CERTIFICATE')
    expect(readyOf((await contract.upToNow(victim)).at(-1) ?? never())?.reason).toBe('Pending')
  })
})

describe.concurrent('an administrator of a namespace', () => {
  /** As somebody who holds this ClusterRole there. */
  const asHolder = async (clusterRole: string, namespace: string) => {
    const { cluster } = contract.world
    const user = `${clusterRole}-of-${namespace}`
    const whom = [`--clusterrole=${clusterRole}`, `--user=${user}`, '--namespace', namespace]
    await cluster.kubectl(['create', 'rolebinding', clusterRole, ...whom])
    return (verb: string, object: object, ...flags: readonly string[]) =>
      cluster.kubectl([verb, `--as=${user}`, '-f', '-', ...flags], { input: JSON.stringify(object) })
  }

  it('contract 23: makes no order record, and one of an operator that does not exist is neither used nor shown', async () => {
    const { namespace: theirs } = await contract.tenant('robbed')
    const victim = await contract.ask(theirs, 'victim')
    const id = await contract.ordered(victim)
    const { apiVersion, kind, spec } = (await contract.recordOf(victim)) ?? never()

    const tenant = await contract.tenant('forging', { without: 'issuer' })
    const { namespace } = tenant
    const ref = await contract.ask(namespace, 'asked')
    const requestRef = { ...spec.requestRef, name: ref.name, uid: ref.uid }
    const metadata = { name: `cr-${ref.uid}`, namespace }
    const status = { phase: 'Open', remote: { id: String(id), attributes: {} } }
    const forged = { apiVersion, kind, metadata, spec: { ...spec, requestRef }, status }
    const [admin, owner] = [await asHolder('admin', namespace), await asHolder('cluster-admin', namespace)]
    await expect(admin('create', forged)).rejects.toThrow(/cannot create resource "certificateorders"/)
    await expect(owner('create', forged)).rejects.toThrow(/only the operator writes them/)
    const foreign = { ...forged, spec: { ...forged.spec, operatorClass: 'nobody' } }
    await owner('create', foreign)
    await owner('replace', foreign, '--subresource=status')

    await tenant.issuer()
    await contract.pending(ref, 'was not made for this request')
    const said = (await contract.upToNow(ref)).map((version) => readyOf(version)?.message ?? '')
    expect(said.filter((message) => message.includes(`rder ${id}`))).toEqual([])
    expect(await contract.orders(ref)).toEqual([])
    await owner('delete', foreign)
    const own = await contract.ordered(ref)
    expect(await contract.orders(ref)).toMatchObject([{ id: own, comments: expect.stringContaining(ref.uid) }])
  })
})

function never(): never {
  throw new Error('there is no version')
}

/** What csi-lib may go on with when its time is over (manager.go: anything else makes it ask for another certificate). */
const RESUMABLE = [undefined, 'Pending', 'Issued']

describe.concurrent('a client that is no Certificate', () => {
  it('contract 25: as csi-lib gives up after a while, comes back, and finds the same request going on', async () => {
    const { namespace } = await contract.tenant('csi')
    const ref = await contract.ask(namespace, 'volume')
    // The time-out of NodePublishVolume is over long before somebody approves the order; each retry looks at the request again.
    const order = await contract.ordered(ref)
    const versions = await contract.upToNow(ref)
    expect(versions.map((version) => readyOf(version)?.reason).filter((reason) => !RESUMABLE.includes(reason))).toEqual(
      [],
    )
    await contract.scm.approve(order)
    const { status } = await contract.ended(ref, 'Issued')
    expect(status?.certificate).toBeDefined()
    expect(await contract.orders(ref)).toMatchObject([{ id: order, status: 'Issued' }])
  })

  it('contract 25: as istio-csr reads its certificate, deletes the request, and later asks again with another key', async () => {
    const { namespace } = await contract.tenant('istio')
    const certificates: string[] = []
    for (const keys of [await createKeys(), await createKeys()]) {
      const ref = await contract.ask(namespace, 'workload', { keys })
      await contract.scm.approve(await contract.ordered(ref))
      const issued = await contract.first(ref, 'Issued', ({ metadata, status }) => {
        return metadata.uid === ref.uid && status?.certificate !== undefined
      })
      certificates.push(issued.status?.certificate ?? '')
      await contract.client.delete(certificateRequests, ref)
    }
    expect(new Set(certificates).size).toBe(2)
    // Nothing was revoked, declined, or ordered in vain.
    const orders = await contract.orders({ dnsName: `workload.${namespace}.acme.example` })
    expect(orders).toMatchObject([
      { status: 'Issued', revokedSerials: [] },
      { status: 'Issued', revokedSerials: [] },
    ])
    const records = await contract.records(namespace)
    expect(records.map(({ status }) => status?.phase)).toEqual(['Issued', 'Issued'])
  })
})
