// Searching for an order whose answer was lost, against the simulator: where SCM's document leaves open what a search shows.
import { afterAll, describe, expect, it } from 'vitest'
import type { FindOutcome, OrderIdentity, Submission } from '../../src/backends/backend.ts'
import type { CertificateSigningRequest } from '../../src/x509/csr.ts'
import { sharedSimulator } from '../simulators/sectigo/shared-simulator.ts'
import { csrFor, identityOf, PRODUCTS, place, type ScmIssuer, ScmIssuers } from '../support/scm-issuers.ts'

const signal = new AbortController().signal
const NONE = { outcome: 'searched', candidates: [] }
/** A report that says that it could not be made, as to an account that may not ask for it. */
const WITHOUT_REPORT = { reportStatusCode: 1 }

const { simulator, client: byHand } = await sharedSimulator()
const issuers = new ScmIssuers(simulator)
afterAll(() => issuers.close())

function find(
  { backend, target }: ScmIssuer,
  csr: CertificateSigningRequest,
  identity: OrderIdentity,
  mustSee = false,
): Promise<FindOutcome> {
  const made = { after: Date.now() - 60_000, before: Date.now() }
  return backend.find({ target, identity, csr, made, mustSee }, { signal })
}

describe('the account', () => {
  it('is the same with a password and a client certificate, and nobody can tell which it is', async () => {
    const [password, certificate, oauth2, other] = await Promise.all([
      issuers.issuer('password', 'ssl'),
      issuers.issuer('clientCertificate', 'ssl'),
      issuers.issuer('oauth2', 'ssl'),
      issuers.issuer('password', 'ssl', { login: 'requester' }),
    ])
    const fingerprint = password.backend.account('salt')
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(certificate.backend.account('salt')).toBe(fingerprint)
    const others = [oauth2.backend.account('salt'), other.backend.account('salt'), password.backend.account('other')]
    expect(new Set([fingerprint, ...others]).size).toBe(4)
  })
})

describe('an order that SCM never saw', () => {
  it.each(PRODUCTS)('is not said to be none by an account that sees no such order: %s', async (product) => {
    const sender = await issuers.issuer('password', product)
    const csr = await csrFor(product)
    const identity = identityOf(csr, 'unseen')
    await simulator.control.addFault({ match: { method: 'POST', path: '*/enroll' }, times: 1, cut: 'before' })
    const { backend, target } = sender
    const submission: Submission = { target, csr, identity, attempt: 1, note: 'test', mayBegin: () => true }
    expect(await backend.submit(submission)).toMatchObject({ outcome: 'unknown' })
    expect(await find(sender, csr, identity)).toEqual(NONE)

    const other = await issuers.issuer('password', product, { login: 'requester' })
    expect(await find(other, csr, identity, true)).toMatchObject({
      outcome: 'notSearchable',
      reason: expect.stringContaining('sees no order of organization'),
    })
    await place(sender, await csrFor(product, 'blog.example.com'), 'another')
    expect(await find(other, csr, identity, true)).toEqual(NONE)
  })
})

describe('an order that SCM has', () => {
  it.each(['exact', 'contains'] as const)(
    'is found whatever the case of its names: filters match %s',
    async (match) => {
      await simulator.control.patchSettings({ ...WITHOUT_REPORT, listMatch: match })
      const issuer = await issuers.issuer('password', 'ssl')
      const csr = await csrFor('ssl', 'Shop.Example.com')
      const { id } = await place(issuer, csr, 'capitals')
      expect(await find(issuer, csr, identityOf(csr, 'capitals'))).toMatchObject({
        candidates: [{ match: 'marker', remote: { id } }],
      })
    },
  )

  it('is found though optional fields gave it another common name than its CSR', async () => {
    await simulator.control.patchSettings(WITHOUT_REPORT)
    const optionalFields = [{ name: 'commonName', value: 'Meter 7' }]
    const issuer = await issuers.issuer('password', 'device', { product: 'device', optionalFields })
    const csr = await csrFor('device')
    const { id } = await place(issuer, csr, 'meter')
    expect(await simulator.control.orders()).toMatchObject([{ commonName: 'Meter 7' }])
    expect(await find(issuer, csr, identityOf(csr, 'meter'))).toMatchObject({
      candidates: [{ match: 'marker', remote: { id } }],
    })
  })

  it.each([{}, WITHOUT_REPORT])('shows how far it is, so that one that lives is adopted: %j', async (settings) => {
    await simulator.control.patchSettings({ ...settings, approval: 'manual' })
    const issuer = await issuers.issuer('password', 'ssl')
    const csr = await csrFor('ssl')
    const declined = await place(issuer, csr, 'twice')
    const lives = await place(issuer, csr, 'twice')
    await simulator.control.decline(Number(declined.id))
    expect(await find(issuer, csr, identityOf(csr, 'twice'))).toMatchObject({
      candidates: [
        { remote: { id: lives.id }, phase: 'awaitingApproval' },
        { remote: { id: declined.id }, phase: 'failed' },
      ],
    })
  })

  it('may be ours if it says nothing but its names, until somebody comments on it', async () => {
    await simulator.control.patchSettings({ csrDetails: false })
    const issuer = await issuers.issuer('password', 'ssl')
    const csr = await csrFor('ssl')
    const names = { csr: csr.pem, subjAltNames: 'www.shop.example.com' }
    await byHand.enrollSsl(names)
    await byHand.enrollSsl({ ...names, subjAltNames: 'pay.shop.example.com' })
    await byHand.enrollSsl({ ...names, comments: "Bob's" })
    const [silent] = await simulator.control.orders()
    expect(await find(issuer, csr, identityOf(csr, 'lost'))).toMatchObject({
      candidates: [{ match: 'names', remote: { id: String(silent?.id) } }],
    })
    await byHand.call('PUT', '/ssl/v1', { body: { sslId: silent?.id, comments: "Bob's, too" } })
    expect(await find(issuer, csr, identityOf(csr, 'lost'))).toEqual(NONE)
  })
})
