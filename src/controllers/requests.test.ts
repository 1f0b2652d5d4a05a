import { describe, expect, it } from 'vitest'
import type { CertificateRequest } from '../api/certificate-request.ts'
import { ANNOTATIONS } from '../api/overridden.ts'
import { isProblem } from '../issuance/known.ts'
import { viewRequest } from '../issuance/request-view.ts'
import { slimRequest } from './requests.ts'

const MB = 1_000_000
/** What the store keeps of a request at most, however large it is: of 2,000 of them it is two thirds of the heap. */
const MOST_KEPT_CHARS = 80 * 1024

const request: CertificateRequest = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'CertificateRequest',
  metadata: {
    name: 'www-1',
    namespace: 'shop',
    uid: 'uid-1',
    resourceVersion: '1',
    creationTimestamp: '2026-11-23T12:00:00Z',
    annotations: { 'certwright.dev/term': '90' },
  },
  spec: {
    request: 'AAAA',
    issuerRef: { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'scm' },
    duration: '24h',
    isCA: false,
    username: 'system:serviceaccount:cert-manager:cert-manager',
  },
  status: { conditions: [{ type: 'Approved', status: 'True', reason: 'cert-manager.io' }] },
}

const many = (count: number, key: (n: number) => string, value: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [key(n), value]))

describe('an open request', () => {
  it('is kept with all that the rules ask for', () => {
    expect(slimRequest(request)).toEqual(request)
  })

  it.each<[string, object, object]>([
    ['a CSR of a megabyte', {}, { request: 'A'.repeat(MB) }],
    ['annotations of others', { annotations: many(1_000, (n) => `example.com/${n}`, 'x'.repeat(250)) }, {}],
    ['many of ours', { annotations: many(10_000, (n) => `certwright.dev/${n}`, 'x'.repeat(250)) }, {}],
    [
      'long ones of ours, and a CSR',
      { annotations: Object.fromEntries(Object.values(ANNOTATIONS).map((name) => [name, '\u4e00'.repeat(MB)])) },
      { request: 'A'.repeat(MB) },
    ],
    ['labels', { labels: many(10_000, (n) => `example.com/${n}`, 'x'.repeat(63)) }, {}],
    ['owners and finalizers', { finalizers: ['x'.repeat(MB)], ownerReferences: [{ name: 'x'.repeat(MB) }] }, {}],
    ['groups', {}, { groups: ['x'.repeat(MB)], extra: { x: ['x'.repeat(MB)] }, usages: ['x'.repeat(MB)] }],
    [
      'the name of an issuer',
      {},
      { issuerRef: { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'x'.repeat(MB), more: 'x'.repeat(MB) } },
    ],
  ])('costs no more memory by %s', (_case, metadata, spec) => {
    const large = { ...request, metadata: { ...request.metadata, ...metadata }, spec: { ...request.spec, ...spec } }
    const kept = slimRequest(large)
    expect(JSON.stringify(kept).length).toBeLessThan(MOST_KEPT_CHARS)
    expect(slimRequest(kept)).toEqual(kept)
  })

  it('keeps what its author chose, whatever else there is of our annotations', () => {
    const annotations = { ...many(10_000, (n) => `certwright.dev/${n}`, 'x'), 'certwright.dev/term': '90' }
    const kept = slimRequest({ ...request, metadata: { ...request.metadata, annotations } })
    expect(kept.metadata.annotations).toMatchObject({ 'certwright.dev/term': '90' })
  })

  it('that is cut is refused for its size as it would be whole', async () => {
    const spec = { ...request.spec, request: Buffer.alloc(MB, 'x').toString('base64') }
    const { csr } = await viewRequest(slimRequest({ ...request, spec }))
    expect(isProblem(csr) && csr.message).toBe('the input is larger than 32768 bytes')
  })
})
