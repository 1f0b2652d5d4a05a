import { describe, expect, it } from 'vitest'
import { uncheckedIssuer } from '../../test/support/issuer.ts'
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import type { IssuerFacts } from '../backends/backend.ts'
import { issuerStatus, notReadyBecause, wasRefused } from './issuer-status.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const facts: IssuerFacts = {
  profile: { id: '5170', name: 'OV SSL', terms: [90, 199], keyTypes: { RSA: ['2048'] } },
  organization: { id: '8928', name: 'Acme' },
  credentialsExpire: '2027-03-04',
}

function issuer(status?: SectigoIssuer['status'], generation = 3): SectigoIssuer {
  const made = uncheckedIssuer({ name: 'scm', namespace: 'shop', spec: { url: 'https://scm.example/api' } })
  const metadata = { ...made.metadata, generation }
  return { ...made, metadata, ...(status === undefined ? {} : { status }) }
}

const ready = issuerStatus(issuer(), { ready: true, facts }, 0, NOW)
const failed = (
  reason: 'Unreachable' | 'SecretNotFound' | 'CredentialsRefused',
  failures: number,
  before = issuer(ready),
) => issuerStatus(before, { ready: false, reason, message: 'because', secretVersion: '9' }, failures, NOW)

describe('the status of an issuer', () => {
  it('says what the CA confirmed, for which generation', () => {
    expect(ready).toEqual({
      observedGeneration: 3,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Checked',
          message:
            'The login is accepted; profile "OV SSL" (terms of 90, 199 days) is available to organization "Acme"',
          observedGeneration: 3,
          lastTransitionTime: '2026-11-23T12:00:00Z',
        },
      ],
      profile: facts.profile,
      organization: facts.organization,
      credentials: { expires: '2027-03-04' },
    })
  })

  it('names the cause and the cure, and carries observedGeneration in failure too', () => {
    expect(failed('SecretNotFound', 1)).toMatchObject({
      observedGeneration: 3,
      conditions: [
        {
          status: 'False',
          reason: 'SecretNotFound',
          message: 'because. Create the Secret; the issuer is checked again by itself.',
        },
      ],
    })
  })

  it('survives two passing failures in a row and not three', () => {
    expect(failed('Unreachable', 1)).toEqual(ready)
    expect(failed('Unreachable', 2)).toEqual(ready)
    expect(failed('Unreachable', 3)).toMatchObject({ conditions: [{ status: 'False', reason: 'Unreachable' }] })
  })

  it('does not let an old Ready survive a change of the spec', () => {
    expect(failed('Unreachable', 1, issuer(ready, 4))).toMatchObject({
      observedGeneration: 4,
      conditions: [{ status: 'False', observedGeneration: 4 }],
    })
  })

  it('keeps the refused Secret, and only that one is not tried again', () => {
    const refused = issuer(failed('CredentialsRefused', 1))
    expect(refused.status?.credentials).toMatchObject({ refusedSecretVersion: '9' })
    expect(wasRefused(refused, '9')).toBe(true)
    expect(wasRefused(refused, '10')).toBe(false)
    expect(wasRefused(issuer(refused.status, 4), '9')).toBe(false)
    expect(wasRefused(issuer(failed('SecretNotFound', 1, refused)), '9')).toBe(false)
  })

  it('forgets the refusal when the login is accepted', () => {
    const refused = issuer(failed('CredentialsRefused', 1))
    expect(issuerStatus(refused, { ready: true, facts }, 0, NOW).credentials).toEqual({ expires: '2027-03-04' })
  })
})

describe('notReadyBecause', () => {
  it.each([
    ['never checked', issuer(), 'it is being checked'],
    ['checked for an older generation', issuer(ready, 4), 'it is being checked'],
    ['ready', issuer(ready), undefined],
    ['not ready', issuer(failed('SecretNotFound', 1)), expect.stringMatching(/^SecretNotFound: because/)],
  ])('%s', (_, subject, reason) => {
    expect(notReadyBecause(subject)).toEqual(reason)
  })
})
