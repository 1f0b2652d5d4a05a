// The issuer that a request or an order record names, and how far one gets with it.
import { type SectigoIssuer, sectigoClusterIssuers } from '../api/sectigo-issuer.ts'
import { notReadyBecause } from '../issuance/issuer-status.ts'
import { keyOf } from '../kube/resource.ts'
import type { Store } from '../runtime/store.ts'
import type { Connections } from './connections.ts'
import { IssuerProblem } from './issuer-problem.ts'
import type { Reach } from './issuer-settings.ts'
import type { NamesIssuer } from './requests.ts'

export interface Issuers {
  readonly issuers: Store<SectigoIssuer>
  readonly clusterIssuers: Store<SectigoIssuer>
}

export interface Reaching {
  readonly connections: Pick<Connections, 'connect'>
  /** A call showed that the issuer's Ready condition may be wrong. */
  readonly recheckIssuer: (issuer: SectigoIssuer) => void
}

/** Undefined when there is none. */
export function issuerOf(
  { metadata, spec }: NamesIssuer,
  { issuers, clusterIssuers }: Issuers,
): SectigoIssuer | undefined {
  const { kind, name } = spec.issuerRef
  if (kind === sectigoClusterIssuers.kind) return clusterIssuers.get(name)
  return issuers.get(keyOf({ name, namespace: metadata.namespace }))
}

/** Whom the issuer's credentials belong to, or what keeps one from getting that far. */
export async function reachOf(
  issuer: SectigoIssuer,
  { connections, recheckIssuer }: Reaching,
  signal: AbortSignal,
): Promise<Reach> {
  const notReady = notReadyBecause(issuer)
  if (notReady !== undefined) return { notReady }
  try {
    return { tenant: (await connections.connect(issuer, { signal })).tenant }
  } catch (error) {
    if (!(error instanceof IssuerProblem)) throw error
    // Its condition may still say Ready: the Secret went away a moment ago.
    recheckIssuer(issuer)
    return { notReady: `${error.reason}: ${error.message}` }
  }
}
