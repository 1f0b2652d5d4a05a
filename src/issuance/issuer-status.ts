// What an issuer's status says after its check: one Ready condition, a reason per cause, and the cure in the message.
import { conditionOf, withCondition } from '../api/conditions.ts'
import type { SectigoIssuer, SectigoIssuerStatus } from '../api/sectigo-issuer.ts'
import type { IssuerFacts } from '../backends/backend.ts'
import type { BackendErrorKind } from '../backends/backend-error.ts'

/** What is wrong with an issuer before the CA is asked. */
export type SettingProblem =
  | 'HostNotAllowed'
  | 'ProxyNotAllowed'
  | 'SecretNotFound'
  | 'SecretKeyMissing'
  | 'SecretNotReadable'
  | 'CABundleNotFound'
  | 'CABundleInvalid'

export type NotReadyReason = SettingProblem | BackendErrorKind

export type CheckOutcome =
  | { readonly ready: true; readonly facts: IssuerFacts }
  | {
      readonly ready: false
      readonly reason: NotReadyReason
      readonly message: string
      readonly secretVersion?: string | undefined
      /** Names the call that failed, for the log only: it is another one at each check. */
      readonly request?: string | undefined
    }

/** What the issuer's owner can do about it; a heading of the same name in docs/troubleshooting.md says more. */
export const CURE: Readonly<Record<NotReadyReason, string>> = {
  HostNotAllowed: 'Correct it, or ask the platform team to add it to --allowed-hosts (chart value extraAllowedHosts)',
  ProxyNotAllowed: 'Correct it, or ask the platform team to add it to --allowed-proxies (chart value allowedProxies)',
  SecretNotFound: 'Create the Secret; the issuer is checked again by itself',
  SecretKeyMissing: 'Put the value there; the issuer is checked again by itself',
  SecretNotReadable:
    "Grant the operator's ServiceAccount get on Secrets there (chart values secretAccess, credentialNamespaces)",
  CABundleNotFound: 'Create it, or correct spec.tls.caBundleRef',
  CABundleInvalid: 'Put the PEM certificates of the CA that signed the server certificate there',
  CredentialsRefused:
    'Correct them; nothing more is tried with the refused ones, because the CA locks accounts after failed logins',
  AccessDenied:
    "Give the account's role the rights it lacks, or tick the named checkbox in the organization's settings",
  OrganizationNotFound:
    'Correct spec.orgId or spec.organization; a department administrator must use the id of the department',
  OrganizationAmbiguous: 'Name the organization by its id in spec.orgId',
  CustomFieldsInvalid: 'Correct spec.customFields, or have the field changed in SCM',
  ProfileNotFound:
    'Correct the profile in spec.ssl, spec.device or spec.client, or have it enabled for this organization',
  ProfileAmbiguous: 'Name the profile in spec.ssl, spec.device or spec.client by its id',
  Gone: 'Look for it in SCM: if it was deleted there, delete the request, and another order is made; else check spec.url',
  RateLimited: 'It is tried again by itself; lower spec.limits if this stays',
  TLSFailed: 'Check spec.url and, behind a private CA, spec.tls',
  Unreachable: 'It is tried again by itself; check spec.url, DNS, egress rules and spec.proxy',
  Unavailable: 'It is tried again by itself',
  UnexpectedAnswer: 'Check that spec.url names the API (it ends in /api)',
}

/** Causes that pass by themselves: a healthy issuer survives a few of them in a row. */
const PASSING: readonly NotReadyReason[] = [
  'RateLimited',
  'Unreachable',
  'Unavailable',
  'UnexpectedAnswer',
  'TLSFailed',
]
/** So many checks in a row must fail that way before a healthy issuer stops being Ready. */
const FAILURES_TO_FLIP = 3

export function isPassing(reason: NotReadyReason): boolean {
  return PASSING.includes(reason)
}

/** A moment, until the check is on record. */
export const BEING_CHECKED = 'it is being checked'

/** Is the issuer Ready for its current generation? Else what to tell a request that waits for it. */
export function notReadyBecause({ metadata, status }: SectigoIssuer): string | undefined {
  const ready = conditionOf(status, 'Ready')
  if (ready === undefined || ready.observedGeneration !== metadata.generation) return BEING_CHECKED
  return ready.status === 'True' ? undefined : `${ready.reason}: ${ready.message}`
}

/**
 * The status after a check, `failures` being how many checks in a row failed, this one included.
 * Always carries observedGeneration, in failure too: tools that watch rollouts wait for it.
 */
export function issuerStatus(
  issuer: SectigoIssuer,
  outcome: CheckOutcome,
  failures: number,
  now: number,
): SectigoIssuerStatus {
  const generation = issuer.metadata.generation ?? 1
  const before = issuer.status ?? {}
  const ready = conditionOf(before, 'Ready')
  const survives = ready?.status === 'True' && ready.observedGeneration === generation
  if (!outcome.ready && isPassing(outcome.reason) && survives && failures < FAILURES_TO_FLIP) return before
  const about = { type: 'Ready', observedGeneration: generation }
  if (outcome.ready) {
    const { profile, organization, credentialsExpire } = outcome.facts
    const { id, name, terms, keyTypes } = profile
    const condition = { ...about, status: 'True' as const, reason: 'Checked', message: checked(outcome.facts) }
    return {
      observedGeneration: generation,
      conditions: withCondition(before.conditions, condition, now),
      profile: { id, name, terms, keyTypes },
      organization,
      ...(credentialsExpire === undefined ? {} : { credentials: { expires: credentialsExpire } }),
    }
  }
  const { reason, message, secretVersion } = outcome
  const condition = { ...about, status: 'False' as const, reason, message: `${message}. ${CURE[reason]}.` }
  const refused = reason === 'CredentialsRefused' && secretVersion !== undefined
  return {
    ...before,
    observedGeneration: generation,
    conditions: withCondition(before.conditions, condition, now),
    ...(refused ? { credentials: { ...before.credentials, refusedSecretVersion: secretVersion } } : {}),
  }
}

/** Was this very Secret refused before, for this very spec? Then a login is not tried again, not even after a restart. */
export function wasRefused({ metadata, status }: SectigoIssuer, secretVersion: string): boolean {
  const ready = conditionOf(status, 'Ready')
  return (
    ready?.reason === 'CredentialsRefused' &&
    ready.observedGeneration === metadata.generation &&
    status?.credentials?.refusedSecretVersion === secretVersion
  )
}

function checked({ profile, organization }: IssuerFacts): string {
  const terms = profile.terms.length === 0 ? '' : ` (terms of ${profile.terms.join(', ')} days)`
  return `The login is accepted; profile "${profile.name}"${terms} is available to organization "${organization.name}"`
}
