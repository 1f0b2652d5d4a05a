// Those who ask in vain, again and again: a driver, a mesh, an edited Certificate, a restored backup, a request that fails in a
// loop. Each order costs money, so what SCM got is counted, and never exceeds the issuer's budget.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitUntil } from '../../cluster/wait-until.ts'
import { createCsr, createTestPki } from '../../support/pki.ts'
import { type CertificateOrder, type CertificateRequest, certificate, DEVICE_PROFILE, request } from '../world.ts'
import { enrolment, LATE_MS } from './asked.ts'
import { installOwnRelease, type OwnRelease } from './own-release.ts'
import { domainOf, exceeds, isIssued, spendingIn, wordOn, writesOf } from './spending.ts'

let release: OwnRelease
beforeAll(async () => {
  release = await installOwnRelease('money')
  await release.operator({ timeScale: 20 })
})
afterAll(() => release.uninstall())

const overNamespace = exceeds('perNamespacePerDay')
const overDay = exceeds('ordersPerDay')

/** A namespace with an issuer of this budget. */
async function budgeted(name: string, budget: object, spec: object = {}) {
  const namespace = await release.readyIssuer(name, { budget, ...spec })
  return { namespace, spending: spendingIn(release, namespace) }
}

const raise = (namespace: string, budget: object) =>
  release.world.cluster.kubectl([
    'patch',
    'sectigoissuer/scm',
    '--namespace',
    namespace,
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { budget } }),
  ])

describe.concurrent('one budget', () => {
  it('covers a driver that deletes its request and makes it again with a new key every minute', async () => {
    const { namespace, spending } = await budgeted('driver', { perNamespacePerDay: 3 })
    for (let minute = 0; minute < 6; minute++) {
      if (minute > 0) await spending.forget('volume')
      await spending.ask(['volume'])
      await spending.settled([[1, minute < 3 ? isIssued : overNamespace]])
    }
    expect(await spending.orders()).toHaveLength(3)
    await raise(namespace, { perNamespacePerDay: 4 })
    await spending.settled([[1, isIssued]])
    expect(await spending.orders()).toHaveLength(4)
    // One word each, and for the last one that its order is searched for first, since its leader is new, that it is in line, if the
    // machine lets that take long, and its end.
    const { statuses } = await writesOf(spending, ['volume'])
    expect(statuses[0]).toBeLessThanOrEqual(9)
  })

  it('covers a Certificate whose spec is edited five times in a minute', async () => {
    const BUDGET = 3
    const { namespace, spending } = await budgeted('edited', { ordersPerDay: BUDGET })
    const edits = Array.from({ length: 6 }, (_, edit) => `e${edit}.${domainOf(namespace)}`)
    const issued: string[] = []
    for (const dnsName of edits) {
      await release.world.apply(certificate(namespace, 'web', { dnsNames: [dnsName] }))
      const effect = async (): Promise<string | undefined> => {
        const requests = await release.world.list<CertificateRequest>('certificaterequests', namespace)
        const words = requests.filter((one) => derOf(one).includes(dnsName)).map(wordOn)
        return words.find((word) => isIssued(word) || overDay(word))
      }
      const word = await waitUntil(effect, { what: `${dnsName} to have its effect`, timeoutMs: LATE_MS })
      if (isIssued(word)) issued.push(dnsName)
    }
    const ordered = (await spending.orders()).map(({ names }) => names[0])
    expect(ordered).toHaveLength(BUDGET)
    // Three, unless cert-manager asked twice for one of them: it may see its own Secret too late.
    expect(issued).toEqual([...new Set(ordered)])
  })

  it('covers a request that fails in a loop after its order was made, and does not count one that SCM refused', async () => {
    const device = { ssl: undefined, device: { profile: { name: DEVICE_PROFILE } } }
    const { namespace, spending } = await budgeted('failing', { ordersPerDay: 2 }, device)
    const { control } = release.simulator
    const CSR_INVALID = { code: -138, description: 'Invalid CSR.' }
    await control.addFault({ match: enrolment('device'), times: 2, status: 400, body: CSR_INVALID })
    const isFailed = (word: string): boolean => word.startsWith('Failed ')
    const again = async (name: string, expected: (word: string) => boolean): Promise<void> => {
      await spending.ask([name])
      await spending.settled([[1, expected]])
      await spending.forget(name)
    }
    for (let loop = 0; loop < 2; loop++) await again('refused', isFailed)
    expect(await spending.orders()).toEqual([])
    const pki = await createTestPki()
    const somebodyElses = await pki.intermediate.sign(
      (await createCsr({ dns: [`foreign.${domainOf(namespace)}`] })).pem,
    )
    const body = somebodyElses + pki.intermediate.pem
    await control.addFault({ match: { path: '/api/device/v1/collect/*' }, status: 200, body })
    for (let loop = 0; loop < 3; loop++) await again('hopeless', loop < 2 ? isFailed : overDay)
    expect(await spending.orders()).toHaveLength(2)
  })
})

/** What it was asked with. A DNS name in it is plain text (RFC 5280 4.2.1.6). */
function derOf({ spec }: CertificateRequest): Buffer {
  const pem = Buffer.from(spec.request, 'base64').toString()
  return Buffer.from(pem.replaceAll(/-----.*-----/g, ''), 'base64')
}

describe('a backup that is restored', () => {
  const REQUESTS = 300
  /** For these the Certificates come too: to cert-manager all are alike, and each costs it a key and many writes. */
  const WITH_CERTIFICATE = 30
  const BUDGET = 10

  it('with hundreds of Certificates and their requests buys what the budget allows, each other request says why it waits', async () => {
    const { namespace, spending } = await budgeted('restored', { perNamespacePerDay: BUDGET })
    const { world } = release
    const names = Array.from({ length: REQUESTS }, (_, n) => `c${n}`)
    // As a backup tool does: without status and owner, so that cert-manager does not know its own requests again.
    const csrs = await Promise.all(names.map((name) => createCsr({ dns: [`${name}.${domainOf(namespace)}`] })))
    const restored = csrs.map(({ pem }, n) => {
      const { metadata, ...object } = request(namespace, `${names[n]}-1`, pem)
      const annotations = {
        'cert-manager.io/certificate-name': names[n],
        'cert-manager.io/certificate-revision': '1',
      }
      return { ...object, metadata: { ...metadata, annotations } }
    })
    const certificates = names
      .slice(0, WITH_CERTIFICATE)
      .map((name) => certificate(namespace, name, { dnsNames: [`${name}.${domainOf(namespace)}`] }))
    // One after the other: kubectl sends 300 calls at once, and slowly what is more.
    for (const items of [restored, certificates]) {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
      await world.cluster.kubectl(['create', '-f', '-'], { input })
    }
    await spending.settled([
      [BUDGET, isIssued],
      [REQUESTS - BUDGET, overNamespace],
    ])
    expect(await spending.orders()).toHaveLength(BUDGET)
    const waiting = Object.entries(await spending.words()).flatMap(([name, word]) =>
      overNamespace(word) ? [name] : [],
    )
    const { statuses, events } = await writesOf(spending, waiting)
    expect(new Set(statuses)).toEqual(new Set([1]))
    // Each that waits says so once, and each that is issued too.
    expect(events).toBeLessThanOrEqual(REQUESTS)
  })

  it('with order records is refused: nobody but the operator writes those', async () => {
    const { world } = release
    const { namespace, spending } = await budgeted('records', {})
    await spending.ask(['web'])
    await spending.settled([[1, isIssued]])
    const [record] = await world.list<CertificateOrder>('certificateorders', namespace)
    const restored = { ...record, metadata: { namespace, name: 'cr-restored' }, status: undefined }
    const created = world.cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(restored) })
    await expect(created).rejects.toThrow(/only the operator writes them/)
    expect(await world.list('certificateorders', namespace)).toHaveLength(1)
  })
})
