import { describe, expect, it } from 'vitest'
import { domainsIn, lookAtDomains } from './domains.ts'
import { csrWith, type Reply, scriptedCaller } from './testing/scripted-caller.ts'

const dns = (...values: string[]) => values.map((value) => ({ type: 'dns' as const, value }))

describe('domainsIn', () => {
  const csr = csrWith({
    commonName: 'Payments, EU',
    names: dns('www.shop.example.com', '*.acme.example', 'Other.example'),
  })

  it.each<[string, string, readonly string[]]>([
    [
      'the domain above',
      'Domain Control Validation is either incomplete or expired for example.com. Please complete it',
      ['example.com'],
    ],
    ['several of them', 'The domain(s): example.com, acme.example are not validated!', ['example.com', 'acme.example']],
    ['a name with a star', "Domain '*.acme.example' is not allowed.", ['acme.example']],
    ['a name in capitals', 'The domain OTHER.EXAMPLE is inactive', ['other.example']],
    [
      'nothing of the CSR',
      'See docs.sectigo.com or example.',
      ['www.shop.example.com', 'acme.example', 'other.example'],
    ],
  ])('finds %s', (_, sentence, domains) => {
    expect(domainsIn(sentence, csr)).toEqual(domains)
  })

  it('has no more than three', () => {
    expect(domainsIn('', csrWith({ names: dns('a.example', 'b.example', 'c.example', 'd.example') }))).toHaveLength(3)
  })
})

describe('lookAtDomains', () => {
  const look = (reply: Reply, domains = ['example.com'], authentication: 'password' | 'oauth2' = 'password') => {
    const caller = scriptedCaller(() => reply)
    return { caller, shown: lookAtDomains(caller, { domains, authentication, signal: new AbortController().signal }) }
  }
  const row = (dcvStatus: string) => ({ domain: 'example.com', dcvStatus, expirationDate: null })

  it('is the same for the same, and differs when a validation was made', async () => {
    const open = await look({ json: [row('NOT_VALIDATED')] }).shown
    expect(await look({ json: [row('Not validated')] }).shown).toBe(open)
    expect(await look({ json: [row('VALIDATED')] }).shown).not.toBe(open)
    expect(await look({ json: [] }).shown).not.toBe(open)
  })

  it.each([
    [['www.shop.example.com', 'example.com'], ['example.com']],
    [['shop.example.co.uk'], ['example.co.uk']],
    [
      ['a.example', 'b.example'],
      ['a.example', 'b.example'],
    ],
  ])('asks for the high-level domain of %j, once', async (domains, asked) => {
    const { caller, shown } = look({ json: [] }, domains)
    await shown
    expect(caller.calls.map(({ query }) => query?.['domain'])).toEqual(asked)
  })

  it('asks in the version that the login has', async () => {
    const { caller, shown } = look({ json: [] }, undefined, 'oauth2')
    await shown
    expect(caller.calls[0]).toMatchObject({ method: 'GET', path: 'dcv/v2/validation' })
  })

  it.each([
    [
      'no privilege',
      { status: 400, json: { code: -3, description: 'You are not authorized to perform DCV validation.' } },
    ],
    ['no validation in this tenant', { status: 400, json: { code: -1608, description: 'DCV is not enabled' } }],
  ])('shows nothing with %s', async (_, reply) => {
    expect(await look(reply).shown).toBeUndefined()
  })

  it.each<[Reply, string]>([
    [{ status: 503 }, 'Unavailable'],
    [{ status: 404, text: '<html>' }, 'UnexpectedAnswer'],
    [{ json: { rows: [] } }, 'UnexpectedAnswer'],
  ])('throws when it was not answered: %j', async (reply, kind) => {
    await expect(look(reply).shown).rejects.toMatchObject({ kind })
  })
})
