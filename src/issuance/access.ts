// Who may ask for what: a request that its issuer does not allow waits, and nothing is ordered. The issuer's owner can allow it,
// so it never fails for that.
import { outsideZones } from './dns-zones.ts'
import { isProblem, type Known } from './known.ts'
import { selects } from './label-selector.ts'
import type { Step } from './step.ts'
import { pending } from './tell.ts'
import * as wording from './wording.ts'

/** Is the request's namespace one that its issuer serves? Undefined when it is. */
export function namespaceKeptOut(known: Known): Step | undefined {
  const { request, issuer, namespaceLabels } = known
  const selector = issuer?.allow.namespaceSelector
  if (selector === undefined) return undefined
  if (namespaceLabels === undefined) return { do: 'wait', because: 'its namespace was not seen yet' }
  if (selects(selector, namespaceLabels)) return undefined
  return pending(known, wording.namespaceNotAllowed(request), { warn: wording.NOT_ALLOWED })
}

/** Are all names of the request in the zones of its issuer? Undefined when they are. */
export function namesKeptOut(known: Known): Step | undefined {
  const { request, issuer } = known
  const zones = issuer?.allow.dnsZones
  if (zones === undefined || isProblem(request.csr)) return undefined
  const outside = outsideZones(request.csr, zones)
  if (outside.length === 0) return undefined
  return pending(known, wording.namesNotAllowed(request, outside), { warn: wording.NOT_ALLOWED })
}

/** Before anything is sent to the CA that could cost money. */
export function keptOut(known: Known): Step | undefined {
  return namespaceKeptOut(known) ?? namesKeptOut(known)
}
