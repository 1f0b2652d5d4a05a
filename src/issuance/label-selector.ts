// metav1.LabelSelector, as Kubernetes evaluates it. Pure.
import type { z } from 'zod'
import type { allow } from '../api/access.ts'
import type { Immutable } from '../api/immutable.ts'

export type LabelSelector = NonNullable<Immutable<z.output<typeof allow>>['namespaceSelector']>
type Operator = NonNullable<LabelSelector['matchExpressions']>[number]['operator']
type Labels = Readonly<Record<string, string>>

/** Are all its parts met? An empty selector is met by all labels; `NotIn` also by labels that have no such key. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => MEETS[operator](labelOf(labels, key), values))
  )
}

const MEETS: Readonly<Record<Operator, (value: string | undefined, values: readonly string[]) => boolean>> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
}

function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}
