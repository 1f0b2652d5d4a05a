import { describe, expect, it } from 'vitest'
import { accountOf, loginKey, type SectigoCredentials, tenantOf } from './credentials.ts'

const password: SectigoCredentials = { kind: 'password', customerUri: 'cst325', login: 'api', password: 'Canary-1' }
const oauth2: SectigoCredentials = {
  kind: 'oauth2',
  tokenUrl: 'https://auth.sso.sectigo.com/token',
  clientId: 'client',
  clientSecret: 'Canary-1',
}
const url = 'https://cert-manager.com/api'

describe('loginKey', () => {
  it('is the same for the same login at the same host', () => {
    expect(loginKey('https://CERT-manager.com:443/private/api/', { ...password })).toBe(loginKey(url, password))
  })

  it('differs with everything that makes a login', () => {
    const keys = [
      loginKey(url, password),
      loginKey('https://hard.cert-manager.com/api', password),
      loginKey(url, { ...password, customerUri: 'cst326' }),
      loginKey(url, { ...password, login: 'api2' }),
      loginKey(url, { ...password, password: 'Canary-2' }),
      loginKey(url, { ...password, customerUri: 'cst325api', login: '' }),
      loginKey(url, oauth2),
      loginKey(url, { ...oauth2, clientId: 'other' }),
      loginKey(url, { ...oauth2, clientSecret: 'Canary-2' }),
      loginKey(url, { ...oauth2, tokenUrl: 'https://elsewhere/token' }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.join()).toMatch(/^[0-9a-f,]+$/)
  })
})

describe('tenantOf', () => {
  it('is the customerUri, or the OAuth2 server, whichever client logs in there', () => {
    expect([tenantOf(password), tenantOf(oauth2)]).toEqual(['cst325', 'https://auth.sso.sectigo.com/token'])
  })
})

describe('accountOf', () => {
  it('is the same however the account logs in, and another one for each login and OAuth2 client', () => {
    const { customerUri, login } = password
    const certificate: SectigoCredentials = {
      kind: 'clientCertificate',
      customerUri,
      login,
      certificate: 'c',
      key: 'k',
    }
    expect(accountOf(certificate)).toBe(accountOf(password))
    expect(accountOf({ ...password, password: 'Canary-2' })).toBe(accountOf(password))
    const others: SectigoCredentials[] = [
      { ...password, login: 'api2' },
      { ...password, customerUri: 'cst326' },
      oauth2,
      { ...oauth2, clientId: 'other' },
    ]
    expect(new Set([password, ...others].map(accountOf)).size).toBe(5)
    expect([password, ...others].map(accountOf).join()).not.toContain('Canary')
  })
})
