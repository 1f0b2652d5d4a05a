import { beforeAll, describe, expect, it } from 'vitest'
import { createCsr } from '../../test/support/pki.ts'
import type { CertificateRequest } from '../api/certificate-request.ts'
import { isFinished, statusWith, viewRequest } from './request-view.ts'

const CREATED = '2026-11-23T12:00:00Z'
const createdAt = Date.parse(CREATED)

let pem: string
beforeAll(async () => {
  pem = (await createCsr({ dns: ['shop.example.com'] })).pem
})

function request(
  status: CertificateRequest['status'],
  spec: Partial<CertificateRequest['spec']> = {},
): CertificateRequest {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { name: 'shop-1', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: CREATED },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      issuerRef: { group: 'certwright.dev', kind: 'SectigoIssuer', name: 'public-ov' },
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  }
}

const condition = (type: string, reason: string, status: 'True' | 'False' = 'True', lastTransitionTime = CREATED) => ({
  type,
  status,
  reason,
  message: 'x',
  lastTransitionTime,
})

describe('isFinished', () => {
  it.each<[string, CertificateRequest['status'], boolean]>([
    ['no status', undefined, false],
    ['Pending', { conditions: [condition('Ready', 'Pending', 'False')] }, false],
    ['Failed', { conditions: [condition('Ready', 'Failed', 'False')] }, true],
    ['Denied', { conditions: [condition('Ready', 'Denied', 'False')] }, true],
    ['Issued', { conditions: [condition('Ready', 'Issued')] }, true],
    ['a certificate without a condition', { certificate: 'LS0t' }, true],
    ['an empty certificate', { certificate: '' }, false],
    ['InvalidRequest', { conditions: [condition('InvalidRequest', 'x')] }, true],
    ['approved', { conditions: [condition('Approved', 'cert-manager.io')] }, false],
  ])('%s', (_, status, finished) => {
    expect(isFinished(request(status))).toBe(finished)
  })
})

describe('viewRequest', () => {
  it('reads approval, duration, and the verified CSR', async () => {
    const view = await viewRequest(
      request(
        { conditions: [condition('Approved', 'cert-manager.io')] },
        { duration: '2160h0m0s', isCA: true, username: 'alice' },
      ),
    )
    expect(view).toMatchObject({
      uid: 'u',
      approvedAt: createdAt,
      denied: false,
      durationSeconds: 2160 * 3600,
      isCA: true,
      requester: 'alice',
      csr: { names: [{ type: 'dns', value: 'shop.example.com' }] },
    })
  })

  it.each([
    ['not base64 of anything', 'AAAA'],
    ['empty', ''],
    ['a broken signature', 'broken'],
  ])('names the field when the CSR is %s', async (_, text) => {
    const der = Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ''), 'base64')
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
    const broken = Buffer.from(
      `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`,
    )
    const view = await viewRequest(
      request(undefined, { request: text === 'broken' ? broken.toString('base64') : text }),
    )
    expect(view.csr).toMatchObject({ field: 'spec.request', message: expect.any(String) })
  })
})

describe('statusWith', () => {
  const approved = condition('Approved', 'cert-manager.io', 'True', '2026-11-23T12:00:09Z')

  it('keeps conditions of others and the transition time while the status stays', () => {
    const before = request({ conditions: [approved, condition('Ready', 'Pending', 'False')] })
    expect(statusWith(before, { reason: 'Pending', message: 'new words' }, createdAt + 60_000)).toEqual({
      conditions: [
        approved,
        { type: 'Ready', status: 'False', reason: 'Pending', message: 'new words', lastTransitionTime: CREATED },
      ],
    })
  })

  it('carries failureTime with a failure, never before what the API server has dated', () => {
    const verdict = { reason: 'Failed', message: 'no' } as const
    const lagging = statusWith(request({ conditions: [approved] }), verdict, createdAt - 3_600_000)
    expect(lagging.failureTime).toBe('2026-11-23T12:00:09Z')
    const exact = statusWith(request({ conditions: [approved] }), verdict, createdAt + 60_000)
    expect(exact.failureTime).toBe('2026-11-23T12:01:00Z')
  })

  it('carries failureTime with a denial too', () => {
    expect(statusWith(request(undefined), { reason: 'Denied', message: 'no' }, createdAt)).toHaveProperty('failureTime')
  })

  it('delivers certificate and CA as base64 of PEM', () => {
    const event = { type: 'Normal', reason: 'Issued', note: '' } as const
    const status = statusWith(
      request(undefined),
      { reason: 'Issued', message: 'ok', certificatePem: 'leaf', caPem: 'root', event },
      createdAt,
    )
    expect(status).toMatchObject({
      certificate: 'bGVhZg==',
      ca: 'cm9vdA==',
      conditions: [{ type: 'Ready', status: 'True', reason: 'Issued' }],
    })
    expect(
      statusWith(
        request(undefined),
        { reason: 'Issued', message: 'ok', certificatePem: 'leaf', caPem: undefined, event },
        createdAt,
      ),
    ).not.toHaveProperty('ca')
  })
})
