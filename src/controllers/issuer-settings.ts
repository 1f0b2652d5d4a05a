// An issuer's spec and status in the words of its backend and of the order core. Pure.
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import type { IssuerFacts, OrderTarget } from '../backends/backend.ts'
import type { SectigoSettings } from '../backends/sectigo/backend.ts'
import { problemsOf } from '../backends/sectigo/check.ts'
import { targetOf } from '../backends/sectigo/target.ts'
import { chooseTerm } from '../backends/sectigo/term.ts'
import { notReadyBecause } from '../issuance/issuer-status.ts'
import { type IssuerView, isProblem, type Offer, type RequestView } from '../issuance/known.ts'

/** What an issuer orders: SCM's product with the settings that belong to it. */
export function settingsOf(spec: SectigoIssuer['spec'], tenant: string): SectigoSettings {
  const shared = { url: spec.url, tenant, orgId: spec.orgId }
  if (spec.ssl !== undefined) {
    return {
      ...shared,
      product: 'ssl',
      profile: profileOf(spec.ssl.profile),
      subjectAltNames: spec.ssl.subjectAltNames,
    }
  }
  if (spec.device !== undefined) return { ...shared, product: 'device', profile: profileOf(spec.device.profile) }
  throw new TypeError('the API server accepted an issuer without ssl and device')
}

function profileOf({ id, name }: { readonly id?: number; readonly name?: string }): SectigoSettings['profile'] {
  return id === undefined ? { name: name ?? '' } : { id: String(id) }
}

/** The issuer as a request meets it; `tenant` is undefined until its Secret was read once. */
export function viewIssuer(issuer: SectigoIssuer, tenant: string | undefined, request: RequestView): IssuerView {
  const { metadata, spec } = issuer
  const facts = factsOf(issuer)
  const settings = tenant === undefined ? undefined : settingsOf(spec, tenant)
  const aim = settings === undefined || facts === undefined ? undefined : targetOf({ ...settings, facts })
  return {
    kind: issuer.kind === 'SectigoClusterIssuer' ? 'SectigoClusterIssuer' : 'SectigoIssuer',
    name: metadata.name,
    uid: metadata.uid,
    generation: metadata.generation ?? 1,
    notReady: notReadyBecause(issuer),
    aim,
    offer: aim === undefined || facts === undefined ? undefined : offer(spec, aim, facts, request),
    includeCA: spec.includeCA,
  }
}

function offer(
  spec: SectigoIssuer['spec'],
  aim: Omit<OrderTarget, 'term'>,
  facts: IssuerFacts,
  request: RequestView,
): Offer {
  const { csr, isCA, durationSeconds } = request
  const product = spec.ssl === undefined ? 'device' : 'ssl'
  const problems = isProblem(csr) ? [csr] : problemsOf({ csr, isCA, product, facts })
  if (problems.length > 0) return { possible: false, by: 'request', problems }
  const wanted = (spec.ssl ?? spec.device)?.term
  const term = chooseTerm({
    terms: facts.profile.terms,
    policy: wanted?.policy ?? 'Nearest',
    days: wanted?.days,
    durationSeconds,
  })
  if ('problem' in term)
    return { possible: false, by: wanted?.policy === 'Exact' ? 'request' : 'issuer', problems: [term.problem] }
  return { possible: true, target: { ...aim, term: term.days } }
}

function factsOf({ status }: SectigoIssuer): IssuerFacts | undefined {
  const { profile, organization } = status ?? {}
  return profile === undefined || organization === undefined ? undefined : { profile, organization }
}
