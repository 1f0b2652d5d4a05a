// What the names of an order are refused for: domains, local names, private addresses.
import { describe, expect, it } from 'vitest'
import type { Delegation } from './domain.ts'
import { sslDelegation } from './domain.ts'
import { sharedSimulator } from './shared-simulator.ts'
import type { Reply } from './test-client.ts'
import { csrPem, idOf, ORGANIZATION } from './test-client.ts'

const { simulator, client } = await sharedSimulator()

const named = async (name: string, fields = {}): Promise<Reply> =>
  await client.enrollSsl({ csr: await csrPem({ subject: `CN=${name}` }), subjAltNames: '', ...fields })

/** Gives example.com, or an entry beside it, one delegation. */
async function delegateExample(changes: Partial<Delegation>, name = 'example.com'): Promise<void> {
  const { domains } = await simulator.control.catalogue()
  const [example, ...others] = domains
  if (!example) throw new Error('the default tenant has no domain')
  const changed = { ...example, name, delegations: [{ ...sslDelegation(ORGANIZATION), ...changes }] }
  const kept = name === example.name ? others : [...domains, { ...changed, id: 1 }]
  await simulator.control.patchCatalogue({ domains: name === example.name ? [changed, ...kept] : kept })
}

describe('domain checks', () => {
  it('are off unless a test wants them', async () => {
    expect((await named('unvalidated.example')).status).toBe(200)
  })

  it.each([
    ['unknown.example', -1010, "Domain 'unknown.example' is not allowed."],
    ['www.elsewhere.example', -1010, "Domain 'www.elsewhere.example' is not allowed."],
    ['badexample.com', -1010, "Domain 'badexample.com' is not allowed."],
    ['a.suspended.example', -715, "The domain 'suspended.example' is inactive."],
    ['a.unvalidated.example', -107, /either incomplete or expired for unvalidated\.example\. Please/],
    ['expired.example', -107, /expired\.example/],
  ])('refuse %s', async (name, code, description) => {
    await simulator.control.patchSettings({ domainChecks: true })
    const reply = await named(name)
    expect([reply.status, reply.json]).toEqual([400, { code, description: expect.stringMatching(description) }])
    expect(await simulator.control.orders()).toEqual([])
  })

  it.each([
    ['domainsNotValidated', -737],
    ['domainsWithoutDcv', -1137],
  ] as const)('can say %s', async (dcvRefusal, code) => {
    await simulator.control.patchSettings({ domainChecks: true, dcvRefusal })
    const names = 'a.expired.example, b.unvalidated.example, c.expired.example'
    const reply = await named('a.example.com', { subjAltNames: names })
    expect(reply.json).toMatchObject({
      code,
      description: expect.stringContaining('expired.example, unvalidated.example'),
    })
  })

  it('let subdomains, wildcards and addresses of a validated domain pass, and departments of its organization', async () => {
    await simulator.control.patchSettings({ domainChecks: true })
    const names = '*.a.example.com, example.com, 203.0.113.1'
    expect((await named('a.example.com', { subjAltNames: names })).status).toBe(200)
    expect((await named('a.example.com', { orgId: 8930 })).status).toBe(200)
  })

  it('follow what the catalogue says now', async () => {
    await simulator.control.patchSettings({ domainChecks: true })
    const { domains } = await simulator.control.catalogue()
    await simulator.control.patchCatalogue({ domains: domains.map((one) => ({ ...one, dcvStatus: 'VALIDATED' })) })
    expect((await named('a.unvalidated.example')).status).toBe(200)
  })

  it.each([
    ['SUBDOMAIN', ['a.example.com', 'b.a.example.com'], ['example.com', '*.example.com', '*.a.example.com']],
    ['DOMAIN', ['example.com'], ['a.example.com', '*.example.com']],
    ['WILDCARD_1ST_LEVEL', ['*.example.com'], ['example.com', '*.a.example.com']],
    ['WILDCARD_2ND_LEVEL', ['*.a.example.com'], ['*.example.com', 'a.example.com']],
  ] as const)('let a delegation for %s have %j, not %j', async (privilege, allowed, refused) => {
    await simulator.control.patchSettings({ domainChecks: true })
    await delegateExample({ domainCertificateRequestPrivileges: [privilege] })
    for (const name of allowed) expect((await named(name)).status, name).toBe(200)
    for (const name of refused) expect((await named(name)).json, name).toMatchObject({ code: -1010 })
  })

  it.each([
    ['for persons only', { certTypes: ['SMIME'] }],
    ['that waits for approval', { status: 'REQUESTED' }],
  ] as const)('refuse a domain with a delegation %s', async (_, changes) => {
    await simulator.control.patchSettings({ domainChecks: true })
    await delegateExample(changes as Partial<Delegation>)
    expect((await named('a.example.com')).json).toMatchObject({ code: -1010 })
  })

  it('take the entry with a star for what it names', async () => {
    await simulator.control.patchSettings({ domainChecks: true })
    await delegateExample({ domainCertificateRequestPrivileges: ['DOMAIN'] })
    expect((await named('*.example.com')).json).toMatchObject({ code: -1010 })
    await delegateExample({}, '*.example.com')
    expect((await named('*.example.com')).status).toBe(200)
    expect((await named('a.example.com')).json).toMatchObject({ code: -1010 })
  })

  it('ask nothing of devices', async () => {
    await simulator.control.patchSettings({ domainChecks: true })
    expect((await client.enrollDevice({ csr: await csrPem({ subject: 'CN=unknown.example' }) })).status).toBe(200)
  })

  it('hold for renewals and replacements too', async () => {
    const id = idOf(await named('a.unvalidated.example'))
    await simulator.control.issue(id)
    await simulator.control.patchSettings({ domainChecks: true })
    expect((await client.call('POST', `/ssl/v1/renewById/${id}`)).json).toMatchObject({ code: -107 })
    const body = { csr: await csrPem({}), reason: 'test' }
    expect((await client.call('POST', `/ssl/v1/replace/${id}`, { body })).json).toMatchObject({ code: -107 })
  })
})

describe('local names and private addresses', () => {
  it.each(['server', 'a.local', 'db.internal', '10.1.2.3', '192.168.0.1', 'fd00::1'])(
    '%s: short terms only',
    async (name) => {
      await simulator.control.patchSettings({ localNameTermDays: 90 })
      const reply = await client.enrollSsl({ subjAltNames: name, term: 199 })
      expect(reply.json).toEqual({
        code: -164,
        description:
          'Certificate cannot be enrolled for a Local Domain and/or Private IP for a validity period exceeding 90 days.',
      })
      expect((await client.enrollSsl({ subjAltNames: name, term: 90 })).status).toBe(200)
    },
  )

  it('does not hold for public names', async () => {
    await simulator.control.patchSettings({ localNameTermDays: 90 })
    expect((await client.enrollSsl({ subjAltNames: '203.0.113.1, b.example.com', term: 199 })).status).toBe(200)
  })
})
