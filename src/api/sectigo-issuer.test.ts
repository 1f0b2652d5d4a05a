import { describe, expect, expectTypeOf, it } from 'vitest'
import type { IssuerFacts } from '../backends/backend.ts'
import type { Condition } from '../kube/resource.ts'
import { issuerSpec, issuerStatus, type SectigoIssuerStatus } from './sectigo-issuer.ts'
import { ISSUER_SAMPLES, LARGEST_ISSUER, SMALLEST_ISSUER } from './testing/issuer-samples.ts'

describe('the spec of an issuer', () => {
  it.each(ISSUER_SAMPLES.filter(({ refusal }) => refusal === undefined))('accepts $title', ({ spec }) => {
    expect(issuerSpec.safeParse(spec).error).toBeUndefined()
  })

  it.each(ISSUER_SAMPLES.filter(({ refusal }) => refusal !== undefined))('refuses $title', ({ spec }) => {
    expect(issuerSpec.safeParse(spec).success).toBe(false)
  })

  it('gives the same words as the API server for what a type cannot say', () => {
    const { error } = issuerSpec.safeParse({ ...SMALLEST_ISSUER, device: { profile: { id: 7 } } })
    expect(error?.issues.map(({ message }) => message)).toEqual(['set exactly one of ssl, device, client'])
  })

  it('fills in what is not said', () => {
    expect(issuerSpec.parse(SMALLEST_ISSUER)).toEqual({
      ...SMALLEST_ISSUER,
      auth: {
        password: {
          ...SMALLEST_ISSUER.auth.password,
          secretRef: { name: 'scm', passwordKey: 'password', loginKey: 'login' },
        },
      },
      ssl: { ...SMALLEST_ISSUER.ssl, term: { policy: 'Nearest' }, subjectAltNames: 'ExcludeCommonName' },
      limits: { requestsPerSecond: 5, concurrentRequests: 4 },
      budget: { ordersPerDay: 500, perNamespacePerDay: 50, openOrders: 200 },
      deadlines: { processing: '168h', approval: '168h' },
      onRequestDeleted: 'Keep',
      includeCA: true,
    })
  })

  it('changes nothing that is said', () => {
    expect(issuerSpec.parse(LARGEST_ISSUER)).toEqual(LARGEST_ISSUER)
  })

  it('drops what it does not know, as the API server does', () => {
    expect(issuerSpec.parse({ ...LARGEST_ISSUER, colour: 'red' })).toEqual(LARGEST_ISSUER)
  })
})

describe('the status of an issuer', () => {
  it('holds what a check of the issuer finds out', () => {
    expectTypeOf<IssuerFacts['profile']>().toExtend<NonNullable<SectigoIssuerStatus['profile']>>()
    expectTypeOf<IssuerFacts['organization']>().toExtend<NonNullable<SectigoIssuerStatus['organization']>>()
    expectTypeOf<NonNullable<SectigoIssuerStatus['conditions']>>().toExtend<readonly Condition[]>()
    const status: SectigoIssuerStatus = {
      observedGeneration: 3,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Checked',
          message: '',
          lastTransitionTime: '2026-11-22T10:00:00Z',
          observedGeneration: 3,
        },
      ],
      profile: { id: '5170', name: 'OV SSL 199', terms: [90, 199], keyTypes: { RSA: ['2048', '4096'], EC: ['P-256'] } },
      organization: { id: '8928', name: 'Acme' },
      credentials: { expires: '2027-03-04', refusedSecretVersion: '4711' },
    }
    expect(issuerStatus.parse(status)).toEqual(status)
  })

  it('may be empty, before the first check', () => {
    expect(issuerStatus.parse({})).toEqual({})
  })

  it.each([
    [
      'a condition without a reason',
      { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-11-22T10:00:00Z', message: '' }] },
    ],
    ['a date with a time', { credentials: { expires: '2027-03-04T00:00:00Z' } }],
    ['a day that is not', { credentials: { expires: '2027-02-29' } }],
    [
      'more key algorithms than the map may hold',
      {
        profile: {
          id: '1',
          name: 'p',
          terms: [],
          keyTypes: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, []])),
        },
      },
    ],
  ])('refuses %s', (_title, status) => {
    expect(issuerStatus.safeParse(status).success).toBe(false)
  })
})
