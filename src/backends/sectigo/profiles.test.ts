import { describe, expect, it } from 'vitest'
import { profileOf } from './profiles.ts'
import { quoter } from './quote.ts'
import { sslProduct } from './ssl.ts'
import { scriptedCaller } from './testing/scripted-caller.ts'

const SECRET = 'Simulated-Password-1!'

async function profile(type: object) {
  const caller = scriptedCaller(() => ({ json: [{ id: 5170, name: 'OV SSL', terms: [90], ...type }] }))
  const quote = quoter(() => [SECRET])
  return profileOf(
    { exchange: caller.exchange, quote },
    {
      product: sslProduct({ product: 'ssl' }),
      orgId: '8928',
      profile: { id: '5170' },
      signal: new AbortController().signal,
    },
  )
}

describe('profileOf', () => {
  it('keeps what SCM says of keys and terms', async () => {
    const keyTypes = { RSA: ['2048', '3072'], 'EC (NIST)': ['P-256', 'prime256v1'], Ed25519: [] }
    expect(await profile({ keyTypes, terms: [90, 199] })).toMatchObject({ keyTypes, terms: [90, 199] })
  })

  it('leaves out key types that are no words, for an issuer whose status cannot be stored is never Ready', async () => {
    const keyTypes = { '': ['2048'], ['x'.repeat(65)]: ['2048'], '<b>': ['2048'], RSA: ['2048', 'y'.repeat(65), ''] }
    expect((await profile({ keyTypes })).keyTypes).toEqual({ RSA: ['2048'] })
  })

  it('leaves out key types that repeat a credential', async () => {
    const keyTypes = { [SECRET.slice(0, 10)]: ['2048'], EC: ['P-256', SECRET.slice(2, 12)] }
    expect((await profile({ keyTypes })).keyTypes).toEqual({ EC: ['P-256'] })
  })

  it('keeps as many key types, sizes and terms as an issuer can store', async () => {
    const many = (length: number): string[] => Array.from({ length }, (_, index) => `K${index}`)
    const keyTypes = Object.fromEntries(many(40).map((name) => [name, many(50)]))
    const found = await profile({ keyTypes, terms: Array.from({ length: 1_000 }, (_, index) => index + 1) })
    expect(Object.keys(found.keyTypes)).toHaveLength(16)
    expect(found.keyTypes['K0']).toHaveLength(32)
    expect(found.terms).toHaveLength(512)
  })

  it('names a profile without a name by its id', async () => {
    expect(await profile({ name: null })).toMatchObject({ id: '5170', name: '5170' })
  })
})
