// An issuer's spec and status in the words of its backend and of the order core. Pure.
import type { SectigoIssuer } from '../api/sectigo-issuer.ts'
import type { IssuerFacts, OrderTarget } from '../backends/backend.ts'
import { problemsOf } from '../backends/sectigo/check.ts'
import type { ProductSettings, SectigoSettings } from '../backends/sectigo/settings.ts'
import { targetOf } from '../backends/sectigo/target.ts'
import { chooseTerm } from '../backends/sectigo/term.ts'
import { type IssuerView, isProblem, type Offer, type RequestView } from '../issuance/known.ts'

/** What an issuer orders: SCM's product with the settings that belong to it. */
export function settingsOf(spec: SectigoIssuer['spec'], tenant: string): SectigoSettings {
  const { url, orgId, organization, customFields } = spec
  const shared = {
    url,
    tenant,
    organization: organization ?? { id: String(orgId) },
    profile: profileOf(blockOf(spec).profile),
    customFields,
  }
  const product = productOf(spec)
  return { ...shared, ...product }
}

function productOf({ ssl, device, client }: SectigoIssuer['spec']): ProductSettings {
  if (ssl !== undefined) {
    const { subjectAltNames, externalRequester, dcv } = ssl
    return { product: 'ssl', subjectAltNames, externalRequester, dcv }
  }
  if (device !== undefined) return { product: 'device', optionalFields: device.optionalFields }
  if (client !== undefined) return { product: 'client', person: client.person }
  throw new TypeError(NO_PRODUCT)
}

/** What all products have. */
function blockOf({ ssl, device, client }: SectigoIssuer['spec']) {
  const block = ssl ?? device ?? client
  if (block === undefined) throw new TypeError(NO_PRODUCT)
  return block
}

const NO_PRODUCT = 'the API server accepted an issuer without ssl, device and client'

function profileOf({ id, name }: { readonly id?: number; readonly name?: string }): SectigoSettings['profile'] {
  return id === undefined ? { name: name ?? '' } : { id: String(id) }
}

/** How far a request gets with an issuer: to the CA's word for the customer, or to what must be cured first. */
export type Reach = { readonly tenant: string } | { readonly notReady: string }

/** The issuer as a request meets it. */
export function viewIssuer(issuer: SectigoIssuer, reach: Reach, request: RequestView): IssuerView {
  const { metadata, spec } = issuer
  const facts = factsOf(issuer)
  const aim =
    'tenant' in reach && facts !== undefined ? targetOf({ ...settingsOf(spec, reach.tenant), facts }) : undefined
  return {
    kind: issuer.kind === 'SectigoClusterIssuer' ? 'SectigoClusterIssuer' : 'SectigoIssuer',
    name: metadata.name,
    uid: metadata.uid,
    generation: metadata.generation ?? 1,
    notReady: 'notReady' in reach ? reach.notReady : undefined,
    aim,
    offer: aim === undefined || facts === undefined ? undefined : offer(spec, aim, facts, request),
    includeCA: spec.includeCA,
    budget: spec.budget,
  }
}

function offer(
  spec: SectigoIssuer['spec'],
  aim: Omit<OrderTarget, 'term'>,
  facts: IssuerFacts,
  request: RequestView,
): Offer {
  const { csr, isCA, durationSeconds } = request
  const problems = isProblem(csr) ? [csr] : problemsOf({ csr, isCA, settings: productOf(spec), facts })
  if (problems.length > 0) return { possible: false, by: 'request', problems }
  const wanted = blockOf(spec).term
  const term = chooseTerm({
    terms: facts.profile.terms,
    policy: wanted?.policy ?? 'Nearest',
    days: wanted?.days,
    durationSeconds,
  })
  if ('problem' in term) {
    // Asked for by whoever named the days: the request its duration, else the issuer its own.
    return { possible: false, by: durationSeconds === undefined ? 'issuer' : 'request', problems: [term.problem] }
  }
  return { possible: true, target: { ...aim, term: term.days } }
}

function factsOf({ status }: SectigoIssuer): IssuerFacts | undefined {
  const { profile, organization } = status ?? {}
  return profile === undefined || organization === undefined ? undefined : { profile, organization }
}
