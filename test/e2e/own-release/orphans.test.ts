// Orders whose requests were deleted: kept and continued by the next request for the same, or declined; and old records removed.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Event } from '../../../src/runtime/events.ts'
import type { Operator } from '../../cluster/operator.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { createCsr } from '../../support/pki.ts'
import { type CertificateOrder, isTrue, request } from '../world.ts'
import { LATE_MS } from './asked.ts'
import { installOwnRelease, type OwnRelease, showLogsOnFailure } from './own-release.ts'

let release: OwnRelease
let operator: Operator
beforeAll(async () => {
  release = await installOwnRelease('orphans', { values: ['orderRetention=2h'] })
  // The minute in which an order without a request is left alone becomes 0.2 s, the two hours of a failed record 24 s.
  operator = await release.operator({ timeScale: 300 })
  await release.simulator.control.patchSettings({ approval: 'manual' })
})
afterAll(() => release.uninstall())

/** A request whose order waits for an approver, and is then deleted. */
async function orphan(name: string, spec: Readonly<Record<string, unknown>> = {}) {
  const { world, simulator } = release
  const namespace = await release.readyIssuer(name, spec)
  const dnsName = `${namespace}.acme.example`
  const { pem } = await createCsr({ commonName: dnsName, dns: [dnsName] })
  const ask = (name: string): Promise<void> => world.apply(request(namespace, name, pem))
  const waits = ({ message }: { readonly message: string }): boolean => message.includes('waiting for approval')
  await ask('first')
  await world.ready('certificaterequest', 'first', namespace, waits)
  const [record] = await world.list<CertificateOrder>('certificateorders', namespace)
  const recordName = record?.metadata.name ?? ''
  await world.cluster.kubectl(['delete', 'certificaterequest', 'first', '--namespace', namespace])
  return {
    namespace,
    ask,
    record: () => world.get<CertificateOrder>('certificateorder', recordName, namespace),
    recordSays: (reason: string) =>
      world.ready('certificateorder', recordName, namespace, (condition) => condition.reason === reason),
    orders: async () => (await simulator.control.orders()).filter(({ names }) => names.includes(dnsName)),
    /** Reasons of the events about the record, sorted. */
    told: async () =>
      (await world.list<Event>('events.events.k8s.io', namespace))
        .filter(({ regarding }) => regarding.name === recordName)
        .map(({ reason }) => reason)
        .toSorted(),
  }
}

it('contract 17: an order is kept, continued by a request with the same CSR, and bought once', async () => {
  showLogsOnFailure(operator)
  const { world, simulator } = release
  const { namespace, ask, record, recordSays, orders, told } = await orphan('kept')
  await recordSays('RequestDeleted')
  expect((await record())?.status).toMatchObject({ phase: 'Open', remote: { state: 'Requested' } })
  await ask('again')
  await recordSays('Continued')
  const continued = await record()
  const [order, ...others] = await orders()
  expect(others).toEqual([])
  expect(continued?.status).toMatchObject({ phase: 'Failed', remote: { id: String(order?.id) } })
  await simulator.control.approve(order?.id ?? 0)
  await world.ready('certificaterequest', 'again', namespace, isTrue)
  expect(await orders()).toHaveLength(1)
  const records = await world.list<CertificateOrder>('certificateorders', namespace)
  expect(records.find(({ status }) => status?.phase === 'Issued')).toMatchObject({
    spec: { continues: { uid: continued?.spec.requestRef.uid } },
    status: { remote: { id: String(order?.id) }, attempts: [{ outcome: 'Accepted' }] },
  })
  await expect.poll(told, { timeout: LATE_MS }).toEqual(['Continued', 'RequestDeleted'])
})

it('contract 17: an order is declined where the issuer says so, and its record removed in time, but never an open one', async () => {
  showLogsOnFailure(operator)
  const { world } = release
  const [kept, declined] = await Promise.all([orphan('open'), orphan('declined', { onRequestDeleted: 'Decline' })])
  // First, since time runs for it.
  await declined.recordSays('Declined')
  expect((await declined.record())?.status?.phase).toBe('Failed')
  await kept.recordSays('RequestDeleted')
  expect(await declined.orders()).toMatchObject([{ status: 'Declined' }])
  await expect.poll(declined.told, { timeout: LATE_MS }).toEqual(['Declined'])
  const removed = async (): Promise<boolean> => (await declined.record()) === undefined
  await waitUntil(removed, { what: 'the record of the declined order to be removed', timeoutMs: LATE_MS })
  expect((await kept.record())?.status?.phase).toBe('Open')
  expect(await kept.orders()).toMatchObject([{ status: 'Requested' }])
  expect(await world.list('certificateorders', declined.namespace)).toEqual([])
})
