import { describe, expect, it } from 'vitest'
import { issuerView, known, openOrder, order, requestView, TICK } from '../../test/support/known.ts'
import type { IssuerView } from './known.ts'
import { plan } from './plan.ts'

const STRANGERS = { allow: { namespaceSelector: { matchLabels: { team: 'pay' } } } }
const ZONE = { allow: { dnsZones: ['acme.example'] } }
const REFUSED: Partial<IssuerView> = {
  offer: {
    possible: false,
    by: 'annotations',
    problems: [{ field: 'annotation certwright.dev/term', message: 'it must be a number of days' }],
  },
}

const planFor = (issuer: Partial<IssuerView>, more: Parameters<typeof known>[0] = {}) =>
  plan(known({ issuer: issuerView(issuer), namespaceLabels: { team: 'shop' }, ...more }))

const pendingWith = (words: string) => ({
  do: 'report',
  ready: {
    reason: 'Pending',
    message: expect.stringMatching(new RegExp(`^NotAllowed: .*${words}`)),
    event: { type: 'Warning', reason: 'NotAllowed' },
  },
})

describe('what an issuer does not allow', () => {
  it.each<[string, Partial<IssuerView>, string]>([
    ['a namespace', STRANGERS, 'does not serve namespace "shop": its labels do not meet spec.allow.namespaceSelector'],
    ['a name', ZONE, 'spec.allow.dnsZones of SectigoIssuer "public-ov" has no zone for .*dns shop.example.com'],
    ['an annotation', REFUSED, 'annotation certwright.dev/term: it must be a number of days'],
  ])('is not ordered, and waits: %s', (_title, issuer, words) => {
    const step = planFor(issuer)
    expect(step).toMatchObject(pendingWith(words))
    const ready = step.do === 'report' ? step.ready : undefined
    expect(planFor(issuer, { request: requestView({ ready }) })).toMatchObject({ do: 'wait' })
  })

  it('is ordered as soon as it is allowed', () => {
    expect(planFor({ allow: { namespaceSelector: { matchLabels: { team: 'shop' } } } }).do).toBe('createOrder')
    expect(planFor({ allow: { dnsZones: ['example.com'] } }).do).toBe('createOrder')
  })

  it('tells a namespace that it does not serve nothing of an issuer that is not Ready', () => {
    expect(planFor({ ...STRANGERS, notReady: 'CredentialsRefused: HTTP 401', offer: undefined })).toMatchObject(
      pendingWith('namespaceSelector'),
    )
  })

  it('is not judged before the labels of the namespace are known', () => {
    expect(planFor(STRANGERS, { namespaceLabels: undefined })).toMatchObject({ do: 'wait' })
    expect(planFor({}, { namespaceLabels: undefined }).do).toBe('createOrder')
  })

  it('is Failed all the same where only another CSR helps', () => {
    const problems = [{ field: 'spec.request (key)', message: 'the key is RSA 1024' }]
    expect(planFor({ ...ZONE, offer: { possible: false, by: 'request', problems } })).toMatchObject({
      ready: { reason: 'Failed' },
    })
  })

  it.each([STRANGERS, ZONE])('is not sent again after a refusal either: %j', (issuer) => {
    const status = {
      phase: 'Submitting' as const,
      attempts: [{ number: 1, startedAt: '2026-11-23T11:59:59Z', outcome: 'Refused' as const }],
    }
    const refusal = { cause: 'issuer' as const, code: '-1', message: 'no' }
    const refused = { refusal, at: TICK - 3_600_000 * 2, times: 1 }
    const more = { order: order(status), memory: { refused } }
    expect(planFor({}, more).do).toBe('recordAttempt')
    expect(planFor(issuer, more)).toMatchObject(pendingWith('spec.allow'))
  })

  it.each([STRANGERS, ZONE, REFUSED])('is followed to its end once it is bought: %j', (issuer) => {
    expect(planFor(issuer, { order: openOrder() }).do).toBe('look')
  })
})
