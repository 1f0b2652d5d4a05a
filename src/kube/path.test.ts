import { describe, expect, it } from 'vitest'
import { isNotFound } from './errors.ts'
import { pathOf, queryOf } from './path.ts'
import type { Resource } from './resource.ts'

const secrets: Resource = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true }
const issuers: Resource = {
  group: 'certwright.dev',
  version: 'v1alpha1',
  plural: 'sectigoclusterissuers',
  kind: 'SectigoClusterIssuer',
  namespaced: false,
}

describe('pathOf', () => {
  it('places core and grouped, namespaced and cluster-wide resources', () => {
    expect(pathOf(secrets, { namespace: 'shop', name: 'scm' })).toBe('/api/v1/namespaces/shop/secrets/scm')
    expect(pathOf(secrets, { namespace: 'shop' })).toBe('/api/v1/namespaces/shop/secrets')
    expect(pathOf(secrets)).toBe('/api/v1/secrets')
    expect(pathOf(issuers, { name: 'ov', subresource: 'status' })).toBe(
      '/apis/certwright.dev/v1alpha1/sectigoclusterissuers/ov/status',
    )
  })

  it.each(['', '.', '..', 'a/b', '../configmaps/c', 'a%2fb'])('finds nothing under the name %j', (name) => {
    expect(() => pathOf(secrets, { namespace: 'shop', name })).toThrow(expect.toSatisfy(isNotFound))
    expect(() => pathOf(secrets, { namespace: name, name: 'scm' })).toThrow(expect.toSatisfy(isNotFound))
  })

  it('keeps a name from becoming a query', () => {
    expect(pathOf(secrets, { namespace: 'shop', name: 'a?watch=true#b' })).toBe(
      '/api/v1/namespaces/shop/secrets/a%3Fwatch%3Dtrue%23b',
    )
  })

  it('refuses to mix up namespaced and cluster-wide', () => {
    expect(() => pathOf(secrets, { name: 'scm' })).toThrow('secrets are namespaced')
    expect(() => pathOf(issuers, { namespace: 'shop', name: 'ov' })).toThrow('not namespaced')
  })
})

describe('queryOf', () => {
  it('leaves out what is absent', () => {
    expect(queryOf({ limit: 500, continue: undefined, fieldSelector: 'spec.a=b' })).toBe(
      '?limit=500&fieldSelector=spec.a%3Db',
    )
    expect(queryOf({ limit: undefined })).toBe('')
  })
})
