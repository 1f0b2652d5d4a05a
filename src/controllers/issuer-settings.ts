// An issuer's spec and status in the words of its backend and of the order core. Pure.
import type { CertificateOrder } from '../api/certificate-order.ts'
import { conditionOf } from '../api/conditions.ts'
import type { SectigoIssuer, SectigoIssuerSpec } from '../api/sectigo-issuer.ts'
import { milliseconds } from '../api/spending.ts'
import type { IssuerFacts, Offer, OrderAim, Preflight } from '../backends/backend.ts'
import { sectigoPreflight } from '../backends/sectigo/preflight.ts'
import type { SectigoSettings } from '../backends/sectigo/settings.ts'
import { type IssuerView, isProblem, type RequestView } from '../issuance/known.ts'
import { readOverrides } from '../issuance/overrides.ts'

/** What an issuer orders: SCM's product with the settings that belong to it. */
export function settingsOf(spec: SectigoIssuerSpec, tenant: string): SectigoSettings {
  const { url, orgId, organization, customFields } = spec
  const { profile, ...product } = productOf(spec)
  return {
    url,
    tenant,
    organization: organization ?? { id: String(orgId) },
    profile: profileOf(profile),
    customFields,
    ...product,
  }
}

/** The block of the product that is ordered, by which SCM's product is named. */
function productOf({ ssl, device, client }: SectigoIssuerSpec) {
  if (ssl !== undefined) return { product: 'ssl', ...ssl } as const
  if (device !== undefined) return { product: 'device', ...device } as const
  if (client !== undefined) return { product: 'client', ...client } as const
  throw new TypeError('the API server accepted an issuer without ssl, device and client')
}

function profileOf({ id, name }: { readonly id?: number; readonly name?: string }): SectigoSettings['profile'] {
  return id === undefined ? { name: name ?? '' } : { id: String(id) }
}

/** How far a request gets with an issuer: to the CA's word for the customer, or to what must be cured first. */
export type Reach = { readonly tenant: string } | { readonly notReady: string }

/** The issuer as a request meets it. What the request's annotations set counts until the record of its order is made. */
export function viewIssuer(
  issuer: SectigoIssuer,
  reach: Reach,
  { request, order }: { readonly request: RequestView; readonly order: CertificateOrder | undefined },
): IssuerView {
  const { metadata, spec } = issuer
  const readySince = conditionOf(issuer.status, 'Ready')?.lastTransitionTime
  const preflight = preflightOf(issuer, reach)
  const chosen = order === undefined ? chosenBy(request, spec) : (order.spec.overrides ?? {})
  return {
    kind: issuer.kind,
    name: metadata.name,
    uid: metadata.uid,
    generation: metadata.generation ?? 1,
    version: JSON.stringify([metadata.uid, metadata.generation, readySince]),
    notReady: 'notReady' in reach ? reach.notReady : undefined,
    aim: preflight?.aim,
    offer: offerFor(request, chosen, preflight),
    overrides: 'problems' in chosen ? {} : chosen,
    allow: spec.allow ?? {},
    includeCA: spec.includeCA,
    budget: spec.budget,
    deadlines: {
      processing: milliseconds(spec.deadlines.processing),
      approval: milliseconds(spec.deadlines.approval),
    },
    unknownOutcomeWait:
      spec.submission?.unknownOutcomeWait === undefined ? undefined : milliseconds(spec.submission.unknownOutcomeWait),
  }
}

function chosenBy({ annotations }: RequestView, { overrides, customFields = [] }: SectigoIssuerSpec) {
  return readOverrides(annotations, {
    allowed: overrides?.allow ?? [],
    customFields: customFields.map(({ name }) => name),
  })
}

function offerFor(
  { csr, isCA, durationSeconds }: RequestView,
  chosen: ReturnType<typeof readOverrides>,
  preflight: Preflight | undefined,
): Offer | undefined {
  // Without a CSR nothing is ordered, whatever an issuer offers.
  if (isProblem(csr)) return undefined
  if ('problems' in chosen) return { possible: false, by: 'annotations', ...chosen }
  return preflight?.check({ csr, isCA, durationSeconds, term: chosen.term })
}

/** Where orders of the issuer go now; undefined while that is not known. */
export function aimOf(issuer: SectigoIssuer, reach: Reach): OrderAim | undefined {
  return preflightOf(issuer, reach)?.aim
}

function preflightOf(issuer: SectigoIssuer, reach: Reach): Preflight | undefined {
  const facts = factsOf(issuer)
  return 'tenant' in reach && facts !== undefined
    ? sectigoPreflight(settingsOf(issuer.spec, reach.tenant), facts)
    : undefined
}

function factsOf({ status }: SectigoIssuer): IssuerFacts | undefined {
  const { profile, organization } = status ?? {}
  return profile === undefined || organization === undefined ? undefined : { profile, organization }
}
