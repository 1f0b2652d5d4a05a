import { describe, expect, it } from 'vitest'
import { baseOf, endpointOf, requestPath } from './endpoint.ts'

describe('endpointOf', () => {
  it.each([
    ['https://cert-manager.com/api', 'https://cert-manager.com/api'],
    ['https://cert-manager.com/api/', 'https://cert-manager.com/api'],
    ['https://cert-manager.com', 'https://cert-manager.com/api'],
    ['https://Cert-Manager.com:443//', 'https://cert-manager.com/api'],
    ['https://cert-manager.com/private/api/', 'https://cert-manager.com/api'],
    ['https://cert-manager.com/private/', 'https://cert-manager.com/api'],
    ['https://cert-manager.com/private-scm/api', 'https://cert-manager.com/private-scm/api'],
    ['https://127.0.0.1:8443/scm/api?x=1#y', 'https://127.0.0.1:8443/scm/api'],
  ])('%s is %s', (url, endpoint) => {
    expect(endpointOf(url)).toBe(endpoint)
  })

  it.each(['http://cert-manager.com/api', 'cert-manager.com', 'https://u@cert-manager.com/api'])(
    'refuses %s',
    (url) => {
      expect(() => endpointOf(url)).toThrow(/^url /)
    },
  )
})

describe('baseOf', () => {
  it.each([
    ['https://h', 'https://h/api', 'https://h/private/api'],
    ['https://h/api/', 'https://h/api', 'https://h/private/api'],
    ['https://h/private', 'https://h/private/api', 'https://h/private/api'],
    ['https://h/private/', 'https://h/private/api', 'https://h/private/api'],
    ['https://h/private/api//', 'https://h/private/api', 'https://h/private/api'],
    ['https://h:8443/privately', 'https://h:8443/privately', 'https://h:8443/private/privately'],
  ])('of %s is %s, and with a client certificate %s', (url, plain, byCertificate) => {
    expect([baseOf(url), baseOf(url, 'oauth2'), baseOf(url, 'clientCertificate')]).toEqual([
      plain,
      plain,
      byCertificate,
    ])
  })
})

describe('requestPath', () => {
  it('keeps the path of the base', () => {
    expect(requestPath('https://h/private/api', 'ssl/v1')).toBe('/private/api/ssl/v1')
  })

  it('writes a blank so that it is one everywhere', () => {
    expect(requestPath('https://h/api', 'ssl/v1', { commonName: '*.a b+c&d' })).toBe(
      '/api/ssl/v1?commonName=*.a%20b%2Bc%26d',
    )
  })
})
