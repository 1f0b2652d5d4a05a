import { describe, expect, it } from 'vitest'
import { csr, issuerView, requestView, target } from '../../test/support/known.ts'
import { newOrder } from './new-order.ts'

const newRecord = (differing: Partial<Parameters<typeof newOrder>[0]> = {}) =>
  newOrder({
    request: requestView(),
    csr,
    issuer: issuerView(),
    target,
    firstAttempt: 'AtCreation',
    account: 'ab',
    operatorClass: '',
    nonce: 'n',
    ...differing,
  })

describe('rule 1: a new record', () => {
  it('is named after the uid and says who asked for what, where, and with which CSR', () => {
    const made = newRecord()
    expect(made).toEqual({
      apiVersion: 'certwright.dev/v1alpha1',
      kind: 'CertificateOrder',
      metadata: { name: `cr-${requestView().uid}`, namespace: 'shop' },
      spec: {
        requestRef: { kind: 'CertificateRequest', name: 'shop-1', uid: requestView().uid },
        issuerRef: { kind: 'SectigoIssuer', name: 'public-ov', uid: issuerView().uid, generation: 3 },
        backend: 'Sectigo',
        target: { ...target, names: ['shop.example.com'] },
        csrSha256: csr.sha256,
        spkiSha256: csr.spkiSha256,
        requester: requestView().requester,
        marker: `certwright:1:${requestView().uid}`,
        nonce: 'n',
        firstAttempt: 'AtCreation',
        account: 'ab',
      },
    })
  })

  it('has a requester that the API server gives back as it is', () => {
    const requester = `${'x'.repeat(1_023)}😀`
    expect(newRecord({ request: requestView({ requester }) }).spec.requester.isWellFormed()).toBe(true)
  })

  it('lists no more names than its schema takes', () => {
    const many = {
      ...csr,
      names: Array.from({ length: 400 }, (_, n) => ({ type: 'dns' as const, value: `n${n}.example.com` })),
    }
    const made = newRecord({ csr: many })
    expect(made.spec.target.names).toHaveLength(250)
  })

  it('names the class of the operator that makes it', () => {
    expect(newRecord({ operatorClass: 'blue' }).spec.operatorClass).toBe('blue')
  })
})

describe('rule 10: a new record', () => {
  it('has neither an owner nor a finalizer, so that it outlives its request and holds up nothing', () => {
    expect(Object.keys(newRecord().metadata)).toEqual(['name', 'namespace'])
  })
})
