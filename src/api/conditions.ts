// Conditions as Kubernetes keeps them: one of each type, and a transition time that moves only with the status.
import type { Condition } from '../kube/resource.ts'

/** A condition as somebody else may have written it: cert-manager leaves out what it does not know. */
interface Written {
  readonly type: string
  readonly status: Condition['status']
  readonly lastTransitionTime?: string
}

/** Wall-clock milliseconds as metav1.Time: RFC 3339 in whole seconds. */
export function timestamp(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

/** The one of this type, if there is one. */
export function conditionOf<C extends { readonly type: string }>(
  status: { readonly conditions?: readonly C[] } | undefined,
  type: string,
): C | undefined {
  return status?.conditions?.find((condition) => condition.type === type)
}

/** The list with this condition in it; others are kept as they are. */
export function withCondition<C extends Written>(
  conditions: readonly C[] | undefined,
  next: Omit<Condition, 'lastTransitionTime'>,
  now: number,
): readonly (C | Condition)[] {
  const before = conditions?.find(({ type }) => type === next.type)
  const lastTransitionTime = (before?.status === next.status ? before.lastTransitionTime : undefined) ?? timestamp(now)
  return [...(conditions ?? []).filter(({ type }) => type !== next.type), { ...next, lastTransitionTime }]
}
