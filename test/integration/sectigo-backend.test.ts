// The backend alone against the simulator: three products, three ways in. The two are written from the documents, each on
// its own; only here do they meet.
import { afterAll, describe, expect, it } from 'vitest'
import type { SectigoSettings } from '../../src/backends/sectigo/settings.ts'
import { verifyDelivery } from '../../src/issuance/verify.ts'
import { sharedSimulator } from '../simulators/sectigo/shared-simulator.ts'
import { csrFor, identityOf, PRODUCTS, place, ScmIssuers, WAYS_IN } from '../support/scm-issuers.ts'

const signal = new AbortController().signal
const { simulator } = await sharedSimulator()
const issuers = new ScmIssuers(simulator)
afterAll(() => issuers.close())

describe.each(WAYS_IN)('login by %s', (way) => {
  it.each(PRODUCTS)('orders, follows, collects, finds and revokes a certificate: %s', async (product) => {
    const { backend, target } = await issuers.issuer(way, product)
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
    const found = await backend.find({ target, identity, csr, made, mustSee: false }, { signal })
    expect(found).toMatchObject({ outcome: 'searched', candidates: [{ match: 'marker' }] })
    if (found.outcome === 'searched') expect(found.candidates[0]?.remote.id).toBe(remote.id)
    const other = { target, identity: identityOf(csr, 'other'), csr, made, mustSee: false }
    // Ours by its marker, so no twin of another request.
    expect(await backend.find(other, { signal })).toEqual({ outcome: 'searched', candidates: [] })

    const revocation = { ...query, reason: 'superseded', message: 'a test' } as const
    expect(await backend.revoke(revocation, { signal })).toEqual({ outcome: 'revoked' })
    expect(await backend.revoke(revocation, { signal })).toEqual({ outcome: 'alreadyRevoked' })
    expect(await backend.look(query, { signal })).toMatchObject({ phase: 'failed', ours: 'yes' })
    expect(await simulator.control.orders()).toMatchObject([
      { product, status: expect.stringMatching(/^revoked$/i), customFields: [{ name: 'cost-centre', value: '4711' }] },
    ])
  })

  it.each(['ssl', 'device'] as const)('declines an order that waits for approval: %s', async (product) => {
    await simulator.control.patchSettings({ approval: 'manual' })
    const { backend, target } = await issuers.issuer(way, product)
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
    const { backend, target } = await issuers.issuer(way, 'ssl', { login: 'requester' })
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
    await expect(issuers.issuer('password', 'ssl', { customFields: [] })).rejects.toMatchObject({
      kind: 'CustomFieldsInvalid',
      message: expect.stringContaining('"cost-centre"'),
    })
    await expect(
      issuers.issuer('password', 'ssl', { organization: { name: 'Acme without API' } }),
    ).rejects.toMatchObject({
      kind: 'AccessDenied',
      message: expect.stringContaining('Enable Web/REST API'),
    })
    await expect(issuers.issuer('password', 'client', { organization: { name: 'Nobody' } })).rejects.toMatchObject({
      kind: 'OrganizationNotFound',
    })
  })

  it('is told when its credentials end', async () => {
    for (const [way, login, day] of [
      ['password', 'api-user', '2099-12-31'],
      ['clientCertificate', 'api-user', new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10)],
    ] as const) {
      const { backend } = await issuers.issuer(way, 'ssl', { login })
      expect(await backend.describe({ signal })).toMatchObject({ credentialsExpire: day })
    }
  })

  it.each(PRODUCTS)('finds an order whose answer was lost: %s', async (product) => {
    const { backend, target } = await issuers.issuer('password', product)
    const csr = await csrFor(product)
    const identity = identityOf(csr, 'lost')
    await simulator.control.addFault({ match: { method: 'POST', path: '*/enroll' }, times: 1, cut: 'afterStoring' })
    const submission = { target, csr, identity, attempt: 1, note: 'test', mayBegin: () => true }
    expect(await backend.submit(submission)).toMatchObject({ outcome: 'unknown' })
    const made = { after: Date.now() - 60_000, before: Date.now() }
    const found = await backend.find({ target, identity, csr, made, mustSee: false }, { signal })
    const [order] = await simulator.control.orders()
    expect(found).toMatchObject({ candidates: [{ match: 'marker', remote: { id: String(order?.id) } }] })
    expect(await simulator.control.orders()).toHaveLength(1)
  })

  it('is told what to publish where each order validates its domains', async () => {
    await simulator.control.patchSettings({ dcv: 'perOrder', issueDelayMs: 3_600_000 })
    const { backend, target } = await issuers.issuer('password', 'ssl', {
      dcv: { mode: 'CNAME' },
    } as Partial<SectigoSettings>)
    const csr = await csrFor('ssl')
    const remote = await place({ backend, target }, csr, 'dcv')
    await simulator.control.setStatus(Number(remote.id), 'Applied')
    expect(await backend.look({ target, remote, identity: identityOf(csr, 'dcv') }, { signal })).toMatchObject({
      phase: 'awaitingValidation',
      word: 'Applied',
      todo: expect.stringMatching(/^publish _[0-9A-F]{32}\.\S+ CNAME \S+\.sectigo\.com\./),
    })
  })

  it('is told what the DNS connector publishes: OAuth2 alone knows mode AUTO', async () => {
    await simulator.control.patchSettings({ dcv: 'perOrder', issueDelayMs: 3_600_000 })
    const automatic = { dcv: { mode: 'AUTO' } } as Partial<SectigoSettings>
    const issuer = await issuers.issuer('oauth2', 'ssl', automatic)
    const csr = await csrFor('ssl')
    const remote = await place(issuer, csr, 'auto')
    await simulator.control.setStatus(Number(remote.id), 'Applied')
    const look = await issuer.backend.look(
      { target: issuer.target, remote, identity: identityOf(csr, 'auto') },
      { signal },
    )
    expect(look.todo).toMatch(/^SCM's DNS connector publishes _/)
    await expect(place(await issuers.issuer('password', 'ssl', automatic), csr, 'auto')).rejects.toThrow(/refused/)
  })

  it.each(WAYS_IN)('sees that a domain which a refusal named has changed, by %s', async (way) => {
    await simulator.control.patchSettings({ domainChecks: true })
    const { backend, target } = await issuers.issuer(way, 'ssl')
    const csr = await csrFor('ssl', 'shop.unvalidated.example')
    const submission = { target, csr, identity: identityOf(csr, 'dcv'), attempt: 1, note: '', mayBegin: () => true }
    const refused = await backend.submit(submission)
    expect(refused).toMatchObject({ outcome: 'refused', refusal: { domains: ['unvalidated.example'] } })
    const look = () => backend.lookAtDomains({ target, domains: ['unvalidated.example'] }, { signal })
    const before = await look()
    expect(await look()).toBe(before)
    const { domains, accounts } = await simulator.control.catalogue()
    const validated = domains.map((domain) => ({ ...domain, dcvStatus: 'VALIDATED' as const, expires: '2099-12-31' }))
    await simulator.control.patchCatalogue({ domains: validated })
    expect(await look()).not.toBe(before)
    expect(await backend.submit(submission)).toMatchObject({ outcome: 'accepted' })
    await simulator.control.patchCatalogue({ accounts: accounts.map((account) => ({ ...account, privileges: [] })) })
    expect(await look()).toBeUndefined()
  })

  it('follows a client order of a server that knows no id but the CA’s', async () => {
    await simulator.control.patchSettings({ smimeHandle: 'backendCertId' })
    const { backend, target } = await issuers.issuer('password', 'client')
    const csr = await csrFor('client')
    const remote = await place({ backend, target }, csr, 'older')
    expect(remote.attributes).toEqual({ idIs: 'backendCertId' })
    const query = { target, remote, identity: identityOf(csr, 'older') }
    expect(await backend.look(query, { signal })).toMatchObject({ phase: 'issued', ours: 'yes' })
    expect(await backend.fetch(query, { signal })).toMatchObject({ outcome: 'ready' })
  })
})
