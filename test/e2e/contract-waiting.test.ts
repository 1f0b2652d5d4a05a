// cert-manager's contract for external issuers, line by line (2): whatever time, the operator or the CA can cure is waited for, is
// never Failed, costs no second order, and no write while nothing changes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FaultRule } from '../simulators/sectigo/faults.ts'
import { createAuthority } from '../support/pki.ts'
import { type Asked, type ContractWorld, contractWorld, type Tenant } from './contract-world.ts'
import { NO_ADDRESS } from './no-address.ts'
import { readyOf } from './request-history.ts'
import { DEVICE_PROFILE } from './world.ts'

let contract: ContractWorld
beforeAll(async () => {
  contract = await contractWorld('waiting')
})
afterAll(() => contract.close())

/** The order is approved, the request Issued, and it was one order. */
async function issuedOnce(ref: Asked): Promise<void> {
  await contract.scm.approve(await contract.ordered(ref))
  await contract.ended(ref, 'Issued')
  expect(await contract.orders(ref)).toHaveLength(1)
  expect(await contract.recordOf(ref)).toMatchObject({
    status: { phase: 'Issued', attempts: [{ outcome: 'Accepted' }] },
  })
}

/** A request whose order waits for its approval. */
async function ordered(tenant: Tenant): Promise<{ ref: Asked; order: number }> {
  const ref = await contract.ask(tenant.namespace, 'asked')
  return { ref, order: await contract.ordered(ref) }
}

describe.concurrent('an issuer', () => {
  it('contract 9: that is not Ready is waited for, until it is', async () => {
    const tenant = await contract.tenant('unready', { without: 'secret' })
    const ref = await contract.ask(tenant.namespace, 'asked')
    await contract.pending(ref, 'to become Ready: SecretNotFound')
    expect(await contract.recordOf(ref)).toBeUndefined()
    await tenant.secret()
    await issuedOnce(ref)
  })

  it('contract 10: that is Ready as it was before its last change is waited for, until it is as it is now', async () => {
    const spec = { ssl: undefined, device: { profile: { name: DEVICE_PROFILE } } }
    const tenant = await contract.tenant('stale', { spec })
    // Every check of a device issuer takes so long from now on.
    await contract.scm.addFault({ match: { path: '/api/device/v1/types' }, delayMs: CHECK_MS })
    const before = Date.now()
    await tenant.issuer({ includeCA: false })
    const ref = await contract.ask(tenant.namespace, 'asked')
    await contract.pending(ref, 'to become Ready: it is being checked')
    await tenant.ready()
    await issuedOnce(ref)
    const [order] = await contract.orders(ref)
    expect(Date.parse(order?.requestedAt ?? '')).toBeGreaterThan(before + CHECK_MS)
    expect((await contract.ended(ref, 'Issued')).status?.ca).toBeUndefined()
  })
})

/** Longer than the operator takes to meet a request that comes right after the change of its issuer. */
const CHECK_MS = 3_000

describe.concurrent('trouble between the operator and SCM is waited out:', () => {
  const answers: readonly [string, Omit<FaultRule, 'match'>, string][] = [
    ['a connection that is reset', { cut: 'before' }, '(Unreachable): ssl/v1/{id}: connection reset'],
    ['an answer that breaks off', { cut: 'midAnswer' }, '(Unreachable)'],
    ['403 for a while', { status: 403, body: { code: -37, description: 'Access denied.' } }, '(AccessDenied)'],
    ['408', { status: 408, body: '' }, '(Unavailable): ssl/v1/{id}: SCM answered HTTP 408'],
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '1' } }, '(RateLimited)'],
    [
      '500',
      { status: 500, body: { code: -14, description: 'Internal error' } },
      '(Unavailable): ssl/v1/{id}: SCM answered HTTP 500',
    ],
    [
      '502 with a page',
      { status: 502, body: '<html><title>Bad Gateway</title></html>' },
      '(Unavailable): ssl/v1/{id}: SCM answered HTTP 502',
    ],
    ['503 with a word', { status: 503, body: 'overloaded' }, '(Unavailable): ssl/v1/{id}: SCM answered HTTP 503'],
    ['200 with a page', { status: 200, body: '<html>Maintenance</html>' }, '(UnexpectedAnswer)'],
    ['200 with half an answer', { status: 200, body: '{"id": 12' }, '(UnexpectedAnswer)'],
    ['200 with another answer', { status: 200, body: { hello: 'world' } }, '(UnexpectedAnswer)'],
  ]
  it.each(answers)('contract 13: %s', async (_title, trouble, words) => {
    const { ref, order } = await ordered(await contract.tenant('trouble'))
    const looks = await contract.onLook(order, { ...trouble, times: 2 })
    const waiting = await contract.pending(ref, words)
    expect(readyOf(waiting)?.message).toMatch(/^The CA cannot be asked at the moment /)
    await contract.until('the trouble to be over', async () => (await looks()) === 2)
    await issuedOnce(ref)
  })

  it('contract 13: 401 after a rotation that went wrong', async () => {
    const tenant = await contract.tenant('unauthorized')
    const { ref } = await ordered(tenant)
    await tenant.secret('a mistake')
    await contract.pending(ref, 'CredentialsRefused')
    await tenant.secret()
    await issuedOnce(ref)
  })

  it.each<[string, (caBundle: string) => Readonly<Record<string, unknown>>, string]>([
    [
      'a name without an address',
      () => ({ url: `https://${NO_ADDRESS}/api` }),
      'Unreachable: organization/v1: name not',
    ],
    ['a server that is not trusted', (caBundle) => ({ tls: { caBundle } }), 'TLSFailed: organization/v1: TLS: '],
  ])('contract 13: %s', async (_title, wrong, words) => {
    const { pem } = await createAuthority({ name: 'Somebody else' })
    const tenant = await contract.tenant('unreachable', { without: 'issuer' })
    await tenant.issuer(wrong(pem))
    const ref = await contract.ask(tenant.namespace, 'asked')
    await contract.pending(ref, `to become Ready: ${words}`)
    await tenant.issuer()
    await issuedOnce(ref)
  })
})

describe.concurrent('an open order goes on', () => {
  it('contract 19: when its issuer is edited', async () => {
    const tenant = await contract.tenant('edited')
    const { ref } = await ordered(tenant)
    await tenant.issuer({ includeCA: false, ssl: { profile: { id: 5170 }, term: { policy: 'Longest' } } })
    await tenant.ready()
    await issuedOnce(ref)
    expect((await contract.ended(ref, 'Issued')).status?.ca).toBeUndefined()
  })

  it('contract 19: when its issuer’s password is changed, at SCM and in the Secret', async () => {
    const tenant = await contract.tenant('rotated')
    const { ref } = await ordered(tenant)
    const { accounts } = await contract.scm.catalogue()
    const password = 'Another-Password-2!'
    const changed = accounts.map((account) => (account.login === tenant.login ? { ...account, password } : account))
    await contract.scm.patchCatalogue({ accounts: changed })
    await contract.pending(ref, 'CredentialsRefused')
    await tenant.secret(password)
    await issuedOnce(ref)
  })

  it('contract 19: when its issuer points elsewhere for a while, and is asked nothing there', async () => {
    const tenant = await contract.tenant('moved')
    const { ref, order } = await ordered(tenant)
    await tenant.issuer({ orgId: 8929 })
    await contract.pending(ref, 'IssuerMoved: this order was made with another organization')
    const looks = await contract.onLook(order)
    await tenant.ready()
    expect(await looks()).toBe(0)
    await tenant.issuer()
    await issuedOnce(ref)
  })
})

/** Some more looks at an order while everything is as it was. */
const MORE_LOOKS = 4

describe.concurrent('while nothing changes', () => {
  it.each<[string, Omit<FaultRule, 'match'>, string]>([
    ['an order that waits for its approval', { delayMs: 0 }, 'waiting for approval'],
    ['a CA that cannot be asked', { status: 503, body: 'overloaded' }, 'HTTP 503'],
  ])('contract 27: %s costs no write', async (_title, rule, words) => {
    const { ref, order } = await ordered(await contract.tenant('quiet'))
    const looks = await contract.onLook(order, rule)
    const said = await contract.pending(ref, words)
    const record = await contract.recordOf(ref)
    const from = await looks()
    await contract.until('more looks', async () => (await looks()) >= from + MORE_LOOKS)
    expect((await contract.upToNow(ref)).at(-1)).toEqual(said)
    expect(await contract.recordOf(ref)).toEqual(record)
    expect(await contract.told(ref)).toEqual([])
  })

  it('contract 28: there is no event, and one for each change that somebody should know of', async () => {
    const tenant = await contract.tenant('events')
    const { ref, order } = await ordered(tenant)
    await tenant.deleteIssuer()
    await contract.pending(ref, 'does not exist')
    await tenant.issuer()
    const looks = await contract.onLook(order, { status: 503, body: 'overloaded', times: MORE_LOOKS })
    await contract.until('looks in vain', async () => (await looks()) === MORE_LOOKS)
    await contract.scm.approve(order)
    await contract.ended(ref, 'Issued')
    const told = await contract.until('the last event', async () => {
      const found = await contract.told(ref)
      return found.some((event) => event.includes('Issued')) && found
    })
    expect(told.toSorted()).toEqual(['Normal Issued 1', 'Warning IssuerNotFound 1'])
  })
})
