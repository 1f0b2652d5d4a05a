import { describe, expect, it } from 'vitest'
import { createCsr } from '../../test/support/pki.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import { isProblem } from '../issuance/known.ts'
import { RequestViews } from './request-views.ts'

async function requestFor(names: number, host = 'a'): Promise<CertificateRequest> {
  const { pem } = await createCsr({ dns: Array.from({ length: names }, (_, n) => `${host}${n}`) })
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: {
      name: 'a',
      namespace: 'shop',
      uid: 'a',
      resourceVersion: '1',
      creationTimestamp: '2026-11-23T12:00:00Z',
    },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      issuerRef: { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'scm' },
    },
  }
}

describe('the view of a request', () => {
  it('is kept until it changes or is forgotten, and its CSR is verified once', async () => {
    const views = new RequestViews()
    const request = await requestFor(250)
    const first = await views.of(request)
    expect(await views.of(request)).toBe(first)
    const metadata = { ...request.metadata, resourceVersion: '2' }
    const second = await views.of({ ...request, metadata })
    expect(second).not.toBe(first)
    expect(second.csr).toBe(first.csr)
    views.forget('a')
    expect(views.size).toBe(0)
  })

  it.each([
    ['more names than any CA takes', 251, 'a'],
    ['a CSR that is long', 100, 'a'.repeat(50)],
  ])('with %s is made anew each time: thousands of them would take all memory', async (_case, names, host) => {
    const views = new RequestViews()
    const { csr } = await views.of(await requestFor(names, host))
    expect(isProblem(csr) || csr.names.length).toBe(names)
    expect(views.size).toBe(0)
  })

  it('is kept where the CSR is none, however long that is', async () => {
    const views = new RequestViews()
    const request = await requestFor(1_001)
    expect(isProblem((await views.of(request)).csr)).toBe(true)
    expect(await views.of(request)).toBe(await views.of(request))
  })
})
