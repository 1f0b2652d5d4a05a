import { describe, expect, it } from 'vitest'
import type { IssuerFacts } from '../backend.ts'
import { sectigoPreflight } from './preflight.ts'
import type { SectigoSettings } from './settings.ts'
import { csrWith } from './testing/scripted-caller.ts'

const DAY = 86_400
const settings: SectigoSettings = {
  url: 'https://cert-manager.com/api/',
  tenant: 'cst325',
  organization: { name: 'Acme' },
  profile: { name: 'OV' },
  product: 'ssl',
}
const facts: IssuerFacts = {
  organization: { id: '8928', name: 'Acme' },
  profile: { id: '5170', name: 'OV', terms: [90, 365], keyTypes: { EC: ['P-256'] } },
}
const aim = {
  endpoint: 'https://cert-manager.com/api',
  tenant: 'cst325',
  product: 'ssl',
  organization: '8928',
  profile: '5170',
}
const request = { csr: csrWith(), isCA: false, durationSeconds: undefined }

describe('the preflight of an issuer', () => {
  it('says where its orders go, whatever the spelling of its URL', () => {
    expect(sectigoPreflight(settings, facts).aim).toEqual(aim)
  })

  it.each([
    [undefined, undefined, 365],
    [undefined, 80 * DAY, 90],
    [{ policy: 'AtMost', days: 100 }, undefined, 90],
    [{ policy: 'Longest' }, DAY, 365],
  ] as const)('offers the term that %j chooses for %s seconds', (term, durationSeconds, days) => {
    const preflight = sectigoPreflight({ ...settings, term }, facts)
    expect(preflight.check({ ...request, durationSeconds })).toEqual({
      possible: true,
      target: { ...aim, term: days },
    })
  })

  it.each([
    [80 * DAY, 'spec.duration'],
    [undefined, 'term.days'],
  ])(
    'leaves a term that is not on offer to the owner of the issuer, whoever asked for it: %s',
    (durationSeconds, field) => {
      const preflight = sectigoPreflight({ ...settings, term: { policy: 'Exact', days: 80 } }, facts)
      expect(preflight.check({ ...request, durationSeconds })).toMatchObject({
        possible: false,
        by: 'issuer',
        problems: [{ field }],
      })
    },
  )

  it('offers the very term that annotations choose, or says that it is not on offer', () => {
    const preflight = sectigoPreflight(settings, facts)
    const chosen = (term: number) => preflight.check({ ...request, durationSeconds: 365 * DAY, term })
    expect(chosen(90)).toEqual({ possible: true, target: { ...aim, term: 90 } })
    const problem = {
      field: 'annotation certwright.dev/term',
      message: 'asked are 80 days, the profile offers 90, 365',
    }
    expect(chosen(80)).toEqual({ possible: false, by: 'annotations', problems: [problem] })
  })

  it('leaves the term to the CA where the profile names none', () => {
    const profile = { ...facts.profile, terms: [] }
    const preflight = sectigoPreflight({ ...settings, product: 'device' }, { ...facts, profile })
    const target = { ...aim, product: 'device' }
    expect(preflight.check({ ...request, durationSeconds: DAY })).toEqual({ possible: true, target })
  })

  it('finds everything that is wrong with a request at once, before its term', () => {
    const csr = csrWith({ key: { algorithm: 'RSA', bits: 1024 }, names: [{ type: 'email', value: 'a@b.example' }] })
    const offer = sectigoPreflight(settings, facts).check({ csr, isCA: true, durationSeconds: undefined })
    const fields = offer.possible ? [] : offer.problems.map(({ field }) => field)
    expect(fields).toEqual(['spec.isCA', 'spec.request (SAN)', 'spec.request (key)'])
    expect(offer).toMatchObject({ by: 'request' })
  })
})
