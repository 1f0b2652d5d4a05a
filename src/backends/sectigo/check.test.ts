import { describe, expect, it } from 'vitest'
import type { CertificateSigningRequest } from '../../x509/csr.ts'
import { type CheckInput, problemsOf } from './check.ts'
import { csrWith } from './testing/scripted-caller.ts'

const keyTypes = { RSA: ['2048', '4096'], EC: ['P-256'] }

function check(
  csr: Partial<CertificateSigningRequest>,
  rest: Partial<CheckInput> & { keyTypes?: Record<string, string[]> } = {},
) {
  const facts = {
    profile: { id: '1', name: 'OV', terms: [365], keyTypes: rest.keyTypes ?? keyTypes },
    organization: { id: '2', name: 'Acme' },
  }
  return problemsOf({ csr: csrWith(csr), isCA: false, settings: { product: 'ssl' }, ...rest, facts })
}

describe('problemsOf', () => {
  it('finds nothing wrong with an ordinary request', () => {
    expect(
      check({
        names: [
          { type: 'dns', value: 'a.example' },
          { type: 'ip', value: '192.0.2.1' },
        ],
      }),
    ).toEqual([])
  })

  it('refuses CA certificates, by the request or by the CSR', () => {
    expect(check({ isCA: true }, { isCA: true }).map(({ field }) => field)).toEqual(['spec.isCA'])
    expect(check({ isCA: true }).map(({ field }) => field)).toEqual(['spec.request (basicConstraints)'])
  })

  it('names the names that ssl cannot carry', () => {
    expect(
      check({
        names: [
          { type: 'uri', value: 'spiffe://a' },
          { type: 'dns', value: 'a' },
        ],
      }),
    ).toEqual([
      {
        field: 'spec.request (SAN)',
        message: 'ssl certificates carry names of type dns, ip only; remove uri spiffe://a',
      },
    ])
  })

  it('repeats of a stranger’s names what a condition has room for', () => {
    const names = Array.from({ length: 20 }, () => ({ type: 'uri', value: `spiffe://${'a'.repeat(9_000)}` }) as const)
    const [problem] = check({ names })
    expect(problem?.message).toMatch(/a… and 12 more$/)
    expect(problem?.message.length).toBeLessThan(300)
  })

  it('lets device carry all but unnamed kinds', () => {
    const names = (['dns', 'ip', 'email', 'uri'] as const).map((type) => ({ type, value: 'x' }))
    expect(check({ names }, { settings: { product: 'device' } })).toEqual([])
    expect(check({ names: [{ type: 'other', value: '1.2.3' }] }, { settings: { product: 'device' } })).toHaveLength(1)
  })

  it.each<[CertificateSigningRequest['key'], boolean]>([
    [{ algorithm: 'RSA', bits: 2048 }, true],
    [{ algorithm: 'RSA', bits: 3072 }, false],
    [{ algorithm: 'EC', curve: 'P-256' }, true],
    [{ algorithm: 'EC', curve: 'prime256v1' }, true],
    [{ algorithm: 'EC', curve: 'P-384' }, false],
    [{ algorithm: 'Ed25519' }, false],
    [{ algorithm: 'other', name: 'rsa-pss' }, false],
  ])('key %j fits: %s', (key, fits) => {
    expect(check({ key })).toHaveLength(fits ? 0 : 1)
  })

  it('says which key it is and which would do', () => {
    expect(check({ key: { algorithm: 'Ed25519' } })).toEqual([
      { field: 'spec.request (key)', message: 'the key is Ed25519; profile "OV" allows RSA 2048, RSA 4096, EC P-256' },
    ])
  })

  it.each<[Record<string, string[]>, boolean]>([
    [{}, true],
    [{ ECDSA: ['secp384r1'] }, true],
    [{ EC: [] }, true],
    [{ RSA: ['2048'] }, false],
  ])('P-384 against %j fits: %s', (types, fits) => {
    expect(check({ key: { algorithm: 'EC', curve: 'P-384' } }, { keyTypes: types })).toHaveLength(fits ? 0 : 1)
  })

  // SCM answers with a code that blames the issuer, so the request would wait for ever.
  it.each([
    [32_767, []],
    [
      32_768,
      [{ field: 'spec.request', message: 'the CSR has 32768 characters, SCM takes 32767; ask for fewer names' }],
    ],
  ])('takes a CSR of %i characters, or says why not', (length, problems) => {
    expect(check({ pem: `${'A'.repeat(length)}\n` })).toEqual(problems)
  })

  it('reports everything at once', () => {
    expect(
      check({ names: [{ type: 'email', value: 'a@b' }], key: { algorithm: 'Ed25519' } }, { isCA: true }),
    ).toHaveLength(3)
  })

  const person = { firstName: 'Ada', lastName: 'Byron' }
  const mail = (...values: string[]) => values.map((value) => ({ type: 'email', value }) as const)
  it.each([
    ['no address at all', {}, [], /^a client certificate needs a mail address/],
    ['an address of the request', {}, mail('a@x.example', 'b@x.example'), undefined],
    ['the issuer’s address', { email: 'a@x.example' }, [], undefined],
    ['the issuer’s address, asked for too', { email: 'a@x.example' }, mail('A@x.example'), undefined],
    [
      'an address beside the issuer’s',
      { email: 'a@x.example', secondaryEmails: ['b@x.example'] },
      mail('b@x.example', 'boss@x.example'),
      /^the issuer orders for a@x.example only; remove boss@x.example$/,
    ],
    ['an address that is as long as SCM takes', {}, mail(`${'a'.repeat(118)}@x.example`), undefined],
    [
      'an address that is too long for SCM',
      {},
      mail('a@x.example', `${'a'.repeat(119)}@x.example`),
      /^a mail address may have 128 characters; shorten a{119}@x.example$/,
    ],
    ['a host name', {}, [{ type: 'dns', value: 'a' } as const, ...mail('a@x.example')], /^client certificates carry/],
  ])('judges a client certificate for %s', (_, more, names, message) => {
    const problems = check({ names }, { settings: { product: 'client', person: { ...person, ...more } } })
    if (message === undefined) expect(problems).toEqual([])
    else expect(problems).toEqual([{ field: 'spec.request (SAN)', message: expect.stringMatching(message) }])
  })
})
