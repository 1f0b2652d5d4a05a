// The backend alone against the simulator: three products, three ways in. The two are written from the documents, each on
// its own; only here do they meet.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CertificateBackend, OrderTarget, RemoteOrder } from '../../src/backends/backend.ts'
import { createSectigoBackend } from '../../src/backends/sectigo/backend.ts'
import { type SectigoCredentials, tenantOf } from '../../src/backends/sectigo/credentials.ts'
import type { ProductSettings, SectigoSettings } from '../../src/backends/sectigo/settings.ts'
import { targetOf } from '../../src/backends/sectigo/target.ts'
import { createSectigoTransport } from '../../src/backends/sectigo/transport.ts'
import { verifyDelivery } from '../../src/issuance/verify.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type CertificateSigningRequest, parseCsr } from '../../src/x509/csr.ts'
import { type Simulator, startSimulator } from '../simulators/sectigo/simulator.ts'
import { createCsr } from '../support/pki.ts'

const signal = new AbortController().signal
const closers: (() => Promise<void>)[] = []
let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})

afterAll(async () => {
  for (const close of closers) await close()
  await simulator.close()
})

beforeEach(async () => {
  await simulator.control.reset()
})

const WAYS_IN = ['password', 'clientCertificate', 'oauth2'] as const
type WayIn = (typeof WAYS_IN)[number]
const PRODUCTS = ['ssl', 'device', 'client'] as const

async function credentialsFor(way: WayIn, login: string): Promise<SectigoCredentials> {
  const { accounts } = await simulator.control.catalogue()
  const account = accounts.find((one) => one.login === login)
  if (account?.oauth2 === undefined) throw new Error(`the simulator has no account ${login} with a client`)
  const { customerUri, password, oauth2 } = account
  switch (way) {
    case 'password':
      return { kind: way, customerUri, login, password }
    case 'oauth2':
      return { kind: way, tokenUrl: simulator.tokenUrl, ...oauth2 }
    case 'clientCertificate': {
      const { certificatePem, keyPem } = await simulator.control.issueClientCertificate(login)
      return { kind: way, customerUri, login, certificate: certificatePem, key: keyPem }
    }
  }
}

const orders: Readonly<Record<(typeof PRODUCTS)[number], ProductSettings & { readonly profile: string }>> = {
  ssl: { product: 'ssl', profile: 'OV SSL 199', externalRequester: ['pki@acme.example'] },
  device: { product: 'device', profile: 'Private CA' },
  client: {
    product: 'client',
    profile: 'Private S/MIME',
    person: { email: 'ada@acme.example', firstName: 'Ada', lastName: 'Byron' },
  },
}

interface Issuer {
  readonly backend: CertificateBackend
  readonly target: OrderTarget
}

async function issuer(
  way: WayIn,
  product: (typeof PRODUCTS)[number],
  { login = 'api-user', ...more }: Partial<SectigoSettings> & { login?: string } = {},
): Promise<Issuer> {
  const { profile, ...order } = orders[product]
  const credentials = await credentialsFor(way, login)
  const { url, caPem: caBundle } = simulator
  const log = { debug: () => {}, warn: () => {} }
  const transport = createSectigoTransport({ url, caBundle, credentials, log, clock: systemClock() })
  closers.push(() => transport.close())
  const tenant = tenantOf(credentials)
  const organization = { name: 'Acme Ltd' }
  const customFields = [{ name: 'cost-centre', value: '4711' }]
  const settings = { url, tenant, organization, customFields, ...order, profile: { name: profile }, ...more }
  const slots = { acquire: async () => () => {} }
  const backend = createSectigoBackend({ transport, settings: settings as SectigoSettings, slots })
  const facts = await backend.describe({ signal })
  return { backend, target: { ...targetOf({ url, tenant, product, facts }), term: 90 } }
}

async function csrFor(product: (typeof PRODUCTS)[number]): Promise<CertificateSigningRequest> {
  const options =
    product === 'client'
      ? { commonName: 'Ada Byron', email: ['ada@acme.example'] }
      : { commonName: 'shop.example.com', dns: ['shop.example.com', 'www.shop.example.com'] }
  return parseCsr((await createCsr(options)).pem)
}

const identityOf = (csr: CertificateSigningRequest, uid: string) => ({
  marker: `certwright:1:${uid}`,
  csrSha256: csr.sha256,
})

async function place({ backend, target }: Issuer, csr: CertificateSigningRequest, uid: string): Promise<RemoteOrder> {
  const turn = await backend.turn({ signal })
  const identity = identityOf(csr, uid)
  const outcome = await backend.submit({ target, csr, identity, attempt: 1, note: 'test', turn, mayBegin: () => true })
  turn.release()
  if (outcome.outcome !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`)
  return outcome.remote
}

describe.each(WAYS_IN)('login by %s', (way) => {
  it.each(PRODUCTS)('orders, follows, collects, finds and revokes a certificate: %s', async (product) => {
    const { backend, target } = await issuer(way, product)
    const csr = await csrFor(product)
    const uid = `${way}-${product}`
    const identity = identityOf(csr, uid)
    const remote = await place({ backend, target }, csr, uid)
    const query = { target, remote, identity }

    expect(await backend.look(query, { signal })).toMatchObject({ phase: 'issued', ours: 'yes' })
    const fetched = await backend.fetch({ target, remote }, { signal })
    if (fetched.outcome !== 'ready') throw new Error(`not ready: ${fetched.word}`)
    const now = Date.now()
    const delivery = verifyDelivery({ bytes: fetched.bytes, csr, createdAt: now, now, heldBy: () => undefined })
    expect(delivery).toMatchObject({ verdict: 'deliver' })

    const made = { after: now - 60_000, before: now }
    const found = await backend.find({ target, identity, csr, made }, { signal })
    expect(found).toMatchObject({ outcome: 'searched', candidates: [{ match: 'marker' }] })
    if (found.outcome === 'searched') expect(found.candidates[0]?.remote.id).toBe(remote.id)
    const other = { target, identity: identityOf(csr, 'other'), csr, made }
    // Ours by its marker, so no twin of another request.
    expect(await backend.find(other, { signal })).toEqual({ outcome: 'searched', candidates: [] })

    const revocation = { ...query, reason: 'superseded', message: 'a test' } as const
    expect(await backend.revoke(revocation, { signal })).toEqual({ outcome: 'revoked' })
    expect(await backend.revoke(revocation, { signal })).toEqual({ outcome: 'alreadyRevoked' })
    expect(await simulator.control.orders()).toMatchObject([
      { product, status: expect.stringMatching(/^revoked$/i), customFields: [{ name: 'cost-centre', value: '4711' }] },
    ])
  })

  it.each(['ssl', 'device'] as const)('declines an order that waits for approval: %s', async (product) => {
    await simulator.control.patchSettings({ approval: 'manual' })
    const { backend, target } = await issuer(way, product)
    const csr = await csrFor(product)
    const remote = await place({ backend, target }, csr, 'declined')
    const query = { target, remote, identity: identityOf(csr, 'declined'), message: 'the request is gone' }
    expect(await backend.look(query, { signal })).toMatchObject({ phase: 'awaitingApproval' })
    expect(await backend.cancel(query, { signal })).toEqual({ outcome: 'cancelled' })
    expect(await backend.cancel(query, { signal })).toEqual({ outcome: 'cancelled' })
    expect(await backend.look(query, { signal })).toMatchObject({ phase: 'failed' })
    expect(await backend.revoke({ ...query, reason: 'superseded' }, { signal })).toMatchObject({ outcome: 'notIssued' })
  })

  it('is told what an account may not do', async () => {
    const { backend, target } = await issuer(way, 'ssl', { login: 'requester' })
    const csr = await csrFor('ssl')
    const remote = await place({ backend, target }, csr, 'mine')
    const query = { target, remote, identity: identityOf(csr, 'mine'), message: 'x' }
    expect(await backend.cancel(query, { signal })).toMatchObject({ outcome: 'notPermitted' })
  })
})

describe('an issuer', () => {
  it('is told which field, organization or checkbox is wrong', async () => {
    const { customFields } = await simulator.control.catalogue()
    await simulator.control.patchCatalogue({
      customFields: customFields.map((field) => ({ ...field, mandatories: ['REST_API'] })),
    })
    await expect(issuer('password', 'ssl', { customFields: [] })).rejects.toMatchObject({
      kind: 'CustomFieldsInvalid',
      message: expect.stringContaining('"cost-centre"'),
    })
    await expect(issuer('password', 'ssl', { organization: { name: 'Acme without API' } })).rejects.toMatchObject({
      kind: 'AccessDenied',
      message: expect.stringContaining('Enable Web/REST API'),
    })
    await expect(issuer('password', 'client', { organization: { name: 'Nobody' } })).rejects.toMatchObject({
      kind: 'OrganizationNotFound',
    })
  })

  it('is told when its credentials end', async () => {
    for (const [way, login, day] of [
      ['password', 'api-user', '2099-12-31'],
      ['clientCertificate', 'api-user', new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10)],
    ] as const) {
      const { backend } = await issuer(way, 'ssl', { login })
      expect(await backend.describe({ signal })).toMatchObject({ credentialsExpire: day })
    }
  })

  it.each(PRODUCTS)('finds an order whose answer was lost: %s', async (product) => {
    const { backend, target } = await issuer('password', product)
    const csr = await csrFor(product)
    const identity = identityOf(csr, 'lost')
    await simulator.control.addFault({ match: { method: 'POST', path: '*/enroll' }, times: 1, cut: 'afterStoring' })
    const submission = { target, csr, identity, attempt: 1, note: 'test', mayBegin: () => true }
    expect(await backend.submit(submission)).toMatchObject({ outcome: 'unknown' })
    const made = { after: Date.now() - 60_000, before: Date.now() }
    const found = await backend.find({ target, identity, csr, made }, { signal })
    const [order] = await simulator.control.orders()
    expect(found).toMatchObject({ candidates: [{ match: 'marker', remote: { id: String(order?.id) } }] })
    expect(await simulator.control.orders()).toHaveLength(1)
  })

  it('is told what to publish where each order validates its domains', async () => {
    await simulator.control.patchSettings({ dcv: 'perOrder', issueDelayMs: 3_600_000 })
    const { backend, target } = await issuer('password', 'ssl', { dcv: { mode: 'CNAME' } } as Partial<SectigoSettings>)
    const csr = await csrFor('ssl')
    const remote = await place({ backend, target }, csr, 'dcv')
    await simulator.control.setStatus(Number(remote.id), 'Applied')
    expect(await backend.look({ target, remote, identity: identityOf(csr, 'dcv') }, { signal })).toMatchObject({
      phase: 'awaitingValidation',
      word: 'Applied',
      todo: expect.stringMatching(/^publish _[0-9A-F]{32}\.\S+ CNAME \S+\.sectigo\.com\./),
    })
  })

  it('follows a client order of a server that knows no id but the CA’s', async () => {
    await simulator.control.patchSettings({ smimeHandle: 'backendCertId' })
    const { backend, target } = await issuer('password', 'client')
    const csr = await csrFor('client')
    const remote = await place({ backend, target }, csr, 'older')
    expect(remote.attributes).toEqual({ idIs: 'backendCertId' })
    const query = { target, remote, identity: identityOf(csr, 'older') }
    expect(await backend.look(query, { signal })).toMatchObject({ phase: 'issued', ours: 'yes' })
    expect(await backend.fetch(query, { signal })).toMatchObject({ outcome: 'ready' })
  })
})
