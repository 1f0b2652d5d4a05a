// The issuer of the model world: what people may change about it, and how a request meets it.
import type { OrderAim } from '../../../src/backends/backend.ts'
import type { Budget } from '../../../src/issuance/budget.ts'
import type { IssuerView } from '../../../src/issuance/known.ts'
import type { KubeObject } from '../../../src/kube/resource.ts'

const HOUR = 60 * 60_000
/** Shorter than the usual week: histories are hours long. */
export const DEADLINES = { processing: 12 * HOUR, approval: 24 * HOUR }

/** What people set once. */
export interface IssuerSettings {
  readonly budget: Budget
  readonly onRequestDeleted: 'Keep' | 'Decline'
  readonly unknownOutcomeWait: number | undefined
}

export interface ModelIssuer extends KubeObject {
  readonly spec: IssuerSettings & { readonly profile: string; readonly term: number }
  /** Why it is not Ready. */
  readonly notReady?: string
  /** What keeps it from serving anybody, though it is Ready. */
  readonly cannotServe?: string
}

export function aimOf({ spec, notReady }: ModelIssuer): OrderAim | undefined {
  if (notReady !== undefined) return undefined
  const { profile } = spec
  return { endpoint: 'https://scm.example/api', tenant: 'acme', product: 'ssl', organization: '8928', profile }
}

export function viewOf(issuer: ModelIssuer): IssuerView {
  const { metadata, spec, notReady, cannotServe } = issuer
  const aim = aimOf(issuer)
  const problems = [{ field: 'profile', message: cannotServe ?? '' }]
  const offer =
    cannotServe === undefined
      ? aim && { possible: true as const, target: { ...aim, term: spec.term } }
      : { possible: false as const, by: 'issuer' as const, problems }
  return {
    kind: 'SectigoIssuer',
    name: metadata.name,
    uid: metadata.uid,
    generation: metadata.generation ?? 1,
    version: `${metadata.uid} ${metadata.generation}`,
    notReady,
    aim,
    offer: notReady === undefined ? offer : undefined,
    overrides: {},
    allow: {},
    includeCA: true,
    budget: spec.budget,
    deadlines: DEADLINES,
    unknownOutcomeWait: spec.unknownOutcomeWait,
  }
}
