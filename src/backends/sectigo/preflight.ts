// What an issuer can order, known without asking SCM: where it goes, and whether a request fits. Pure.
import { ANNOTATIONS } from '../../api/overridden.ts'
import type { IssuerFacts, Offer, OrderAim, Preflight } from '../backend.ts'
import { problemsOf } from './check.ts'
import { endpointOf } from './endpoint.ts'
import type { SectigoSettings } from './settings.ts'
import { chooseTerm } from './term.ts'

/** `facts`: as SCM described the settings when last asked. Throws BackendError when `url` is not an https URL. */
export function sectigoPreflight(settings: SectigoSettings, facts: IssuerFacts): Preflight {
  const { url, tenant, product, term = { policy: 'Nearest' } } = settings
  const { organization, profile } = facts
  const aim: OrderAim = {
    endpoint: endpointOf(url),
    tenant,
    product,
    organization: organization.id,
    profile: profile.id,
  }
  return {
    aim,
    check({ csr, isCA, durationSeconds, term: chosen }) {
      const problems = problemsOf({ csr, isCA, settings, facts })
      if (problems.length > 0) return { possible: false, by: 'request', problems }
      if (chosen !== undefined) return offerOf(chosen, aim, profile.terms)
      // Only device profiles have none (seed 004 L3954-4004); then the CA decides.
      if (profile.terms.length === 0) return { possible: true, target: aim }
      const choice = chooseTerm({ ...term, terms: profile.terms, durationSeconds })
      if ('days' in choice) return { possible: true, target: { ...aim, term: choice.days } }
      // Terms come and go, and the policy is the issuer's: no new request is needed for either.
      return { possible: false, by: 'issuer', problems: [choice.problem] }
    },
  }
}

/** For a term that was chosen by its days. */
function offerOf(term: number, aim: OrderAim, terms: readonly number[]): Offer {
  if (terms.includes(term)) return { possible: true, target: { ...aim, term } }
  const message = `asked are ${term} days, the profile offers ${terms.join(', ') || 'no choice'}`
  return { possible: false, by: 'annotations', problems: [{ field: `annotation ${ANNOTATIONS.term}`, message }] }
}
