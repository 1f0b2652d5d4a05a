// The shapes of what the chart renders, as far as the tests look into them, and the questions they ask of it.
import type { Manifest } from './helm.ts'

export interface PodSpec {
  readonly containers: readonly [Container]
  readonly topologySpreadConstraints?: unknown
  readonly [member: string]: unknown
}

interface Container {
  readonly args: readonly string[]
  readonly image: string
  readonly readinessProbe: unknown
  readonly livenessProbe?: unknown
  readonly securityContext: unknown
  readonly volumeMounts: unknown
}

interface Deployment extends Manifest {
  readonly spec: { readonly template: { readonly metadata: Manifest['metadata']; readonly spec: PodSpec } }
}

export interface Role extends Manifest {
  readonly rules: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly resourceNames?: readonly string[]
    readonly verbs: readonly string[]
  }[]
}

interface Binding extends Manifest {
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[]
}

/** A role that somebody holds. */
export interface HeldRole extends Role {
  /** The namespace in which it counts; `*` for the whole cluster. */
  readonly in: string
}

export const isRole = (manifest: Manifest): manifest is Role => ['Role', 'ClusterRole'].includes(manifest.kind)
export const isBinding = (manifest: Manifest): manifest is Binding => manifest.kind.endsWith('RoleBinding')
const isDeployment = (manifest: Manifest): manifest is Deployment => manifest.kind === 'Deployment'

/** The chart's only Deployment. */
export function deployment(manifests: readonly Manifest[]): Deployment {
  const [found, second] = manifests.filter(isDeployment)
  if (found === undefined || second !== undefined) throw new Error('the chart renders not exactly one Deployment')
  return found
}

export function podSpec(manifests: readonly Manifest[]): PodSpec {
  return deployment(manifests).spec.template.spec
}

/** `verb group/resource`, with the names where a rule is limited to them: one entry for each single permission. */
export function permissions(roles: readonly Role[]): string[] {
  const rules = roles.flatMap((role) => role.rules)
  const all = rules.flatMap(({ apiGroups, resources, resourceNames = [], verbs }) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => `${verb} ${apiGroups.join()}/${resource} ${resourceNames.join()}`.trim()),
    ),
  )
  return [...new Set(all)].toSorted()
}

/** The roles that `serviceAccount` holds. Throws when a binding names a role that the chart does not have. */
export function rolesOf(serviceAccount: string, manifests: readonly Manifest[]): HeldRole[] {
  const bindings = manifests.filter(isBinding)
  const own = bindings.filter(({ subjects }) => subjects.some((subject) => subject.name === serviceAccount))
  return own.map(({ metadata: { name, namespace }, roleRef }) => {
    const role = manifests
      .filter(isRole)
      .find((role) => role.metadata.name === roleRef.name && role.metadata.namespace === namespace)
    if (role === undefined) throw new Error(`the binding ${name} names ${roleRef.name}, which is not there`)
    return { ...role, in: namespace ?? '*' }
  })
}

/** By which labels `manifest` selects pods; empty for a kind that selects none. */
export function podSelector(manifest: Manifest): Record<string, string> {
  const spec = (manifest['spec'] ?? {}) as Record<string, Record<string, unknown> | undefined>
  const selector = spec['podSelector'] ?? spec['selector'] ?? {}
  return (selector['matchLabels'] ?? selector) as Record<string, string>
}
